// What an endpoint gets, how, and why it gets nothing: dialects, subscriptions, filters, order, status,
// replay.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Webhook } from '../../js/index.ts'
import { cosmo } from '../../js/dialects/cosmo.ts'
import { ost } from '../../js/dialects/ost.ts'
import { platformCore } from '../../js/dialects/platform-core.ts'
import { destination, pause, type Answer } from '../functions/destination.ts'
import { run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
const ends: Awaited<ReturnType<typeof destination>>[] = []
before(async () => { relay = await run({}) })
after(async () => {
  await relay?.close()
  for (const end of ends) await end.close()
})

/** A destination, and an endpoint that sends there what its settings say. */
async function endpoint(settings: object, answer: Answer = 200) {
  const end = await destination(answer)
  ends.push(end)
  const { status, body } = await relay.call('POST', '/app/test/endpoint', { url: end.url, ...settings })
  assert.equal(status, 201, JSON.stringify(body))
  const path = `/app/test/endpoint/${body.id}`
  return { end, id: body.id as string, path, secret: (await relay.api(`${path}/secret`)).body.key as string, patch: (change: object) => relay.call('PATCH', path, change) }
}
async function send(eventType: string, payload: object = {}, more: object = {}): Promise<string> {
  const { status, body } = await relay.call('POST', '/app/test/msg', { eventType, payload, ...more })
  assert.equal(status, 202, JSON.stringify(body))
  return body.id
}
const reasons = async (msg: string): Promise<Record<string, string>> =>
  Object.fromEntries((await relay.api(`/app/test/msg/${msg}/skipped`)).body.data.map((one: any) => [one.endpointId, one.reason]))
const hmac = (secret: string, text: string | Buffer): string => createHmac('sha256', secret).update(text).digest('hex')
const attempts = async (msg: string, count: number): Promise<any[]> => relay.attempts(msg, count)

test('each dialect: its envelope, its headers, its ids stable over retries, signed with a secret made in its form', async () => {
  const user = { id: 'u1', username: 'ada', name: 'Ada', created_at: '2024-01-15T10:30:00Z' }
  const retry = { retry: { delays: [1] } }
  const twice: Answer = (_, response, count) => response.writeHead(count === 1 ? 503 : 200).end()
  const core = await endpoint({ dialect: 'platform-core', eventTypes: ['user.created'], delivery: retry }, twice)
  const stake = await endpoint({ dialect: 'ost', eventTypes: ['transactions/success'], delivery: retry }, twice)
  const graph = await endpoint({ dialect: 'cosmo', eventTypes: ['user.created'], delivery: { retry: { delays: [1] }, final: {} } }, twice)
  assert.match(core.id, /^webhook_[0-9A-Za-z]{24}$/)
  assert.match(stake.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const msg = await send('user.created', { user })
  await send('transactions/success', { transaction: {} })
  const [one, two] = await core.end.until(2)
  for (const got of [one!, two!]) {
    const event = new Webhook(platformCore, { secrets: [core.secret] }).verify(got.body, got.rawHeaders)
    assert.equal(event.type, 'user.created')
    assert.deepEqual(event.data, { user })
    assert.deepEqual([got.headers['x-platform-event'], got.headers['user-agent'], got.headers['content-type']], ['user.created', 'Platform-Webhooks/1.0', 'application/json'])
    const body = JSON.parse(got.body.toString())
    assert.match(body.id, /^webhook_[0-9A-Za-z]{24}$/)
    assert.match(body.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.equal(body.api_version, '2.1.0')
    assert.match(got.headers['x-platform-delivery'] as string, /^delivery_[0-9A-Za-z]{24}$/)
    assert.equal(got.headers['x-platform-signature'], `sha256=${hmac(core.secret, got.body)}`)
  }
  assert.deepEqual(one!.body, two!.body)
  assert.equal(one!.headers['x-platform-delivery'], two!.headers['x-platform-delivery'])
  const [first, second] = await stake.end.until(2)
  for (const { body, headers, rawHeaders } of [first!, second!]) {
    new Webhook(ost, { secrets: [stake.secret] }).verify(body, rawHeaders)
    assert.deepEqual([headers['ost-version'], headers['api-signature-kind'], headers['content-type']], ['v2', 'OST1-WEBHOOK-HMAC-SHA256', 'application/json'])
    assert.equal(headers['ost-signature'], hmac(stake.secret, `${headers['ost-timestamp']}.v2.${body}`))
  }
  const body = JSON.parse(first!.body.toString())
  assert.deepEqual(Object.keys(body), ['id', 'topic', 'created_at', 'webhook_id', 'version', 'data'])
  assert.equal(body.webhook_id, stake.id)
  assert.match(body.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  assert.deepEqual(first!.body, second!.body)
  assert.notEqual(first!.headers['ost-timestamp'], second!.headers['ost-timestamp'])
  const [got] = await graph.end.until(2)
  new Webhook(cosmo, { secrets: [graph.secret] }).verify(got!.body, got!.rawHeaders)
  assert.equal(got!.headers['x-cosmo-signature-256'], hmac(graph.secret, got!.body))
  assert.equal(got!.body.toString(), JSON.stringify({ version: 1, event: 'user.created', payload: { user } }))
  assert.equal((await attempts(msg, 4)).length, 4)
})

test('OST: while the grace lasts ost-signature holds both signatures; it can be ended early', async () => {
  const stake = await endpoint({ dialect: 'ost', eventTypes: ['ost.rotate'] })
  const next = async () => (await send('ost.rotate'), (await stake.end.until(stake.end.received.length + 1)).at(-1)!)
  const rotate = async (change: object) => assert.equal((await relay.call('POST', `${stake.path}/secret/rotate`, change)).status, 204)
  const verifies = (got: Awaited<ReturnType<typeof next>>, key: string) => new Webhook(ost, { secrets: [key] }).check(got.body, got.rawHeaders).ok
  await rotate({})
  const key = (await relay.api(`${stake.path}/secret`)).body.key
  const both = await next()
  assert.match(both.headers['ost-signature'] as string, /^[0-9a-f]{64},[0-9a-f]{64}$/)
  assert.deepEqual([verifies(both, key), verifies(both, stake.secret)], [true, true])
  await rotate({ key, gracePeriodSeconds: 0 })
  const one = await next()
  assert.match(one.headers['ost-signature'] as string, /^[0-9a-f]{64}$/)
  assert.deepEqual([verifies(one, key), verifies(one, stake.secret)], [true, false])
})

test('an eventId is the id in the envelope; envelope: false sends the payload as it is', async () => {
  const inside = await endpoint({ dialect: 'platform-core', eventTypes: ['envelope.it'] })
  const bare = await endpoint({ dialect: 'platform-core', eventTypes: ['envelope.it'], envelope: false })
  await send('envelope.it', { a: 1 }, { eventId: 'webhook_mine' })
  assert.equal(JSON.parse((await inside.end.until(1))[0]!.body.toString()).id, 'webhook_mine')
  assert.equal((await bare.end.until(1))[0]!.body.toString(), '{"a":1}')
})

test('for each endpoint that gets nothing the reason: not subscribed, filtered, nothing selected, inactive, disabled', async () => {
  const exact = await endpoint({ eventTypes: ['why.created'] })
  const begin = await endpoint({ eventTypes: ['why.*'] })
  const other = await endpoint({ eventTypes: ['whyever.*', 'wh'] })
  const filtered = await endpoint({ eventTypes: ['why.*'], filters: [{ pointer: '/team/id', values: ['a', 7] }, { pointer: '/a~1b', values: [true] }] })
  const none = await endpoint({ eventTypes: ['why.*'], filters: [{ pointer: '/team/id', values: [] }] })
  const inactive = await endpoint({ eventTypes: ['why.*'], disabled: true })
  const gone = await endpoint({ eventTypes: ['why.*'] }, 410)
  const first = await send('why.gone', {})
  await attempts(first, 2)
  for (let tries = 0; tries < 50 && (await relay.api(gone.path)).body.status !== 'disabled'; tries++) await pause(50)
  await pause(1100)
  const msg = await send('why.created', { team: { id: 'b' }, 'a/b': true })
  await exact.end.until(1)
  await begin.end.until(2)
  const why = await reasons(msg)
  assert.deepEqual([exact, begin, other, filtered, inactive, gone, none].map(({ id }) => why[id]), [undefined, undefined, 'not_subscribed', 'filtered', 'inactive', 'disabled', 'none_selected'])
  for (const [payload, passes] of [[{ team: { id: 'a' }, 'a/b': true }, true], [{ team: { id: 7 }, 'a/b': true }, true], [{ team: { id: '7' }, 'a/b': true }, false], [{ team: { id: 'a' } }, false], [{ team: [{ id: 'a' }], 'a/b': true }, false], [{}, false]] as const) {
    assert.equal((await reasons(await send('why.more', payload)))[filtered.id], passes ? undefined : 'filtered', JSON.stringify(payload))
  }
  await filtered.end.until(2)
  // What was decided stays told, whatever the endpoint says later.
  await inactive.patch({ disabled: false })
  await filtered.patch({ filters: [] })
  assert.deepEqual([(await reasons(msg))[inactive.id], (await reasons(msg))[filtered.id]], ['inactive', 'filtered'])
  assert.deepEqual([other.end.received.length, inactive.end.received.length, gone.end.received.length, none.end.received.length], [0, 0, 1, 0])
})

test('410 disables an endpoint until somebody enables it; those who ask by name are told', async () => {
  const told = await endpoint({ eventTypes: ['endpoint.disabled'] })
  const all = await endpoint({})
  const gone = await endpoint({ eventTypes: ['is.gone'] }, 410)
  const msg = await send('is.gone')
  await attempts(msg, 2)
  const event = JSON.parse((await told.end.until(1))[0]!.body.toString())
  assert.deepEqual([event.type, event.data.endpointId, event.data.appId], ['endpoint.disabled', gone.id, 'test'])
  assert.deepEqual([(await relay.api(gone.path)).body.status, (await relay.api(gone.path)).body.reason], ['disabled', 'it answered 410 Gone'])
  assert.ok(!all.end.received.some(one => one.body.includes('endpoint.disabled')))
  gone.end.answer = 200
  assert.equal((await gone.patch({ disabled: false })).body.status, 'active')
  await send('is.gone')
  await gone.end.until(2)
  await relay.call('DELETE', all.path)
  await relay.call('DELETE', told.path)
})

test('an endpoint that only fails is disabled when its patience ends; one success begins it anew', async () => {
  const fast = { retry: { delays: [1, 1, 1, 1] } }
  const failing = await endpoint({ eventTypes: ['is.failing'], delivery: fast, disableAfter: 2 }, 500)
  const recovering = await endpoint({ eventTypes: ['is.failing'], delivery: fast, disableAfter: 3 }, (_, response, count) => response.writeHead(count === 2 ? 200 : 500).end())
  await send('is.failing')
  await recovering.end.until(2)
  await send('is.failing')
  for (let tries = 0; tries < 100 && (await relay.api(failing.path)).body.status === 'active'; tries++) await pause(50)
  const { status, reason } = (await relay.api(failing.path)).body
  assert.deepEqual([status, reason], ['disabled', 'every attempt failed for too long'])
  assert.equal((await relay.api(recovering.path)).body.status, 'active')
  await relay.call('DELETE', recovering.path)
})

test('an ordered endpoint gets one after the other: the line waits for what fails', async () => {
  let tries = 0
  const ordered = await endpoint({ eventTypes: ['line.up'], ordered: true, delivery: { retry: { delays: [1] }, rate: [] } }, ({ body }, response) => response.writeHead(body.includes('"n":2') && tries++ === 0 ? 500 : 200).end())
  for (let n = 1; n <= 6; n++) await send('line.up', { n })
  const got = await ordered.end.until(7)
  assert.deepEqual(got.map(({ body }) => JSON.parse(body.toString()).n), [1, 2, 2, 3, 4, 5, 6])
})

test('throttleRate holds at the receiver', async () => {
  const slow = await endpoint({ eventTypes: ['too.fast'], throttleRate: 3, delivery: { rate: [] } })
  await Promise.all(Array.from({ length: 9 }, () => send('too.fast')))
  const got = await slow.end.until(9)
  for (const { at } of got) assert.ok(got.filter(one => one.at >= at && one.at < at + 990).length <= 3)
})

test('a paused endpoint keeps what is due and sends it when it goes on', async () => {
  const paused = await endpoint({ eventTypes: ['pause.it'], delivery: { retry: { delays: [1, 1, 1] } } }, 500)
  const msg = await send('pause.it')
  await attempts(msg, 1)
  await paused.patch({ disabled: true })
  const count = paused.end.received.length
  await pause(1500)
  assert.equal(paused.end.received.length, count)
  paused.end.answer = 200
  await paused.patch({ disabled: false })
  await paused.end.until(count + 1)
})

test('a range is replayed to another endpoint, those of one type alone', async () => {
  const since = new Date(Date.now() - 1).toISOString()
  const sent = [await send('replay.a', { n: 1 }), await send('replay.b', { n: 2 }), await send('replay.a', { n: 3 })]
  const late = await endpoint({ eventTypes: ['never.sent'] })
  const { status, body } = await relay.call('POST', `${late.path}/replay`, { since, eventTypes: ['replay.a'] })
  assert.deepEqual([status, body.count], [202, 2])
  const got = await late.end.until(2)
  assert.deepEqual(got.map(one => one.headers['webhook-id']).sort(), [sent[0], sent[2]].sort())
})

test('another host gets another secret and no credentials; another path keeps them', async () => {
  const moved = await endpoint({ eventTypes: ['move.it'] })
  const secret = async () => (await relay.api(`${moved.path}/secret`)).body.key
  const headers = async () => (await relay.api(`${moved.path}/headers`)).body
  await relay.call('PUT', `${moved.path}/headers`, { headers: { 'authorization': 'Basic abc', 'x-region': 'eu' } })
  await moved.patch({ url: moved.end.url.replace('/hook', '/elsewhere') })
  assert.equal(await secret(), moved.secret)
  assert.deepEqual(await headers(), { headers: { 'x-region': 'eu' }, sensitive: ['authorization'] })
  await moved.patch({ url: 'https://elsewhere.example/' })
  assert.notEqual(await secret(), moved.secret)
  assert.deepEqual(await headers(), { headers: { 'x-region': 'eu' }, sensitive: [] })
  await moved.patch({ url: moved.end.url, secret: moved.secret })
  assert.equal(await secret(), moved.secret)
})

test('deliveries across endpoints: by state, type and what stands in the payload, page by page', async () => {
  const [good, bad] = [await endpoint({ eventTypes: ['find.*'] }), await endpoint({ eventTypes: ['find.*'], delivery: { retry: { delays: [] } } }, 500)]
  const needle = await send('find.me', { text: 'a needle in the haystack' })
  const hay = await send('find.hay', { text: 'hay' })
  await attempts(needle, 2)
  await attempts(hay, 2)
  const find = async (query: string): Promise<string[]> => (await relay.api(`/app/test/delivery?event_types=find.me,find.hay&${query}`)).body.data.map((one: any) => `${one.msgId} ${one.endpointId}`)
  assert.deepEqual(new Set(await find('text=needle')), new Set([`${needle} ${good.id}`, `${needle} ${bad.id}`]))
  assert.deepEqual(new Set(await find('status=2')), new Set([`${needle} ${bad.id}`, `${hay} ${bad.id}`]))
  assert.deepEqual(await find(`status=0&endpoint_id=${good.id}`), [`${hay} ${good.id}`, `${needle} ${good.id}`])
  const paged: string[] = []
  for (let iterator = '', done = false; !done;) {
    const { body } = await relay.api(`/app/test/delivery?limit=1&event_types=find.me,find.hay${iterator && `&iterator=${iterator}`}`)
    paged.push(...body.data.map((one: any) => `${one.msgId} ${one.endpointId}`))
    ;({ iterator, done } = body)
  }
  assert.deepEqual(paged, await find('limit=250'))
  assert.equal(paged.length, 4)
})

test('custom headers cannot inject, nor stand in for the connection\'s or the dialect\'s', async () => {
  const own = await endpoint({ eventTypes: ['head.er'] })
  for (const headers of [{ 'x': 'a\r\nb: c' }, { 'x\r\ny': 'a' }, { host: 'x' }, { 'content-length': '1' }, { 'transfer-encoding': 'chunked' }, { connection: 'close' }, { 'x': 'é' }]) {
    assert.equal((await relay.call('PUT', `${own.path}/headers`, { headers })).status, 422, JSON.stringify(headers))
  }
  assert.equal((await relay.call('PUT', `${own.path}/headers`, { headers: { 'Webhook-Signature': 'v1,forged', 'x-own': 'yes' } })).status, 204)
  await send('head.er')
  const [got] = await own.end.until(1)
  assert.equal(got!.headers['x-own'], 'yes')
  assert.ok(!String(got!.headers['webhook-signature']).includes('forged'))
})
