// Calls: events whose answer the app waits for, as Cosmo's admission and check extension.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { after, before, test } from 'node:test'
import { destination } from '../functions/destination.ts'
import { run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>
let endpoint: string
const key = 'the key of the extension'
const quick = { retry: { delays: [0, 0], jitter_percent: 0 } }

before(async () => {
  end = await destination()
  relay = await run({ sources: {} })
  const { body } = await relay.call('POST', '/app/test/endpoint', { url: `${end.url}/validate-config`, dialect: 'cosmo', secret: key, eventTypes: ['nothing'], delivery: quick })
  endpoint = body.id
})
after(async () => {
  await relay?.close()
  await end?.close()
})

const admission = { privateConfigUrl: 'https://cdn.example.com/draft.json?token=ü', federatedGraphId: 'graph-1', organizationId: 'org-1' }
const check = {
  actorId: 'user-1', checkId: 'check-1', organization: { id: 'org-1', slug: 'acme' }, namespace: { id: 'ns-1', name: 'default' }, affectedGraphs: [{ id: 'graph-1', name: 'main' }], url: 'https://cdn.example.com/check.json',
}
/** Calls, with the endpoint answering so. */
async function call(eventType: string, payload: object, answer: number | string | ((response: ServerResponse) => void), status = 200, more: object = {}) {
  end.answer = (_, response) => typeof answer === 'function' ? answer(response) : void response.writeHead(typeof answer === 'number' ? answer : status).end(typeof answer === 'string' ? answer : '')
  return relay.call('POST', `/app/test/endpoint/${endpoint}/call`, { eventType, payload, ...more })
}
const attemptsOf = async (id: string): Promise<any[]> => (await relay.api(`/app/test/attempt/msg/${id}`)).body.data
async function rows(filterByType?: string): Promise<any[]> {
  const answer = await fetch(`${relay.url}/cosmo/wg.cosmo.platform.v1.PlatformService/GetOrganizationWebhookHistory`, {
    method: 'POST', headers: { authorization: `Bearer ${relay.key}`, 'content-type': 'application/json' }, body: JSON.stringify({ pagination: { limit: 50 }, ...filterByType && { filterByType } }),
  })
  return ((await answer.json()) as any).deliveries ?? []
}

test('admission: the signed body without an envelope, and the answer handed back; its row says admission', async () => {
  const signature = JSON.stringify({ signatureSha256: 'c2lnbmF0dXJl' })
  const { status, body } = await call('VALIDATE_CONFIG', admission, signature)
  assert.equal(status, 200)
  const { id, attemptId, timestamp, responseDurationMs, ...rest } = body
  assert.deepEqual(rest, { endpointId: endpoint, eventType: 'VALIDATE_CONFIG', status: 0, statusText: 'success', attempts: 1, error: null, responseStatusCode: 200, response: signature })
  const got = end.received.at(-1)!
  assert.deepEqual([got.path, got.body.toString()], ['/hook/validate-config', JSON.stringify(admission)])
  assert.equal(got.headers['x-cosmo-signature-256'], createHmac('sha256', key).update(got.body).digest('hex'))
  assert.deepEqual((await attemptsOf(id)).map(one => [one.id, one.status]), [[attemptId, 0]])
  const [row] = await rows('admission')
  assert.deepEqual([row.type, row.eventName, row.payload, row.responseBody, row.errorMessage], ['admission', 'VALIDATE_CONFIG', JSON.stringify(admission), signature, undefined])
  assert.deepEqual([(await rows('webhook')).length, (await rows('check-extension')).length], [0, 0])
})

test('admission: a refusal is final, in the answer\'s own words; an answer without a signature is none', async () => {
  const before = end.received.length
  const refused = (await call('VALIDATE_CONFIG', admission, '{"error":"the config is not ours"}', 422)).body
  assert.deepEqual([refused.statusText, refused.error, refused.responseStatusCode, refused.attempts], ['fail', 'the config is not ours', 422, 1])
  assert.equal((await rows())[0].errorMessage, 'the config is not ours')
  for (const [answer, error] of [['{}', 'its answer is not as it must be at /signatureSha256 (schema)'], ['', 'its answer is not as it must be at /signatureSha256 (schema)'], ['signed', 'its answer is not JSON']] as const) {
    const { body } = await call('VALIDATE_CONFIG', admission, answer)
    assert.deepEqual([body.statusText, body.error, body.response, body.attempts], ['fail', error, answer, 1])
  }
  assert.equal(end.received.length, before + 4, 'a good status is not tried again')
})

test('check extension: 200 and 204 alone are answers, and errorMessage is an error wherever it stands', async () => {
  const lint = JSON.stringify({ errors: ['no'], lintIssues: { users: [{ lintRuleType: 'X', severity: 1, message: 'bad', issueLocation: { line: 1, column: 2 } }] } })
  const cases: [string | number, number, string, string | null][] = [
    [lint, 200, 'success', null], ['{}', 200, 'success', null], ['', 200, 'success', null], [204, 204, 'success', null],
    ['{}', 201, 'fail', 'it answered 201, but only 200 and 204 are answers'],
    ['{"errorMessage":"I could not check"}', 200, 'fail', 'I could not check'],
    ['{"errorMessage":"I could not check"}', 400, 'fail', 'I could not check'],
    ['{"other":1}', 400, 'fail', 'it answered 400'],
    ['{"lintIssues":{"users":[{"lintRuleType":"X","severity":2,"message":"bad","issueLocation":{"line":1,"column":2}}]}}', 200, 'fail', 'its answer is not as it must be at /lintIssues/users/0/severity (schema)'],
    ['{"errors":[1]}', 200, 'fail', 'its answer is not as it must be at /errors/0 (schema)'],
  ]
  for (const [answer, status, statusText, error] of cases) {
    const { body } = await call('SUBGRAPH_CHECK_EXTENSION', check, answer, status)
    assert.deepEqual([body.statusText, body.error, body.responseStatusCode, body.response], [statusText, error, status, typeof answer === 'string' ? answer : ''], String(answer))
  }
  assert.equal((await rows('check-extension')).length, cases.length)
  assert.deepEqual((await rows('check-extension')).at(-5).errorMessage, 'it answered 201, but only 200 and 204 are answers')
})

test('the answer is read to 5 MiB and handed back whole; a longer one is none; 2 KiB are kept', async () => {
  const whole = 5 * 1024 * 1024
  const text = (bytes: number): string => `{"errors":["${'x'.repeat(bytes - 15)}"]}`.padEnd(bytes, ' ')
  const most = await call('SUBGRAPH_CHECK_EXTENSION', check, text(whole))
  assert.deepEqual([most.body.statusText, most.body.response.length, most.body.response === text(whole)], ['success', whole, true])
  assert.equal((await attemptsOf(most.body.id))[0].response.length, 2048)
  const more = await call('SUBGRAPH_CHECK_EXTENSION', check, text(whole + 1))
  assert.deepEqual([more.body.statusText, more.body.error, more.body.attempts], ['fail', `its answer is longer than ${whole} bytes`, 1])
})

test('what fails is tried again as its policy says; a time-out is not; an answer that breaks off is', async () => {
  let count = 0
  const busy = await call('VALIDATE_CONFIG', admission, response => void response.writeHead(++count < 3 ? 503 : 200).end('{"signatureSha256":"x"}'))
  assert.deepEqual([busy.body.statusText, busy.body.attempts, count], ['success', 3, 3])
  count = 0
  const cut = await call('VALIDATE_CONFIG', admission, response => {
    if (++count > 1) return void response.writeHead(200).end('{"signatureSha256":"x"}')
    response.writeHead(200, { 'content-length': 100 }).write('{"signatureSha256"', () => response.socket!.destroy())
  })
  assert.deepEqual([cut.body.statusText, cut.body.attempts], ['success', 2])
  await relay.call('PATCH', `/app/test/endpoint/${endpoint}`, { delivery: { ...quick, timeout: 1 } })
  const slow = await call('VALIDATE_CONFIG', admission, () => {})
  assert.deepEqual([slow.body.statusText, slow.body.error, slow.body.attempts], ['fail', 'no answer in 1 s', 1])
  const half = await call('VALIDATE_CONFIG', admission, response => void response.writeHead(200).write('{'))
  assert.deepEqual([half.body.statusText, half.body.error, half.body.attempts], ['fail', 'its answer breaks off', 1])
  await relay.call('PATCH', `/app/test/endpoint/${endpoint}`, { delivery: quick })
})

test('a call that has not ended in time is answered 202, and goes on', async () => {
  let open!: ServerResponse
  const { status, body } = await call('VALIDATE_CONFIG', admission, response => { open = response }, 200, { waitSeconds: 1 })
  assert.deepEqual([status, body.statusText, body.attemptId], [202, 'pending', null])
  open.writeHead(200).end('{"signatureSha256":"late"}')
  const [attempt] = await relay.attempts(body.id, 1)
  assert.deepEqual([attempt.status, attempt.response], [0, '{"signatureSha256":"late"}'])
})

test('a payload that is another event\'s, or breaks its schema, is 422 with the place, and nothing is sent', async () => {
  const before = end.received.length
  for (const [type, payload, place] of [
    ['VALIDATE_CONFIG', {}, ['body', 'payload']], ['VALIDATE_CONFIG', check, ['body', 'payload']], ['VALIDATE_CONFIG', { ...admission, organizationId: 7 }, ['body', 'payload', 'organizationId']],
    ['SUBGRAPH_CHECK_EXTENSION', { ...check, affectedGraphs: [{ id: 'x' }] }, ['body', 'payload', 'affectedGraphs', '0', 'name']],
  ] as const) {
    const { status, body } = await call(type, payload, 200)
    assert.equal(status, 422, JSON.stringify(body))
    assert.deepEqual(body.detail[0].loc, place)
  }
  assert.equal((await call('VALIDATE_CONFIG', { ...admission, more: 'x'.repeat(65536) }, 200)).status, 413)
  assert.equal(end.received.length, before)
})

test('an endpoint that is not active is not called; a repeated Idempotency-Key calls once; another event\'s answer is handed back too', async () => {
  await relay.call('PATCH', `/app/test/endpoint/${endpoint}`, { disabled: true })
  assert.equal((await call('VALIDATE_CONFIG', admission, 200)).status, 409)
  await relay.call('PATCH', `/app/test/endpoint/${endpoint}`, { disabled: false })
  const before = end.received.length
  end.answer = (_, response) => void response.writeHead(200).end('said')
  const ask = () => relay.call('POST', `/app/test/endpoint/${endpoint}/call`, { eventType: 'any.event', payload: { n: 1 } }, relay.key, { 'idempotency-key': 'once' })
  const first = await ask()
  assert.deepEqual([first.status, first.body.response, first.body.statusText], [200, 'said', 'success'])
  const second = await ask()
  assert.deepEqual([second.status, second.body.detail], [409, `This call was made before, as ${first.body.id}: its attempts say how it ended`])
  assert.equal(end.received.length, before + 1)
  assert.equal(end.received.at(-1)!.body.toString(), '{"version":1,"event":"any.event","payload":{"n":1}}')
})

test('a call that is under way when the relay stops gets its answer', async () => {
  const slow = await destination((_, response) => void setTimeout(() => response.writeHead(200).end('in the end'), 1000))
  const other = await run({ sources: {} })
  try {
    const { body } = await other.call('POST', '/app/test/endpoint', { url: slow.url })
    const asked = other.call('POST', `/app/test/endpoint/${body.id}/call`, { eventType: 'any', payload: {} })
    await slow.until(1)
    await other.stop()
    const answer = await asked
    assert.deepEqual([answer.status, answer.body.response], [200, 'in the end'])
  } finally {
    await other.close()
    await slow.close()
  }
})
