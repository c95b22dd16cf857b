// Dialects of an app's own, loaded while the relay runs: the same kind of file as those that are shipped.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { destination } from '../functions/destination.ts'
import { run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>

const partner = (name: string, more: object = {}): object => ({
  name, title: 'Partner', documents: ['https://partner.example/docs'],
  signature: { scheme: 'hmac-sha256', header: 'x-partner-signature', value: 'sha256={sig}', encoding: 'hex' },
  event: { type: { pointer: '/kind' }, id: { pointer: '/id' } },
  events: { 'thing.made': { title: 'A thing was made', description: 'A thing was made.', schema: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } }, example: { id: 'e1', kind: 'thing.made' } } },
  delivery: { headers: { 'x-partner-signature': '{signature}', 'User-Agent': 'Partner/1' }, retry: { delays: [1] } },
  ...more,
})
const ok = async (method: string, path: string, body?: unknown, key = relay.key): Promise<any> => {
  const answer = await relay.call(method, path, body, key)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
const signature = (body: string, secret: string): string => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

before(async () => {
  end = await destination()
  relay = await run({})
})
after(async () => {
  await relay?.close()
  if (relay) rmSync(relay.home, { recursive: true, force: true }) // the second start did not make it
  await end?.close()
})

test('a source and an endpoint use a dialect that the relay was given while it runs, over a restart too', async () => {
  const made = await ok('POST', '/app/test/dialect', partner('partner'))
  assert.deepEqual([made.name, made.title, made.events, made.delivery.retry], ['partner', 'Partner', ['thing.made'], { delays: [1] }])
  await ok('POST', '/app/test/source', { name: 'partner', dialect: 'partner', secrets: ['partner secret'] })
  const endpoint = await ok('POST', '/app/test/endpoint', { url: end.url, dialect: 'partner', secret: 'another secret', sources: ['partner'], eventTypes: ['thing.made'] })
  assert.deepEqual([endpoint.dialect, endpoint.policy], ['partner', 'partner'])
  const body = '{"id":"e1","kind":"thing.made"}'
  const post = (secret: string) => relay.post('partner', new Request('http://x/', { method: 'POST', body, headers: { 'x-partner-signature': signature(body, secret) } }))
  const round = async (): Promise<void> => {
    assert.equal((await post('wrong secret')).status, 401)
    const count = end.received.length
    const { status, body: { id } } = await post('partner secret')
    assert.equal(status, 202)
    const got = (await end.until(count + 1)).at(-1)!
    assert.deepEqual([got.body.toString(), got.headers['x-partner-signature'], got.headers['user-agent']], [body, signature(body, 'another secret'), 'Partner/1'])
    assert.equal((await ok('GET', `/app/test/msg/${id}`)).eventType, 'thing.made')
  }
  await round()
  // The example is the dialect's.
  assert.deepEqual((await ok('POST', `/app/test/endpoint/${endpoint.id}/send-example`, { eventType: 'thing.made' })).payload, { id: 'e1', kind: 'thing.made' })
  await end.until(2)
  await relay.stop()
  relay = await run({ folder: relay.home })
  assert.deepEqual((await ok('GET', '/app/test/dialect')).data.map((one: any) => one.name), ['partner'])
  assert.deepEqual((await ok('GET', '/app/test/dialect/partner')).file, partner('partner'))
  assert.equal((await post('wrong secret')).status, 401)
})

test('a dialect that an endpoint or a source uses is not deleted: the answer names who', async () => {
  await ok('POST', '/app/test/dialect', partner('used'))
  const remove = () => relay.call('DELETE', '/app/test/dialect/used')
  const { id } = await ok('POST', '/app/test/endpoint', { url: end.url, dialect: 'standard-webhooks', policy: 'used', eventTypes: ['none'] })
  const byPolicy = await remove()
  assert.deepEqual([byPolicy.status, byPolicy.body.code, byPolicy.body.detail.includes(id)], [409, 'conflict', true])
  await ok('PATCH', `/app/test/endpoint/${id}`, { policy: 'standard-webhooks', dialect: 'used' })
  assert.equal((await remove()).status, 409)
  await ok('DELETE', `/app/test/endpoint/${id}`)
  await ok('POST', '/app/test/source', { name: 'uses', dialect: 'used', secrets: ['a secret'] })
  assert.match((await remove()).body.detail, /source uses/)
  await ok('DELETE', '/app/test/source/uses')
  assert.equal((await remove()).status, 204)
  assert.equal((await relay.api('/app/test/dialect/used')).status, 404)
  for (const [path, body] of [['endpoint', { url: end.url, dialect: 'used' }], ['endpoint', { url: end.url, policy: 'used' }], ['source', { name: 'late', dialect: 'used', secrets: ['a secret'] }]] as const) {
    const late = await relay.call('POST', `/app/test/${path}`, body)
    assert.equal(late.status, 422)
    assert.match(JSON.stringify(late.body), /no dialect is called/)
  }
})

test('of a deletion and a use at the same time one is refused', async () => {
  for (let round = 0; round < 10; round++) {
    await ok('POST', '/app/test/dialect', partner('raced'))
    const [made, gone] = await Promise.all([relay.call('POST', '/app/test/endpoint', { url: end.url, dialect: 'raced', eventTypes: ['none'] }), relay.call('DELETE', '/app/test/dialect/raced')])
    assert.deepEqual([made.status === 201, gone.status === 409], made.status === 201 ? [true, true] : [false, false], `${made.status} ${gone.status}`)
    if (made.status !== 201) continue
    await ok('DELETE', `/app/test/endpoint/${made.body.id}`)
    await ok('DELETE', '/app/test/dialect/raced')
  }
})

test('the rules in force for an endpoint are data: its policy\'s, its own in their place, its throttle beside them', async () => {
  const rules = async (settings: object) => {
    const { id } = await ok('POST', '/app/test/endpoint', { url: end.url, eventTypes: ['none'], ...settings })
    return ok('GET', `/app/test/endpoint/${id}/policy`)
  }
  assert.deepEqual(await rules({ dialect: 'platform-core' }), {
    policy: 'platform-core', attempts: 6,
    delivery: { retry: { delays: [15, 60, 300, 900, 3600], jitter_percent: 0, retry_after_cap: 0 }, timeout: 30, final: {}, rate: [{ limit: 100, seconds: 10 }, { limit: 1000, seconds: 60 }], grace: 0 },
  })
  const own = await rules({ dialect: 'platform-core', policy: 'cosmo', delivery: { timeout: 7, final: { statuses: [400] } }, throttleRate: 5 })
  assert.deepEqual([own.policy, own.attempts, own.delivery.retry.delays, own.delivery.retry.jitter_percent, own.delivery.timeout, own.delivery.final, own.delivery.rate], ['cosmo', 7, [2, 4, 8, 16, 32, 64], 20, 7, { client_errors: true, timeouts: true, statuses: [400] }, [{ limit: 5, seconds: 1 }]])
  await ok('POST', '/app/test/dialect', partner('ruled', { delivery: { retry: { delays: [9] }, grace: 60 } }))
  assert.deepEqual((await rules({ dialect: 'ruled' })).delivery, { retry: { delays: [9], jitter_percent: 0, retry_after_cap: 0 }, timeout: 30, final: {}, rate: [], grace: 60 })
})

test('a wrong file is 422 with the place and what is allowed there', async () => {
  const wrong = async (file: unknown): Promise<[string[], string]> => {
    const { status, body } = await relay.call('POST', '/app/test/dialect', file)
    assert.equal(status, 422, JSON.stringify(body))
    return [body.detail[0].loc, body.detail[0].msg]
  }
  const signature = { scheme: 'md5', header: 'a' }
  const [loc, msg] = await wrong(partner('wrong', { signature }))
  assert.deepEqual(loc, ['body', 'signature', 'scheme'])
  assert.match(msg, /"md5" is not one of: hmac-sha1 hmac-sha256/)
  assert.deepEqual((await wrong(partner('wrong', { unknown: 1 })))[0], ['body', 'unknown'])
  assert.match((await wrong(partner('wrong', { unknown: 1 })))[1], /allowed here: /)
  assert.deepEqual((await wrong(partner('Not A Name')))[0], ['body', 'name'])
  assert.match((await wrong('{"name":"twice","name":"twice"}'))[1], /twice/)
  assert.deepEqual((await wrong(partner('wrong', { events: { 'a/b': { title: 'x', description: 'x', schema: { patternProperties: {} } } } })))[0].slice(0, 3), ['body', 'events', 'a/b'])
  for (const [file, status] of [['{', 400], ['[]', 422], ['"x"', 422], [partner('long', { title: 'x'.repeat(140_000) }), 413]] as const) assert.equal((await relay.call('POST', '/app/test/dialect', file)).status, status)
})

test('a name that is taken is 409, and an app has at most 32 of its own', async () => {
  for (const name of ['github', 'as-received']) assert.equal((await relay.call('POST', '/app/test/dialect', partner(name))).status, 409, name)
  await ok('POST', '/app/test/dialect', partner('taken'))
  assert.equal((await relay.call('POST', '/app/test/dialect', partner('taken'))).status, 409)
  const { id } = await ok('POST', '/app', { name: 'many' }, relay.operator)
  for (let i = 0; i < 32; i++) await ok('POST', `/app/${id}/dialect`, partner(`number-${i}`), relay.operator)
  const more = await relay.call('POST', `/app/${id}/dialect`, partner('one-more'), relay.operator)
  assert.deepEqual([more.status, more.body.code], [409, 'too_many'])
})

test('another app has not this app\'s dialects, and may have one of that name', async () => {
  await ok('POST', '/app/test/dialect', partner('private'))
  const { id } = await ok('POST', '/app', { name: 'apart' }, relay.operator)
  assert.equal((await relay.call('POST', `/app/${id}/endpoint`, { url: end.url, dialect: 'private' }, relay.operator)).status, 422)
  await ok('POST', `/app/${id}/dialect`, partner('private', { title: 'Other' }), relay.operator)
  assert.equal((await ok('GET', `/app/${id}/dialect/private`, undefined, relay.operator)).title, 'Other')
  assert.equal((await ok('GET', '/app/test/dialect/private')).title, 'Partner')
})
