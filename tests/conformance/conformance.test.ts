// docs/conformance.md: every line names a test, and that test ran and passed in this tree.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(`${root}docs/conformance.md`, 'utf8')
const rows = page.split('\n').filter(line => /^\| /.test(line) && !/^\| (line|-)/.test(line))
/** `group: the test's sentence` */
const named = (row: string): [string, string][] => [...row.matchAll(/`(\w+): ([^`]+)`/g)].map(match => [match[1]!, match[2]!])

test('every line of the checklists names a test', () => {
  assert.ok(rows.length >= 40, `${rows.length} lines`)
  for (const row of rows) assert.ok(named(row).length, row)
})

test('every test that is named ran and passed', () => {
  const groups = new Set(rows.flatMap(named).map(([group]) => group))
  const problems: string[] = []
  for (const group of groups) {
    const record = `${root}build/tests/${group}.passed`
    if (!existsSync(record)) {
      problems.push(`${group} was not run: npm test -- ${group} conformance`)
      continue
    }
    const passed = new Set(readFileSync(record, 'utf8').split('\n'))
    const changed = Math.max(...readdirSync(`${root}tests/${group}`).filter(name => name.endsWith('.test.ts')).map(name => statSync(`${root}tests/${group}/${name}`).mtimeMs))
    if (changed > statSync(record).mtimeMs) problems.push(`${group} was not run since its tests changed: npm test -- ${group} conformance`)
    for (const [, name] of rows.flatMap(named).filter(([of]) => of === group)) {
      if (!passed.has(name)) problems.push(`${group} has no test that ran and passed and is called: ${name}`)
    }
  }
  assert.deepEqual(problems, [])
})
