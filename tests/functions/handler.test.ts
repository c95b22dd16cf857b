// handler(): from request to answer, with real signatures and real HTTP where something is forwarded.
import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { handler, memory, PermanentError, TemporaryError } from '../../functions/public.ts'
import { loadDialect, Webhook } from '../../js/full.ts'
import { withLines } from '../../functions/read.ts'
import { destination, pause } from './destination.ts'
import { cosmo, cosmoBody, ost, platformBody, platformCore, request, secret } from './events.ts'

const secrets = [secret]
const quiet = { onError: () => {} }
const answered = async (response: Response): Promise<[number, string]> => [response.status, await response.text()]

test('answers 200 OK, as Platform Core documents, and hands over the event', async () => {
  const seen: unknown[] = []
  const handle = handler({ dialect: platformCore, secrets, on: event => void seen.push(event.type, event.id, event.data) })
  const body = platformBody()
  assert.deepEqual(await answered(await handle(request(platformCore, body))), [200, 'OK'])
  assert.deepEqual(seen, ['user.created', JSON.parse(body).id, JSON.parse(body).data])
})

test('refuses a missing, a short and a wrong signature with 401 Invalid signature, without throwing', async () => {
  const handle = handler({ dialect: platformCore, secrets, on: () => assert.fail('must not be called') })
  for (const value of [undefined, '', 'sha256=', 'sha256=abc123', `sha256=${'0'.repeat(64)}`, '0'.repeat(64), 'x']) {
    const sent = request(platformCore, platformBody())
    if (value === undefined) sent.headers.delete('x-platform-signature')
    else sent.headers.set('x-platform-signature', value)
    assert.deepEqual(await answered(await handle(sent)), [401, 'Invalid signature'], String(value))
  }
})

test('gives 500 for a TemporaryError and for TEMPORARY_ERROR, and does not remember the event', async () => {
  for (const error of [new TemporaryError('later'), Object.assign(new Error('later'), { code: 'TEMPORARY_ERROR' }), new Error('a bug')]) {
    let calls = 0
    const handle = handler({ dialect: platformCore, secrets, ...quiet, on: () => { if (!calls++) throw error } })
    const body = platformBody()
    assert.deepEqual(await answered(await handle(request(platformCore, body))), [500, 'Temporary error, please retry'])
    assert.equal((await handle(request(platformCore, body))).status, 200)
    assert.equal(calls, 2)
  }
})

test('gives 400 for a PermanentError', async () => {
  const handle = handler({ dialect: platformCore, secrets, ...quiet, on: () => { throw new PermanentError('never') } })
  assert.deepEqual(await answered(await handle(request(platformCore, platformBody()))), [400, 'Permanent error, do not retry'])
})

test('the same request 100 times at once runs on() once and answers 100 times 2xx', async () => {
  let calls = 0
  const handle = handler({ dialect: platformCore, secrets, on: async () => { calls++; await pause(50) } })
  const body = platformBody()
  const answers = await Promise.all(Array.from({ length: 100 }, () => handle(request(platformCore, body))))
  assert.equal(answers.filter(answer => answer.ok).length, 100)
  assert.equal(calls, 1)
  assert.equal((await handle(request(platformCore, body))).status, 200)
  assert.equal(calls, 1)
})

test('those that wait for a first one that fails are not told 2xx', async () => {
  let calls = 0
  const handle = handler({ dialect: platformCore, secrets, ...quiet, on: async () => { calls++; await pause(20); throw new TemporaryError() } })
  const body = platformBody()
  const answers = await Promise.all(Array.from({ length: 20 }, () => handle(request(platformCore, body))))
  assert.deepEqual(new Set(answers.map(answer => answer.status)), new Set([500]))
  assert.equal(calls, 1)
})

test('a claim that another process holds answers 409, and 503 where the sender takes 4xx as final', async () => {
  const busy = { ...memory(), claim: async () => 'busy' as const }
  const handle = handler({ dialect: platformCore, secrets, store: busy })
  assert.equal((await handle(request(platformCore, platformBody()))).status, 409)
  const other = await handler({ dialect: cosmo, secrets, store: busy, dedupe: 'body' })(request(cosmo, cosmoBody()))
  assert.equal(other.status, 503)
  assert.equal(other.headers.get('retry-after'), '1')
})

test('deduplicates OST by the id in the body, whatever the timestamp header', async () => {
  let calls = 0
  const handle = handler({ dialect: ost, secrets, on: () => void calls++ })
  const body = JSON.stringify({ id: '7d2f0b5c-3c1f-4b43-9f1d-0a8f6d3e2b11', topic: 'transactions/initiate', created_at: 1574321000, webhook_id: 'c1f9b3f4-5a0e-4a4e-8a55-2f64d1c0e111', version: 'v2', data: { result_type: 'transaction', transaction: {} } })
  for (const timestamp of [1574321000, 1574321060]) assert.equal((await handle(request(ost, body, { timestamp }))).status, 200)
  assert.equal(calls, 1)
})

test('Cosmo has no id: equal bodies are two events, unless dedupe is by body', async () => {
  for (const [dedupe, expected] of [['id', 2], ['body', 1]] as const) {
    let calls = 0
    const handle = handler({ dialect: cosmo, secrets, dedupe, on: () => void calls++ })
    for (let i = 0; i < 2; i++) assert.equal((await handle(request(cosmo, cosmoBody()))).status, 200)
    assert.equal(calls, expected)
  }
})

test('one path does not take another path\'s ids as seen', async () => {
  let calls = 0
  const handle = handler({ dialect: platformCore, secrets: () => secrets, on: () => void calls++ })
  const body = platformBody()
  for (const url of ['http://localhost/tenant-a', 'http://localhost/tenant-b']) await handle(request(platformCore, body, { url }))
  assert.equal(calls, 2)
})

test('an on() that returns a Response answers it, as admission and check extension ask', async () => {
  const handle = handler({
    dialect: cosmo, secrets,
    on: event => event.type === 'VALIDATE_CONFIG' ? Response.json({ signatureSha256: 'c2lnbmF0dXJl' }) : new Response(null, { status: 204 }),
  })
  const admission = await handle(request(cosmo, JSON.stringify({ privateConfigUrl: 'https://cdn.example/x', federatedGraphId: 'g', organizationId: 'o' })))
  assert.deepEqual(await answered(admission), [200, '{"signatureSha256":"c2lnbmF0dXJl"}'])
  const check = JSON.stringify({ actorId: 'a', checkId: 'c', organization: { id: 'o', slug: 's' }, namespace: { id: 'n', name: 'default' }, affectedGraphs: [] })
  assert.equal((await handle(request(cosmo, check))).status, 204)
})

test('without a secret it does not start; a function that finds none answers 500, never accepts', async () => {
  for (const none of [[], [''], ['  '], [undefined], undefined as never]) assert.throws(() => handler({ dialect: platformCore, secrets: none }), TypeError)
  const errors: unknown[] = []
  const handle = handler({ dialect: platformCore, secrets: (env: { SECRET?: string }) => [env.SECRET], onError: error => errors.push(error) })
  assert.equal((await handle(request(platformCore, platformBody()), {})).status, 500)
  assert.match(String(errors[0]), /no secret for platform-core/)
  assert.equal((await handle(request(platformCore, platformBody()), { SECRET: secret })).status, 200)
})

test('secrets() may choose by a hint that nothing has proved yet', async () => {
  const handle = handler({ dialect: ost, secrets: (_env, { url }) => new URL(url).pathname === '/a' ? [secret] : ['the secret of another tenant'] })
  const body = JSON.stringify({ id: 'x', topic: 'users/activation_success', version: 'v2', data: {} })
  assert.equal((await handle(request(ost, body, { url: 'http://localhost/a' }))).status, 200)
  assert.equal((await handle(request(ost, body, { url: 'http://localhost/b' }))).status, 401)
})

test('any of several secrets verifies: rotation refuses nothing', async () => {
  const handle = handler({ dialect: ost, secrets: ['new secret', secret], on: event => assert.equal(event.secret, 1) })
  assert.equal((await handle(request(ost, JSON.stringify({ id: 'y', topic: 'users/activation_success', version: 'v2', data: {} })))).status, 200)
})

test('405 for other methods, 415 for a compressed body', async () => {
  const handle = handler({ dialect: platformCore, secrets })
  const get = await handle(new Request('http://localhost/'))
  assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST'])
  assert.equal((await handle(request(platformCore, platformBody(), { headers: { 'content-encoding': 'gzip' } }))).status, 415)
  assert.equal((await handle(request(platformCore, platformBody(), { headers: { 'content-encoding': 'identity' } }))).status, 200)
})

test('413 past the limit: by Content-Length, and counted while it streams', async () => {
  const handle = handler({ dialect: cosmo, secrets, maxBody: 1000 })
  const long = cosmoBody('USER_REGISTER_SUCCESS', { user_id: 'x'.repeat(2000), user_email: 'y' })
  assert.equal((await handle(request(cosmo, long))).status, 413)
  let pulled = 0
  const endless = new ReadableStream({ pull: controller => { pulled++; controller.enqueue(new Uint8Array(500)) } })
  const streamed = new Request('http://localhost/', { method: 'POST', body: endless, duplex: 'half', headers: { 'content-length': '10' } } as RequestInit)
  assert.equal((await handle(streamed)).status, 413)
  assert.ok(pulled < 10)
})

test('422 where the schema is enforced and broken; by default the event is handed over with the verdict', async () => {
  const body = platformBody({ data: { user: { id: 7 } } })
  assert.equal((await handler({ dialect: platformCore, secrets, schema: 'enforce' })(request(platformCore, body))).status, 422)
  const handle = handler({ dialect: platformCore, secrets, on: event => assert.equal(event.schema.ok, false) })
  assert.equal((await handle(request(platformCore, body))).status, 200)
})

test('a header that came twice is refused as malformed', async () => {
  const sent = request(platformCore, platformBody())
  const pairs: [string, string][] = [...sent.headers, ['x-platform-signature', sent.headers.get('x-platform-signature')!]]
  assert.equal((await handler({ dialect: platformCore, secrets })(withLines(sent, pairs))).status, 400)
})

test('unknown events and unknown fields are handed over', async () => {
  const types: unknown[] = []
  const handle = handler({ dialect: cosmo, secrets, on: event => void types.push(event.type, event.known) })
  assert.equal((await handle(request(cosmo, cosmoBody('SOMETHING_NEW', { at: 1 })))).status, 200)
  assert.equal((await handle(request(cosmo, cosmoBody('USER_DELETE_SUCCESS', { user_id: 'a', user_email: 'b', more: true })))).status, 200)
  assert.deepEqual(types, ['SOMETHING_NEW', false, 'USER_DELETE_SUCCESS', true])
})

test('background mode without a durable store does not start', () => {
  assert.throws(() => handler({ dialect: platformCore, secrets, mode: 'background' }), /needs a durable store/)
  assert.throws(() => handler({ dialect: platformCore, secrets, mode: 'background', store: memory() }), /needs a durable store/)
})

test('in background mode what an earlier process accepted and did not finish is taken up', async () => {
  const left = platformBody(), kept = request(platformCore, left)
  const settled: unknown[] = []
  const store = {
    ...memory(), durable: true, commit: async () => {}, settle: async (key: string, how: string) => void settled.push(key, how),
    left: async () => [{ key: 'left', url: kept.url, headers: [...kept.headers], body: new TextEncoder().encode(left) }],
  }
  const ids: unknown[] = []
  const work: Promise<unknown>[] = []
  const handle = handler({ dialect: platformCore, secrets, mode: 'background', store, on: event => void ids.push(event.id) })
  const body = platformBody()
  assert.equal((await handle(request(platformCore, body), {}, { waitUntil: promise => void work.push(promise) })).status, 200)
  await Promise.all(work)
  assert.deepEqual(ids, [JSON.parse(body).id, JSON.parse(left).id])
  assert.deepEqual(settled.slice(-2), ['left', 'done'])
})

test('a store that cannot commit answers 503 with Retry-After', async () => {
  const broken = { ...memory(), claim: async () => { throw new Error('disk full') } }
  const answer = await handler({ dialect: platformCore, secrets, store: broken, ...quiet })(request(platformCore, platformBody()))
  assert.equal(answer.status, 503)
  assert.ok(answer.headers.get('retry-after'))
})

test('the memory store forgets after its time, and the oldest first past its limit', async () => {
  let now = 0
  const store = memory({ seconds: 10, limit: 2, now: () => now })
  for (const key of ['a', 'b', 'c']) {
    assert.equal(await store.claim(key), 'new')
    await store.settle(key, 'done')
  }
  assert.equal(await store.claim('c'), 'done')
  now = 10_001
  assert.equal(await store.claim('c'), 'new')
})

test('forwards byte for byte with the sender\'s signature, and leaves this hop\'s headers out', async () => {
  const end = await destination()
  const handle = handler({ dialect: cosmo, secrets, forward: end.url })
  const body = '{ "version":1,\n "event":"USER_REGISTER_SUCCESS","payload":{"user_id":"\\u00e9","user_email":"é"} }'
  const sent = request(cosmo, body, { headers: { connection: 'keep-alive, x-hop', 'x-hop': '1', 'x-kept': '2', te: 'trailers', 'x-forwarded-for': '10.0.0.1' } })
  assert.equal((await handle(sent)).status, 200)
  const [got] = await end.until(1)
  assert.equal(got!.body.toString(), body)
  assert.equal(got!.headers['x-cosmo-signature-256'], sent.headers.get('x-cosmo-signature-256'))
  assert.deepEqual([got!.headers['x-hop'], got!.headers['x-forwarded-for'], got!.headers['x-kept']], [undefined, undefined, '2'])
  await end.close()
})

test('forwards signed again in another dialect', async () => {
  const end = await destination()
  const { standardWebhooks } = await import('../../js/dialects/standard-webhooks.ts')
  const { Webhook } = await import('../../js/index.ts')
  const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const body = platformBody()
  const handle = handler({ dialect: platformCore, secrets, forward: { url: end.url, dialect: standardWebhooks, secrets: [key] } })
  assert.equal((await handle(request(platformCore, body))).status, 200)
  const [got] = await end.until(1)
  assert.equal(new Webhook(standardWebhooks, { secrets: [key] }).verify(got!.body, got!.rawHeaders).id, JSON.parse(body).id)
  assert.equal(got!.headers['x-platform-signature'], undefined)
  await end.close()
})

test('502 where a destination refuses, redirects, or hangs; the retry is handed on again', async () => {
  const end = await destination()
  const other = await destination()
  const handle = handler({ dialect: platformCore, secrets, forward: [{ url: end.url, timeout: 0.2 }] })
  const body = platformBody()
  for (const answer of [500, 404, (_: unknown, response: any) => response.writeHead(307, { location: other.url }).end(), () => {}]) {
    end.answer = answer
    assert.equal((await handle(request(platformCore, body))).status, 502)
  }
  end.answer = 204
  assert.equal((await handle(request(platformCore, body))).status, 200)
  assert.equal(end.received.length, 5)
  assert.equal(other.received.length, 0)
  await Promise.all([end.close(), other.close()])
  assert.equal((await handle(request(platformCore, platformBody()))).status, 502)
})

test('debug prints one line: headers, body and verdict, eight characters of the signature, no secret', async () => {
  const lines: string[] = []
  const handle = handler({ dialect: platformCore, secrets, debug: line => lines.push(line) })
  const body = platformBody({ note: `the secret is ${secret}\u2028\u009b` })
  const sent = request(platformCore, body, { headers: { authorization: 'Bearer abcdefghijklmnop', 'x-note': 'kept' } })
  const signature = sent.headers.get('x-platform-signature')!.slice('sha256='.length)
  await handle(sent.clone())
  sent.headers.set('x-platform-signature', `sha256=${'0'.repeat(64)}`)
  await handle(sent)
  assert.equal(lines.length, 2)
  const [good, bad] = lines.map(line => JSON.parse(line))
  const header = (line: any, name: string): string => line.headers.find(([one]: [string]) => one === name)[1]
  assert.equal(header(good, 'x-platform-signature'), `sha256=${signature.slice(0, 8)}…`)
  assert.equal(header(good, 'x-note'), 'kept')
  assert.equal(header(good, 'authorization'), '[redacted]')
  assert.ok(good.body.includes('user.created'))
  assert.deepEqual([good.verdict, bad.verdict], ['ok', 'bad_signature'])
  assert.ok(!lines.join().includes(secret) && !lines.join().includes(signature))
  assert.match(lines[0]!, /^[^\n\u007f-\u009f\u2028\u2029]*$/)
})

test('secrets() may wait for a vault; one that fails answers 500 and accepts nothing', async () => {
  const errors: unknown[] = []
  const handle = (list: () => Promise<string[]>) => handler({ dialect: platformCore, secrets: list, onError: error => errors.push(error) })(request(platformCore, platformBody()))
  assert.equal((await handle(async () => (await pause(5), [secret]))).status, 200)
  assert.equal((await handle(async () => ['another']))?.status, 401)
  assert.equal((await handle(async () => { throw new Error('the vault is sealed') })).status, 500)
  assert.equal((await handle(async () => [])).status, 500)
  assert.equal(errors.length, 2)
})

test('a URL to forward to that is not set is told as a sentence, and answers 500', async () => {
  const errors: Error[] = []
  const handle = handler({ dialect: platformCore, secrets, forward: (env: Record<string, string>) => env.MISSING, onError: error => errors.push(error as Error) })
  assert.equal((await handle(request(platformCore, platformBody()), {})).status, 500)
  assert.match(errors[0]!.message, /forward: undefined is no URL: is the environment variable set\?/)
})

const of = (name: string) => loadDialect(readFileSync(new URL(`../../core/dialects/${name}.json`, import.meta.url), 'utf8'))

test("answers a handshake that comes by GET, in the provider's words", async () => {
  const meta = handler({ dialect: of('meta'), secrets, settings: { verify_token: 'meatyhamhock' }, on: () => assert.fail('must not be called') })
  const asked = await meta(new Request('https://example.com/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock'))
  assert.deepEqual([await answered(asked), asked.headers.get('content-type')], [[200, '1158201444'], 'text/plain'])
  assert.equal((await meta(new Request('https://example.com/hook?hub.mode=subscribe&hub.challenge=1&hub.verify_token=other'))).status, 401)
  assert.equal((await meta(new Request('https://example.com/hook'))).status, 401)
  const okta = await handler({ dialect: of('okta'), secrets })(new Request('https://example.com/hook', { headers: { 'x-okta-verification-challenge': 'a"b' } }))
  assert.deepEqual([await okta.json(), okta.headers.get('content-type')], [{ verification: 'a"b' }, 'application/json'])
  assert.equal((await handler({ dialect: platformCore, secrets })(new Request('https://example.com/hook?challenge=x'))).status, 405)
})

test('answers a signed handshake with the HMAC of its token, and not one that is not signed', async () => {
  const dialect = of('zoom')
  const handle = handler({ dialect, secrets, on: () => assert.fail('must not be called') })
  const body = '{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}'
  const headers = new Webhook(dialect, { secrets }).sign(body)
  const answer = await handle(new Request('https://example.com/hook', { method: 'POST', headers, body }))
  const encryptedToken = createHmac('sha256', secret).update('qgg8vlvZRS6UYooatFL8Aw').digest('hex')
  assert.deepEqual(await answer.json(), { plainToken: 'qgg8vlvZRS6UYooatFL8Aw', encryptedToken })
  assert.equal((await handle(new Request('https://example.com/hook', { method: 'POST', body }))).status, 401)
})

test('answers the PING of an interactions URL, and the events of the other URL without a body', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const handled: unknown[] = []
  const dialect = of('discord')
  const { example } = (dialect.file as any).events.INTERACTION_CREATE
  const handle = handler({
    dialect,
    secrets: [publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')],
    on: ({ type, data }) => (handled.push([type, data]), type === 'INTERACTION_CREATE' ? Response.json({ type: 5 }) : undefined),
  })
  const sent = async (body: object, by = privateKey) => {
    const text = JSON.stringify(body)
    const signature = sign(null, Buffer.from(`1700000000${text}`), by).toString('hex')
    const answer = await handle(new Request('https://example.com/hook', { method: 'POST', body: text, headers: { 'X-Signature-Ed25519': signature, 'X-Signature-Timestamp': '1700000000', 'content-type': 'application/json' } }))
    return [answer.status, answer.headers.get('content-type'), await answer.text()]
  }
  const { data: _, ...bare } = example
  assert.deepEqual(await sent({ ...bare, type: 1 }), [200, 'application/json', '{"type":1}'])
  assert.deepEqual(await sent({ ...bare, type: 1 }, generateKeyPairSync('ed25519').privateKey), [401, 'text/plain; charset=utf-8', 'Invalid signature'])
  assert.deepEqual(handled, [], 'neither reached the handler')
  assert.deepEqual(await sent(example), [200, 'application/json', '{"type":5}'])
  const data = { user: example.user, scopes: ['applications.commands'] }
  const [status, , text] = await sent({ version: 1, application_id: '1', type: 1, event: { type: 'APPLICATION_AUTHORIZED', timestamp: '2024-10-18T14:42:53.064834', data } })
  assert.deepEqual([status, text], [204, ''])
  assert.deepEqual(handled, [['INTERACTION_CREATE', example], ['APPLICATION_AUTHORIZED', data]])
  assert.deepEqual((await sent({ version: 1, application_id: '1', type: 0 }))[0], 204)
})

test('hands over the secret that a handshake brings, and echoes it only where it was wanted', async () => {
  const dialect = loadDialect({
    name: 'bringer', title: 'Bringer', documents: ['https://bringer.example'], signature: { scheme: 'hmac-sha256', header: 'X-Hook-Signature', encoding: 'hex' },
    handshake: { signed: false, secret: true, when: { header: 'X-Hook-Secret' }, answer: { header: 'X-Hook-Secret', echo: 'X-Hook-Secret' } },
  })
  const brought = () => new Request('https://example.com/hook', { method: 'POST', headers: { 'x-hook-secret': 'b537207f20cbfa02' } })
  const kept: string[] = []
  const answer = await handler({ dialect, secrets: [], onSecret: value => kept.push(value) > 0 })(brought())
  assert.deepEqual([answer.status, answer.headers.get('x-hook-secret'), kept], [200, 'b537207f20cbfa02', ['b537207f20cbfa02']])
  const refused = await handler({ dialect, secrets: [], onSecret: () => false })(brought())
  assert.deepEqual([refused.status, refused.headers.get('x-hook-secret')], [401, null])
  assert.equal((await handler({ dialect, secrets: [] })(brought())).status, 401)
  assert.equal((await handler({ dialect, secrets: [] })(new Request('https://example.com/hook', { method: 'POST', body: '{}' }))).status, 401)
})
