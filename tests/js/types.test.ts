// The types of the package: what must compile does, and each line that must not does not.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The lines of `file` that tsc refuses, after the package's own declarations. */
function refused(file: string): number[] {
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2024,dom,dom.iterable', '--types', '', '--noUncheckedIndexedAccess']
  const { stdout } = spawnSync(process.execPath, [at('../../node_modules/typescript/bin/tsc'), '--ignoreConfig', ...options, at(file)], { encoding: 'utf8', cwd: at('../..') })
  const errors = stdout.split('\n').filter((line) => /error TS/.test(line))
  const here = errors.map((line) => /(?:right|wrong)\.ts\((\d+),/.exec(line)?.[1])
  assert.ok(here.every(Boolean), stdout)
  return [...new Set(here.map(Number))]
}

test('switch (event.type) narrows event.data', () => {
  assert.deepEqual(refused('types/right.ts'), [])
})

test('every line that must not compile does not', () => {
  const marked = readFileSync(at('types/wrong.ts'), 'utf8')
    .split('\n')
    .flatMap((line, index) => (line.includes('// WRONG') ? [index + 1] : []))
  assert.equal(marked.length, 15)
  assert.deepEqual(refused('types/wrong.ts'), marked)
})
