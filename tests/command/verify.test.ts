// waxseal verify: every option, in both programs.
import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'
import { both, file, folder, hmac } from './programs.ts'

const secret = 'a secret of some length'
const text = JSON.stringify({
  id: 'webhook_1',
  event: 'user.created',
  timestamp: '2024-01-15T10:30:00Z',
  data: { user: { id: 'user_1', username: 'a', name: 'A', created_at: '2024-01-15T10:30:00Z' } },
})
const body = file('body.json', text)
const signature = `X-Platform-Signature: sha256=${hmac(secret, text)}`
const verify = ['verify', '--dialect', 'platform-core', '--secret', secret, '--body', body]
const event = { id: 'webhook_1', type: 'user.created', timestamp: 1705314600, known: true, content: 'json' }
const verified = { ok: true, dialect: 'platform-core', authenticity: 'verified', secret: 0, event, schema: { ok: true } }
const line = (value: unknown) => JSON.stringify(value) + '\n'
const is = (code: number, stdout: string) => ({ code, stdout, stderr: '' })

test('a verified webhook is one line of JSON, its keys in this order', async () => {
  assert.deepEqual(await both([...verify, '--header', signature, '--json']), is(0, line(verified)))
})

test('a refused webhook is its code in one line of JSON', async () => {
  const forged = ['--header', signature.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))]
  assert.deepEqual(await both([...verify, ...forged, '--json']), is(1, line({ ok: false, code: 'bad_signature' })))
  assert.deepEqual(await both([...verify, '--json']), is(1, line({ ok: false, code: 'missing_signature' })))
})

test('for people it says what was verified', async () => {
  const outcome = await both([...verify, '--header', signature])
  const expected = [
    'verified: the body was signed for Platform Core API',
    '  type       user.created',
    '  id         webhook_1',
    '  timestamp  1705314600 (2024-01-15T10:30:00Z)',
    '  content    json',
    '  schema     ok',
    '',
  ].join('\n')
  assert.deepEqual(outcome, is(0, expected))
})

test('for people it says why it was refused', async () => {
  const expected = 'refused: missing_signature\nNo header carries a signature.\n'
  assert.deepEqual(await both(verify), is(1, expected))
})

test('a header repeated is seen as two', async () => {
  const twice = [...verify, '--header', signature, '--header', signature, '--json']
  assert.deepEqual(await both(twice), is(1, line({ ok: false, code: 'duplicate_header' })))
})

test('headers come from a file, with either line end, and beside --header', async () => {
  const crlf = file('headers', `Content-Type: application/json\r\n${signature}\r\n\r\n`)
  assert.equal((await both([...verify, '--headers', crlf])).code, 0)
  const contradiction = [...verify, '--headers', crlf, '--header', 'X-Platform-Event: user.deleted', '--json']
  assert.deepEqual(await both(contradiction), is(1, line({ ok: false, code: 'contradiction' })))
})

test('the body comes from standard input', async () => {
  const words = [...verify.slice(0, -1), '-', '--header', signature]
  assert.equal((await both(words, { input: text })).code, 0)
  assert.equal((await both(words, { input: text + '\n' })).code, 1)
  assert.equal((await both(words.with(-3, '/dev/stdin'), { input: text })).code, 0)
})

test('headers come from standard input', async () => {
  assert.equal((await both([...verify, '--headers', '-'], { input: signature + '\n' })).code, 0)
})

test('a path may be relative, also to a folder above', async () => {
  for (const relative of ['body.json', './body.json', `../${basename(folder)}/body.json`]) {
    assert.equal((await both([...verify.slice(0, -1), relative, '--header', signature])).code, 0, relative)
  }
})

test('a secret comes from the environment or from a file, one line end taken off', async () => {
  const words = (given: string) => ['verify', '--dialect', 'platform-core', '--secret', given, '--body', body, '--header', signature]
  assert.equal((await both(words('env:HOOK_SECRET'), { env: { HOOK_SECRET: secret } })).code, 0)
  assert.equal((await both(words(`file:${file('secret', secret)}`))).code, 0)
  assert.equal((await both(words(`file:${file('secret-line', secret + '\n')}`))).code, 0)
  assert.equal((await both(words('file:secret-line'))).code, 0)
  assert.equal((await both(words(`file:${file('secret-lines', secret + '\n\n')}`))).code, 1)
})

test('with several secrets it says which one matched', async () => {
  const words = [...verify, '--secret', 'another secret', '--header']
  const second = `X-Platform-Signature: sha256=${hmac('another secret', text)}`
  assert.deepEqual(await both([...words, second, '--json']), is(0, line({ ...verified, secret: 1 })))
  assert.match((await both([...words, second])).stdout, /^verified: .*, by secret 2 of 2\n/)
})

test('what the webhook does not say is null', async () => {
  const other = file('other.txt', 'no JSON at all')
  const header = `X-Platform-Signature: sha256=${hmac(secret, 'no JSON at all')}`
  const words = ['verify', '--dialect', 'platform-core', '--secret', secret, '--body', other, '--header', header, '--json']
  const outcome = await both(words)
  const said = JSON.parse(outcome.stdout)
  assert.equal(outcome.code, 0)
  assert.deepEqual(said.event, { id: null, type: null, timestamp: null, known: false, content: 'bytes' })
})

test('a broken schema is reported, enforced or not looked at', async () => {
  const broken = JSON.stringify({ ...JSON.parse(text), data: { user: { id: 7 } } })
  const words = ['verify', '--dialect', 'platform-core', '--secret', secret, '--body', file('broken.json', broken),
    '--header', `X-Platform-Signature: sha256=${hmac(secret, broken)}`, '--json']
  const reported = await both(words)
  assert.equal(reported.code, 0)
  assert.deepEqual(JSON.parse(reported.stdout).schema, { ok: false, at: '/data/user/id', code: 'schema' })
  assert.deepEqual(await both([...words, '--schema', 'report']), reported)
  assert.deepEqual(await both([...words, '--schema', 'enforce']), is(1, line({ ok: false, code: 'schema' })))
  assert.deepEqual(JSON.parse((await both([...words, '--schema', 'off'])).stdout).schema, { ok: true })
  assert.match((await both(words.slice(0, -1))).stdout, / {2}schema {5}schema at \/data\/user\/id\n/)
})

const standardSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const standard = (extra: string[]) => [
  'verify', '--dialect', 'standard-webhooks', '--secret', standardSecret, '--json',
  // the published vector of the specification's libraries
  '--body', file('standard.json', '{"test": 2432232314}'),
  '--header', 'webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek', '--header', 'webhook-timestamp: 1614265330',
  '--header', 'webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=', ...extra,
]

test('--now is the clock that an age is judged by, and the real one where it is left out', async () => {
  assert.equal((await both(standard(['--now', '1614265330']))).code, 0)
  assert.equal((await both(standard(['--now', '1614265631']))).stdout, line({ ok: false, code: 'too_old' }))
  assert.equal((await both(standard(['--now', '1614265029']))).stdout, line({ ok: false, code: 'too_new' }))
  assert.equal((await both(standard([]))).stdout, line({ ok: false, code: 'too_old' }))
})

test('--tolerance widens, narrows or lifts the window', async () => {
  assert.equal((await both(standard(['--now', '1614266330', '--tolerance', '1000']))).code, 0)
  assert.equal((await both(standard(['--now', '1614265340', '--tolerance', '5']))).code, 1)
  assert.equal((await both(standard(['--tolerance', 'none']))).code, 0)
})

const own = (signature: object) =>
  file('own.json', JSON.stringify({ name: 'own', title: 'Own', documents: ['https://example.com/'], signature }))

test('a static token is authenticated, and never said to be verified', async () => {
  const words = ['verify', '--dialect', own({ scheme: 'static-token', header: 'X-Token' }), '--secret', secret,
    '--body', body, '--header', `x-token: ${secret}`]
  assert.equal(JSON.parse((await both([...words, '--json'])).stdout).authenticity, 'authenticated')
  assert.match((await both(words)).stdout, /^authenticated: .*does not prove the body\n/)
})

test('--url and --method are signed where the dialect signs them', async () => {
  const dialect = own({ scheme: 'hmac-sha256', header: 'X-Sig', encoding: 'hex', signed: '{method} {url} {body}' })
  const words = (method: string[]) => ['verify', '--dialect', dialect, '--secret', secret, '--body', body, '--url', 'https://a.example/b',
    ...method, '--header', `X-Sig: ${hmac(secret, `${method[1] ?? 'POST'} https://a.example/b ${text}`)}`]
  assert.equal((await both(words(['--method', 'PUT']))).code, 0)
  assert.equal((await both(words([]))).code, 0)
})

test('control characters of a webhook do not reach the terminal', async () => {
  const nasty = JSON.stringify({ ...JSON.parse(text), id: '\u001b[2J' })
  const words = ['verify', '--dialect', 'platform-core', '--secret', secret, '--body', file('nasty.json', nasty),
    '--header', `X-Platform-Signature: sha256=${hmac(secret, nasty)}`]
  const { stdout } = await both(words)
  assert.match(stdout, / {2}id {9}\?\[2J\n/)
})
