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
const tenants: { app: string; key: string; endpoint: string; msg: string; attempt: string; keyId: string; source: string }[] = []
const canary = 'canary-secret-0123456789abcdef'
const canarySecret = `whsec_${Buffer.from('another canary secret, 32 bytes.').toString('base64')}`

const ok = async (method: string, path: string, body: unknown, key: string): Promise<any> => {
  const answer = await relay.call(method, path, body, key)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

before(async () => {
  end = await destination()
  relay = await run({ endpoints: { end: { url: end.url } } })
  for (const name of ['one', 'two']) {
    const app = (await ok('POST', '/app', { name, uid: name }, relay.operator)).id
    const made = await ok('POST', `/app/${app}/key`, { name: 'all', scopes: ['send', 'manage', 'read', 'secrets'] }, relay.operator)
    const endpoint = (await ok('POST', `/app/${app}/endpoint`, { url: end.url, uid: 'mine', secret: canarySecret }, made.key)).id
    await ok('POST', `/app/${app}/source`, { name: 'in', dialect: 'platform-core', secrets: [canary] }, made.key)
    await ok('POST', '/event-type', { name: 'a.b', description: name }, made.key)
    const msg = (await ok('POST', `/app/${app}/msg`, { eventType: 'a.b', payload: { name } }, made.key)).id
    let attempt: any
    for (let tries = 0; !attempt && tries < 100; tries++) {
      attempt = (await ok('GET', `/app/${app}/attempt/msg/${msg}`, undefined, made.key)).data.find((one: any) => one.status === 0)
      if (!attempt) await pause(50)
    }
    tenants.push({ app, key: made.key, keyId: made.id, endpoint, msg, attempt: attempt.id, source: 'in' })
  }
})
after(async () => {
  await relay?.close()
  await end?.close()
})

const body: Record<string, unknown> = { url: 'https://x.example/', name: 'x', description: 'x', headers: {}, eventType: 'a.b', payload: {}, messages: [{ eventType: 'a.b', payload: {} }], since: '2020-01-01T00:00:00Z', dialect: 'platform-core', secrets: ['s'], scopes: ['read'] }

test('every route of the OpenAPI document answers 404 with another tenant\'s ids', async () => {
  const document = await (await fetch(`${relay.url}/openapi.json`)).json() as { paths: Record<string, Record<string, object>> }
  const [one, two] = tenants as [typeof tenants[0] & {}, typeof tenants[0] & {}]
  let tried = 0
  for (const [template, methods] of Object.entries(document.paths)) {
    if (!template.includes('{app_id}')) continue
    const fill = (app: string, of: typeof one) => template.replace('/api/v1', '').replace('{app_id}', app).replace('{endpoint_id}', of.endpoint).replace('{msg_id}', of.msg)
      .replace('{attempt_id}', of.attempt).replace('{source}', of.source).replace('{key_id}', of.keyId)
    for (const method of Object.keys(methods).map(method => method.toUpperCase())) {
      // The other's app by id and by uid; and the own app with the other's ids.
      const paths = [fill(two.app, two), fill('two', two), ...(/\{(endpoint|msg|attempt|key)_id\}/.test(template) ? [fill(one.app, { ...two, source: 'none' })] : [])]
      for (const path of paths) {
        const { status } = await relay.call(method, path, method === 'GET' ? undefined : body, one.key)
        assert.equal(status, 404, `${method} ${path}`)
        tried++
      }
    }
  }
  assert.ok(tried > 80, `${tried} were tried`)
  // And nothing of the other's was changed.
  assert.equal((await relay.call('GET', `/app/${two.app}/endpoint/${two.endpoint}`, undefined, two.key)).status, 200)
  assert.deepEqual((await ok('GET', `/app/${two.app}/msg`, undefined, two.key)).data.map((message: any) => message.id), [two.msg])
})

test('the list of apps shows a tenant its own, and the operator all', async () => {
  const [one] = tenants
  assert.deepEqual((await ok('GET', '/app', undefined, one!.key)).data.map((app: any) => app.uid), ['one'])
  assert.equal((await ok('GET', '/app', undefined, relay.operator)).data.length, 3)
  assert.equal((await relay.call('POST', '/app', { name: 'x' }, one!.key)).status, 403)
  assert.deepEqual((await ok('GET', '/event-type', undefined, one!.key)).data.map((type: any) => type.description), ['one'])
})

test('every route asks for its scope, and nothing else', async () => {
  const document = await (await fetch(`${relay.url}/openapi.json`)).json() as { paths: Record<string, Record<string, { 'x-scope'?: string }>> }
  const [{ app, key: all }] = tenants as [typeof tenants[0] & {}]
  const keys: Record<string, string> = {}
  for (const scope of ['send', 'manage', 'read', 'secrets']) keys[scope] = (await ok('POST', `/app/${app}/key`, { name: scope, scopes: [scope] }, all)).key
  for (const [template, methods] of Object.entries(document.paths)) {
    for (const [method, { 'x-scope': needed }] of Object.entries(methods)) {
      assert.ok(needed, `${method} ${template} names no scope`)
      const path = template.replace('/api/v1', '').replace('{app_id}', app).replaceAll(/\{\w+\}/g, 'none')
      for (const [scope, key] of Object.entries(keys)) {
        if (scope === needed) continue
        assert.equal((await relay.call(method.toUpperCase(), path, method === 'get' ? undefined : body, key)).status, 403, `${method} ${template} with ${scope}`)
      }
    }
  }
  assert.equal((await relay.call('POST', `/app/${app}/key`, { name: 'more', scopes: ['secrets'] }, keys.manage!)).status, 403, 'a key gives no scope that it has not')
})

test('a revoked key is valid no longer', async () => {
  const [{ app, key: all }] = tenants as [typeof tenants[0] & {}]
  const { id, key } = await ok('POST', `/app/${app}/key`, { name: 'short', scopes: ['read'] }, all)
  await ok('GET', `/app/${app}/msg`, undefined, key)
  await ok('DELETE', `/app/${app}/key/${id}`, undefined, all)
  assert.equal((await relay.call('GET', `/app/${app}/msg`, undefined, key)).status, 401)
})

test('reading a secret stands in the audit log, and so does every change; no entry holds a secret', async () => {
  const [{ app, key, keyId, endpoint }] = tenants as [typeof tenants[0] & {}]
  assert.equal((await ok('GET', `/app/${app}/endpoint/${endpoint}/secret`, undefined, key)).key, canarySecret)
  const { data } = await ok('GET', `/app/${app}/audit?limit=250`, undefined, key)
  const actions = data.filter((entry: any) => entry.actor === keyId).map((entry: any) => entry.action)
  for (const action of ['endpoint.put', 'source.put', 'endpoint.secret.read', 'key.create']) assert.ok(actions.includes(action), `${action} is not among ${actions}`)
  assert.ok(!JSON.stringify(data).includes('canary'))
})

test('secrets stand in no answer, log line, page or file but where the API says so', async () => {
  const document = await (await fetch(`${relay.url}/openapi.json`)).json() as { paths: Record<string, Record<string, object>> }
  const shown: string[] = [JSON.stringify(document), await (await fetch(`${relay.url}/metrics`, { headers: { authorization: `Bearer ${relay.operator}` } })).text()]
  for (const { app, key, endpoint, msg, attempt, source, keyId } of tenants) {
    await relay.call('PATCH', `/app/${app}/endpoint/${endpoint}`, { secret: 'whsec_canary-wrong' }, key)
    await relay.call('POST', `/app/${app}/source`, { name: 'in', dialect: 'platform-core', secrets: [canary] }, key)
    for (const template of Object.keys(document.paths)) {
      if (!document.paths[template]!.get || template.endsWith('/secret')) continue
      const path = template.replace('/api/v1', '').replace('{app_id}', app).replace('{endpoint_id}', endpoint).replace('{msg_id}', msg).replace('{attempt_id}', attempt)
        .replace('{source}', source).replace('{key_id}', keyId).replace('{event_type_name}', 'a.b').replace('{dialect}', 'ost')
      const { status, body } = await relay.call('GET', path, undefined, key)
      assert.equal(status, 200, path)
      shown.push(JSON.stringify(body))
    }
  }
  await relay.post('platform-core', request(platformCore, platformBody(), { key: 'wrong' }))
  await pause(100)
  const files = readdirSync(join(relay.home, '.waxseal'), { withFileTypes: true, recursive: true }).filter(entry => entry.isFile() && !/^(key-|secret-key)/.test(entry.name))
  const texts = [...shown, ...relay.printed, ...files.map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'))]
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
