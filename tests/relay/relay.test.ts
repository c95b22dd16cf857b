// The relay from a webhook to its delivery: real workerd, SQLite on disk, HTTP on loopback.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Webhook } from '../../js/index.ts'
import { github } from '../../js/dialects/github.ts'
import { standardWebhooks } from '../../js/dialects/standard-webhooks.ts'
import { destination, pause } from '../functions/destination.ts'
import { cosmo, cosmoBody, ost, platformBody, platformCore, request, secret } from '../functions/events.ts'
import { endpointSecret, run } from './run.ts'

type End = Awaited<ReturnType<typeof destination>>
let relay: Awaited<ReturnType<typeof run>>
const ends: Record<string, End> = {}
const fast = { retry: { delays: [1, 1] } }

before(async () => {
  for (const name of ['signed', 'received', 'flaky', 'gone', 'moved', 'slow', 'only', 'platform']) ends[name] = await destination()
  ends.flaky!.answer = (_, response, count) => response.writeHead(count < 3 ? 500 : 200).end(`answer ${count}`)
  ends.gone!.answer = 410
  ends.moved!.answer = (_, response, count) => response.writeHead([301, 302, 303, 307, 308][count - 1] ?? 300, { location: ends.only!.url }).end()
  ends.slow!.answer = (_, response) => response.writeHead(200).write('x'.repeat(40_000))
  relay = await run({
    sources: {
      'github': { dialect: 'github' }, 'dropbox': { dialect: 'dropbox' }, 'okta': { dialect: 'okta' }, 'core': { dialect: 'platform-core' }, 'ost': { dialect: 'ost' }, 'cosmo': { dialect: 'cosmo' }, 'bytes': { dialect: 'cosmo', dedupe: 'body' },
      'flaky': { dialect: 'platform-core' }, 'gone': { dialect: 'platform-core' }, 'moved': { dialect: 'platform-core' }, 'slow': { dialect: 'platform-core' },
    },
    endpoints: {
      signed: { url: ends.signed!.url, sources: ['core', 'ost'] },
      received: { url: ends.received!.url, sources: ['core', 'ost'], dialect: 'as-received' },
      only: { url: ends.only!.url, sources: ['core'], events: ['user.deleted'] },
      flaky: { url: ends.flaky!.url, sources: ['flaky'], delivery: fast },
      gone: { url: ends.gone!.url, sources: ['gone'], delivery: fast },
      moved: { url: ends.moved!.url, sources: ['moved'], delivery: { retry: { delays: [1, 1, 1, 1] } } },
      slow: { url: ends.slow!.url, sources: ['slow'], delivery: { ...fast, timeout: 1 } },
    },
    env: { WEBHOOK_URL: ends.platform!.url, WEBHOOK_SECRET: 'the secret of the platform webhook' },
  })
})
after(async () => {
  await relay?.close()
  for (const end of Object.values(ends)) await end.close()
})

const verified = (one: { body: Buffer; rawHeaders: string[] }) => new Webhook(standardWebhooks, { secrets: [endpointSecret] }).verify(one.body, one.rawHeaders)

test('takes a webhook in with 202 and delivers it, signed again in Standard Webhooks with its msg_ id', async () => {
  const body = platformBody()
  const { status, body: answer } = await relay.post('core', request(platformCore, body))
  assert.equal(status, 202)
  assert.match(answer.id, /^msg_[0-9A-Za-z]{27}$/)
  assert.equal(answer.duplicate, false)
  const [got] = await ends.signed!.until(1)
  assert.equal(got!.body.toString(), body)
  assert.equal(verified(got!).id, answer.id)
  assert.equal(got!.headers['x-platform-signature'], undefined)
})

test('hands on byte for byte with the sender\'s own headers and signature', async () => {
  const body = platformBody({ text: 'é \u2028 \\u00e9' }).replace('{', '{ ')
  const sent = request(platformCore, body, { headers: { 'x-private': 'not for others' } })
  const count = ends.received!.received.length
  await relay.post('core', sent)
  const got = (await ends.received!.until(count + 1)).at(-1)!
  assert.equal(got.body.toString(), body)
  assert.equal(new Webhook(platformCore, { secrets: [secret] }).verify(got.body, got.rawHeaders).type, 'user.created')
  assert.equal(got.headers['x-platform-delivery'], 'delivery_456')
  assert.equal(got.headers['x-private'], undefined)
})

test('the same signed id again is a duplicate with the first one\'s id, and is not delivered again', async () => {
  const body = platformBody()
  const first = (await relay.post('core', request(platformCore, body))).body
  const again = await Promise.all(Array.from({ length: 20 }, () => relay.post('core', request(platformCore, body))))
  assert.ok(again.every(({ status, body }) => status === 202 && body.id === first.id && body.duplicate))
  await pause(300)
  assert.equal(ends.signed!.received.filter(one => one.headers['webhook-id'] === first.id).length, 1)
})

test('each message says what tells its repeats: a signed id, an unsigned one, its bytes or nothing', async () => {
  const delivery = (id: string) => ({ headers: { 'x-github-event': 'ping', 'x-github-delivery': id } })
  const body = JSON.stringify({ zen: 'Keep it logically awesome.', hook_id: 1 })
  const ids = []
  for (const id of ['72d3162e-cc78-11e3-81ab-4c9367dc0958', '72d3162e-cc78-11e3-81ab-4c9367dc0959']) ids.push((await relay.post('github', request(github, body, delivery(id)))).body)
  assert.deepEqual(ids.map(answer => answer.duplicate), [false, false]) // replayed under another id
  const told = async (source: string, sent: Request) => (await relay.api(`/app/test/msg/${(await relay.post(source, sent)).body.id}`)).body.dedupe
  assert.equal((await relay.api(`/app/test/msg/${ids[0].id}`)).body.dedupe, 'unsigned')
  assert.equal(await told('core', request(platformCore, platformBody())), 'signed')
  assert.equal(await told('bytes', request(cosmo, cosmoBody('PROPOSAL_STATE_UPDATED', {}))), 'body')
  assert.equal(await told('cosmo', request(cosmo, cosmoBody('PROPOSAL_STATE_UPDATED', {}))), 'none')
})

test('the same key with another body is a duplicate too, and logged as a conflict', async () => {
  const id = JSON.parse(platformBody()).id
  const first = (await relay.post('core', request(platformCore, platformBody({ id })))).body
  const other = (await relay.post('core', request(platformCore, platformBody({ id, more: 1 })))).body
  assert.deepEqual(other, { id: first.id, duplicate: true })
  await pause(100)
  assert.ok(relay.printed.some(line => line.includes(first.id) && line.includes('another body')))
})

test('OST retries carry a new timestamp and are duplicates all the same', async () => {
  const body = JSON.stringify({ id: '7d2f0b5c-3c1f-4b43-9f1d-0a8f6d3e2b11', topic: 'price_points/usd_update', created_at: 1, webhook_id: 'c1f9b3f4-5a0e-4a4e-8a55-2f64d1c0e111', version: 'v2', data: {} })
  const answers = []
  for (const timestamp of [1574321000, 1574321060]) answers.push((await relay.post('ost', request(ost, body, { timestamp }))).body)
  assert.deepEqual(answers.map(answer => answer.duplicate), [false, true])
})

test('Cosmo has no id: byte-identical events are two, unless the source deduplicates by body', async () => {
  const body = cosmoBody('FEDERATED_GRAPH_SCHEMA_UPDATED', { federated_graph: { id: 'g', name: 'n', namespace: 'default' }, errors: false })
  for (const [source, expected] of [['cosmo', false], ['bytes', true]] as const) {
    assert.equal((await relay.post(source, request(cosmo, body))).body.duplicate, false)
    assert.equal((await relay.post(source, request(cosmo, body))).body.duplicate, expected)
  }
})

test('refuses what is not signed, too large, compressed, of no source or no POST; none of it is stored or delivered', async () => {
  const count = (await relay.api('/app/test/msg?limit=250')).body.data.length
  const statuses = [
    (await relay.post('core', request(platformCore, platformBody(), { key: 'another secret' }))),
    (await relay.post('core', request(platformCore, 'x'.repeat((1 << 20) + 1)))),
    (await relay.post('core', request(platformCore, platformBody(), { headers: { 'content-encoding': 'gzip' } }))),
    (await relay.post('nobody', request(platformCore, platformBody()))),
  ]
  assert.deepEqual(statuses.map(({ status }) => status), [401, 413, 415, 404])
  assert.equal(statuses[0]!.body, 'Invalid signature')
  assert.equal((await fetch(`${relay.url}/in/core`)).status, 405)
  assert.equal((await relay.api('/app/test/msg?limit=250')).body.data.length, count)
})

test('answers the handshake of a provider that asks by GET, and nothing else that comes so', async () => {
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${relay.url}/in/${path}`, { headers })
    return [answer.status, await answer.text()]
  }
  assert.deepEqual(await get('dropbox?challenge=a%26b'), [200, 'a&b'])
  assert.deepEqual(await get('okta', { 'x-okta-verification-challenge': 'a"b' }), [200, '{"verification":"a\\"b"}'])
  assert.equal((await get('okta'))[0], 401)
  assert.equal((await get('github?challenge=a'))[0], 405)
  assert.equal((await fetch(`${relay.url}/in/dropbox?challenge=a`, { method: 'PUT' })).status, 405)
})

test('takes a body of 1 MiB and not one byte more, and stops reading an endless one', async () => {
  const sized = (bytes: number): string => {
    const body = platformBody({ filler: '' })
    return body.replace('"filler":""', `"filler":"${'x'.repeat(bytes - body.length)}"`)
  }
  assert.equal((await relay.post('slow', request(platformCore, sized(1 << 20)))).status, 202)
  assert.equal((await relay.post('slow', request(platformCore, sized((1 << 20) + 1)))).status, 413)
  const socket = connect(Number(new URL(relay.url).port), '127.0.0.1')
  let answer = '', sent = 0
  socket.on('data', chunk => { answer += chunk }).on('error', () => {}).write('POST /in/core HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
  for (; !socket.closed && sent < 64 << 20; sent += 65536) {
    if (!socket.write(`10000\r\n${'x'.repeat(65536)}\r\n`)) await Promise.race([once(socket, 'drain').catch(() => {}), pause(1000)])
  }
  socket.destroy()
  assert.match(answer, /^$|^HTTP\/1\.1 413 /) // a sender that goes on writing may not get to read it
  assert.ok(sent < 64 << 20)
})

test('an endpoint gets the events it asks for', async () => {
  const { id } = (await relay.post('core', request(platformCore, platformBody({ event: 'user.deleted' })))).body
  assert.equal((await ends.only!.until(1))[0]!.headers['webhook-id'], id)
  assert.equal(ends.only!.received.length, 1)
})

test('retries by the core\'s decisions, signed afresh; each attempt is on record with its answer', async () => {
  const { id } = (await relay.post('flaky', request(platformCore, platformBody()))).body
  const attempts = await relay.attempts(id, 3)
  assert.deepEqual(attempts.map(one => [one.responseStatusCode, one.status, one.statusText, one.response]), [[500, 2, 'fail', 'answer 1'], [500, 2, 'fail', 'answer 2'], [200, 0, 'success', 'answer 3']])
  const gaps = attempts.slice(1).map((one, i) => Date.parse(one.timestamp) - Date.parse(attempts[i].timestamp))
  assert.ok(gaps.every(gap => gap >= 1000 && gap < 6000), `${gaps}`)
  const sent = ends.flaky!.received
  assert.deepEqual(sent.map(one => verified(one).id), [id, id, id])
  assert.ok(new Set(sent.map(one => one.headers['webhook-timestamp'])).size > 1)
})

test('410 disables the endpoint: no retry, and nothing more is sent to it', async () => {
  const { id } = (await relay.post('gone', request(platformCore, platformBody()))).body
  assert.equal((await relay.attempts(id, 1)).length, 1)
  await pause(1500)
  await relay.post('gone', request(platformCore, platformBody()))
  await pause(1500)
  assert.equal(ends.gone!.received.length, 1)
})

test('a redirect is a failed attempt and never followed', async () => {
  const count = ends.only!.received.length
  const { id } = (await relay.post('moved', request(platformCore, platformBody()))).body
  const attempts = await relay.attempts(id, 5)
  assert.deepEqual(attempts.map(one => one.responseStatusCode), [301, 302, 303, 307, 308])
  assert.equal(ends.only!.received.length, count)
})

test('of an endless answer 16 KiB are read and 2 KiB kept; the status counts', async () => {
  const { id } = (await relay.post('slow', request(platformCore, platformBody()))).body
  const [attempt] = await relay.attempts(id, 1)
  assert.deepEqual([attempt.responseStatusCode, attempt.status, attempt.response.length], [200, 0, 2048])
})

test('Cosmo platform events go to WEBHOOK_URL, signed with WEBHOOK_SECRET; organization events do not', async () => {
  const body = cosmoBody('GRAPH_MIGRATE_SUCCESS', { federated_graph: { id: 'graph123', name: 'MainGraph' }, actor_id: 'user5678' })
  await relay.post('cosmo', request(cosmo, cosmoBody('FEDERATED_GRAPH_SCHEMA_UPDATED', { federated_graph: { id: 'g', name: 'n', namespace: 'd' }, errors: false })))
  await relay.post('cosmo', request(cosmo, body))
  const [got] = await ends.platform!.until(1)
  await pause(200)
  assert.equal(ends.platform!.received.length, 1)
  assert.equal(got!.body.toString(), body)
  new Webhook(cosmo, { secrets: ['the secret of the platform webhook'] }).verify(got!.body, got!.rawHeaders)
})

test('without WEBHOOK_URL nothing is sent; without WEBHOOK_SECRET it is sent without the header', async () => {
  const end = await destination()
  ends.unsigned = end
  for (const [env, expected] of [[{ WEBHOOK_SECRET: 'x' }, 0], [{ WEBHOOK_URL: end.url, WEBHOOK_SECRET: '' }, 1], [{ WEBHOOK_URL: end.url }, 2]] as const) {
    const other = await run({ sources: { cosmo: { dialect: 'cosmo' } }, env: env as Record<string, string> })
    const body = cosmoBody('USER_DELETE_SUCCESS', { user_id: 'a', user_email: 'b' })
    try {
      assert.equal((await other.post('cosmo', request(cosmo, body))).status, 202)
      if (expected) assert.equal((await end.until(expected)).at(-1)!.body.toString(), body)
      else await pause(500)
    } finally {
      await other.close()
    }
  }
  assert.equal(end.received.length, 2)
  assert.ok(end.received.every(one => one.headers['x-cosmo-signature-256'] === undefined && one.headers['content-type'] === 'application/json'))
})

test('a source in four shards: each event is in one, a repeat finds it, lists and replays see all', async () => {
  const end = await destination()
  const other = await run({ sources: { core: { dialect: 'platform-core', shards: 4 } }, endpoints: { end: { url: end.url, delivery: { rate: [] } } } })
  try {
    const bodies = Array.from({ length: 40 }, () => platformBody())
    const ids = await Promise.all(bodies.map(async body => (await other.post('core', request(platformCore, body))).body.id))
    const again = await Promise.all(bodies.map(async body => (await other.post('core', request(platformCore, body))).body))
    assert.deepEqual(again, ids.map(id => ({ id, duplicate: true })))
    const files = readdirSync(join(other.home, '.waxseal/state/waxseal-Inbox')).filter(name => /^[0-9a-f]{64}\.sqlite$/.test(name))
    assert.ok(files.length >= 4, `${files.length} Inboxes`)
    assert.deepEqual((await other.api('/app/test/msg?limit=250')).body.data.map((message: any) => message.id), [...ids].sort().reverse())
    await end.until(40)
    for (let tries = 0; tries < 100 && (await other.api('/app/test/endpoint/end/stats')).body.success < 40; tries++) await pause(50)
    const { body } = await other.call('POST', '/app/test/endpoint/end/replay', { since: '2020-01-01T00:00:00Z' })
    assert.equal(body.count, 40)
    await end.until(80)
  } finally {
    await other.close()
    await end.close()
  }
})
