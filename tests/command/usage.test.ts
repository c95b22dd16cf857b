// Wrong usage and what could not run: exit codes 2 and 3, each with a sentence that helps, in both
// programs; and no secret in any of them.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { answer, both, file, folder, native, npm, run } from './programs.ts'

const hush = 'hush-this-is-secret'
const body = file('body', '{}')
const verify = ['verify', '--dialect', 'platform-core', '--secret', hush, '--body', body]
const own = file('broken.json', '{"name":"broken","scheme":1}')

/** Words, exit code, what standard error says. */
const table: [string[], number, RegExp][] = [
  [[], 2, /^waxseal: say what to do: write waxseal verify …\nTry: waxseal --help\n$/],
  [['verfy'], 2, /^waxseal: there is no command verfy; did you mean verify\?\n/],
  [['xyzzy'], 2, /^waxseal: there is no command xyzzy\n/],
  [['verify'], 2, /^waxseal verify: --dialect is missing: write --dialect NAME\|FILE\nTry: waxseal verify --help\n$/],
  [['verify', '--dialect', 'ost'], 2, /--secret is missing: write --secret SECRET\n/],
  [['verify', '--dialect', 'ost', '--secret', hush], 2, /--body is missing: write --body FILE\n/],
  [['verify', '--dialect'], 2, /--dialect needs a value: write --dialect NAME\|FILE\n/],
  [['verify', '--dialect', '--secret', hush], 2, /--dialect needs a value: write --dialect NAME\|FILE\n/],
  [[...verify, '--body', body], 2, /--body stands more than once: write it once\n/],
  [[...verify, '--json=yes'], 2, /--json takes no value: write it alone\n/],
  [[...verify, '--secre', hush], 2, /there is no option --secre; did you mean --secret\?\n/],
  [[...verify, `--secre=${hush}`], 2, /there is no option --secre; did you mean --secret\?\n/],
  [[...verify, '--tol', '1'], 2, /there is no option --tol; did you mean --tolerance\?\n/],
  [[...verify, '-x'], 2, /there is no option -x\n/],
  [[...verify, '-secret', hush], 2, /there is no option -secret; did you mean --secret\?\n/],
  [[...verify, hush], 2, /a word belongs to no option: put quotes around a value that holds spaces\n/],
  [[...verify, '--', hush], 2, /a word belongs to no option/],
  [[...verify, '--header', hush], 2, /a --header is no header: write --header 'Name: value'\n/],
  [[...verify, '--header', `two words: ${hush}`], 2, /a --header is no header/],
  [[...verify, '--headers', file('lines', `a: b\n${hush}\n`)], 2, /line 2 of the --headers file is no header: write Name: value\n/],
  [[...verify, '--now', 'today'], 2, /--now is no whole number of seconds: write --now 1700000000\n/],
  [[...verify, '--now', '1.5'], 2, /--now is no whole number/],
  [[...verify, '--now', '-1'], 2, /--now is no whole number/],
  [[...verify, '--now', '99999999999999999999'], 2, /--now is no whole number/],
  [[...verify, '--tolerance', 'any'], 2, /--tolerance is neither seconds nor none: write --tolerance 300\n/],
  [[...verify, '--schema', 'strict'], 2, /--schema knows no such mode: write report, enforce or off\n/],
  [['verify', '--dialect', 'ost', '--secret', hush, '--body', '-', '--headers', '-'], 2, /cannot both be -/],
  [['verify', '--dialect', 'platform-cor', '--secret', hush, '--body', body], 2, /there is no dialect platform-cor; did you mean platform-core\?\nThe dialects are .*ost.*, or the path of a file of your own\.\n/],
  [['verify', '--dialect', own, '--secret', hush, '--body', body], 2, /broken\.json/],
  [['verify', '--dialect', 'platform-core', '--secret', '', '--body', body], 2, /secret/],
  [['verify', '--dialect', 'standard-webhooks', '--secret', hush, '--body', body], 2, /secret/],
  [['verify', '--dialect', 'standard-webhooks', '--secret', 'whsec_aHVzaA==', '--body', body], 2, /secret/],
  [['sign', '--dialect', 'platform-core', '--body', body], 2, /no secret/],
  [['sign', '--dialect', 'standard-webhooks', '--secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '--body', body, '--id', 'a.b'], 2, /id/],
  [['sign', '--dialect', 'ost', '--secret', hush, '--body', body, '--timestamp', 'x'], 2, /--timestamp is no whole number/],
  [['sample', '--dialect', 'platform-core', '--event', 'user.crated'], 2, /platform-core has no event user\.crated; did you mean user\.created\?\n`waxseal dialects platform-core` lists its events\.\n/],
  [['dialects', 'xyzzy'], 2, /there is no dialect xyzzy\nThe dialects are /],
  [['dialects', 'ost', 'cosmo'], 2, /a word belongs to no option/],
  [[...verify.slice(0, -1), './none'], 3, /^waxseal verify: cannot read \.\/none: No such file or directory\n$/],
  [[...verify, '--headers', './none'], 3, /cannot read \.\/none/],
  [['verify', '--dialect', 'platform-core', '--secret', 'file:./none', '--body', body], 3, /cannot read \.\/none/],
  [['verify', '--dialect', 'platform-core', '--secret', 'env:NO_SUCH', '--body', body], 3, /the environment variable NO_SUCH is not set\n/],
  [['dialects', './none.json'], 3, /cannot read \.\/none\.json/],
]

for (const [words, code, sentence] of table) {
  const shown = words.map((word) => word.replace(folder, '…')).join(' ')
  test(`waxseal ${shown}: exit ${code} and a sentence`, async () => {
    const outcome = await both(words)
    assert.equal(outcome.code, code)
    assert.equal(outcome.stdout, '', 'standard output is for answers')
    assert.match(outcome.stderr, sentence)
    assert.doesNotMatch(outcome.stderr, new RegExp(`${hush}|aHVzaA`), 'a secret is never printed')
  })
}

test('a folder is no file', async () => {
  // Native and WASI give different reasons, on standard error.
  for (const program of [native, npm]) {
    const outcome = await run(program, [...verify.slice(0, -1), folder])
    assert.equal(outcome.code, 3)
    assert.match(outcome.stderr, /cannot read /)
  }
})

test('an answer that cannot be written is exit 3', async () => {
  for (const program of [native, npm]) {
    const words = [...program, 'dialects', 'ost'].map((word) => `'${word}'`).join(' ')
    const outcome = await run(['sh'], ['-c', `${words} > /dev/full`])
    assert.equal(outcome.code, 3)
  }
})

test('--version is the package’s', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  assert.equal(await answer(['--version']), `waxseal ${version}\n`)
})

test('help is an answer, fits a terminal and names every option', async () => {
  const overview = await answer(['--help'])
  assert.equal(await answer(['help']), overview)
  assert.equal(await answer(['-h']), overview)
  for (const name of ['verify', 'sign', 'sample', 'dialects', 'send', 'listen', 'replay', 'doctor', 'relay']) {
    assert.match(overview, new RegExp(`^  ${name} `, 'm'))
    const help = await answer([name, '--help'])
    assert.equal(await answer([name, '-h']), help)
    assert.ok(help.split('\n').every((line) => line.length < 100), help)
    const [usage = '', ...rest] = help.split('\n\n')
    for (const option of usage.match(/--[a-z]+/g) ?? []) assert.match(rest.join('\n'), new RegExp(`^  ${option} `, 'm'))
  }
})

test('docs/command.md names every option and no other', async () => {
  const page = readFileSync(new URL('../../docs/command.md', import.meta.url), 'utf8')
  const options = new Set(page.match(/(?<=[ `])--[a-z]+/g))
  const known = new Set(['--version'])
  for (const name of ['verify', 'sign', 'sample', 'dialects', 'send', 'listen', 'replay', 'doctor', 'relay']) {
    for (const option of (await answer([name, '--help'])).match(/(?<=^ {2})--[a-z]+/gm) ?? []) known.add(option)
  }
  assert.deepEqual([...options].sort(), [...known].sort())
})

/** What a program writes to a terminal. */
async function terminal(program: string[], words: string[]): Promise<string> {
  const line = [...program, ...words].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
  await new Promise((resolve) => child.on('close', resolve))
  return text.replaceAll('\r\n', '\n')
}

test('on a terminal, and only there, a secret on the command line is warned about', async () => {
  const safe = ['verify', '--dialect', 'platform-core', '--secret', `file:${file('secret', hush)}`, '--body', body]
  assert.equal((await both(verify)).stderr, '')
  for (const program of [native, npm]) {
    const shown = await terminal(program, verify)
    assert.match(shown, /^waxseal: a secret on the command line .*--secret env:NAME or --secret file:PATH\n/)
    assert.ok(!shown.includes(hush))
    assert.doesNotMatch(await terminal(program, safe), /command line/)
  }
})
