// What the documents of Platform Core and OST say of schedules, windows and final answers: by the core's
// decisions, and by a relay to which nothing else was told. Cosmo's are in attempts.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DeliveryPolicy, QueuePolicy, Webhook, type Outcome } from '../../js/relay.ts'
import { ost } from '../../js/dialects/ost.ts'
import { platformCore } from '../../js/dialects/platform-core.ts'
import { destination } from '../functions/destination.ts'
import { run } from './run.ts'

const core = new QueuePolicy(platformCore)
const stake = new DeliveryPolicy(ost)
const mostEntropy = 0xffffffff

/** Seconds before each retry while every attempt ends so, and what follows the last attempt. */
function schedule(policy: DeliveryPolicy, outcome: Outcome, entropy = 0): { delays: number[]; end: string } {
  const delays: number[] = []
  for (;;) {
    const decision = policy.nextAttempt(delays.length + 1, outcome, entropy)
    if (decision.next !== 'retry') return { delays, end: decision.next }
    delays.push(decision.delay / 1000)
  }
}

test('Platform Core: six attempts, the retries after 15, 60, 300, 900 and 3600 s; every answer outside 2xx is retried', () => {
  for (const outcome of [{ status: 503 }, { status: 400 }, { status: 404 }, { status: 302 }, { status: 100 }, { timedOut: true }, { unreachable: true }] as const) {
    assert.deepEqual(schedule(core, outcome, mostEntropy), { delays: [15, 60, 300, 900, 3600], end: 'failed' }, JSON.stringify(outcome))
  }
  assert.equal(schedule(core, { status: 503, retryAfter: 100 }).delays[0], 15, 'its documents name no Retry-After')
  assert.equal(schedule(core, { status: 204 }).end, 'delivered')
})

test('Platform Core: at most 100 in 10 s and 1000 in 60 s, each window where it binds', () => {
  const now = 1_700_000_000_000
  const spread = (count: number, milliseconds: number): number[] => Array.from({ length: count }, (_, i) => now - milliseconds + Math.floor(i * milliseconds / count))
  assert.equal(core.earliestAttempt(spread(99, 9000), now), now)
  assert.equal(core.earliestAttempt(spread(100, 9000), now), now + 1000)
  // 1000 in a minute, of which the last 10 s hold fewer than 100.
  const early = [...Array.from({ length: 950 }, () => now - 50_000), ...spread(50, 9000)]
  assert.equal(core.earliestAttempt(early, now), now + 10_000)
})

test('OST: 28 attempts over 90,360 s, whatever the answer outside 2xx; 60 s for each', () => {
  for (const outcome of [{ status: 500 }, { status: 404 }, { status: 301 }, { timedOut: true }, { unreachable: true }] as const) {
    const { delays, end } = schedule(stake, outcome, mostEntropy)
    assert.deepEqual([delays.slice(0, 3), delays.length, delays.reduce((sum, delay) => sum + delay), end], [[60, 300, 3600], 27, 90_360, 'failed'], JSON.stringify(outcome))
  }
  assert.equal(stake.timeout, 60)
})

let relay: Awaited<ReturnType<typeof run>>
const ends: Awaited<ReturnType<typeof destination>>[] = []
before(async () => { relay = await run({}) })
after(async () => {
  await relay?.close()
  for (const end of ends) await end.close()
})

/** What becomes of a delivery whose first attempt is answered so: seconds until the retry, or the state. */
async function first(answer: number, settings: object): Promise<number | string> {
  const end = await destination(answer)
  ends.push(end)
  const { status, body } = await relay.call('POST', '/app/test/endpoint', { url: end.url, eventTypes: ['first.one'], ...settings })
  assert.equal(status, 201, JSON.stringify(body))
  const { id } = (await relay.call('POST', '/app/test/msg', { eventType: 'first.one', payload: {} })).body
  const [attempt] = await relay.attempts(id, 1)
  const [delivery] = (await relay.api(`/app/test/delivery?endpoint_id=${body.id}`)).body.data
  await relay.call('DELETE', `/app/test/endpoint/${body.id}`)
  return delivery.nextAttempt === null ? delivery.statusText : (Date.parse(delivery.nextAttempt) - Date.parse(attempt.timestamp) - attempt.responseDurationMs) / 1000
}

test('an endpoint to which nothing was told retries as its dialect documents', async () => {
  assert.equal(await first(400, { dialect: 'platform-core' }), 15)
  assert.equal(await first(404, { dialect: 'ost' }), 60)
})

test('Platform Core: 400 alone, or all of 4xx, is final where the endpoint says so', async () => {
  const none = { retry: { delays: [15] } }
  const of = (answer: number, final: object) => first(answer, { dialect: 'platform-core', delivery: { ...none, final } })
  assert.deepEqual([await of(400, { statuses: [400] }), typeof await of(404, { statuses: [400] })], ['fail', 'number'])
  assert.deepEqual([await of(400, { client_errors: true }), await of(404, { client_errors: true }), typeof await of(500, { client_errors: true })], ['fail', 'fail', 'number'])
})

/** As its document lists them. */
const events = [
  'user.created', 'user.updated', 'user.deleted', 'user.login', 'user.logout', 'token.created', 'token.refreshed', 'token.revoked', 'token.expired',
  'api.rate_limit_exceeded', 'api.error', 'system.maintenance',
]

test('Platform Core: each of the twelve events can be tried out, and its example keeps to its schema', async () => {
  const end = await destination()
  ends.push(end)
  const { body } = await relay.call('POST', '/app/test/endpoint', { url: end.url, dialect: 'platform-core', eventTypes: ['none.at.all'] })
  const { key } = (await relay.api(`/app/test/endpoint/${body.id}/secret`)).body
  for (const eventType of events) assert.equal((await relay.call('POST', `/app/test/endpoint/${body.id}/send-example`, { eventType })).status, 200, eventType)
  const hook = new Webhook(platformCore, { secrets: [key] })
  const got = (await end.until(12)).map(({ body, rawHeaders }) => hook.verify(body, rawHeaders))
  assert.deepEqual(got.map(({ type }) => type).sort(), events.sort())
  for (const { type, known, schema } of got) assert.deepEqual([known, schema.ok], [true, true], String(type))
})
