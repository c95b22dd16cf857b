// Redelivery in Cosmo's face: the bytes and headers of a delivery once more, whatever has changed since.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { destination, pause } from '../functions/destination.ts'
import { everyFile, run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
before(async () => { relay = await run({ sources: {} }) })
after(() => relay?.close())

async function cosmo(method: string, body: object): Promise<any> {
  const answer = await fetch(`${relay.url}/cosmo/wg.cosmo.platform.v1.PlatformService/${method}`, { method: 'POST', headers: { authorization: `Bearer ${relay.key}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return answer.json()
}
/** The rows of an endpoint, by its URL; the newest first. */
async function rows(url: string): Promise<any[]> {
  const { deliveries } = await cosmo('GetOrganizationWebhookHistory', { pagination: { limit: 50 } })
  return deliveries.filter((one: any) => one.endpoint === url)
}
async function rowsOnce(url: string, count: number): Promise<any[]> {
  for (const late = Date.now() + 10_000; ; await new Promise(wake => setTimeout(wake, 50))) {
    const found = await rows(url)
    if (found.length >= count || Date.now() > late) return found
  }
}
const without = (rawHeaders: string[]): string[] => rawHeaders.filter((_, i, all) => !/^(host|connection)$/i.test(all[i - i % 2]!))
let type = 0
/** An endpoint for an event type of its own, and what sends it one. */
async function endpoint(more: object) {
  const eventType = `TYPE_${++type}`
  const { body, status } = await relay.call('POST', '/app/test/endpoint', { eventTypes: [eventType], ...more })
  assert.equal(status, 201, JSON.stringify(body))
  return { id: body.id as string, send: async () => (await relay.call('POST', '/app/test/msg', { eventType, payload: { n: 1, 'ü': '€' } })).body.id as string }
}

test('a redelivery sends the same bytes and headers to where they went, whatever has changed since; its row is new', async () => {
  const [end, other] = [await destination(), await destination()]
  try {
    const { id, send } = await endpoint({ url: end.url, dialect: 'cosmo', secret: 'the first key' })
    await send()
    const [row] = await rowsOnce(end.url, 1)
    const changed = await relay.call('PATCH', `/app/test/endpoint/${id}`, { url: other.url, secret: 'the second key', dialect: 'standard-webhooks', envelope: false })
    assert.equal(changed.status, 422, 'a secret of the other dialect')
    assert.equal((await relay.call('PATCH', `/app/test/endpoint/${id}`, { url: other.url, secret: 'the second key', envelope: false })).status, 200)
    assert.equal((await relay.call('PUT', `/app/test/endpoint/${id}/headers`, { headers: { 'X-New': 'now' } })).status, 204)
    const { response } = await cosmo('RedeliverWebhook', { id: row.id })
    assert.equal(response.code, 'OK')
    const [first, again] = end.received
    assert.deepEqual(again!.body, first!.body)
    assert.deepEqual(without(again!.rawHeaders), without(first!.rawHeaders))
    assert.equal(again!.headers['x-cosmo-signature-256'], first!.headers['x-cosmo-signature-256'])
    assert.equal(other.received.length, 0)
    const [newer, older] = await rows(end.url)
    assert.deepEqual([newer.isRedelivery, older, newer.requestHeaders, newer.payload], [true, row, row.requestHeaders, row.payload])
    assert.equal((await cosmo('RedeliverWebhook', { id: newer.id })).response.code, 'OK')
    assert.deepEqual(without(end.received[2]!.rawHeaders), without(first!.rawHeaders))
    assert.equal((await rows(end.url)).length, 3)
    // By the native API the message is signed anew, for where the endpoint is now.
    const [{ msgId }] = (await relay.api(`/app/test/attempt/endpoint/${id}`)).body.data
    assert.equal((await relay.call('POST', `/app/test/msg/${msgId}/endpoint/${id}/resend`)).status, 202)
    const [resent] = await other.until(1)
    assert.equal(resent!.headers['x-new'], 'now')
    assert.notEqual(resent!.headers['x-cosmo-signature-256'], first!.headers['x-cosmo-signature-256'])
  } finally {
    await end.close()
    await other.close()
  }
})

test('what is a secret in a header is neither kept nor shown: a redelivery has the one of now, and none at another host', async () => {
  const [end, other] = [await destination(), await destination()]
  try {
    const { id, send } = await endpoint({ url: end.url, dialect: 'gitlab', secret: 'canary-token-1' })
    const set = (value: string) => relay.call('PUT', `/app/test/endpoint/${id}/headers`, { headers: { Authorization: value, 'X-Plain': 'shown' } })
    assert.equal((await set('Bearer canary-credential-1')).status, 204)
    await send()
    const [row] = await rowsOnce(end.url, 1)
    assert.deepEqual([end.received[0]!.headers['x-gitlab-token'], end.received[0]!.headers.authorization], ['canary-token-1', 'Bearer canary-credential-1'])
    const shown = new Headers(JSON.parse(row.requestHeaders))
    assert.deepEqual(['x-gitlab-token', 'authorization', 'x-plain'].map(name => shown.get(name)), ['[redacted]', '[redacted]', 'shown'])
    // The native API says the same of the attempt.
    const [{ id: attempt, msgId }] = (await relay.api(`/app/test/attempt/endpoint/${id}`)).body.data
    const { body: headers } = await relay.api(`/app/test/msg/${msgId}/attempt/${attempt}/headers`)
    assert.deepEqual([headers.sentHeaders['X-Plain'], headers.sensitive.map((name: string) => name.toLowerCase()), headers.responseHeaders.connection], ['shown', ['x-gitlab-token', 'authorization'], 'keep-alive'])
    assert.ok(!JSON.stringify(headers).includes('canary'))
    assert.equal((await set('Bearer canary-credential-2')).status, 204)
    await relay.call('POST', `/app/test/endpoint/${id}/secret/rotate`, { key: 'canary-token-2', gracePeriodSeconds: 0 })
    await cosmo('RedeliverWebhook', { id: row.id })
    assert.deepEqual([end.received[1]!.headers['x-gitlab-token'], end.received[1]!.headers.authorization], ['canary-token-2', 'Bearer canary-credential-2'])
    await relay.call('PATCH', `/app/test/endpoint/${id}`, { url: other.url, secret: 'canary-token-3' })
    assert.equal((await set('Bearer canary-credential-3')).status, 204)
    await cosmo('RedeliverWebhook', { id: row.id })
    const { headers: last } = end.received[2]!
    assert.deepEqual([last['x-gitlab-token'], last.authorization, last['x-plain']], [undefined, undefined, 'shown'])
    // Of all that nothing stands in the queues' databases, which keep the requests.
    const files = everyFile(relay.home).filter(path => /Outbox/.test(path)).map(path => readFileSync(path))
    assert.ok(files.some(bytes => bytes.includes('x-gitlab-token')))
    assert.ok(!files.some(bytes => bytes.includes('canary-')))
  } finally {
    await end.close()
    await other.close()
  }
})

test('what was asked for once more is sent once: a sweep finds nothing that is still owed', async () => {
  const end = await destination()
  try {
    const { id, send } = await endpoint({ url: end.url })
    const message = await send()
    await relay.attempts(message, 1)
    const { status, body } = await relay.call('POST', `/app/test/msg/${message}/endpoint/${id}/resend`)
    assert.equal(status, 202, JSON.stringify(body))
    await end.until(2)
    await pause(200)
    await relay.sweep()
    await pause(500)
    assert.equal(end.received.length, 2)
  } finally {
    await end.close()
  }
})

test('a message whose content was deleted is not sent again, though it had failed', async () => {
  const end = await destination(400)
  try {
    const { id, send } = await endpoint({ url: end.url, dialect: 'cosmo' })
    const [deleted, other] = [await send(), await send()]
    for (const message of [deleted, other]) await relay.attempts(message, 1)
    assert.equal((await relay.call('DELETE', `/app/test/msg/${deleted}/content`)).status, 204)
    assert.equal((await relay.call('POST', `/app/test/endpoint/${id}/recover`, { since: '2020-01-01T00:00:00Z' })).status, 202)
    await end.until(3)
    await pause(300)
    assert.equal(end.received.length, 3)
    assert.equal((await relay.attempts(other, 2)).length, 2)
  } finally {
    await end.close()
  }
})

test('a redelivery is waited for 30 seconds at most, and runs on', async () => {
  const end = await destination((_, response, total) => void response.writeHead(total === 1 || total > 6 ? 200 : 503).end())
  try {
    const { send } = await endpoint({ url: end.url, dialect: 'cosmo', delivery: { retry: { delays: [1, 1, 1, 35, 1], jitter_percent: 0 } } })
    await send()
    const [row] = await rowsOnce(end.url, 1)
    assert.equal((await cosmo('RedeliverWebhook', { id: row.id })).response.code, 'OK')
    assert.equal(end.received.length, 5)
    assert.deepEqual(await rows(end.url), [row], 'a row is there when the delivery has ended')
    await end.until(7, 30_000)
    const [newer] = await rowsOnce(end.url, 2)
    assert.deepEqual([newer.isRedelivery, newer.retryCount, newer.responseStatusCode], [true, 5, 200])
  } finally {
    await end.close()
  }
})
