// What each system promises its receivers, line by line where no other test says it already.
// docs/conformance.md names these tests.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { handler } from '../../functions/public.ts'
import type { Dialect } from '../../js/index.ts'
import { cosmo, cosmoBody, ost, platformBody, platformCore, request, secret } from './events.ts'

const secrets = [secret]
type File = { events: Record<string, { example: any; aliases?: string[]; recognised_by?: string; documented?: boolean }> }
const fileOf = (name: string): File => JSON.parse(readFileSync(new URL(`../../core/dialects/${name}.json`, import.meta.url), 'utf8'))

/** Sends one request and gives the status and what `on` was told. */
async function receive(dialect: Dialect<any>, sent: Request, options: object = {}): Promise<{ status: number; event: any }> {
  let event: any
  const handle = handler({ dialect, secrets, on: one => { event = one }, ...options })
  return { status: (await handle(sent)).status, event }
}

const ostBody = (topic: string, data: object): string => JSON.stringify({
  id: '7d2f0b5c-3c1f-4b43-9f1d-0a8f6d3e2b11', topic, created_at: 1574321000, webhook_id: 'c1f9b3f4-5a0e-4a4e-8a55-2f64d1c0e111', version: 'v2', data,
})
const ostRequest = (body: string, change: (headers: Headers) => void = () => {}): Request => {
  const sent = request(ost, body, { timestamp: 1574321000 })
  change(sent.headers)
  return sent
}

test('Platform Core: every one of the 12 events is known and its data keeps to its schema', async () => {
  const { events } = fileOf('platform-core')
  assert.equal(Object.keys(events).length, 12)
  for (const [name, { example }] of Object.entries(events)) {
    const { status, event } = await receive(platformCore, request(platformCore, platformBody({ event: name, data: example })), { schema: 'enforce' })
    assert.deepEqual([status, event?.type, event?.known, event?.data], [200, name, true, example])
  }
})

test('Platform Core: the envelope gives id, time and version; api_version may be absent', async () => {
  const body = platformBody({ id: 'webhook_123456', api_version: '2.1.0' })
  const { event } = await receive(platformCore, request(platformCore, body))
  assert.deepEqual([event.id, event.timestamp, event.version], ['webhook_123456', Date.UTC(2024, 0, 15, 10, 30) / 1000, '2.1.0'])
  assert.equal((await receive(platformCore, request(platformCore, platformBody()), { schema: 'enforce' })).event.version, null)
})

test('Platform Core: data of another shape breaks its schema, field by field', async () => {
  for (const user of [{}, { id: 1, username: 'a', name: 'b', created_at: '2024-01-15T10:30:00Z' }, { id: 'a', username: 'b', name: 'c', created_at: 'yesterday' }]) {
    assert.equal((await receive(platformCore, request(platformCore, platformBody({ data: { user } })), { schema: 'enforce' })).status, 422)
  }
})

test('Platform Core: X-Platform-Event that contradicts the signed body is refused', async () => {
  const sent = request(platformCore, platformBody())
  sent.headers.set('x-platform-event', 'user.deleted')
  assert.equal((await receive(platformCore, sent)).status, 400)
})

test('Platform Core: the webhook id deduplicates, not the delivery id', async () => {
  let calls = 0
  const handle = handler({ dialect: platformCore, secrets, on: () => void calls++ })
  const body = platformBody()
  for (const delivery of ['delivery_1', 'delivery_2']) assert.equal((await handle(request(platformCore, body, { headers: { 'x-platform-delivery': delivery } }))).status, 200)
  assert.equal(calls, 1)
})

test('OST: each of its 35 topics, the five undocumented too, is known and its entity keeps to its schema', async () => {
  const { events } = fileOf('ost')
  assert.deepEqual([Object.keys(events).length, Object.values(events).filter(event => event.documented === false).length], [35, 5])
  for (const [topic, { example }] of Object.entries(events)) {
    const { status, event } = await receive(ost, ostRequest(ostBody(topic, example)), { schema: 'enforce' })
    assert.deepEqual([status, event?.type, event?.data], [200, topic, example], topic)
  }
})

test('OST: an entity with another topic\'s status breaks its schema', async () => {
  const { example } = fileOf('ost').events['transactions/success']!
  assert.equal((await receive(ost, ostRequest(ostBody('transactions/failure', example)), { schema: 'enforce' })).status, 422)
})

test('OST: the raw body, the timestamp and the version are signed; without one of the three headers it is refused', async () => {
  const body = ostBody('users/activation_success', { result_type: 'user', user: {} })
  assert.equal((await receive(ost, ostRequest(body))).status, 200)
  for (const name of ['ost-signature', 'ost-timestamp', 'ost-version']) {
    assert.equal((await receive(ost, ostRequest(body, headers => headers.delete(name)))).status, 401, name)
    assert.equal((await receive(ost, ostRequest(body, headers => headers.set(name, name === 'ost-timestamp' ? '1574321001' : name === 'ost-version' ? 'v3' : '0'.repeat(64))))).status, 401, name)
  }
})

test('OST: of two signatures either may match, in either order', async () => {
  const body = ostBody('users/activation_success', { result_type: 'user', user: {} })
  const other = createHmac('sha256', 'another').update(`1574321000.v2.${body}`).digest('hex')
  for (const order of [(own: string) => `${own},${other}`, (own: string) => `${other},${own}`]) {
    assert.equal((await receive(ost, ostRequest(body, headers => headers.set('ost-signature', order(headers.get('ost-signature')!))))).status, 200)
  }
})

test('OST: any version that was signed is accepted', async () => {
  const body = ostBody('users/activation_success', { result_type: 'user', user: {} }).replace('"version":"v2"', '"version":"2"')
  const signature = createHmac('sha256', secret).update(`1574321000.2.${body}`).digest('hex')
  const { status, event } = await receive(ost, ostRequest(body, headers => { headers.set('ost-version', '2'); headers.set('ost-signature', signature) }))
  assert.deepEqual([status, event?.version], [200, '2'])
})

test('OST: no age is asked for unless a tolerance is set', async () => {
  const body = ostBody('users/activation_success', { result_type: 'user', user: {} })
  assert.equal((await receive(ost, ostRequest(body))).status, 200)
  assert.equal((await receive(ost, ostRequest(body), { tolerance: 300 })).status, 401)
  assert.equal((await receive(ost, request(ost, body), { tolerance: 300 })).status, 200)
})

test('Cosmo: a bare lower-case hex HMAC of the raw body; every other spelling and a missing header are refused', async () => {
  const body = cosmoBody()
  const good = createHmac('sha256', secret).update(body).digest('hex')
  for (const [value, status] of [[good, 200], [`sha256=${good}`, 401], [good.toUpperCase(), 401], [good.slice(0, 62), 401], [`${good}00`, 401], [`${good},${good}`, 401], ['', 401], [null, 401]] as const) {
    const headers: Record<string, string> = value === null ? {} : { 'x-cosmo-signature-256': value }
    assert.equal((await receive(cosmo, new Request('http://localhost/', { method: 'POST', body, headers }))).status, status, String(value))
  }
})

test('Cosmo: every event, the undocumented ones and the alias too, is known and keeps to its schema', async () => {
  const { events } = fileOf('cosmo')
  for (const [name, { example, aliases = [], recognised_by }] of Object.entries(events)) {
    for (const sent of recognised_by ? [null] : [name, ...aliases]) {
      const { status, event } = await receive(cosmo, request(cosmo, sent ? cosmoBody(sent, example) : JSON.stringify(example)), { schema: 'enforce' })
      assert.deepEqual([status, event?.type, event?.alias], [200, name, sent && sent !== name ? sent : null], name)
    }
  }
  for (const name of ['USER_DELETE_SUCCESS', 'MONOGRAPH_SCHEMA_UPDATED', 'PROPOSAL_STATE_UPDATED']) assert.ok(events[name], name)
  assert.deepEqual(events.APOLLO_MIGRATE_SUCCESS!.aliases, ['GRAPH_MIGRATE_SUCCESS'])
})

test('Cosmo: a version other than 1 breaks the schema', async () => {
  const body = cosmoBody().replace('"version":1', '"version":2')
  assert.equal((await receive(cosmo, request(cosmo, body), { schema: 'enforce' })).status, 422)
  const { status, event } = await receive(cosmo, request(cosmo, body))
  assert.deepEqual([status, event.schema], [200, { ok: false, at: '/version', code: 'schema' }])
})

test('Cosmo: what shall be sent again is answered 5xx, never a 4xx, which Cosmo takes as final', async () => {
  const failing = { on: () => { throw new Error('later') }, onError: () => {} }
  assert.equal((await receive(cosmo, request(cosmo, cosmoBody()), failing)).status, 500)
  assert.equal((await receive(cosmo, request(cosmo, cosmoBody()), { forward: 'http://127.0.0.1:9/' })).status, 502)
})

test('Cosmo: a destination that hangs is given up long before Cosmo\'s 10 seconds, which it does not retry', async () => {
  const { destination } = await import('./destination.ts')
  const end = await destination(() => {})
  const began = Date.now()
  assert.equal((await receive(cosmo, request(cosmo, cosmoBody()), { forward: { url: end.url, timeout: 1 } })).status, 502)
  assert.ok(Date.now() - began < 5000)
  await end.close()
})

test('signatures and tokens are compared by OpenSSL\'s constant-time comparison alone', () => {
  const source = (name: string): string => readFileSync(new URL(`../../core/src/${name}`, import.meta.url), 'utf8')
  assert.match(source('hmac.cpp'), /bool equal_in_constant_time\([^)]*\) noexcept \{\s*return CRYPTO_memcmp\(/)
  assert.equal(source('verifier.cpp').match(/equal_in_constant_time\(/g)?.length, 2)
  assert.doesNotMatch(source('verifier.cpp'), /(?<!CRYPTO_)memcmp|std::equal|ranges::equal|strcmp/)
})
