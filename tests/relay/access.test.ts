// Who may see and do what: tenants, scopes, keys that expire, back-off, what is never shown.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { destination, pause } from '../functions/destination.ts'
import { platformBody, platformCore, request, secret } from '../functions/events.ts'
import { endpointSecret, run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>
/** Two tenants with the same things each. */
interface Tenant { name: string; app: string; key: string; keyId: string; endpoint: string; msg: string }
const tenants: Tenant[] = []
const canary = 'canary-secret-0123456789abcdef'
const canarySecret = `whsec_${Buffer.from('another canary secret, 32 bytes.').toString('base64')}`

/** Every answer but those that are there to show a secret. */
const given: string[] = []
const ok = async (method: string, path: string, body: unknown, key: string): Promise<any> => {
  const answer = await relay.call(method, path, body, key)
  if (!/\/secret$|\/key$/.test(path)) given.push(JSON.stringify(answer.body))
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

before(async () => {
  end = await destination()
  relay = await run({ endpoints: { end: { url: end.url } }, debug: true })
  for (const name of ['one', 'two']) {
    const app = (await ok('POST', '/app', { name, uid: name }, relay.operator)).id
    const made = await ok('POST', `/app/${app}/key`, { name: 'all', scopes: ['send', 'manage', 'read', 'secrets'] }, relay.operator)
    const endpoint = (await ok('POST', `/app/${app}/endpoint`, { url: end.url, uid: 'mine', secret: canarySecret }, made.key)).id
    await ok('POST', `/app/${app}/source`, { name: `in-${name}`, dialect: 'platform-core', secrets: [canary] }, made.key)
    await ok('POST', `/app/${app}/dialect`, { name: `own-${name}`, title: name, documents: ['https://x.example/'], signature: { scheme: 'static-token', header: 'token' } }, made.key)
    await ok('PUT', `/app/${app}/graph/graph-${name}`, { name }, made.key)
    await ok('POST', '/event-type', { name: 'a.b', description: name }, made.key)
    await ok('POST', '/event-type', { name: `0.${name}`, description: name }, made.key)
    await ok('POST', `/app/${app}/endpoint/${endpoint}/replay`, { since: '2020-01-01T00:00:00Z' }, made.key)
    const msg = (await ok('POST', `/app/${app}/msg`, { eventType: 'a.b', payload: { name } }, made.key)).id
    let attempt: any
    for (let tries = 0; !attempt && tries < 100; tries++) {
      attempt = (await ok('GET', `/app/${app}/attempt/msg/${msg}`, undefined, made.key)).data.find((one: any) => one.status === 0)
      if (!attempt) await pause(50)
    }
    tenants.push({ name, app, key: made.key, keyId: made.id, endpoint, msg })
  }
  const document = await (await fetch(`${relay.url}/openapi.json`)).json() as { paths: Record<string, Record<string, { 'x-scope'?: string }>> }
  for (const [path, methods] of Object.entries(document.paths)) for (const [method, route] of Object.entries(methods)) routes.push({ method: method.toUpperCase(), template: path.replace('/api/v1', ''), scope: route['x-scope'] })
})

/** Every route of the OpenAPI document; the templates begin behind /api/v1. */
const routes: { method: string; template: string; scope: string | undefined }[] = []
const gets = (template: string): boolean => routes.some(route => route.method === 'GET' && route.template === template)

/** A route's path with a tenant's own ids, each from the list that stands before it in a path, so that a new route is tried without being named here. */
async function filled(template: string, tenant: Tenant): Promise<string> {
  let path = ''
  let before = ''
  for (const part of template.split('/').slice(1)) {
    const listed = gets(before) ? before : routes.map(route => route.template).find(other => other.endsWith(`/${part}`) && gets(other.slice(0, -part.length - 1)))?.slice(0, -part.length - 1)
    path += `/${part === '{app_id}' ? tenant.app : /^\{/.test(part) ? await first(part === '{attempt_id}' ? '/app/{app_id}/attempt/msg/{msg_id}' : listed, part, tenant) : part}`
    before += `/${part}`
  }
  return path
}
async function first(list: string | undefined, part: string, tenant: Tenant): Promise<string> {
  assert.ok(list, `no list shows what ${part} may be`)
  const [item] = (await ok('GET', await filled(list, tenant), undefined, tenant.key)).data
  assert.ok(item, `${list} is empty: make one above, so that another tenant's is tried`)
  return encodeURIComponent(item.id ?? item.name)
}

after(async () => {
  await relay?.close()
  await end?.close()
})

const body: Record<string, unknown> = { url: 'https://x.example/', name: 'x', description: 'x', headers: {}, eventType: 'a.b', payload: {}, messages: [{ eventType: 'a.b', payload: {} }], since: '2020-01-01T00:00:00Z', dialect: 'platform-core', secrets: ['s'], scopes: ['read'] }
const send = async (method: string, path: string, key: string) => {
  const answer = await relay.call(method, path, method === 'GET' ? undefined : body, key)
  given.push(JSON.stringify(answer.body))
  return answer
}

/** All that a tenant sees; the audit log grows by looking. */
async function seen(tenant: Tenant): Promise<Record<string, unknown>> {
  const shown: Record<string, unknown> = {}
  for (const { method, template } of routes) {
    if (method === 'GET' && !/\/(secret|audit)$/.test(template)) shown[template] = await ok('GET', await filled(template, tenant), undefined, tenant.key)
  }
  return shown
}

test('every route of the OpenAPI document answers 404 with another tenant\'s ids', async () => {
  const [one, two] = tenants as [Tenant, Tenant]
  const before = await seen(two)
  let tried = 0
  for (const { method, template } of routes) {
    const theirs = await filled(template, two)
    const ids = template.match(/\{(?!app_id)\w+\}/g) ?? []
    // The other's app by id and by uid; and the own app, or none, with the other's ids.
    const paths = template.includes('{app_id}') ? [theirs, theirs.replace(two.app, two.name), ...ids.length ? [theirs.replace(two.app, one.app)] : []] : ids.length && !shared.has(template) ? [theirs] : []
    for (const path of paths) {
      const { status } = await send(method, path, one.key)
      // By a name of one's own choice one's own thing is made.
      const makes = method === 'PUT' && path === paths.at(-1) && chosen.has(template)
      assert.ok(makes ? status < 300 : status === 404, `${method} ${path}: ${status}`)
      if (makes) assert.equal((await send('DELETE', `${path}?expunge=true`, one.key)).status, 204)
      tried++
    }
  }
  assert.ok(tried > 120, `${tried} were tried`)
  assert.deepEqual(await seen(two), before, 'nothing of the other\'s was changed')
})
/** What all tenants see alike. */
const shared = new Set(['/dialect/{dialect}'])
/** Made by PUT, under a name that the caller chooses. */
const chosen = new Set(['/event-type/{event_type_name}', '/app/{app_id}/graph/{graph_id}'])

test('the list of apps shows a tenant its own, and the operator all', async () => {
  const [one] = tenants
  assert.deepEqual((await ok('GET', '/app', undefined, one!.key)).data.map((app: any) => app.uid), ['one'])
  assert.equal((await ok('GET', '/app', undefined, relay.operator)).data.length, 3)
  assert.equal((await relay.call('POST', '/app', { name: 'x' }, one!.key)).status, 403)
  assert.deepEqual((await ok('GET', '/event-type', undefined, one!.key)).data.map((type: any) => type.description), ['one', 'one'])
})

test('every route asks for its scope, and nothing else', async () => {
  const [{ app, key: all }] = tenants as [Tenant]
  const keys: Record<string, string> = {}
  for (const scope of ['send', 'manage', 'read', 'secrets']) keys[scope] = (await ok('POST', `/app/${app}/key`, { name: scope, scopes: [scope] }, all)).key
  for (const { method, template, scope: needed } of routes) {
    assert.ok(needed, `${method} ${template} names no scope`)
    const path = template.replace('{app_id}', app).replaceAll(/\{\w+\}/g, 'none')
    for (const [scope, key] of Object.entries(keys)) {
      if (scope !== needed) assert.equal((await send(method, path, key)).status, 403, `${method} ${template} with ${scope}`)
    }
  }
  assert.equal((await relay.call('POST', `/app/${app}/key`, { name: 'more', scopes: ['secrets'] }, keys.manage!)).status, 403, 'a key gives no scope that it has not')
})

test('a revoked key is valid no longer', async () => {
  const [{ app, key: all }] = tenants as [Tenant]
  const { id, key } = await ok('POST', `/app/${app}/key`, { name: 'short', scopes: ['read'] }, all)
  await ok('GET', `/app/${app}/msg`, undefined, key)
  await ok('DELETE', `/app/${app}/key/${id}`, undefined, all)
  assert.equal((await relay.call('GET', `/app/${app}/msg`, undefined, key)).status, 401)
})

test('reading a secret stands in the audit log, and so does every change; no entry holds a secret', async () => {
  const [{ app, key, keyId, endpoint }] = tenants as [Tenant]
  assert.equal((await ok('GET', `/app/${app}/endpoint/${endpoint}/secret`, undefined, key)).key, canarySecret)
  await ok('POST', `/app/${app}/key`, { name: 'noted', scopes: ['read'] }, key)
  const { data } = await ok('GET', `/app/${app}/audit?limit=250`, undefined, key)
  const actions = data.filter((entry: any) => entry.actor === keyId).map((entry: any) => entry.action)
  for (const action of ['endpoint.put', 'source.put', 'endpoint.secret.read', 'key.create']) assert.ok(actions.includes(action), `${action} is not among ${actions}`)
  assert.ok(!JSON.stringify(data).includes('canary'))
})

test('secrets stand in no answer, log line, page or file but where the API says so', async () => {
  const shown: string[] = [await (await fetch(`${relay.url}/openapi.json`)).text(), await (await fetch(`${relay.url}/metrics`, { headers: { authorization: `Bearer ${relay.operator}` } })).text()]
  for (const tenant of tenants) {
    const { app, key, endpoint, name } = tenant
    await relay.call('PATCH', `/app/${app}/endpoint/${endpoint}`, { secret: 'whsec_canary-wrong' }, key)
    await relay.call('POST', `/app/${app}/source`, { name: `in-${name}`, dialect: 'platform-core', secrets: [canary] }, key)
    shown.push(JSON.stringify(await seen(tenant)), JSON.stringify(await ok('GET', `/app/${app}/audit?limit=250`, undefined, key)))
  }
  await relay.post('platform-core', request(platformCore, platformBody(), { key: 'wrong' }))
  await pause(100)
  const files = readdirSync(join(relay.home, '.waxseal'), { withFileTypes: true, recursive: true }).filter(entry => entry.isFile() && !/^(key-|secret-key)/.test(entry.name))
  assert.ok(relay.printed.filter(line => line.startsWith('{')).length >= 3, 'debug mode prints')
  const texts = [...shown, ...given, ...relay.printed, ...files.map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'))]
  const canaries = [canary, canarySecret, canarySecret.slice(6), secret, endpointSecret, relay.key, relay.operator, ...tenants.map(({ key }) => key)]
  for (const one of canaries) assert.ok(!texts.some(text => text.includes(one)), `${one.slice(0, 12)}… is shown`)
})

test('/healthz and /readyz answer anyone, /metrics the operator alone', async () => {
  assert.equal((await fetch(`${relay.url}/healthz`)).status, 200)
  assert.equal((await fetch(`${relay.url}/readyz`)).status, 200)
  for (const key of ['', tenants[0]!.key]) assert.equal((await fetch(`${relay.url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).status, 401)
  const text = await (await fetch(`${relay.url}/metrics`, { headers: { authorization: `Bearer ${relay.operator}` } })).text()
  assert.match(text, /^# TYPE waxseal_attempts_total counter$/m)
  assert.match(text, /^waxseal_attempts_total\{outcome="delivered"\} [1-9]/m)
  assert.match(text, /^waxseal_deliveries\{state="success"\} [1-9]/m)
  for (const line of text.trim().split('\n')) assert.match(line, /^(# TYPE \w+ (counter|gauge)|\w+(\{\w+="\w+"\})? \d+)$/)
})

test('nobody makes an object by guessing an app\'s name', async () => {
  const count = (): number => readdirSync(join(relay.home, '.waxseal', 'state', 'waxseal-Directory')).length
  const before = count()
  for (let i = 0; i < 3; i++) assert.equal((await relay.call('GET', '/app/x/msg', undefined, `wx_guess${i}_0000000000000000000000`)).status, 401)
  assert.equal(count(), before)
})

// The last: it makes the address wait.
test('after failures the caller waits: 429 with Retry-After, longer each time', async () => {
  let answer = await relay.call('GET', '/app', undefined, 'wx_one_wrongwrongwrongwrong')
  for (let i = 0; i < 10 && answer.status === 401; i++) answer = await relay.call('GET', '/app', undefined, 'wx_one_wrongwrongwrongwrong')
  assert.equal(answer.status, 429)
  assert.ok(Number(answer.headers.get('retry-after')) >= 1)
  assert.equal((await relay.call('GET', '/app', undefined, 'wx_two_wrongwrongwrongwrong')).status, 429, 'another key from the same address waits too')
  await pause(Number(answer.headers.get('retry-after')) * 1000)
  assert.equal((await relay.call('GET', '/app', undefined, 'wx_one_wrongwrongwrongwrong')).status, 401)
  const later = await relay.call('GET', '/app', undefined, 'wx_one_wrongwrongwrongwrong')
  assert.ok(Number(later.headers.get('retry-after')) >= 2, String(later.headers.get('retry-after')))
})
