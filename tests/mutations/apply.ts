// Makes one change to a source while a test loads or bundles it: that is a mutation. Nothing of it
// stands in the code itself. Preloaded into a test's process by run.ts; tests/relay/run.ts and the tests
// that change a line of their own bundle with `changing`.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { mutations } from './list.ts'

/** `find` stands in `file` once; a path from the project's root: TypeScript, or a dialect's JSON. */
export interface Change { file: string; find: string; put: string }

const root = new URL('../../', import.meta.url)

/** The text of the changed file. @throws AssertionError where the text to change is not there, or twice */
function textWith({ file, find, put }: Change): string {
  const text = readFileSync(new URL(file, root), 'utf8')
  assert.equal(text.split(find).length, 2, `${file} must hold once: ${find}`)
  return text.replace(find, () => put)
}

/** The module that a change is seen in, and its text. A dialect is compiled when it is loaded. */
export function moduleWith(change: Change): { path: string; contents: string } {
  const text = textWith(change)
  if (!change.file.endsWith('.json')) return { path: fileURLToPath(new URL(change.file, root)), contents: text }
  const name = basename(change.file, '.json')
  const constant = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  return {
    path: fileURLToPath(new URL(`js/dialects/${name}.ts`, root)),
    contents: `import { loadDialect } from '../full.ts'\nexport const ${constant} = loadDialect(${JSON.stringify(text)})\n`,
  }
}

/** Changes what esbuild bundles. */
export function changing(change: Change): Plugin {
  const { path: changed, contents } = moduleWith(change)
  return { name: 'changing', setup: ({ onLoad }) => onLoad({ filter: /\.ts$/ }, ({ path }) => path === changed ? { contents, loader: 'ts' } : null) }
}

const { WAXSEAL_MUTATION: name } = process.env
const current = name ? mutations.find(mutation => mutation.name === name) ?? assert.fail(`no mutation is called ${name}`) : undefined

/** What makes the bundles of this process mutants. */
export const mutant: Plugin[] = current ? [changing(current.change)] : []

if (current) {
  const { path, contents } = moduleWith(current.change)
  registerHooks({
    load: (url, context, next) => url.startsWith('file:') && fileURLToPath(url) === path ? { format: 'module-typescript', source: contents, shortCircuit: true } : next(url, context),
  })
}
