// docs/conformance.md: every line names a test, and that test ran and passed in this tree; a mutation that
// stands beside it was seen to fail it.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { moduleWith } from '../mutations/apply.ts'
import { mutations } from '../mutations/list.ts'
import { rows } from './page.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The names in what a group wrote when it ran, and what is wrong with that. */
function recordOf(group: string, kind: 'passed' | 'failed'): { names: Set<string>; problems: string[] } {
  const record = `${root}build/tests/${group}.${kind}`
  if (!existsSync(record)) return { names: new Set(), problems: [`${group} was not run: npm test -- ${group} conformance`] }
  const changed = Math.max(...readdirSync(`${root}tests/${group}`).filter(name => name.endsWith('.ts')).map(name => statSync(`${root}tests/${group}/${name}`).mtimeMs))
  const late = changed > statSync(record).mtimeMs
  return { names: new Set(readFileSync(record, 'utf8').split('\n')), problems: late ? [`${group} was not run since its tests changed: npm test -- ${group} conformance`] : [] }
}

test('every line of the checklists stands there once and names a test', () => {
  assert.ok(rows.length >= 100, `${rows.length} lines`)
  for (const { line, tests } of rows) assert.ok(tests.length, line)
  const lines = rows.map(({ system, line }) => `${system}: ${line}`)
  assert.deepEqual(lines.filter((line, i) => lines.indexOf(line) < i), [])
})

test('every test that is named ran and passed', () => {
  const tests = rows.flatMap(row => row.tests)
  const problems = [...new Set(tests.map(({ group }) => group))].flatMap(group => {
    const record = recordOf(group, 'passed')
    const missing = tests.filter(one => one.group === group && !record.names.has(one.name))
    return [...record.problems, ...missing.map(({ name }) => `${group} has no test that ran and passed and is called: ${name}`)]
  })
  assert.deepEqual([...new Set(problems)], [])
})

test('every mutation stands beside the lines whose test finds it, and its change can be made', () => {
  const named = rows.flatMap(({ line, tests, mutations }) => mutations.map(mutation => ({ mutation, line, tests: tests.map(({ group, name }) => `${group} ${name}`) })))
  for (const { mutation, line, tests } of named) {
    const known = mutations.find(({ name }) => name === mutation) ?? assert.fail(`${mutation} is no mutation of tests/mutations/list.ts: ${line}`)
    assert.ok(tests.includes(`${known.file.split('/')[1]} ${known.test}`), `${mutation} is found by another test than those of: ${line}`)
  }
  for (const { name, change } of mutations) {
    assert.ok(named.some(({ mutation }) => mutation === name), `${name} stands beside no line`)
    moduleWith(change)
  }
  assert.equal(new Set(mutations.map(({ name }) => name)).size, mutations.length)
  const lines = rows.filter(row => row.mutations.length)
  assert.ok(lines.length >= 40, `${lines.length} lines have a mutation`)
})

test('every mutation was seen to fail its test', () => {
  const { names, problems } = recordOf('mutations', 'failed')
  assert.deepEqual([...problems, ...mutations.filter(({ name }) => !names.has(name)).map(({ name }) => `${name} was not seen to fail`)], [])
})
