// waxseal send: what arrives at a local destination, and what the user is told.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import { file, hmac, native, npm, run } from './programs.ts'

const secret = 'a secret of some length'
const received: { headers: IncomingHttpHeaders; body: string; method: string }[] = []
const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('latin1').on('data', (part: string) => (body += part))
  request.on('end', () => {
    received.push({ headers: request.headers, body, method: request.method ?? '' })
    const status = Number(/\d+/.exec(request.url ?? '')?.[0] ?? 200)
    response.writeHead(status, status === 302 ? { location: '/200' } : {})
    response.end(status === 200 ? 'thank you' : '')
  })
})
await once(server.listen(0, '127.0.0.1'), 'listening')
after(() => server.close())
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

const send = (words: string[], env = {}) => run(npm, ['send', ...words], { env })
const platform = ['--dialect', 'platform-core', '--secret', 'env:HOOK_SECRET']
const env = { HOOK_SECRET: secret }

test('posts a signed sample, and prints the status and the answer', async () => {
  const outcome = await send([...platform, '--event', 'token.expired', url], env)
  assert.deepEqual(outcome, { code: 0, stdout: '200 OK\nthank you\n', stderr: '' })
  const { headers, body, method } = received.pop()!
  assert.equal(method, 'POST')
  assert.equal(headers['x-platform-signature'], `sha256=${hmac(secret, body)}`)
  assert.equal(headers['x-platform-event'], 'token.expired')
  assert.equal(headers['user-agent'], 'Platform-Webhooks/1.0')
  assert.equal(JSON.parse(body).event, 'token.expired')
  assert.ok(Math.abs(Date.parse(JSON.parse(body).timestamp) - Date.now()) < 60_000)
})

test('two sends are two events', async () => {
  await send([...platform, url], env)
  await send([...platform, url], env)
  const [one, two] = [received.pop()!, received.pop()!]
  assert.notEqual(JSON.parse(one.body).id, JSON.parse(two.body).id)
  assert.notEqual(one.headers['x-platform-delivery'], two.headers['x-platform-delivery'])
})

test('posts a body of one’s own, byte for byte', async () => {
  const bytes = 'not JSON\n\n\u00ff\u0000 at all\n'
  const path = file('bytes', Buffer.from(bytes, 'latin1'))
  assert.equal((await send([...platform, '--body', path, '--event', 'user.login', url], env)).code, 0)
  const { headers, body } = received.pop()!
  assert.equal(body, bytes)
  assert.equal(headers['x-platform-event'], 'user.login')
})

test('any status but 2xx is exit 1, and a redirect is not followed', async () => {
  for (const [status, words] of [[500, '500 Internal Server Error\n'], [302, '302 Found\n'], [410, '410 Gone\n']] as const) {
    const before = received.length
    assert.deepEqual(await send([...platform, url + status], env), { code: 1, stdout: words, stderr: '' })
    assert.equal(received.length, before + 1)
  }
})

test('no answer is exit 3, with the reason', async () => {
  const outcome = await send([...platform, 'http://127.0.0.1:1/'], env)
  assert.equal(outcome.code, 3)
  assert.match(outcome.stderr, /^waxseal send: no answer from http:\/\/127\.0\.0\.1:1\/: .+\n$/)
})

test('wrong usage is exit 2, and nothing is sent', async () => {
  const before = received.length
  const table: [string[], RegExp][] = [
    [platform, /the URL is missing: write it last\n/],
    [[...platform, 'localhost'], /the last word is no URL: write http:\/\/… or https:\/\/…\n/],
    [[...platform, '--event', 'nothing', url], /platform-core has no event nothing/],
    [['--secret', secret, url], /--dialect is missing/],
    [['--dialect', 'platform-core', url], /no secret/],
    [[...platform, '--fast', url], /there is no option --fast/],
  ]
  for (const [words, sentence] of table) {
    const outcome = await send(words, env)
    assert.equal(outcome.code, 2)
    assert.equal(outcome.stdout, '')
    assert.match(outcome.stderr, sentence)
    assert.ok(!outcome.stderr.includes(secret))
  }
  assert.equal(received.length, before)
})

test('leaves nothing behind', async () => {
  const mine = () => readdirSync(tmpdir()).filter((name) => /^waxseal-(?!test-)/.test(name))
  const before = mine()
  await send([...platform, url], env)
  assert.deepEqual(mine().filter((name) => !before.includes(name)), [])
})

test('the native program says where sending is', async () => {
  const outcome = await run(native, ['send', ...platform, url], { env })
  assert.equal(outcome.code, 2)
  assert.match(outcome.stderr, /^waxseal send: this program does not send; the npm package does: npx waxseal send\n/)
})
