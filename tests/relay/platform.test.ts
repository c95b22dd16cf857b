// Platform Core's face: its document's curl lines as they stand there, its errors and limits.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Webhook } from '../../js/index.ts'
import { platformCore } from '../../js/dialects/platform-core.ts'
import { destination, pause } from '../functions/destination.ts'
import { run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>
const text = readFileSync(new URL('../data/platform-core/webhooks.md', import.meta.url), 'utf8')

before(async () => {
  end = await destination()
  relay = await run({ requestsPerHour: 200 })
})
after(async () => {
  await relay?.close()
  await end?.close()
})

interface Answer { status: number; body: any; headers: Headers }
async function call(method: string, path: string, body?: unknown, key: string | null = relay.key): Promise<Answer> {
  const answer = await fetch(`${relay.url}/platform-core/v2${path}`, {
    method, headers: { 'content-type': 'application/json', ...key !== null && { authorization: key.startsWith('Bearer') ? key : `Bearer ${key}` } },
    ...body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) },
  })
  return { status: answer.status, body: JSON.parse(await answer.text() || 'null'), headers: answer.headers }
}
/** Has the form of every error, with this code. */
function refused({ status, body }: Answer, expected: number, code: number): void {
  assert.deepEqual([status, body.error_code], [expected, code], JSON.stringify(body))
  assert.deepEqual(Object.keys(body).filter(name => name !== 'retry_after'), ['error', 'error_description', 'error_code', 'timestamp'])
  for (const name of ['error', 'error_description']) assert.ok(typeof body[name] === 'string' && body[name])
  assert.match(body.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
}
const key = async (scopes: string[], more: object = {}): Promise<{ id: string; key: string }> => (await relay.call('POST', '/app/test/key', { name: 'a key', scopes, ...more })).body

test('every curl line of the document runs, with only its host and its placeholder for the key changed', async () => {
  const lines = [...text.matchAll(/```bash\n(curl [^]*?)```/g)].map(([, line]) => line!.trim())
  assert.equal(lines.length, 5)
  const made = await relay.call('POST', '/app/test/endpoint', { url: end.url, uid: 'webhook_123', dialect: 'platform-core', eventTypes: ['user.login'] })
  const { key: secret } = (await relay.call('GET', '/app/test/endpoint/webhook_123/secret')).body
  const answers: any[] = []
  for (const line of lines) {
    const own = line.replace('https://api.company.com', `${relay.url}/platform-core`).replace('YOUR_API_KEY', relay.key)
    const { stdout } = await promisify(execFile)('bash', ['-c', `${own} -s -w '\\n%{http_code}'`])
    const [status, ...body] = stdout.split('\n').reverse()
    answers.push([Number(status), JSON.parse(body.join('') || 'null')])
  }
  assert.deepEqual(answers.map(([status]) => status), [201, 200, 200, 200, 204], JSON.stringify(answers))
  const [[, registered], [, tried], [, listed], [, updated]] = answers
  const { id, created_at, updated_at, secret: own, ...shown } = registered
  assert.deepEqual(shown, { url: 'https://your-app.com/webhooks/platform', events: ['user.created', 'user.updated', 'token.created'], active: true })
  assert.match(id, /^webhook_[0-9A-Za-z]+$/)
  assert.match(own, /^[0-9a-f]{64}$/)
  assert.ok(!Number.isNaN(Date.parse(created_at)) && !Number.isNaN(Date.parse(updated_at)))
  assert.deepEqual([tried.delivered, tried.status_code, tried.response_body], [true, 200, 'thank you'])
  const [received] = await end.until(1)
  const event = new Webhook(platformCore, { secrets: [secret] }).verify(received!.body, received!.rawHeaders)
  assert.deepEqual([event.type, (event.data as any).user.id], ['user.created', 'user_789'])
  assert.deepEqual(listed.webhooks.map((one: any) => one.id).sort(), [id, made.body.id].sort())
  assert.ok(listed.webhooks.every((one: any) => !('secret' in one)), 'the secret was shown once')
  assert.deepEqual([updated.id, updated.events, updated.active], [made.body.id, ['user.created', 'user.updated', 'user.deleted'], true])
  assert.equal((await relay.api('/app/test/endpoint/webhook_123')).status, 404)
})

test('an update changes what it names; a webhook gets events while it is active', async () => {
  const { body: made } = await call('POST', '/webhooks', { url: end.url, events: ['user.created'] })
  assert.equal(made.active, true)
  const hook = new Webhook(platformCore, { secrets: [made.secret] })
  const next = async (type: string): Promise<number> => {
    const count = end.received.length
    await relay.call('POST', '/app/test/msg', { eventType: type, payload: { user: { id: '1' } } })
    await pause(400)
    for (const { body, rawHeaders } of end.received.slice(count)) hook.verify(body, rawHeaders)
    return end.received.length - count
  }
  assert.deepEqual([await next('user.created'), await next('user.login')], [1, 0])
  const paused = await call('PUT', `/webhooks/${made.id}`, { active: false })
  assert.deepEqual([paused.body.active, paused.body.events, paused.body.url], [false, ['user.created'], end.url])
  assert.equal(await next('user.created'), 0)
  refused(await call('POST', '/webhooks/test', { webhook_id: made.id, event: 'user.created' }), 409, 4090)
  const changed = await call('PUT', `/webhooks/${made.id}`, { active: true, events: ['user.login', 'user.login'] })
  assert.deepEqual([changed.body.active, changed.body.events, 'secret' in changed.body], [true, ['user.login'], false])
  assert.deepEqual([await next('user.created'), await next('user.login')], [0, 1])
  await call('DELETE', `/webhooks/${made.id}`)
})

test('another host gets a new secret, shown in the answer', async () => {
  const { body: made } = await call('POST', '/webhooks', { url: 'https://one.example.com/a', events: ['user.created'] })
  const same = await call('PUT', `/webhooks/${made.id}`, { url: 'https://one.example.com/b' })
  assert.deepEqual([same.body.url, same.body.secret], ['https://one.example.com/b', undefined])
  const moved = await call('PUT', `/webhooks/${made.id}`, { url: 'https://two.example.com/b' })
  assert.match(moved.body.secret, /^[0-9a-f]{64}$/)
  assert.notEqual(moved.body.secret, made.secret)
  assert.equal((await relay.api(`/app/test/endpoint/${made.id}/secret`)).body.key, moved.body.secret)
  await call('DELETE', `/webhooks/${made.id}`)
})

test('errors have the documented body and codes', async () => {
  refused(await call('GET', '/webhooks', undefined, null), 401, 4010)
  refused(await call('GET', '/webhooks', undefined, 'YOUR_API_KEY'), 401, 4012)
  refused(await call('GET', '/webhooks', undefined, 'Bearer'), 401, 4012)
  refused(await call('GET', '/webhooks', undefined, 'wx_test_0000000000000000'), 401, 4011)
  const { id, key: revoked } = await key(['read'])
  refused(await call('POST', '/webhooks', { url: end.url, events: ['user.created'] }, revoked), 403, 4030)
  await relay.call('DELETE', `/app/test/key/${id}`)
  refused(await call('GET', '/webhooks', undefined, revoked), 401, 4011)
  refused(await call('GET', '/webhooks', undefined, relay.operator), 403, 4030)
  for (const [method, path, body] of [['PUT', '/webhooks/webhook_none', {}], ['DELETE', '/webhooks/webhook_none'], ['POST', '/webhooks/test', { webhook_id: 'webhook_none', event: 'user.created' }], ['GET', '/none']] as const) {
    refused(await call(method, path, body), 404, 4040)
  }
  for (const body of ['{', '[]', {}, { url: end.url }, { url: 'no url', events: ['user.created'] }, { url: 'ftp://x.example/', events: ['user.created'] }, { url: end.url, events: [] }, { url: end.url, events: ['user.creatd'] }, { url: end.url, events: ['user.created'], active: 'yes' }]) {
    refused(await call('POST', '/webhooks', body), 400, 4000)
  }
  const { body: made } = await call('POST', '/webhooks', { url: end.url, events: ['user.created'] })
  refused(await call('POST', '/webhooks/test', { webhook_id: made.id, event: 'no.such' }), 400, 4000)
  refused(await call('PUT', `/webhooks/${made.id}`, { url: 7 }), 400, 4000)
  await call('DELETE', `/webhooks/${made.id}`)
  refused(await call('POST', '/webhooks', JSON.stringify({ url: 'x'.repeat(1 << 20) })), 413, 4130)
})

test('a tenant sees nothing of another', async () => {
  const { body: other } = await relay.call('POST', '/app', { name: 'Other', uid: 'other' }, relay.operator)
  const { body: { key: theirs } } = await relay.call('POST', `/app/${other.id}/key`, { name: 'all', scopes: ['send', 'manage', 'read'] }, relay.operator)
  const { body: made } = await call('POST', '/webhooks', { url: end.url, events: ['user.created'] })
  assert.deepEqual((await call('GET', '/webhooks', undefined, theirs)).body, { webhooks: [] })
  refused(await call('PUT', `/webhooks/${made.id}`, { active: false }, theirs), 404, 4040)
  refused(await call('DELETE', `/webhooks/${made.id}`, undefined, theirs), 404, 4040)
  refused(await call('POST', '/webhooks/test', { webhook_id: made.id, event: 'user.created' }, theirs), 404, 4040)
  await relay.call('PATCH', `/app/${other.id}`, { deactivated: true }, relay.operator)
  assert.equal((await call('GET', '/webhooks', undefined, theirs)).status, 200)
  refused(await call('POST', '/webhooks', { url: end.url, events: ['user.created'] }, theirs), 403, 4030)
  assert.equal((await relay.call('POST', `/app/${other.id}/endpoint`, { url: end.url }, theirs)).status, 403)
  assert.equal((await relay.call('PATCH', `/app/${other.id}`, { deactivated: false }, theirs)).status, 403)
  await relay.call('PATCH', `/app/${other.id}`, { deactivated: false }, relay.operator)
  assert.equal((await call('POST', '/webhooks', { url: end.url, events: ['user.created'] }, theirs)).status, 201)
  await call('DELETE', `/webhooks/${made.id}`)
})

test('X-RateLimit tells what is left of the hour; beyond it 429 with Retry-After, for that key alone', async () => {
  const { key: own } = await key(['read'])
  const left = ({ headers }: Answer): number => Number(headers.get('x-ratelimit-remaining'))
  const first = await call('GET', '/webhooks', undefined, own)
  assert.deepEqual([first.headers.get('x-ratelimit-limit'), left(first), first.headers.get('x-ratelimit-window')], ['200', 199, '3600'])
  const reset = Number(first.headers.get('x-ratelimit-reset')) - Date.now() / 1000
  assert.ok(reset > 3500 && reset <= 3601, String(reset))
  assert.equal(left(await call('DELETE', '/webhooks/none', undefined, own)), 198, 'a refused request counts, and says so')
  for (let count = 3; count <= 200; count++) assert.equal((await call('GET', '/webhooks', undefined, own)).status, 200)
  const beyond = await call('GET', '/webhooks', undefined, own)
  refused(beyond, 429, 4290)
  const wait = Number(beyond.headers.get('retry-after'))
  assert.ok(wait > 3500 && wait <= 3600, String(wait))
  assert.equal(beyond.body.retry_after, wait)
  assert.equal(left(beyond), 0)
  assert.equal((await call('GET', '/webhooks')).status, 200)
})
