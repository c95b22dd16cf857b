// Own messages: stored once, checked against their schema, within limits; none is lost or doubled.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { destination, pause } from '../functions/destination.ts'
import { run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>
const post = (body: unknown, headers: Record<string, string> = {}) => relay.call('POST', '/app/test/msg', body, relay.key, headers)
const listed = async (): Promise<number> => (await relay.api('/app/test/msg?limit=250')).body.data.length

before(async () => {
  end = await destination()
  relay = await run({ maxMessage: 2000 })
  assert.equal((await relay.call('POST', '/app/test/endpoint', { url: end.url, eventTypes: ['sent.*'] })).status, 201)
})
after(async () => {
  await relay?.close()
  await end?.close()
})

test('an Idempotency-Key gives the first message\'s id again and sends nothing twice, 20 times at once too', async () => {
  const message = { eventType: 'sent.once', payload: { a: 1 } }
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(message, { 'idempotency-key': 'key-1' })))
  assert.deepEqual([...new Set(answers.map(({ status, body }) => `${status} ${body.id}`))].length, 1)
  assert.equal(answers[0]!.status, 202)
  await end.until(1)
  await pause(300)
  assert.equal(end.received.length, 1)
  const other = await post({ ...message, payload: { a: 2 } }, { 'idempotency-key': 'key-1' })
  assert.deepEqual([other.status, other.body.code], [409, 'conflict'])
  assert.notEqual((await post(message, { 'idempotency-key': 'key-2' })).body.id, answers[0]!.body.id)
  assert.notEqual((await post(message)).body.id, (await post(message)).body.id)
})

test('an eventId that was there before is 409, and is another app\'s to use', async () => {
  const message = { eventType: 'a.b', payload: {}, eventId: 'evt-1' }
  assert.equal((await post(message)).status, 202)
  assert.equal((await post(message)).status, 409)
  assert.equal((await post(message, { 'idempotency-key': 'with-id' })).status, 409)
  const { body: app } = await relay.call('POST', '/app', { name: 'other' }, relay.operator)
  assert.equal((await relay.call('POST', `/app/${app.id}/msg`, message, relay.operator)).status, 202)
})

test('other POSTs are answered once by their Idempotency-Key too', async () => {
  const make = (url: string) => relay.call('POST', '/app/test/endpoint', { url, eventTypes: ['nothing.here'] }, relay.key, { 'idempotency-key': 'endpoint-1' })
  const first = await make('https://one.example/')
  assert.deepEqual([first.status, (await make('https://one.example/')).body], [201, first.body])
  assert.equal((await make('https://two.example/')).status, 409)
})

test('of POSTs with one Idempotency-Key at the same time one is done; the others get its answer or 409', async t => {
  const gate = Promise.withResolvers<void>()
  const slow = await destination((_, response) => void gate.promise.then(() => response.writeHead(200).end()))
  t.after(() => (gate.resolve(), slow.close()))
  await relay.call('PUT', '/event-type/slow.trial', { description: 'x', example: {} })
  const { body: { id } } = await relay.call('POST', '/app/test/endpoint', { url: slow.url, eventTypes: ['nothing.here'] })
  const body = { eventType: 'slow.trial' }
  const make = (given: object = body, key = relay.key) => relay.call('POST', `/app/test/endpoint/${id}/test`, given, key, { 'idempotency-key': 'at-once' })
  const first = make()
  await slow.until(1)
  const early = await Promise.race([make(), pause(5000).then(() => assert.fail('the second one waits as the first does'))])
  assert.deepEqual([early.status, early.body.code, early.headers.get('retry-after')], [409, 'in_progress', '1'])
  assert.equal((await make({ eventType: 'other.trial' })).body.code, 'conflict')
  gate.resolve()
  const done = await first
  assert.deepEqual([done.status, done.body.delivered], [200, true])
  assert.deepEqual((await make()).body, done.body)
  assert.equal(slow.received.length, 1)
  // What was refused may come again, right; and to a key without the scope the answer is not given.
  const again = (given: object) => relay.call('POST', '/app/test/endpoint', given, relay.key, { 'idempotency-key': 'refused' })
  assert.deepEqual([(await again({ url: 'ftp://x/' })).status, (await again({ url: 'https://right.example/' })).status], [422, 201])
  const { body: reader } = await relay.call('POST', '/app/test/key', { name: 'reader', scopes: ['read'] })
  assert.equal((await make(body, reader.key)).status, 403)
})

test('a payload that breaks its type\'s schema is 422 with the pointer; a type without a schema takes all', async () => {
  const schema = { type: 'object', required: ['id'], properties: { id: { type: 'integer' }, lines: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string', minLength: 2 } } } } } }
  await relay.call('POST', '/event-type', { name: 'order', description: 'x', schemas: { 1: { type: 'string' }, 2: { $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema } } })
  await relay.call('POST', '/event-type', { name: 'anything', description: 'x' })
  const before = await listed()
  for (const [payload, loc] of [[{}, ['body', 'payload', 'id']], [{ id: 'x' }, ['body', 'payload', 'id']], [{ id: 1, lines: [{ sku: 'ab' }, { sku: 'a' }] }, ['body', 'payload', 'lines', '1', 'sku']]] as const) {
    const { status, body } = await post({ eventType: 'order', payload })
    assert.deepEqual([status, body.detail[0].loc], [422, loc])
  }
  assert.equal(await listed(), before)
  assert.equal((await post({ eventType: 'order', payload: { id: 1 } })).status, 202)
  assert.equal((await post({ eventType: 'anything', payload: { what: ['ever'] } })).status, 202)
  await relay.call('DELETE', '/event-type/anything')
  assert.equal((await post({ eventType: 'anything', payload: {} })).status, 422)
  const bad = await relay.call('POST', '/event-type', { name: 'with-example', description: 'x', schemas: { 1: schema }, example: { id: 'no' } })
  assert.deepEqual([bad.status, bad.body.detail[0].loc], [422, ['body', 'example', 'id']])
})

test('the operator\'s event types hold for every app, until the app has one of that name', async () => {
  await relay.call('POST', '/event-type', { name: 'shared', description: 'x', schemas: { 1: { type: 'object', required: ['a'] } } }, relay.operator)
  await pause(1100) // another app's view may be a second old
  assert.equal((await post({ eventType: 'shared', payload: {} })).status, 422)
  await relay.call('POST', '/event-type', { name: 'shared', description: 'own' })
  assert.equal((await post({ eventType: 'shared', payload: {} })).status, 202)
})

test('a payload at the limit is taken, one byte more is 413, and so is an endless request', async () => {
  const sized = (bytes: number) => ({ eventType: 'a.b', payload: { x: 'x'.repeat(bytes - '{"x":""}'.length) } })
  assert.equal((await post(sized(2000))).status, 202)
  for (const bytes of [2001, 200_000]) {
    const { status, body } = await post(sized(bytes))
    assert.deepEqual([status, body.code], [413, 'payload_too_large'])
  }
})

test('a batch of 100 is stored whole; with one that is not valid none is; 101 are too many', async () => {
  const batch = (messages: unknown[], headers = {}) => relay.call('POST', '/app/test/msg/batch', { messages }, relay.key, headers)
  const good = Array.from({ length: 100 }, (_, n) => ({ eventType: 'batch.of', payload: { n, big: 1 } }))
  const { status, body } = await batch(good, { 'idempotency-key': 'batch' })
  assert.equal(status, 202)
  assert.deepEqual(body.data.map((message: any) => message.payload.n), good.map((_, n) => n))
  assert.deepEqual((await batch(good, { 'idempotency-key': 'batch' })).body.data.map((one: any) => one.id), body.data.map((one: any) => one.id))
  const before = await listed()
  const bad = await batch([{ eventType: 'batch.of', payload: {} }, { eventType: 'order', payload: {} }])
  assert.deepEqual([bad.status, bad.body.detail[0].loc.slice(0, 4)], [422, ['body', 'messages', '1', 'payload']])
  assert.equal(await listed(), before)
  assert.equal((await batch([...good, good[0]])).status, 422)
})

test('numbers are sent as they were written', async () => {
  const { status, body } = await post('{"eventType":"sent.exact","payload":{"n":9007199254740993,"price":10.10,"tiny":1e-400}}')
  assert.equal(status, 202)
  const got = (await end.until(end.received.length + (end.received.some(one => one.headers['webhook-id'] === body.id) ? 0 : 1))).find(one => one.headers['webhook-id'] === body.id)!
  assert.equal(got.body.toString(), '{"n":9007199254740993,"price":10.10,"tiny":1e-400}')
})

test('what is malformed is refused with the place, and never 500', async () => {
  for (const [body, status] of [
    ['{', 400], ['', 400], ['[]', 422], ['null', 422], [{ eventType: 'a b', payload: {} }, 422], [{ payload: {} }, 422], [{ eventType: 'a', payload: [] }, 422],
    [{ eventType: 'a', payload: {}, channels: [] }, 422], [{ eventType: 'a', payload: {}, eventId: 'é' }, 422], [{ eventType: 'a', payload: {}, payloadRetentionPeriod: 91 }, 422],
    ['{"eventType":"a","payload":{"__proto__":{"x":1}}}', 202], [`{"eventType":"a","payload":${'['.repeat(900)}${']'.repeat(900)}}`, 422],
  ] as const) assert.equal((await post(body)).status, status, JSON.stringify(body).slice(0, 80))
  assert.equal((await post({ eventType: 'a', payload: {} }, { 'idempotency-key': 'x'.repeat(257) })).status, 400)
})

test('channels: an endpoint with channels gets what is sent to one of them', async () => {
  const other = await destination()
  await relay.call('POST', '/app/test/endpoint', { url: other.url, channels: ['eu', 'us'] })
  await post({ eventType: 'c.none', payload: {} })
  await post({ eventType: 'c.asia', payload: {}, channels: ['asia'] })
  const { body } = await post({ eventType: 'c.eu', payload: {}, channels: ['asia', 'eu'] })
  await other.until(1)
  await pause(200)
  assert.deepEqual(other.received.map(one => one.headers['webhook-id']), [body.id])
  assert.deepEqual((await relay.api('/app/test/msg?channel=eu')).body.data.map((message: any) => message.id), [body.id])
  await other.close()
})

test('kill -9 while messages are sent: what was answered 202 is there once and is delivered; the rest is sent again by its key', { timeout: 60_000 }, async () => {
  const sink = await destination()
  const start = (folder?: string) => run({ ...(folder && { folder }), endpoints: { sink: { url: sink.url, delivery: { rate: [] }, concurrency: 32 } } })
  let own = await start()
  const { home } = own
  const answered = new Map<number, string>()
  const send = async (n: number): Promise<void> => {
    try {
      const { status, body } = await own.call('POST', '/app/test/msg', { eventType: 'kill.nine', payload: { n } }, own.key, { 'idempotency-key': `n${n}` })
      if (status === 202) answered.set(n, body.id)
    } catch { /* cut off: nobody knows */ }
  }
  let cut = 0
  for (let round = 0; round < 4; round++) {
    const running = Array.from({ length: 60 }, (_, i) => send(round * 60 + i))
    for (const enough = answered.size + 10; answered.size < enough;) await pause(1)
    await own.stop('SIGKILL')
    await Promise.all(running)
    cut += 60 * (round + 1) - answered.size
    own = await start(home)
    const before = new Map(answered)
    // The client repeats everything, as it must when it has no answer.
    await Promise.all(Array.from({ length: 60 }, (_, i) => send(round * 60 + i)))
    for (const [n, id] of before) assert.equal(answered.get(n), id, `${n} has two ids`)
    assert.equal(answered.size, 60 * (round + 1))
  }
  const listed: string[] = []
  for (let iterator = '', done = false; !done;) {
    const { body } = await own.api(`/app/test/msg?limit=250${iterator && `&iterator=${iterator}`}`)
    listed.push(...body.data.map((message: any) => message.id))
    ;({ iterator, done } = body)
  }
  assert.deepEqual(listed.sort(), [...answered.values()].sort())
  const got = (): Set<unknown> => new Set(sink.received.map(one => one.headers['webhook-id']))
  for (let tries = 0; tries < 200 && listed.some(id => !got().has(id)); tries++) await pause(50)
  assert.deepEqual(listed.filter(id => !got().has(id)), [])
  assert.ok(cut > 0, 'no call was cut off: the kills proved nothing')
  await own.close()
  rmSync(home, { recursive: true, force: true })
  await sink.close()
})
