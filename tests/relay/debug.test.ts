// Debug mode: what is received and sent, with verdicts, as JSON lines; never a secret or a whole signature.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { destination, pause } from '../functions/destination.ts'
import { platformBody, platformCore, request, secret } from '../functions/events.ts'
import { endpointSecret, run } from './run.ts'

type End = Awaited<ReturnType<typeof destination>>
let relay: Awaited<ReturnType<typeof run>>
let echo: End, raw: End
const token = 'gitlab-canary-token-0123456789'

before(async () => {
  // It repeats the headers that it got, and sets a cookie.
  echo = await destination(({ rawHeaders }, response) => void response.writeHead(200, { 'set-cookie': 'session=canary-cookie', 'x-kind': 'echo' }).end(JSON.stringify(rawHeaders)))
  raw = await destination()
  relay = await run({
    debug: true,
    sources: { 'platform-core': { dialect: 'platform-core' }, 'mailgun': { dialect: 'mailgun' }, 'gitlab': { dialect: 'gitlab', secrets: ['env:GITLAB_TOKEN'] } },
    endpoints: {
      echo: { url: `${echo.url}?key=canary-query`, headers: { 'Authorization': 'Basic canary-header', 'X-Region': 'eu' } },
      raw: { url: raw.url, dialect: 'as-received' },
    },
    env: { GITLAB_TOKEN: token },
  })
})
after(async () => {
  await relay?.close()
  for (const end of [echo, raw]) await end?.close()
})

/** The lines that were printed since, once there are so many. */
async function lines(from: number, count: number): Promise<any[]> {
  const read = () => relay.printed.slice(from).filter(line => line.startsWith('{')).map(line => JSON.parse(line) as any)
  for (let tries = 0; tries < 100 && read().length < count; tries++) await pause(50)
  return read()
}
const header = (line: any, name: string): string | undefined => line.headers.find(([one]: [string]) => one.toLowerCase() === name)?.[1]

test('a webhook and its attempts are lines of JSON: verdict, headers, body, answer; of a signature eight characters', async () => {
  const from = relay.printed.length
  const body = platformBody()
  const sent = request(platformCore, body)
  const signature = sent.headers.get('x-platform-signature')!.slice('sha256='.length)
  const { body: { id } } = await relay.post('platform-core', sent)
  await relay.attempts(id, 2)
  const found = await lines(from, 3)
  const [came] = found.filter(line => line.direction === 'in')
  assert.deepEqual([came.app, came.source, came.dialect, came.ok, came.type, came.authenticity, came.message, came.duplicate], ['test', 'platform-core', 'platform-core', true, 'user.created', 'verified', id, false])
  assert.deepEqual([came.body, header(came, 'x-platform-signature')], [body, `sha256=${signature.slice(0, 8)}…`])
  const out = (endpoint: string) => found.find(line => line.direction === 'out' && line.endpoint === endpoint)
  const whole = String(echo.received[0]!.headers['webhook-signature'])
  assert.deepEqual([out('echo').message, out('echo').status, out('echo').url, out('echo').body, out('echo').dialect, header(out('echo'), 'x-region')], [id, 200, echo.url, body, 'standard-webhooks', 'eu'])
  assert.equal(header(out('echo'), 'webhook-signature'), `${whole.slice(0, 11)}…`)
  assert.match(out('echo').attempt, /^atmpt_/)
  assert.deepEqual(Object.fromEntries(out('echo').answer)['x-kind'], 'echo')
  assert.ok(out('echo').response.includes('Webhook-Signature') || out('echo').response.includes('webhook-signature'), 'the answer stands there')
  assert.deepEqual([out('raw').status, out('raw').dialect, out('raw').body], [200, 'platform-core', body])
  assert.equal(header(out('raw'), 'x-platform-signature'), `sha256=${signature.slice(0, 8)}…`)
  // Neither there nor in the answer that repeats it.
  for (const text of [signature, whole.slice(3)]) assert.ok(!relay.printed.some(line => line.includes(text)))
})

test('a refused webhook is a line too, with the code and without what was tried', async () => {
  const from = relay.printed.length
  const sent = request(platformCore, platformBody(), { key: 'another secret' })
  assert.equal((await relay.post('platform-core', sent)).status, 401)
  const [line] = await lines(from, 1)
  assert.deepEqual([line.direction, line.ok, line.code, line.message], ['in', false, 'bad_signature', undefined])
  assert.ok(!relay.printed.some(text => text.includes(sent.headers.get('x-platform-signature')!)))
})

test('a signature in the body, escaped or not, and a token in a header are not shown', async () => {
  const from = relay.printed.length
  const timestamp = String(Math.floor(Date.now() / 1000)), nonce = 'f'.repeat(50)
  const signature = createHmac('sha256', secret).update(timestamp + nonce).digest('hex')
  const mail = JSON.stringify({ 'signature': { timestamp, token: nonce, signature }, 'event-data': { id: 'e1', event: 'delivered' } })
  assert.equal((await relay.post('mailgun', new Request('http://x/', { method: 'POST', body: mail, headers: { 'content-type': 'application/json' } }))).status, 202)
  const push = (value: string) => relay.post('gitlab', new Request('http://x/', { method: 'POST', body: '{"object_kind":"push"}', headers: { 'X-Gitlab-Token': value, 'X-Gitlab-Event': 'Push Hook' } }))
  assert.equal((await push(token)).status, 202)
  assert.equal((await push('a-wrong-token-canary')).status, 401)
  const came = (await lines(from, 7)).filter(line => line.direction === 'in')
  assert.deepEqual(came.map(line => [line.source, line.ok, line.authenticity]), [['mailgun', true, 'authenticated'], ['gitlab', true, 'authenticated'], ['gitlab', false, undefined]])
  assert.equal(JSON.parse(came[0].body).signature.signature, `${signature.slice(0, 8)}…`)
  assert.deepEqual(came.slice(1).map(line => header(line, 'x-gitlab-token')), ['[redacted]', '[redacted]'])
  assert.ok(!relay.printed.some(line => line.includes(signature) || line.includes('a-wrong-token')))
})

test('no line holds a secret, a credential, a cookie or a query', async () => {
  await pause(200)
  const canaries = [secret, token, endpointSecret, endpointSecret.slice(6), relay.key, relay.operator, 'canary']
  for (const one of canaries) assert.ok(!relay.printed.some(line => line.includes(one)), one)
  assert.ok(raw.received.some(({ headers }) => headers['x-gitlab-token'] === token), 'it was sent on, so that it could have been shown')
})

test('without debug nothing is printed of what is received and sent', async () => {
  const quiet = await run({ endpoints: { echo: { url: echo.url } } })
  const { body: { id } } = await quiet.post('platform-core', request(platformCore, platformBody()))
  await quiet.attempts(id, 1)
  assert.deepEqual(quiet.printed.filter(line => line.startsWith('{')), [])
  await quiet.close()
})
