// In what order an endpoint gets its messages, how many at a time, and by which retry policy: at the
// receiver, over real HTTP.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { bundle } from '../../functions/relay/bundle.ts'
import { destination, pause, type Answer, type Received } from '../functions/destination.ts'
import { platformBody, platformCore, request } from '../functions/events.ts'
import { changing, mutant } from '../mutations/apply.ts'
import { run } from './run.ts'

type Relay = Awaited<ReturnType<typeof run>>
interface Sent { key: string | null; n: number }

const ends: Awaited<ReturnType<typeof destination>>[] = []
after(async () => { for (const end of ends) await end.close() })

/** A destination that is closed when all is over. */
async function open(answer: Answer = 200) {
  const end = await destination(answer)
  ends.push(end)
  return end
}
async function endpointOf(relay: Relay, settings: object, answer: Answer = 200) {
  const end = await open(answer)
  const { status, body } = await relay.call('POST', '/app/test/endpoint', { url: end.url, delivery: { rate: [] }, ...settings })
  assert.equal(status, 201, JSON.stringify(body))
  const path = `/app/test/endpoint/${body.id}`
  return { end, path, body, patch: (change: object) => relay.call('PATCH', path, change) }
}
async function sendAll(relay: Relay, eventType: string, all: Sent[], more: (one: Sent) => object = () => ({})): Promise<string[]> {
  const messages = all.map(one => ({ eventType, payload: { customer: { id: one.key }, n: one.n }, ...more(one) }))
  const { status, body } = await relay.call('POST', '/app/test/msg/batch', { messages })
  assert.equal(status, 202, JSON.stringify(body))
  return body.data.map((one: { id: string }) => one.id)
}
function sentOf({ body }: Received): Sent {
  const { customer, n } = JSON.parse(body.toString())
  return { key: customer.id, n }
}
const numbers = (received: Received[], key: string | null): number[] => received.map(sentOf).filter(one => one.key === key).map(({ n }) => n)
/** Waits for what is to come, 20 s at most. */
async function until(come: () => boolean): Promise<void> {
  for (const late = Date.now() + 20_000; !come(); await pause(50)) assert.ok(Date.now() < late, 'it did not come')
}
/** Retries until the destination relents. */
const everySecond = Array.from({ length: 60 }, () => 1)
/** `count` messages, their keys in turn. */
const inTurn = (keys: (string | null)[], count: number): Sent[] => Array.from({ length: count }, (_, n) => ({ key: keys[n % keys.length]!, n }))

describe('one relay', { concurrency: true }, () => {
  let relay: Relay
  before(async () => { relay = await run({ sources: { core: { dialect: 'platform-core' } } }) })
  after(() => relay?.close())

  test('by key: inside each key the order holds, over retries too, while other keys pass', async () => {
    let others = 0
    const end = await endpointOf(relay, { eventTypes: ['by.key'], orderBy: { pointer: '/customer/id' }, delivery: { rate: [], retry: { delays: everySecond, jitter_percent: 0 } } }, (one, response) => {
      // The first of `a` is refused for as long as others are to come.
      if (sentOf(one).key !== 'a') others++
      response.writeHead(sentOf(one).key === 'a' && others < 30 ? 500 : 200).end()
    })
    await sendAll(relay, 'by.key', inTurn(['a', 'b', 'c', null], 40))
    const inOrder = (first: number): number[] => Array.from({ length: 10 }, (_, n) => 4 * n + first)
    await until(() => new Set(numbers(end.end.received, 'a')).size === 10)
    const got = end.end.received, a = numbers(got, 'a'), refused = a.lastIndexOf(0)
    assert.deepEqual(a, [...Array<number>(refused).fill(0), ...inOrder(0)])
    for (const [place, key] of ['b', 'c'].entries()) assert.deepEqual(numbers(got, key), inOrder(place + 1), key)
    assert.equal(numbers(got, null).length, 10)
    assert.ok(refused > 0, 'the line of a was held')
  })

  test('by key: the one before has to be over: no two of a key are on their way at the same time', async () => {
    const busy = new Map<string | null, number>()
    let together = 0
    const end = await endpointOf(relay, { eventTypes: ['one.each'], orderBy: { pointer: '/customer/id' } }, (one, response) => {
      const { key } = sentOf(one)
      busy.set(key, (busy.get(key) ?? 0) + 1)
      assert.equal(busy.get(key), 1)
      together = Math.max(together, [...busy.values()].reduce((sum, count) => sum + count, 0))
      setTimeout(() => { busy.set(key, 0), response.writeHead(200).end() }, 30)
    })
    await sendAll(relay, 'one.each', inTurn(['a', 'b', 'c'], 30))
    const got = await end.end.until(30)
    for (const key of ['a', 'b', 'c']) assert.deepEqual(numbers(got, key), numbers(got, key).toSorted((a, b) => a - b))
    assert.ok(together > 1, 'the keys do not wait for one another')
  })

  test('a message that has failed lets its line go on, and can be sent again', async () => {
    const end = await endpointOf(relay, { eventTypes: ['gone.on'], orderBy: { pointer: '/customer/id' }, delivery: { rate: [], retry: { delays: [] } } },
      (one, response) => response.writeHead(sentOf(one).n === 0 ? 500 : 200).end())
    const [first] = await sendAll(relay, 'gone.on', inTurn(['a'], 4))
    assert.deepEqual(numbers(await end.end.until(4), 'a'), [0, 1, 2, 3])
    end.end.answer = 200
    await relay.attempts(first!, 1)
    assert.equal((await relay.call('POST', `/app/test/msg/${first}/endpoint/${end.body.id}/resend`)).status, 202)
    assert.deepEqual(numbers(await end.end.until(5), 'a'), [0, 1, 2, 3, 0])
  })

  test('a key that is given with the message takes the place of what stands in it', async () => {
    let others = 0
    const end = await endpointOf(relay, { eventTypes: ['is.given'], orderBy: {}, delivery: { rate: [], retry: { delays: everySecond, jitter_percent: 0 } } }, (one, response) => {
      if (sentOf(one).n > 2) others++
      response.writeHead(sentOf(one).n === 0 && others < 3 ? 500 : 200).end()
    })
    const ids = await sendAll(relay, 'is.given', inTurn(['x', 'y'], 6), ({ n }) => ({ orderingKey: n < 3 ? 'one' : null }))
    const came = (): number[] => end.end.received.map(one => sentOf(one).n)
    await until(() => came().includes(2))
    assert.deepEqual(came().filter((n, i) => n < 3 && came().indexOf(n) === i), [0, 1, 2])
    assert.ok(came().indexOf(1) > Math.max(...[3, 4, 5].map(n => came().indexOf(n))), 'what has no key waited for nobody')
    assert.equal((await relay.api(`/app/test/msg/${ids[0]}`)).body.orderingKey, 'one')
    assert.equal((await relay.api(`/app/test/msg/${ids[3]}`)).body.orderingKey, null)
  })

  test('a webhook is ordered by a header that its dialect has', async () => {
    const typeOf = (one: Received): string => JSON.parse(one.body.toString()).event
    const came = (type: string): number => end.end.received.filter(one => typeOf(one) === type).length
    const end = await endpointOf(relay, { sources: ['core'], orderBy: { header: 'x-platform-event' }, delivery: { rate: [], retry: { delays: everySecond, jitter_percent: 0 } } },
      (one, response) => response.writeHead(typeOf(one) === 'user.created' && came('user.deleted') < 2 ? 500 : 200).end())
    const ids: string[] = []
    for (const event of ['user.created', 'user.deleted', 'user.created', 'user.deleted']) ids.push((await relay.post('core', request(platformCore, platformBody({ event }), { type: event }))).body.id)
    await until(() => new Set(end.end.received.map(one => one.headers['webhook-id'])).size === 4)
    const order = end.end.received.map(one => one.headers['webhook-id']).filter((id, i, all) => all.indexOf(id) === i)
    assert.deepEqual(order.filter(id => id === ids[0] || id === ids[2]), [ids[0], ids[2]])
    assert.deepEqual(order.filter(id => id === ids[1] || id === ids[3]), [ids[1], ids[3]])
    assert.equal(order.at(-1), ids[2], 'the others passed the line that was held')
  })

  test('what an endpoint already has in its queue keeps to an order that is asked for later', async () => {
    const end = await endpointOf(relay, { eventTypes: ['is.late'], delivery: { rate: [], retry: { delays: everySecond, jitter_percent: 0 } } }, 500)
    const ids = await sendAll(relay, 'is.late', inTurn(['a', 'b'], 8))
    for (const id of ids) await relay.attempts(id, 1)
    await end.patch({ disabled: true })
    while ((await relay.api(`${end.path}/stats`)).body.sending) await pause(50)
    end.end.received.length = 0
    const busy = new Set<string | null>()
    let together = false
    end.end.answer = (one, response) => {
      const { key } = sentOf(one)
      together ||= busy.has(key)
      busy.add(key)
      setTimeout(() => { busy.delete(key), response.writeHead(200).end() }, 30)
    }
    await end.patch({ disabled: false, orderBy: { pointer: '/customer/id' } })
    const got = await end.end.until(8)
    for (const key of ['a', 'b']) assert.deepEqual(numbers(got, key), numbers(got, key).toSorted((a, b) => a - b), key)
    assert.equal(together, false)
  })

  test('a batch of 100 is delivered in its order', async () => {
    const end = await endpointOf(relay, { eventTypes: ['in.line'], ordered: true })
    await sendAll(relay, 'in.line', inTurn([null], 100))
    assert.deepEqual(numbers(await end.end.until(100, 20_000), null), Array.from({ length: 100 }, (_, n) => n))
  })

  test('no more attempts are open at the receiver than the endpoint\'s concurrency, and so many are; raised and lowered, too', async () => {
    const held: ServerResponse[] = []
    let most = 0
    const end = await endpointOf(relay, { eventTypes: ['at.once'], concurrency: 1 }, (_, response) => void (most = Math.max(most, held.push(response))))
    const answer = (): void => held.splice(0).forEach(response => response.writeHead(200).end())
    await sendAll(relay, 'at.once', inTurn(['a'], 24))
    for (const concurrency of [1, 4, 2]) {
      await end.patch({ concurrency })
      if (held.length > concurrency) answer()
      most = 0
      await until(() => held.length >= concurrency)
      await pause(300)
      assert.deepEqual([held.length, most <= concurrency], [concurrency, true])
    }
    const all = setInterval(answer, 20)
    await end.end.until(24)
    clearInterval(all)
    answer()
    assert.equal(most, 2)
  })

  test('a retry policy is the endpoint\'s: its schedule, what is final, how far Retry-After counts', async () => {
    const status = (code: number, headers = {}): Answer => (_, response, count) => response.writeHead(count === 1 ? code : 200, headers).end()
    const delivery = { rate: [], retry: { delays: [1], jitter_percent: 0, retry_after_cap: 3 }, final: { statuses: [400] } }
    const [later, final, asked] = await Promise.all([[404, {}], [400, {}], [503, { 'retry-after': '3600' }]].map(([code, headers]) =>
      endpointOf(relay, { eventTypes: ['by.policy'], delivery }, status(code as number, headers as object))))
    const [msg] = await sendAll(relay, 'by.policy', inTurn(['a'], 1))
    const gap = async (end: Awaited<ReturnType<typeof endpointOf>>): Promise<number> => (await end.end.until(2)).map(({ at }) => at).reduce((a, b) => b - a)
    assert.ok(await gap(later!) >= 1000)
    assert.ok(await gap(asked!) >= 3000)
    await pause(500)
    assert.equal(final!.end.received.length, 1)
    const { data } = (await relay.api(`/app/test/attempt/endpoint/${final!.body.id}`)).body
    assert.deepEqual(data.map((one: any) => [one.msgId, one.statusText]), [[msg, 'fail']])
  })

  test('all 4xx are final, or none, as the endpoint says; a part of the policy that it does not name stays', async () => {
    const cosmo = { policy: 'cosmo', eventTypes: ['in.part'] }
    const kept = await endpointOf(relay, { ...cosmo, delivery: { rate: [], retry: { delays: [1] } } }, 422)
    const none = await endpointOf(relay, { ...cosmo, delivery: { rate: [], retry: { delays: [1] }, final: { client_errors: false } } }, 422)
    const listed = await endpointOf(relay, { ...cosmo, delivery: { rate: [], retry: { delays: [1] }, final: { client_errors: false } } }, 408)
    await sendAll(relay, 'in.part', inTurn(['a'], 1))
    await none.end.until(2)
    await pause(1500)
    assert.deepEqual([kept, none, listed].map(one => one.end.received.length), [1, 2, 1], 'Cosmo lists 408 among what is final')
    assert.deepEqual(kept.body.delivery, { rate: [], retry: { delays: [1] } })
  })

  test('settings that make no sense are 422 and name the place', async () => {
    const { end } = await endpointOf(relay, { eventTypes: ['no.sense'] })
    for (const [settings, place] of [
      [{ delivery: { retry: { delays: [-1] } } }, ['body', 'delivery', 'retry', 'delays', '0']],
      [{ delivery: { retry: { tries: 3 } } }, ['body', 'delivery', 'retry']],
      [{ delivery: { final: { statuses: [99] } } }, ['body', 'delivery', 'final', 'statuses', '0']],
      [{ delivery: { rate: [{ limit: 0, seconds: 1 }] } }, ['body', 'delivery', 'rate', '0', 'limit']],
      [{ delivery: { headers: {} } }, ['body', 'delivery']],
      [{ concurrency: 0 }, ['body', 'concurrency']],
      [{ concurrency: 101 }, ['body', 'concurrency']],
      [{ orderBy: { pointer: 'customer' } }, ['body', 'orderBy', 'pointer']],
      [{ orderBy: { header: 'X-Upper' } }, ['body', 'orderBy', 'header']],
      [{ orderBy: { pointer: '/a', header: 'b' } }, ['body', 'orderBy']],
    ] as const) {
      const { status, body } = await relay.call('POST', '/app/test/endpoint', { url: end.url, ...settings })
      assert.deepEqual([status, body.detail?.[0]?.loc?.map(String)], [422, place], JSON.stringify(body))
    }
  })

  test('order, concurrency and retry policy stand in the endpoint and in /openapi.json', async () => {
    const settings = { orderBy: { pointer: '/a' }, concurrency: 5, ordered: true, delivery: { retry: { delays: [7], retry_after_cap: 60 }, final: { client_errors: true }, timeout: 9, rate: [{ limit: 3, seconds: 2 }] } }
    const { path, patch } = await endpointOf(relay, { eventTypes: ['is.shown'], ...settings })
    const { orderBy, concurrency, ordered, delivery } = (await relay.api(path)).body
    assert.deepEqual({ orderBy, concurrency, ordered, delivery }, settings)
    assert.equal((await patch({ orderBy: null })).body.orderBy, null)
    const { components: { schemas } } = await (await fetch(`${relay.url}/openapi.json`)).json() as any
    assert.deepEqual(Object.keys(schemas.DeliveryRules.properties), ['retry', 'timeout', 'final', 'rate'])
    assert.deepEqual(Object.keys(schemas.OrderBy.properties), ['pointer', 'header'])
    assert.ok('orderingKey' in schemas.MessageIn.properties)
  })
})

test('lines outlive a kill -9: what waits behind a retry still waits for it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-lines-'))
  const end = await open((one, response) => response.writeHead(sentOf(one).key === 'a' ? 500 : 200).end())
  const options = { folder, sources: {}, endpoints: { end: { url: end.url, orderBy: { pointer: '/customer/id' }, delivery: { rate: [], retry: { delays: everySecond } } } } }
  let relay = await run(options)
  try {
    const ids = await sendAll(relay, 'a.line', inTurn(['a', 'b'], 8))
    await relay.attempts(ids[0]!, 1)
    await relay.stop('SIGKILL')
    end.answer = 200
    end.received.length = 0
    relay = await run(options)
    await until(() => numbers(end.received, 'a').length === 4)
    assert.deepEqual(numbers(end.received, 'a'), [0, 2, 4, 6])
  } finally {
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('an Outbox that refuses once gets all in order: nothing overtakes what it is still owed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-owed-'))
  const end = await open()
  const options = { folder, sources: {}, endpoints: { end: { url: end.url, ordered: true, delivery: { rate: [] } } } }
  const find = 'deliveries: Delivery[]): Promise<void> {'
  const put = `${find} if (!((globalThis as any).refused = ((globalThis as any).refused ?? -1) + 1)) throw new Error('not yet')`
  const refusing = (into: string): Promise<void> => bundle(into, undefined, [changing({ file: 'functions/relay/outbox.ts', find, put }), ...mutant])
  const relay = await run({ ...options, make: refusing })
  try {
    for (let n = 0; n < 5; n++) await sendAll(relay, 'is.owed', [{ key: null, n }])
    await pause(500)
    await relay.sweep()
    assert.deepEqual(numbers(await end.until(5), null), [0, 1, 2, 3, 4])
  } finally {
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
