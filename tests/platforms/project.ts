// An empty project with the package as `npm pack` makes it, for the files of the group platforms; and
// the code of docs/platforms.md, which is what they run.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Webhook } from '../../js/index.ts'
import { github } from '../../js/dialects/github.ts'
import { destination } from '../functions/destination.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))
export const modules = join(root, 'node_modules')
export const secret = 'a secret of the platforms'

export interface Project {
  folder: string
  /** Writes files, by their path in the project. */
  write(files: Record<string, string>): void
  remove(): void
}

/** Lays an empty project out. @param name  appears in its path */
export function project(name: string): Project {
  const folder = mkdtempSync(join(tmpdir(), `waxseal-${name}-`))
  const write = (files: Record<string, string>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
  }
  write({ 'package.json': '{ "private": true, "type": "module", "dependencies": { "waxseal": "*" } }' })
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as { filename: string }[]
  execFileSync('tar', ['-xzf', packed!.filename], { cwd: folder })
  mkdirSync(join(folder, 'node_modules'))
  renameSync(join(folder, 'package'), join(folder, 'node_modules/waxseal'))
  return { folder, write, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

const sections = readFileSync(join(root, 'docs/platforms.md'), 'utf8').split(/^## /m)

/** The programs of docs/platforms.md below `heading`, by the path that their first line names. */
export function documented(heading: string): { path: string; code: string }[] {
  const section = sections.find(each => each.startsWith(`${heading}\n`))
  assert.ok(section, `docs/platforms.md has no section ${heading}`)
  const found = [...section.matchAll(/```ts\n(\/\/ ([\w./-]+)[^]*?)```/g)].map(([, code, path]) => ({ code: code!, path: path! }))
  assert.ok(found.length > 0, `no program below ${heading}`)
  return found
}

export const headings = sections.slice(1).map(section => section.split('\n')[0]!)

let count = 0

/** A push of GitHub's, signed; a `key` of another's makes it a forged one. */
export function push(key = secret): { headers: Record<string, string>; body: string } {
  const body = JSON.stringify({ ref: `refs/heads/${++count}-é`, commits: [] })
  return { body, headers: new Webhook(github, { secrets: key }).sign(body, { type: 'push', id: `72d3162e-cc78-11e3-81ab-4c9367dc${1000 + count}` }) }
}

export type Sent = ReturnType<typeof push>
export const post = (url: string) => async ({ headers, body }: Sent): Promise<number> =>
  (await fetch(url, { method: 'POST', headers, body })).status

/**
 * What every platform is held to: a webhook is verified and forwarded byte for byte to `end`, a large
 * one too; a forged one, and one that is not a POST, are refused and reach nobody.
 */
export async function receives(send: (sent: Sent) => Promise<number>, end: Awaited<ReturnType<typeof destination>>): Promise<void> {
  const before = end.received.length
  const first = push()
  assert.equal(await send(first), 200)
  assert.equal(end.received[before]!.body.toString(), first.body)
  assert.equal(end.received[before]!.headers['x-github-event'], 'push')
  assert.equal(await send(push('another secret')), 401)
  assert.equal(await send({ ...first, body: first.body.replace('{', '{ ') }), 401)
  assert.equal(end.received.length, before + 1, 'a forged one is not forwarded')
  const large = JSON.stringify({ ref: 'x'.repeat(200_000) })
  assert.equal(await send({ body: large, headers: new Webhook(github, { secrets: secret }).sign(large, { type: 'push', id: `large-${++count}` }) }), 200)
  assert.equal(end.received[before + 1]!.body.toString(), large)
}
