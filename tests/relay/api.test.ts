// The read side of the management API: Svix's shapes, one key a tenant.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { destination } from '../functions/destination.ts'
import { cosmo, ost, platformBody, platformCore, request } from '../functions/events.ts'
import { keeps as judge } from './openapi.ts'
import { run } from './run.ts'

const keeps = (path: string, status: number, body: unknown): void => judge('GET', path, status, body)

let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>
const ids: string[] = []

before(async () => {
  end = await destination((_, response, count) => response.writeHead(count === 1 ? 500 : 200).end())
  relay = await run({
    sources: { 'platform-core': { dialect: 'platform-core' }, 'ost': { dialect: 'ost' }, 'cosmo': { dialect: 'cosmo' } },
    endpoints: { end: { url: end.url, delivery: { retry: { delays: [1] } } } },
  })
  for (const event of ['user.created', 'user.updated', 'user.deleted']) ids.push((await relay.post('platform-core', request(platformCore, platformBody({ event })))).body.id)
  await end.until(4)
  await relay.attempts(ids[0]!, 2)
})
after(async () => {
  await relay?.close()
  await end?.close()
})

test('messages and attempts keep to the shapes of the OpenAPI document', async () => {
  const list = await relay.api('/app/test/msg')
  keeps('/api/v1/app/{app_id}/msg', list.status, list.body)
  const one = await relay.api(`/app/test/msg/${ids[0]}`)
  keeps('/api/v1/app/{app_id}/msg/{msg_id}', one.status, one.body)
  assert.deepEqual([one.body.id, one.body.eventType, one.body.payload.event], [ids[0], 'user.created', 'user.created'])
  const attempts = await relay.api(`/app/test/attempt/msg/${ids[0]}`)
  keeps('/api/v1/app/{app_id}/attempt/msg/{msg_id}', attempts.status, attempts.body)
  assert.deepEqual(attempts.body.data.map((attempt: any) => [attempt.endpointId, attempt.statusText, attempt.responseStatusCode]), [['end', 'success', 200], ['end', 'fail', 500]])
})

test('errors keep to the shapes of the OpenAPI document', async () => {
  for (const [path, template, status] of [
    ['/app/test/msg/msg_none', '/api/v1/app/{app_id}/msg/{msg_id}', 404],
    ['/app/test/attempt/msg/msg_none', '/api/v1/app/{app_id}/attempt/msg/{msg_id}', 404],
    ['/app/test/msg?limit=x', '/api/v1/app/{app_id}/msg', 422],
    ['/app/test/msg?before=yesterday', '/api/v1/app/{app_id}/msg', 422],
  ] as const) {
    const answer = await relay.api(path)
    assert.equal(answer.status, status, path)
    keeps(template, status, answer.body)
  }
})

test('no key, a wrong key and another app\'s key are refused; another app is not found', async () => {
  for (const key of ['', 'x', 'wx_test_0000000000000000000000000000', relay.key.replace('wx_test', 'wx_other'), `${relay.key}0`]) {
    const answer = await relay.api('/app/test/msg', key)
    assert.equal(answer.status, 401)
    keeps('/api/v1/app/{app_id}/msg', 401, answer.body)
  }
  assert.equal((await relay.api('/app/other/msg')).status, 404)
  assert.equal((await fetch(`${relay.url}/api/v1/app/test/msg`)).status, 401)
})

test('pages run from the newest to the oldest', async () => {
  const seen: string[] = []
  for (let iterator = '', done = false; !done;) {
    const { body } = await relay.api(`/app/test/msg?limit=1${iterator && `&iterator=${iterator}`}`)
    seen.push(...body.data.map((message: any) => message.id))
    ;({ iterator, done } = body)
  }
  assert.deepEqual(seen.filter(id => ids.includes(id)), [...ids].reverse())
})

test('filters by type and time, and leaves the content out when asked to', async () => {
  const types = async (query: string) => (await relay.api(`/app/test/msg?${query}`)).body.data.map((message: any) => message.eventType)
  assert.deepEqual(await types('event_types=user.updated,user.deleted'), ['user.deleted', 'user.updated'])
  assert.deepEqual(await types('before=2020-01-01T00:00:00Z'), [])
  assert.equal((await types('after=2020-01-01T00:00:00Z')).length, 3)
  assert.deepEqual((await relay.api(`/app/test/msg/${ids[0]}?with_content=false`)).body.payload, {})
})

test('a payload stands in the answer as it was received: no number is rounded', async () => {
  const { id } = (await relay.post('platform-core', request(platformCore, platformBody({ big: 1 }).replace('"big":1', '"big":9007199254740993')))).body
  const text = await (await fetch(`${relay.url}/api/v1/app/test/msg/${id}`, { headers: { authorization: `Bearer ${relay.key}` } })).text()
  assert.ok(text.includes('"big":9007199254740993'))
})

test('what is no JSON object is shown in one: another value, or base64', async () => {
  for (const [body, payload] of [['[1]', { value: [1] }], [new Uint8Array([255, 0]), { base64: '/wA=' }]] as const) {
    const { id } = (await relay.post('cosmo', request(cosmo, body))).body
    assert.deepEqual((await relay.api(`/app/test/msg/${id}`)).body.payload, payload)
  }
  const { id } = (await relay.post('ost', request(ost, JSON.stringify({ id: 'a', topic: 'transactions/success', version: 'v2', data: {} })))).body
  assert.equal((await relay.api(`/app/test/msg/${id}`)).body.eventType, 'transactions/success')
})
