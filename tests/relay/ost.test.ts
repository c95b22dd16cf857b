// OST's face, called by a client that is written from OST's documents alone.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { destination, pause } from '../functions/destination.ts'
import { query, send as sendTo, sign, type Answer, type Credentials, type Parameters } from './ostclient.ts'
import { run } from './run.ts'

type SendParameters = typeof sendTo extends (relay: string, ...call: infer Call) => unknown ? Call : never
let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>
let own: Credentials
const topics = ['transactions/initiate', 'users/activation_success']
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const send = (...call: SendParameters): Promise<Answer> => sendTo(relay.url, ...call)
async function credentials(app: string, by: string, scopes = ['read', 'manage']): Promise<Credentials> {
  const { status, body } = await relay.call('POST', `/app/${app}/key`, { name: 'ost', scopes, signed: true }, by)
  assert.equal(status, 201, JSON.stringify(body))
  return { api_key: body.key, api_secret: body.secret }
}
const call = (method: string, path: string, parameters: Parameters = {}, by = own): Promise<Answer> => send(method, path, parameters, by)
async function ok(method: string, path: string, parameters: Parameters = {}, by = own): Promise<any> {
  const { status, body } = await call(method, path, parameters, by)
  assert.deepEqual([status, body.success], [200, true], JSON.stringify(body))
  assert.ok(Object.hasOwn(body.data, body.data.result_type), 'result_type names the result')
  return body.data
}
/** Has the form of every error. */
function refused({ status, body }: Answer, expected: number, code: string, parameters: string[] = []): any {
  assert.deepEqual([status, body.success, body.err?.code], [expected, false, code], JSON.stringify(body))
  assert.deepEqual(Object.keys(body), ['success', 'err'])
  assert.deepEqual(Object.keys(body.err), ['code', 'msg', 'error_data', 'internal_id'])
  assert.ok(body.err.msg && body.err.internal_id)
  assert.deepEqual(body.err.error_data.map((one: any) => one.parameter), parameters)
  for (const one of body.err.error_data) assert.deepEqual(Object.keys(one), ['parameter', 'msg'])
  return body.err
}
/** The page of the dashboard where the secret is. */
async function developer(method: string, path = 'webhook-secrets', key = relay.key): Promise<Answer> {
  const answer = await fetch(`${relay.url}/ost/testnet/api/developer/${path}`, { method, headers: { authorization: `Bearer ${key}` } })
  return { status: answer.status, body: await answer.json(), headers: answer.headers }
}
const clear = async (): Promise<void> => { for (const { id } of (await ok('GET', '/webhooks', { limit: 25 })).webhooks) await ok('DELETE', `/webhooks/${id}`) }

before(async () => {
  end = await destination()
  relay = await run({})
  own = await credentials('test', relay.key)
})
after(async () => {
  await relay?.close()
  await end?.close()
})

test('the client signs as the published test of OST\'s SDK', () => {
  const { resource, params, secret, signed_string, expected_signature } = JSON.parse(readFileSync(new URL('../data/ost/request.json', import.meta.url), 'utf8'))
  assert.equal(`${resource}?${query(params)}`, signed_string)
  assert.equal(sign(resource, params, secret), expected_signature)
})

test('before the first webhook there is no secret', async () => {
  assert.match(refused(await developer('GET'), 422, 'UNPROCESSABLE_ENTITY').msg, /^Webhooks secret key is not generated for your account\./)
})

test('create, get, list, update and delete give the WebHook object with its six attributes', async () => {
  const { result_type, webhook } = await ok('POST', '/webhooks', { topics: [' Transactions/Initiate', 'users/activation_success', 'users/activation_success', ''], url: 'https://own.example.com/a?b=c%20d~*' })
  assert.equal(result_type, 'webhook')
  assert.deepEqual(Object.keys(webhook).sort(), ['format', 'id', 'status', 'topics', 'updated_timestamp', 'url'])
  assert.match(webhook.id, uuid4)
  assert.ok(Math.abs(webhook.updated_timestamp - Date.now() / 1000) < 60)
  const { id, updated_timestamp: _, ...rest } = webhook
  assert.deepEqual(rest, { url: 'https://own.example.com/a?b=c%20d~*', format: 'json', status: 'active', topics })
  assert.deepEqual((await ok('GET', `/webhooks/${id}`)).webhook, webhook)
  const list = await ok('GET', '/webhooks')
  assert.deepEqual([list.result_type, list.webhooks, list.meta], ['webhooks', [webhook], { next_page_payload: {} }])
  const paused = (await ok('POST', `/webhooks/${id}`, { topics: ['devices/recovery_success'], status: 'inactive', url: 'https://other.example.com/' })).webhook
  assert.deepEqual([paused.id, paused.url, paused.status, paused.topics], [id, rest.url, 'inactive', ['devices/recovery_success']])
  assert.equal((await ok('GET', `/webhooks/${id}`)).webhook.status, 'inactive')
  assert.equal((await ok('POST', `/webhooks/${id}`, { topics: [''] })).webhook.status, 'active', 'active is the default')
  assert.deepEqual((await ok('GET', `/webhooks/${id}`)).webhook.topics, [])
  assert.deepEqual((await send('GET', `/webhooks/${id}`, {}, own, { network: 'mainnet' })).body.data.webhook.id, id)
  const gone = (await ok('DELETE', `/webhooks/${id}`)).webhook
  assert.deepEqual([gone.id, gone.status], [id, 'delete'])
  refused(await call('GET', `/webhooks/${id}`), 400, 'BAD_REQUEST', ['webhook_id'])
})

test('the URL of a deleted webhook gets its id again', async () => {
  const { webhook: { id } } = await ok('POST', '/webhooks', { topics, url: 'https://revived.example.com/' })
  await ok('DELETE', `/webhooks/${id}`)
  const { webhook } = await ok('POST', '/webhooks', { topics: ['price_points/eur_update'], url: 'https://revived.example.com/', status: 'inactive' })
  assert.deepEqual([webhook.id, webhook.topics, webhook.status], [id, ['price_points/eur_update'], 'inactive'])
  const other = await ok('POST', '/webhooks', { topics, url: 'https://another.example.com/' })
  assert.notEqual(other.webhook.id, id)
  await clear()
})

test('an URL is registered once, and ten webhooks are active at most', async () => {
  for (let i = 0; i < 10; i++) await ok('POST', '/webhooks', { topics, url: `https://many.example.com/${i}` })
  const taken = refused(await call('POST', '/webhooks', { topics, url: 'https://many.example.com/3' }), 422, 'UNPROCESSABLE_ENTITY')
  assert.equal(taken.msg, 'The URL is already registered.')
  const full = refused(await call('POST', '/webhooks', { topics, url: 'https://many.example.com/10' }), 422, 'UNPROCESSABLE_ENTITY')
  assert.equal(full.msg, 'Max endpoints reached. Contact our support team to increase this limit.')
  const { webhook } = await ok('POST', '/webhooks', { topics, url: 'https://many.example.com/10', status: 'inactive' })
  refused(await call('POST', `/webhooks/${webhook.id}`, { topics }), 422, 'UNPROCESSABLE_ENTITY')
  const twelve = await Promise.all(Array.from({ length: 8 }, () => call('POST', '/webhooks', { topics, url: 'https://many.example.com/at-once', status: 'inactive' })))
  assert.deepEqual(twelve.map(({ status }) => status).sort(), [200, ...Array(7).fill(422)], 'of eight at once one is registered')
  await clear()
})

test('pages run from the newest to the oldest, as long as next_page_payload says', async () => {
  for (let i = 0; i < 12; i++) await ok('POST', '/webhooks', { topics, url: `https://many.example.com/${i}`, status: 'inactive' })
  const seen: string[] = []
  let pages = 0
  for (let next: Parameters = { limit: 5 }; Object.keys(next).length; pages++) {
    const { webhooks, meta } = await ok('GET', '/webhooks', next)
    assert.ok(webhooks.length <= 5)
    seen.push(...webhooks.map((one: any) => one.url))
    next = meta.next_page_payload
  }
  assert.deepEqual(seen, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map(i => `https://many.example.com/${i}`))
  assert.equal(pages, 3)
  assert.deepEqual(JSON.parse(atob((await ok('GET', '/webhooks', { limit: 5 })).meta.next_page_payload.pagination_identifier)), { page: 2, limit: 5 })
  await clear()
})

test('every parameter that is not valid is named: 400 BAD_REQUEST', async () => {
  const url = 'https://valid.example.com/'
  const bad = async (parameters: Parameters, ...names: string[]) => refused(await call('POST', '/webhooks', parameters), 400, 'BAD_REQUEST', names)
  assert.equal((await bad({ topics: ['transactions/initiated'], url }, 'topics')).error_data[0].msg, 'Topic is not valid, please check the list of available topics on https://dev.ost.com.')
  await bad({ url }, 'topics')
  await bad({ topics: 'transactions/initiate', url }, 'topics')
  await bad({ topics, url, status: 'paused' }, 'status')
  await bad({ topics }, 'url')
  await bad({ topics, url: 'not a url' }, 'url')
  await bad({ topics, url: 'ftp://valid.example.com/' }, 'url')
  await bad({ topics, url: `${url}${'x'.repeat(254)}` }, 'url')
  await bad({ status: 'x' }, 'topics', 'status', 'url')
  for (const id of ['x', '11111111-1111-4111-8111-111111111111', '11111111-1111-1111-8111-111111111111']) {
    for (const [method, parameters] of [['GET', {}], ['POST', { topics }], ['DELETE', {}]] as const) {
      const { error_data } = refused(await call(method, `/webhooks/${id}`, parameters), 400, 'BAD_REQUEST', ['webhook_id'])
      assert.equal(error_data[0].msg, 'Webhook not found with this id.')
    }
  }
  for (const limit of [0, 26, -1, 1.5, 'x', '']) refused(await call('GET', '/webhooks', { limit }), 400, 'BAD_REQUEST', ['limit'])
  for (const pagination_identifier of ['x', btoa('{}'), btoa('{"page":0,"limit":5}'), btoa('{"page":1,"limit":26}')]) refused(await call('GET', '/webhooks', { pagination_identifier }), 400, 'BAD_REQUEST', ['pagination_identifier'])
  assert.equal((await ok('GET', '/webhooks')).webhooks.length, 0)
  refused(await call('GET', '/none'), 404, 'NOT_FOUND')
})

test('a request that is not signed, wrongly signed or 100 seconds old is refused: 401 UNAUTHORIZED', async () => {
  await ok('GET', '/webhooks', { garbage: '~!@#$%^&*()_+-= {}[]:";\'?/<>,. ä', nested: { b: ['x y', ''], a: '*' } })
  for (const age of [-95, 95]) assert.equal((await send('GET', '/webhooks', {}, own, { age })).status, 200, `${age} s`)
  const other = await credentials('test', relay.key)
  const bad = [
    ...[102, -105, 3600].map(age => () => send('GET', '/webhooks', {}, own, { age })),
    () => send('GET', '/webhooks', {}, { ...own, api_secret: other.api_secret }),
    () => send('GET', '/webhooks', {}, { ...own, api_key: 'wx_test_0000000000000000' }),
    () => send('GET', '/webhooks', {}, { ...own, api_key: relay.key }),
    () => send('GET', '/webhooks', {}, own, { kind: 'OST1-HMAC-SHA512' }),
    () => send('POST', '/webhooks', { topics, url: 'https://x.example.com/' }, own, { add: '&status=inactive' }),
    () => send('GET', '/webhooks', {}, own, { add: `&api_signature=${'0'.repeat(64)}` }),
    () => send('GET', '/webhooks', {}, own, { add: '&api_request_timestamp=1' }),
  ]
  for (const one of bad) {
    refused(await one(), 401, 'UNAUTHORIZED')
    await ok('GET', '/webhooks') // the address is trusted again
  }
  for (const init of [{}, { method: 'POST' }, { method: 'POST', body: '{}' }]) assert.equal((await fetch(`${relay.url}/ost/testnet/v2/webhooks`, init)).status, 401)
  assert.equal((await relay.api('/app/test/endpoint', own.api_key)).status, 401, 'its name is no bearer token')
  assert.equal((await ok('GET', '/webhooks')).webhooks.length, 0)
  for (let count = 0; count < 5; count++) refused(await bad[3]!(), 401, 'UNAUTHORIZED')
  const waiting = await bad[3]!()
  refused(waiting, 429, 'TOO_MANY_REQUESTS')
  assert.ok(Number(waiting.headers.get('retry-after')) >= 1)
  await ok('GET', '/webhooks') // who has a valid key waits for nobody behind the same proxy
})

test('a key does what its scopes say: 403 FORBIDDEN', async () => {
  const reads = await credentials('test', relay.key, ['read'])
  await ok('GET', '/webhooks', {}, reads)
  refused(await call('POST', '/webhooks', { topics, url: end.url }, reads), 403, 'FORBIDDEN')
  refused(await developer('GET', 'webhook-secrets', (await relay.call('POST', '/app/test/key', { name: 'reads', scopes: ['read'] })).body.key), 403, 'FORBIDDEN')
  refused(await developer('GET', 'webhook-secrets', own.api_key), 401, 'UNAUTHORIZED')
})

test('another client\'s webhooks are not found', async () => {
  const { body: app } = await relay.call('POST', '/app', { name: 'Other' }, relay.operator)
  const theirs = await credentials(app.id, relay.operator)
  const { webhook: { id } } = await ok('POST', '/webhooks', { topics, url: 'https://own.example.com/' })
  for (const [method, parameters] of [['GET', {}], ['POST', { topics }], ['DELETE', {}]] as const) refused(await call(method, `/webhooks/${id}`, parameters, theirs), 400, 'BAD_REQUEST', ['webhook_id'])
  assert.deepEqual((await ok('GET', '/webhooks', {}, theirs)).webhooks, [])
  await ok('POST', '/webhooks', { topics, url: 'https://own.example.com/' }, theirs)
  await clear()
})

/** The signatures of the next request at the destination, checked as OST's documents say. */
async function signed(topic: string, secrets: string[]): Promise<{ body: any; by: boolean[]; count: number }> {
  const before = end.received.length
  assert.equal((await relay.call('POST', '/app/test/msg', { eventType: topic, payload: { result_type: 'x', x: {} } })).status, 202)
  const { body, headers } = (await end.until(before + 1)).at(-1)!
  const signatures = String(headers['ost-signature']).split(',')
  const expected = secrets.map(secret => createHmac('sha256', secret).update(`${headers['ost-timestamp']}.${headers['ost-version']}.${body}`).digest('hex'))
  return { body: JSON.parse(body.toString()), by: expected.map(one => signatures.includes(one)), count: signatures.length }
}

test('webhooks of a client share one secret; rotated, the old one signs too until its grace is deleted', async () => {
  const { webhook: { id } } = await ok('POST', '/webhooks', { topics: ['users/activation_success'], url: end.url })
  await ok('POST', '/webhooks', { topics: ['transactions/mine'], url: `${end.url}/2` })
  const first = (await developer('GET')).body.data
  assert.match(first.webhook_secret, /^[0-9a-f]{64}$/)
  assert.deepEqual([first.webhook_grace_secret, first.grace_expiry_at], [null, null])
  const sent = await signed('users/activation_success', [first.webhook_secret])
  assert.deepEqual([sent.body.webhook_id, sent.body.topic, sent.by, sent.count], [id, 'users/activation_success', [true], 1])
  assert.deepEqual((await signed('transactions/mine', [first.webhook_secret])).by, [true])
  const rotated = (await developer('POST')).body.data
  assert.notEqual(rotated.webhook_secret, first.webhook_secret)
  assert.equal(rotated.webhook_grace_secret, first.webhook_secret)
  assert.ok(Math.abs(rotated.grace_expiry_at - Date.now() / 1000 - 86400) < 60, 'the grace lasts 24 hours')
  refused(await developer('POST'), 422, 'UNPROCESSABLE_ENTITY')
  const both = [rotated.webhook_secret, first.webhook_secret]
  for (const topic of ['users/activation_success', 'transactions/mine']) assert.deepEqual((await signed(topic, both)).by, [true, true])
  assert.deepEqual((await developer('POST', 'delete-webhook-secrets')).body.data, { webhook_secret: rotated.webhook_secret, webhook_grace_secret: null, grace_expiry_at: null })
  for (const topic of ['users/activation_success', 'transactions/mine']) {
    const { by, count } = await signed(topic, both)
    assert.deepEqual([by, count], [[true, false], 1])
  }
  const { data } = (await relay.call('GET', '/app/test/audit?limit=250')).body
  for (const action of ['secret.create', 'secret.read', 'secret.rotate', 'secret.grace.end']) assert.ok(data.some((entry: any) => entry.action === action), action)
  await ok('POST', `/webhooks/${id}`, { topics: ['users/activation_success'], status: 'inactive' })
  const before = end.received.length
  await relay.call('POST', '/app/test/msg', { eventType: 'users/activation_success', payload: {} })
  await pause(500)
  assert.equal(end.received.length, before, 'nothing to an inactive one')
  await clear()
})

test('a webhook made elsewhere has an id in OST\'s form, and keeps what OST has no word for', async () => {
  const { body: made } = await relay.call('POST', '/app/test/endpoint', { url: 'https://native.example.com/', eventTypes: ['users/*'], dialect: 'standard-webhooks', disabled: true })
  const { webhooks: [webhook] } = await ok('GET', '/webhooks')
  assert.match(webhook.id, uuid4)
  assert.deepEqual([webhook.status, webhook.topics], ['inactive', ['users/activation_initiate', 'users/activation_success', 'users/activation_failure']])
  await ok('POST', `/webhooks/${webhook.id}`, { topics: webhook.topics })
  const { body } = await relay.api(`/app/test/endpoint/${made.id}`)
  assert.deepEqual([body.disabled, body.eventTypes, body.dialect], [false, ['users/*'], 'standard-webhooks'])
  await ok('DELETE', `/webhooks/${webhook.id}`)
  assert.equal((await relay.api(`/app/test/endpoint/${made.id}`)).status, 404)
})
