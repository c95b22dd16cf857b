// The native API as Svix's own SDK uses it: every call that is served, each answer held against
// Svix's OpenAPI document.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Svix } from 'svix'
import { Webhook } from '../../js/index.ts'
import { standardWebhooks } from '../../js/dialects/standard-webhooks.ts'
import { destination, pause } from '../functions/destination.ts'
import { judged, openapi } from './openapi.ts'
import { run } from './run.ts'

type End = Awaited<ReturnType<typeof destination>>
let relay: Awaited<ReturnType<typeof run>>
let end: End, other: End, failing: End
let svix: Svix
let app: string
const seen = new Set<string>()
const real = globalThis.fetch

before(async () => {
  ;[end, other, failing] = [await destination(), await destination(), await destination(500)]
  relay = await run({})
  const own = judged(seen)
  globalThis.fetch = ((input, init) => (globalThis.fetch = real, own(input, init).finally(() => { globalThis.fetch = watched }))) as typeof fetch
  const watched = globalThis.fetch
  svix = new Svix(relay.operator, { serverUrl: relay.url })
  app = (await svix.application.create({ name: 'Shop', uid: 'shop', metadata: { plan: 'free' } })).id
})
after(async () => {
  globalThis.fetch = real
  await relay?.close()
  for (const one of [end, other, failing]) await one?.close()
})

const rejects = async (call: Promise<unknown>, status: number): Promise<any> => {
  const error = await call.then(() => assert.fail('was accepted'), error => error)
  assert.equal(error.code, status, String(error.body?.detail ?? error))
  return error.body
}
/** Waits until a message's attempts are so many. */
async function attempted(msg: string, count: number): Promise<any[]> {
  for (const late = Date.now() + 10_000; ; await pause(50)) {
    const { data } = await svix.messageAttempt.listByMsg(app, msg)
    const ended = data.filter(one => one.status !== 3)
    if (ended.length >= count || Date.now() > late) return ended
  }
}

test('apps: create, get or create, list, get, update, patch', async () => {
  assert.equal((await svix.application.getOrCreate({ name: 'Shop', uid: 'shop' })).id, app)
  await rejects(svix.application.create({ name: 'Again', uid: 'shop' }), 409)
  assert.deepEqual((await svix.application.list()).data.map(one => one.name).sort(), ['Shop', 'test'])
  assert.equal((await svix.application.get('shop')).id, app)
  assert.equal((await svix.application.upsert('shop', { name: 'The shop', uid: 'shop' })).name, 'The shop')
  assert.equal((await svix.application.patch(app, { metadata: { plan: 'paid' } })).metadata.plan, 'paid')
  await rejects(svix.application.get('nobody'), 404)
})

test('a deleted app and all that it had are gone', async () => {
  const gone = await svix.application.create({ name: 'Gone', uid: 'gone' })
  await svix.endpoint.create(gone.id, { url: end.url })
  await svix.message.create(gone.id, { eventType: 'a.b', payload: {} })
  await svix.application.delete('gone')
  await rejects(svix.application.get(gone.id), 404)
  await rejects(svix.endpoint.list(gone.id), 404)
})

test('endpoints: create, list by pages, get, update, patch, headers, delete', async () => {
  const made: Awaited<ReturnType<typeof svix.endpoint.create>>[] = []
  for (const name of ['a', 'b', 'c']) made.push(await svix.endpoint.create(app, { url: `${other.url}/${name}`, uid: `crud-${name}`, eventTypes: ['crud.only'], description: name }))
  const ids: string[] = []
  for (let iterator: string | null = null, done = false; !done;) {
    const page = await svix.endpoint.list(app, { limit: 1, ...(iterator !== null && { iterator }) })
    ids.push(...page.data.map(one => one.id))
    ;({ iterator, done } = page as { iterator: string; done: boolean })
  }
  assert.deepEqual(ids.filter(id => made.some(one => one.id === id)), made.map(one => one.id))
  const [first] = made
  assert.equal((await svix.endpoint.get(app, 'crud-a')).id, first!.id)
  await rejects(svix.endpoint.create(app, { url: end.url, uid: 'crud-a' }), 409)
  assert.equal((await svix.endpoint.upsert(app, first!.id, { url: `${other.url}/new`, description: 'new' })).description, 'new')
  assert.equal((await svix.endpoint.patch(app, first!.id, { disabled: true })).disabled, true)
  await svix.endpoint.setHeaders(app, first!.id, { headers: { 'x-region': 'eu', 'authorization': 'Basic canary' } })
  await svix.endpoint.patchHeaders(app, first!.id, { headers: { 'x-more': '1' } as any })
  assert.deepEqual(await svix.endpoint.getHeaders(app, first!.id), { headers: { 'x-region': 'eu', 'x-more': '1' }, sensitive: ['authorization'] })
  await rejects(svix.endpoint.setHeaders(app, first!.id, { headers: { 'x': 'a\r\nb: c' } }), 422)
  await rejects(svix.endpoint.create(app, { url: 'ftp://x/' }), 422)
  await rejects(svix.endpoint.create(app, { url: 'not a url' }), 422)
  for (const { id } of made) await svix.endpoint.delete(app, id)
  await rejects(svix.endpoint.get(app, first!.id), 404)
})

test('event types: create with a schema, list, get, update, patch, archive, delete', async () => {
  const schemas = { 1: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } } }
  await svix.eventType.create({ name: 'order.paid', description: 'An order was paid', schemas })
  await rejects(svix.eventType.create({ name: 'order.paid', description: 'again' }), 409)
  const { detail } = await rejects(svix.eventType.create({ name: 'order.odd', description: 'x', schemas: { 1: { patternProperties: {} } } }), 422)
  assert.match(detail[0].msg, /patternProperties/)
  assert.deepEqual((await svix.eventType.get('order.paid')).schemas, schemas)
  await svix.eventType.upsert('order.sent', { description: 'An order was sent' })
  assert.equal((await svix.eventType.patch('order.sent', { deprecated: true })).deprecated, true)
  assert.deepEqual((await svix.eventType.list()).data.map(type => type.name), ['order.paid', 'order.sent'])
  await svix.eventType.delete('order.sent')
  assert.deepEqual((await svix.eventType.list()).data.map(type => type.name), ['order.paid'])
  assert.equal((await svix.eventType.list({ includeArchived: true })).data.length, 2)
  await svix.eventType.delete('order.sent', { expunge: true })
  assert.equal((await svix.eventType.list({ includeArchived: true })).data.length, 1)
})

test('a message reaches the endpoints that want it, signed; attempts and deliveries say so', async () => {
  const wanted = await svix.endpoint.create(app, { url: end.url, eventTypes: ['user.created'] })
  const { key } = await svix.endpoint.getSecret(app, wanted.id)
  await svix.endpoint.setHeaders(app, wanted.id, { headers: { 'x-region': 'eu', 'webhook-id': 'forged' } })
  const before = end.received.length
  const message = await svix.message.create(app, { eventType: 'user.created', payload: { name: 'Ada' }, eventId: 'evt_1' })
  const got = (await end.until(before + 1)).at(-1)!
  const event = new Webhook(standardWebhooks, { secrets: [key] }).verify(got.body, got.rawHeaders)
  assert.equal(event.id, message.id)
  assert.deepEqual([got.body.toString(), got.headers['x-region']], ['{"name":"Ada"}', 'eu'])
  const [attempt] = await attempted(message.id, 1)
  assert.equal(attempt.responseStatusCode, 200)
  assert.equal((await svix.messageAttempt.get(app, message.id, attempt.id)).response, 'thank you')
  await svix.messageAttempt.expungeContent(app, message.id, attempt.id)
  assert.equal((await svix.messageAttempt.get(app, message.id, attempt.id)).response, '')
  assert.deepEqual((await svix.messageAttempt.listByEndpoint(app, wanted.id)).data.map(one => one.id), [attempt.id])
  assert.deepEqual((await svix.messageAttempt.listAttemptedMessages(app, wanted.id, { withContent: true })).data.map(one => [one.id, one.status, one.payload]), [[message.id, 0, { name: 'Ada' }]])
  assert.deepEqual((await svix.messageAttempt.listAttemptedDestinations(app, message.id)).data.map(one => [one.id, one.status]), [[wanted.id, 0]])
  assert.equal((await svix.endpoint.getStats(app, wanted.id)).success, 1)
  assert.equal((await svix.message.get(app, message.id)).eventId, 'evt_1')
  assert.deepEqual((await svix.message.list(app, { eventTypes: ['user.created'] })).data.map(one => one.id), [message.id])
  await svix.messageAttempt.resend(app, message.id, wanted.id)
  const again = await attempted(message.id, 2)
  assert.deepEqual(again.map(one => one.triggerType), [1, 0])
  await svix.message.expungeContent(app, message.id)
  assert.deepEqual((await svix.message.get(app, message.id)).payload, {})
  await rejects(svix.messageAttempt.resend(app, message.id, wanted.id), 409)
  await svix.endpoint.delete(app, wanted.id)
})

test('a rotated secret signs beside the old one while its grace lasts', async () => {
  const endpoint = await svix.endpoint.create(app, { url: end.url, eventTypes: ['rotate.it'], secret: `whsec_${Buffer.alloc(24, 1).toString('base64')}` })
  const old = (await svix.endpoint.getSecret(app, endpoint.id)).key
  await svix.endpoint.rotateSecret(app, endpoint.id, { gracePeriodSeconds: 2 })
  const { key } = await svix.endpoint.getSecret(app, endpoint.id)
  assert.notEqual(key, old)
  const next = async () => {
    const count = end.received.length
    await svix.message.create(app, { eventType: 'rotate.it', payload: {} })
    return (await end.until(count + 1)).at(-1)!
  }
  const verifies = (one: Awaited<ReturnType<typeof next>>, secret: string) => new Webhook(standardWebhooks, { secrets: [secret] }).check(one.body, one.rawHeaders).ok
  const during = await next()
  assert.deepEqual([verifies(during, key), verifies(during, old)], [true, true])
  await pause(2100)
  const later = await next()
  assert.deepEqual([verifies(later, key), verifies(later, old)], [true, false])
  await rejects(svix.endpoint.rotateSecret(app, endpoint.id, { key: 'whsec_short' }), 422)
  await svix.endpoint.delete(app, endpoint.id)
})

test('recover sends what has failed again; send-example sends the type\'s example', async () => {
  const made = await relay.call('POST', `/app/${app}/endpoint`, { url: failing.url, eventTypes: ['will.fail'], delivery: { retry: { delays: [] } } }, relay.operator)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const message = await svix.message.create(app, { eventType: 'will.fail', payload: { n: 1 } })
  assert.deepEqual((await attempted(message.id, 1)).map(one => one.status), [2])
  failing.answer = 200
  const task = await svix.endpoint.recover(app, made.body.id, { since: new Date(Date.now() - 60_000) })
  assert.equal(task.task, 'endpoint.recover')
  assert.deepEqual((await attempted(message.id, 2)).map(one => one.status), [0, 2])
  await rejects(svix.endpoint.sendExample(app, made.body.id, { eventType: 'no.example' }), 422)
  await relay.call('POST', '/event-type', { name: 'with.example', description: 'x', example: { hello: 'world' } }, relay.operator)
  const sent = await svix.endpoint.sendExample(app, made.body.id, { eventType: 'with.example' })
  assert.deepEqual(sent.payload, { hello: 'world' })
  assert.equal((await attempted(sent.id, 1))[0].endpointId, made.body.id)
  assert.equal(failing.received.at(-1)!.body.toString(), '{"hello":"world"}')
  await svix.endpoint.delete(app, made.body.id)
})

test('test sends an example now, signed, and answers what the destination answered', async () => {
  end.answer = (_, response) => void response.writeHead(418, { 'content-type': 'text/plain', 'x-pot': 'tea', 'set-cookie': 'session=canary' }).end('short and stout'.padEnd(5000, '.'))
  await relay.call('PUT', '/event-type/with.example', { description: 'x', example: { hello: 'world' } }, relay.operator)
  const endpoint = await svix.endpoint.create(app, { url: end.url, eventTypes: ['nothing.else'] })
  const trial = (eventType: string) => relay.call('POST', `/app/${app}/endpoint/${endpoint.id}/test`, { eventType }, relay.operator)
  const before = end.received.length
  const { status, body } = await trial('with.example')
  assert.equal(status, 200)
  const [got] = end.received.slice(before)
  assert.deepEqual([got!.body.toString(), got!.headers['webhook-id']], ['{"hello":"world"}', body.msgId])
  const { key } = await svix.endpoint.getSecret(app, endpoint.id)
  assert.ok(new Webhook(standardWebhooks, { secrets: [key] }).check(got!.body, got!.rawHeaders).ok)
  assert.deepEqual([body.delivered, body.responseStatusCode, body.responseHeaders['x-pot'], body.response], [false, 418, 'tea', 'short and stout'.padEnd(2048, '.')])
  assert.ok(body.responseDurationMs >= 0 && !JSON.stringify(body).includes('canary'))
  assert.equal((await svix.messageAttempt.get(app, body.msgId, body.attemptId)).responseStatusCode, 418)
  end.answer = 200
  assert.equal((await trial('with.example')).body.delivered, true)
  assert.equal((await trial('no.example')).status, 422)
  await svix.endpoint.patch(app, endpoint.id, { disabled: true })
  assert.equal((await trial('with.example')).status, 409)
  await svix.endpoint.patch(app, endpoint.id, { disabled: false, url: 'http://127.0.0.1:9/' })
  const nobody = (await trial('with.example')).body
  assert.deepEqual([nobody.delivered, nobody.responseStatusCode, nobody.responseHeaders, nobody.response], [false, null, null, 'no connection'])
  await svix.endpoint.delete(app, endpoint.id)
})

test('a customer\'s token opens its app alone, until it ends', async () => {
  const { token, url } = await svix.authentication.appPortalAccess(app, { featureFlags: ['beta'] })
  assert.equal(url, `${relay.url}/#key=${token}`)
  const customer = new Svix(token, { serverUrl: relay.url })
  const made = await customer.endpoint.create(app, { url: end.url, eventTypes: ['nothing.here'] })
  assert.equal((await svix.endpoint.get(app, made.id)).url, end.url)
  await customer.endpoint.delete(app, made.id)
  await rejects(customer.message.create(app, { eventType: 'a.b', payload: {} }), 403)
  await rejects(customer.endpoint.list('test'), 404)
  await svix.authentication.expireAll(app)
  await rejects(customer.endpoint.list(app), 401)
})

test('health, and a key that logs out is valid no longer', async () => {
  await svix.health.get()
  const { body } = await relay.call('POST', `/app/${app}/key`, { name: 'short', scopes: ['read'] }, relay.operator)
  await new Svix(body.key, { serverUrl: relay.url }).authentication.logout()
  await rejects(new Svix(body.key, { serverUrl: relay.url }).endpoint.list(app), 401)
})

test('the operator makes an app with its first message; of two at once both are taken', async () => {
  const first = (uid: string) => svix.message.create(uid, { eventType: 'a.b', payload: {}, application: { name: 'With a message', uid } })
  const [one, two] = await Promise.all([first('with-message'), first('with-message')])
  assert.deepEqual((await svix.message.list('with-message')).data.map(message => message.id).sort(), [one.id, two.id].sort())
  assert.equal((await svix.application.get('with-message')).name, 'With a message')
  await rejects(svix.message.create('nobody', { eventType: 'a.b', payload: {} }), 404)
  const { body } = await relay.call('POST', `/app/${app}/key`, { name: 'sender', scopes: ['send'] }, relay.operator)
  await rejects(new Svix(body.key, { serverUrl: relay.url }).message.create('not-mine', { eventType: 'a.b', payload: {}, application: { name: 'x' } }), 404)
})

test('every parameter and every member that the document names stands in the relay\'s own document', async () => {
  const own = await (await real(`${relay.url}/openapi.json`)).json() as any
  const resolved = (document: any, schema: any): any => schema?.$ref ? resolved(document, schema.$ref.slice(2).split('/').reduce((at: any, name: string) => at[name], document)) : schema
  const shape = (document: any, content: any): any => resolved(document, content?.content?.['application/json']?.schema) ?? {}
  let held = 0
  for (const [path, methods] of Object.entries<any>(openapi.paths)) {
    for (const [method, call] of Object.entries<any>(methods)) {
      if (!/^(get|put|post|patch|delete)$/.test(method) || path.includes('/health')) continue
      const ours = own.paths[path][method]
      const named = (ours.parameters ?? []).map((one: any) => `${one.in} ${one.name}`)
      const missing = (call.parameters ?? []).filter((one: any) => one.in === 'query' && !named.includes(`query ${one.name}`)).map((one: any) => one.name)
      const body = shape(own, ours.requestBody)
      missing.push(...Object.keys(shape(openapi, call.requestBody).properties ?? {}).filter(name => !body.properties?.[name]))
      missing.push(...(body.required ?? []).filter((name: string) => !shape(openapi, call.requestBody).required.includes(name)))
      for (const [status, answer] of Object.entries(call.responses)) {
        if (!status.startsWith('2')) continue
        assert.ok(ours.responses[status], `${method} ${path} does not answer ${status}`)
        const properties = JSON.stringify(shape(own, ours.responses[status]))
        const names = Object.keys(shape(openapi, answer).properties ?? {})
        held += names.length
        missing.push(...names.filter(name => !properties.includes(`"${name}":`)))
      }
      assert.deepEqual(missing, [], `${method} ${path}`)
    }
  }
  assert.ok(held > 200, `${held} members`)
})

test('every call of the document is served', () => {
  const all = Object.entries(openapi.paths as Record<string, object>).flatMap(([path, methods]) => Object.keys(methods).filter(method => /^(get|put|post|patch|delete)$/.test(method)).map(method => `${method.toUpperCase()} ${path}`))
  const missing = all.filter(call => !seen.has(call))
  assert.deepEqual(missing.sort(), ['GET /api/v1/health/ping']) // the SDK has no call for the first
})
