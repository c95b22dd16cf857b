// The customer's token: it opens one app for a time, and of it what a customer needs.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { open } from '../../functions/relay/api/open.ts'
import { pause } from '../functions/destination.ts'
import { run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
/** Its paths begin behind /api/v1. */
let routes: { method: string; path: string; scope: string; portal: boolean }[]

const ok = async (method: string, path: string, body?: unknown, key = relay.key): Promise<any> => {
  const answer = await relay.call(method, path, body, key)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
const access = async (body: object = {}, key = relay.key): Promise<string> => (await ok('POST', '/auth/app-portal-access/test', body, key)).token
const status = async (method: string, path: string, key: string, body?: unknown): Promise<number> => (await relay.call(method, path, method === 'GET' ? undefined : body ?? {}, key)).status
const valid = async (token: string): Promise<boolean> => await status('GET', '/app/test/endpoint', token) === 200

before(async () => {
  relay = await run({})
  const document = await (await fetch(`${relay.url}/openapi.json`)).json() as { paths: Record<string, Record<string, { 'x-scope': string; 'x-portal'?: true }>> }
  routes = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, route]) =>
    ({ method: method.toUpperCase(), path: path.replace('/api/v1', ''), scope: route['x-scope'], portal: route['x-portal'] ?? false })))
})
after(async () => {
  await relay?.close()
})

test('a customer\'s token opens what the portal needs, and every other route of the document is closed to it', async () => {
  const token = await access()
  for (const { method, path, portal } of routes) {
    if (path === '/auth/logout') continue
    const got = await status(method, path.replace('{app_id}', 'test').replaceAll(/\{\w+\}/g, 'none'), token)
    assert.equal(got === 403, !portal, `${method} ${path}: ${got}`)
  }
  assert.deepEqual(routes.filter(({ portal }) => portal).map(({ method, path }) => `${method.toLowerCase()} ${path}`).sort(), [...open].sort(), 'every call that is named there is one')
})

test('a customer makes, changes, tries and deletes endpoints and sees what became of its messages', async () => {
  const token = await access()
  const { id } = await ok('POST', '/app/test/endpoint', { url: 'https://customer.example.com/', eventTypes: ['user.*'] }, token)
  await ok('PATCH', `/app/test/endpoint/${id}`, { disabled: true }, token)
  assert.match((await ok('GET', `/app/test/endpoint/${id}/secret`, undefined, token)).key, /^whsec_/)
  const { id: message } = await ok('POST', '/app/test/msg', { eventType: 'user.created', payload: { a: 1 } })
  assert.deepEqual((await ok('GET', `/app/test/msg/${message}/skipped`, undefined, token)).data, [{ endpointId: id, reason: 'inactive' }])
  assert.equal(await status('POST', '/app/test/msg', token, { eventType: 'user.created', payload: {} }), 403)
  await ok('DELETE', `/app/test/endpoint/${id}`, undefined, token)
})

test('to a customer of one app nothing of another app exists', async () => {
  const token = await access()
  const other = await ok('POST', '/app', { name: 'other', uid: 'other' }, relay.operator)
  const { id: endpoint } = await ok('POST', '/app/other/endpoint', { url: 'https://other.example.com/' }, relay.operator)
  const { id: msg } = await ok('POST', '/app/other/msg', { eventType: 'a.b', payload: {} }, relay.operator)
  const body = { url: 'https://x.example/', headers: {}, eventType: 'a.b', since: '2020-01-01T00:00:00Z' }
  let tried = 0
  for (const { method, path, portal } of routes) {
    if (!portal || !path.includes('{app_id}')) continue
    for (const app of [other.id, 'other', 'test']) {
      const filled = path.replace('{app_id}', app).replace('{endpoint_id}', endpoint).replace('{msg_id}', msg).replace('{attempt_id}', 'atmpt_1')
      if (app === 'test' && !filled.includes(endpoint) && !filled.includes(msg)) continue
      assert.equal(await status(method, filled, token, body), 404, `${method} ${filled}`)
      tried++
    }
  }
  assert.ok(tried > 50, `${tried} were tried`)
  assert.deepEqual((await ok('GET', '/app', undefined, token)).data.map((app: any) => app.id), ['test'])
  assert.equal((await relay.call('POST', '/auth/app-portal-access/other', {}, relay.key)).status, 404, 'an app\'s key makes no token of another')
})

test('a token ends with its time, with its logout and when all are ended, by session too', async () => {
  const [short, left, one, two, none] = [await access({ expiry: 1 }), await access(), await access({ sessionId: 's1' }), await access({ sessionId: 's2' }), await access()]
  assert.equal(await valid(short), true)
  await ok('POST', '/auth/logout', undefined, left)
  assert.deepEqual([await valid(left), await valid(none)], [false, true])
  await ok('POST', '/auth/app/test/expire-all', { sessionIds: ['s1'] })
  assert.deepEqual([await valid(one), await valid(two), await valid(none)], [false, true, true])
  await pause(1000)
  assert.equal(await valid(short), false)
  await ok('POST', '/auth/app/test/expire-all', { expiry: 2 })
  assert.equal(await valid(none), true)
  await pause(2100)
  assert.deepEqual([await valid(two), await valid(none)], [false, false])
  assert.equal((await relay.call('GET', '/app/test/endpoint')).status, 200, 'keys are no tokens')
})

test('a token has no scope that its maker has not, and can be for seeing alone', async () => {
  const { key } = await ok('POST', '/app/test/key', { name: 'no secrets', scopes: ['manage', 'read'] })
  const { id } = await ok('POST', '/app/test/endpoint', { url: 'https://scopes.example.com/' })
  assert.equal(await status('GET', `/app/test/endpoint/${id}/secret`, await access({}, key)), 403)
  const seeing = await access({ readOnly: true })
  assert.deepEqual([await status('GET', `/app/test/endpoint/${id}`, seeing), await status('PATCH', `/app/test/endpoint/${id}`, seeing), await status('GET', `/app/test/endpoint/${id}/secret`, seeing)], [200, 403, 403])
  const refused = await relay.call('POST', '/auth/app-portal-access/test', { capabilities: ['ViewBase'] })
  assert.equal(refused.status, 422, 'a limit that the relay does not know is refused, not passed over')
  assert.match(JSON.stringify(refused.body), /capabilities/)
})

test('a token shows the event types behind its feature flags, and no others', async () => {
  for (const [name, featureFlag] of [['open.type', null], ['beta.type', 'beta'], ['alpha.type', 'alpha']] as const) await ok('POST', '/event-type', { name, description: name, featureFlag })
  const token = await access({ featureFlags: ['beta'] })
  assert.deepEqual((await ok('GET', '/event-type', undefined, token)).data.map((type: any) => type.name), ['beta.type', 'open.type'])
  assert.deepEqual([await status('GET', '/event-type/beta.type', token), await status('GET', '/event-type/alpha.type', token)], [200, 404])
})

test('the faces of other systems are closed to a token', async () => {
  const token = await access()
  const ask = (method: string, path: string): Promise<Response> => fetch(`${relay.url}${path}`, { method, headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' }, ...method === 'POST' && { body: '{}' } })
  assert.equal((await ask('GET', '/platform-core/v2/webhooks')).status, 403)
  assert.equal((await ask('GET', '/ost/testnet/api/developer/webhook-secrets')).status, 403)
  const { response } = await (await ask('POST', '/cosmo/wg.cosmo.platform.v1.PlatformService/GetOrganizationWebhookConfigs')).json() as { response: { code: string } }
  assert.equal(response.code, 'ERROR_NOT_AUTHORIZED')
})

test('the operator makes an app with its customer\'s first token; an app\'s key does not', async () => {
  assert.equal((await relay.call('POST', '/auth/app-portal-access/new-one', {}, relay.operator)).status, 404)
  assert.equal((await relay.call('POST', '/auth/app-portal-access/new-one', { application: { name: 'New' } })).status, 404)
  const { token, url } = await ok('POST', '/auth/app-portal-access/new-one', { application: { name: 'New' } }, relay.operator)
  assert.equal(url, `${relay.url}/#key=${token}`)
  assert.equal((await ok('GET', '/app/new-one', undefined, token)).name, 'New')
})

test('a token stands in no list, log or file, nor in an answer that is kept for an Idempotency-Key', async () => {
  const headers = { 'idempotency-key': 'portal-1' }
  const tokens: string[] = []
  for (let i = 0; i < 2; i++) tokens.push((await relay.call('POST', '/auth/app-portal-access/test', {}, relay.key, headers)).body.token)
  assert.notEqual(tokens[0], tokens[1])
  const shown = [JSON.stringify(await ok('GET', '/app/test/key')), JSON.stringify(await ok('GET', '/app/test/audit'))]
  const files = readdirSync(relay.home, { withFileTypes: true, recursive: true }).filter(entry => entry.isFile()).map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  for (const token of tokens) assert.ok(![...shown, ...files, ...relay.printed].some(text => text.includes(token)))
  assert.ok(!shown[0]!.includes('"portal"'), 'the list of keys holds keys')
})

test('of more than 250 tokens the oldest is good no longer', async () => {
  const first = await access()
  for (let i = 0; i < 25; i++) await Promise.all(Array.from({ length: 10 }, () => access()))
  assert.equal(await valid(first), false)
  assert.equal(await valid(await access()), true)
})
