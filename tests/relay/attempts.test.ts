// What the relay tries again for Cosmo's endpoints, and when: the documented schedule, by the core's
// decision and by what a real relay has put off.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DeliveryPolicy } from '../../js/index.ts'
import { cosmo } from '../../js/dialects/cosmo.ts'
import { destination } from '../functions/destination.ts'
import { run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>
before(async () => {
  end = await destination()
  relay = await run({ sources: {}, env: { WEBHOOK_URL: end.url } })
})
after(async () => {
  await relay?.close()
  await end?.close()
})

/** Sends to an endpoint of its own. @return the first attempt, and in how many milliseconds after its end the next is due; null: never */
async function once(url: string, delivery: object | null = null): Promise<{ attempt: any; next: number | null; endpoint: any }> {
  const { body: endpoint } = await relay.call('POST', '/app/test/endpoint', { url, dialect: 'cosmo', secret: 'k', eventTypes: [`E${url.length}${Math.random().toString(36).slice(2)}`], delivery })
  const { body: { id } } = await relay.call('POST', '/app/test/msg', { eventType: endpoint.eventTypes[0], payload: {} })
  const [attempt] = await relay.attempts(id, 1)
  const { data: [state] } = (await relay.api(`/app/test/msg/${id}/endpoint`)).body
  await relay.call('DELETE', `/app/test/endpoint/${endpoint.id}`)
  return { attempt, endpoint, next: state.nextAttempt === null ? null : Date.parse(state.nextAttempt) - Date.parse(attempt.timestamp) - attempt.responseDurationMs }
}

test('Cosmo: seven attempts, 2 to 64 seconds apart and up to a fifth more, and Retry-After is a floor', async () => {
  const policy = new DeliveryPolicy(cosmo)
  const after = (attempts: number, retryAfter = 0): number | null => {
    const decision = policy.nextAttempt(attempts, { status: 503, retryAfter })
    return decision.next === 'retry' ? decision.delay : null
  }
  for (const [i, seconds] of [2, 4, 8, 16, 32, 64].entries()) {
    for (let tries = 0; tries < 50; tries++) {
      const delay = after(i + 1)!
      assert.ok(delay >= seconds * 1000 && delay <= seconds * 1200, `${i}: ${delay}`)
    }
  }
  assert.equal(after(7), null)
  assert.ok(after(1, 30)! >= 30_000)
  end.answer = (_, response) => void response.writeHead(429, { 'retry-after': '20' }).end()
  const asked = await once(end.url)
  assert.deepEqual([asked.endpoint.policy, asked.endpoint.delivery], ['cosmo', null])
  assert.ok(asked.next! >= 20_000 && asked.next! <= 24_000, `${asked.next}`)
})

test('Cosmo: 429, 5xx and no connection are tried again; a time-out and other 4xx are not', async () => {
  const later = { retry: { delays: [600] } }
  for (const status of [429, 500, 502, 599]) {
    end.answer = status
    assert.notEqual((await once(end.url, later)).next, null, String(status))
  }
  assert.notEqual((await once('http://127.0.0.1:9/', later)).next, null)
  for (const status of [400, 404, 408, 422]) {
    end.answer = status
    const { attempt, next } = await once(end.url, later)
    assert.deepEqual([attempt.responseStatusCode, next], [status, null])
  }
  end.answer = () => {}
  const { attempt, next } = await once(end.url, { timeout: 1 })
  assert.deepEqual([attempt.responseStatusCode, attempt.response, next], [0, 'no answer in 1 s', null])
})

test('Cosmo: an attempt has 30 seconds, one of a platform event 10', async () => {
  assert.equal(new DeliveryPolicy(cosmo).timeout, 30)
  const { body } = await relay.api('/app/test/endpoint/webhook-url')
  assert.deepEqual([body.policy, body.delivery], ['cosmo', { timeout: 10 }])
})

test('Cosmo: the payload is sent compact, with its members in their order, what is absent absent and null null', async () => {
  end.answer = 200
  const from = end.received.length
  await relay.call('POST', '/app/test/msg', '{ "eventType": "APOLLO_MIGRATE_INIT",\n "payload": { "z": null, "actor_id": "ü \\u20ac",  "n": 12345678901234567890, "list": [ 1, { } ] } }')
  const got = (await end.until(from + 1))[from]!
  assert.equal(got.body.toString(), '{"version":1,"event":"APOLLO_MIGRATE_INIT","payload":{"z":null,"actor_id":"ü €","n":12345678901234567890,"list":[1,{}]}}')
})
