// Runs each mutation against its test, which must fail by what it asserts; and each of these tests alone
// and without one, where it must pass. Called by `npm test -- mutations`, and by people as
// `tools/node tests/mutations/run.ts [NAME…]`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'
import { rows } from '../conformance/page.ts'
import { mutations, type Mutation } from './list.ts'

const root = new URL('../../', import.meta.url)
const preload = new URL('apply.ts', import.meta.url).href
/** At a time: most of a test is waiting. */
const most = 3
/** Milliseconds: a test that leaves something open, or hangs, is no verdict. */
const longest = 60_000

type Outcome = { how: 'passed' | 'failed' | 'broken'; why: string }

/** Runs one test alone, with a mutation or without. */
async function outcomeOf({ file, test }: Pick<Mutation, 'file' | 'test'>, name = ''): Promise<Outcome> {
  const exactly = new RegExp(`^${test.replaceAll(/[^\w\s]/g, character => `\\${character}`)}$`)
  let outcome: Outcome = { how: 'broken', why: 'the test did not run' }
  const late = AbortSignal.timeout(longest)
  const events = run({ files: [fileURLToPath(new URL(file, root))], testNamePatterns: [exactly], signal: late, execArgv: ['--import', preload], env: { ...process.env, WAXSEAL_MUTATION: name } })
  for await (const { type, data } of events) {
    if (type === 'test:stderr') process.stderr.write(data.message)
    if (type === 'test:pass' && data.name === test) outcome = { how: 'passed', why: '' }
    if (type !== 'test:fail' || data.name !== test) continue
    const { failureType, cause } = data.details.error as unknown as { failureType: string; cause: Error }
    const [why = ''] = String(cause?.message ?? cause).trim().split('\n')
    // What fails before the test, or kills the relay, says nothing about the line.
    outcome = { how: failureType === 'testCodeFailure' && why !== 'fetch failed' ? 'failed' : 'broken', why }
  }
  return late.aborted ? { how: 'broken', why: `its process did not end in ${longest} ms: what it opens is not closed where it fails` } : outcome
}

const chosen = process.argv.slice(2)
const unknown = chosen.filter(name => !mutations.some(mutation => mutation.name === name))
if (unknown.length) throw new Error(`no mutation is called ${unknown.join(', ')}: tests/mutations/list.ts has them`)
const wanted = mutations.filter(({ name }) => !chosen.length || chosen.includes(name))
const alone = [...new Map(wanted.map(({ file, test }) => [`${file} ${test}`, { file, test }])).values()]
const failed: string[] = []
const problems: string[] = []

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`
const trials = [
  ...alone.map(test => async () => {
    const { how, why } = await outcomeOf(test)
    if (how !== 'passed') problems.push(`${test.file}, alone and without a mutation: ${test.test}: ${how}: ${why}`)
  }),
  ...wanted.map(mutation => async () => {
    const { name, test } = mutation
    const began = Date.now()
    const { how, why } = await outcomeOf(mutation, name)
    const verdict = how === 'failed' ? 'failed as it should' : how === 'passed' ? 'SURVIVED' : 'BROKEN'
    if (how === 'failed') failed.push(name)
    else problems.push(`${name}: ${verdict} ${why}`)
    const line = rows.find(row => row.mutations.includes(name))?.line ?? 'no line of docs/conformance.md'
    console.log(`${how === 'failed' ? '✔' : '✖'} ${name}: ${verdict} (${seconds(began)})\n    ${line}\n    ${test}\n    ${why.slice(0, 160)}`)
  }),
]
const began = Date.now()
await Promise.all(Array.from({ length: most }, async () => {
  for (let trial = trials.shift(); trial; trial = trials.shift()) await trial()
}))

// conformance.test.ts reads which were seen to fail.
const record = fileURLToPath(new URL('build/tests/mutations.failed', root))
mkdirSync(new URL('build/tests/', root), { recursive: true })
rmSync(record, { force: true })
if (!chosen.length) writeFileSync(record, failed.map(name => `${name}\n`).join(''))
console.log(`\n${failed.length} of ${wanted.length} mutations were seen to fail their test; their ${alone.length} tests ran alone without one too (${seconds(began)})${problems.length ? '; what went wrong:' : ': all passed'}`)
for (const problem of problems) console.log(`✖ ${problem}`)
if (problems.length) process.exitCode = 1
