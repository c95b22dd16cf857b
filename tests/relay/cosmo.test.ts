// Cosmo's face, called by the client that Cosmo generates from its own protocol.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Code, createPromiseClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-web'
import { EnumStatusCode } from '@wundergraph/cosmo-connect/dist/common/common_pb'
import { OrganizationEventName as Event } from '@wundergraph/cosmo-connect/dist/notifications/events_pb'
import { PlatformService } from '@wundergraph/cosmo-connect/dist/platform/v1/platform_connect'
import { destination, pause } from '../functions/destination.ts'
import { run } from './run.ts'

// The package brings a protobuf of its own, which types do not take for the one of the transport.
type Methods = typeof PlatformService.methods
type Client = { [Name in keyof Methods]: (request: ConstructorParameters<Methods[Name]['I']>[0]) => Promise<InstanceType<Methods[Name]['O']>> }
let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>
let cosmo: Client

/** @param key  null: none is sent */
const client = (key: string | null): Client => createPromiseClient(PlatformService as never, createConnectTransport({
  baseUrl: `${relay.url}/cosmo`, useBinaryFormat: false,
  interceptors: [next => request => (key !== null && request.header.set('authorization', `Bearer ${key}`), next(request))],
})) as unknown as Client
const key = async (scopes: string[], app = 'test', by = relay.key): Promise<string> => (await relay.call('POST', `/app/${app}/key`, { name: 'a key', scopes }, by)).body.key

before(async () => {
  end = await destination()
  relay = await run({})
  cosmo = client(relay.key)
  for (const id of ['graph-1', 'graph-2', 'mono-1']) assert.equal((await relay.call('PUT', `/app/test/graph/${id}`, { name: id })).status, 200)
})
after(async () => {
  await relay?.close()
  await end?.close()
})

interface Answered { response?: { code: EnumStatusCode; details?: string } }
async function ok<Answer extends Answered>(call: Promise<Answer>): Promise<Answer> {
  const answer = await call
  assert.equal(answer.response?.code, EnumStatusCode.OK, String(answer.response?.details))
  return answer
}
async function refused(call: Promise<Answered>, code: EnumStatusCode, details: RegExp): Promise<void> {
  const { response } = await call
  assert.equal(response?.code, code, JSON.stringify(response))
  assert.match(response?.details ?? '', details)
}
const meta = (federated: string[], mono: string[] = [], proposals: string[] = []) => [
  { eventName: Event.FEDERATED_GRAPH_SCHEMA_UPDATED, meta: { case: 'federatedGraphSchemaUpdated' as const, value: { graphIds: federated } } },
  { eventName: Event.MONOGRAPH_SCHEMA_UPDATED, meta: { case: 'monographSchemaUpdated' as const, value: { graphIds: mono } } },
  { eventName: Event.PROPOSAL_STATE_UPDATED, meta: { case: 'proposalStateUpdated' as const, value: { graphIds: proposals } } },
]
const federated = ['FEDERATED_GRAPH_SCHEMA_UPDATED']
const metaIn = async (id: string): Promise<unknown[]> => (await ok(cosmo.getOrganizationWebhookMeta({ id }))).eventsMeta.map(one => [Event[one.eventName], one.meta.case, one.meta.value?.graphIds])

/** Sends an event of a graph. @return what arrived */
async function sent(type: string, payload: object): Promise<{ headers: any; body: Buffer }[]> {
  const before = end.received.length
  const { body } = await relay.call('POST', '/app/test/msg', { eventType: type, payload })
  await pause(400)
  skipped = (await relay.api(`/app/test/msg/${body.id}/skipped`)).body.data
  return end.received.slice(before)
}
let skipped: { endpointId: string; reason: string }[]

test('create, list, meta, update and delete: the key is never returned, the newest stands first, the meta is replaced', async () => {
  const first = await ok(cosmo.createOrganizationWebhookConfig({ endpoint: end.url, key: 'canary-key', events: federated, eventsMeta: meta(['graph-1', 'graph-2']) }))
  assert.match(first.webhookConfigId, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  const second = await ok(cosmo.createOrganizationWebhookConfig({ endpoint: `${end.url}/2`, key: '', events: [], eventsMeta: [] }))
  const { configs, ...rest } = (await ok(cosmo.getOrganizationWebhookConfigs({}))).toJson() as any
  assert.deepEqual(configs, [{ id: second.webhookConfigId, endpoint: `${end.url}/2` }, { id: first.webhookConfigId, endpoint: end.url, events: federated }])
  assert.ok(!JSON.stringify(rest).includes('canary'))
  assert.deepEqual(await metaIn(first.webhookConfigId), [
    ['FEDERATED_GRAPH_SCHEMA_UPDATED', 'federatedGraphSchemaUpdated', ['graph-1', 'graph-2']], ['MONOGRAPH_SCHEMA_UPDATED', 'monographSchemaUpdated', []], ['PROPOSAL_STATE_UPDATED', 'proposalStateUpdated', []],
  ])
  await ok(cosmo.updateOrganizationWebhookConfig({ id: first.webhookConfigId, endpoint: `${end.url}/new`, events: ['MONOGRAPH_SCHEMA_UPDATED'], eventsMeta: meta([], ['mono-1']) }))
  assert.deepEqual((await metaIn(first.webhookConfigId)).map((one: any) => one[2]), [[], ['mono-1'], []])
  assert.deepEqual((await cosmo.getOrganizationWebhookConfigs({})).configs[1]?.toJson(), { id: first.webhookConfigId, endpoint: `${end.url}/new`, events: ['MONOGRAPH_SCHEMA_UPDATED'] })
  for (const { webhookConfigId: id } of [first, second]) await ok(cosmo.deleteOrganizationWebhookConfig({ id }))
  assert.deepEqual((await cosmo.getOrganizationWebhookConfigs({})).configs, [])
  const { data } = (await relay.api('/app/test/audit?limit=250')).body
  for (const action of ['endpoint.put', 'endpoint.delete']) assert.ok(data.some((entry: any) => entry.action === action && entry.target === first.webhookConfigId), action)
  assert.ok(!JSON.stringify(data).includes('canary'))
})

test('events of the selected graphs alone, each kind by its own list; with no graph selected nothing', async () => {
  const { webhookConfigId: id } = await ok(cosmo.createOrganizationWebhookConfig({ endpoint: end.url, key: 'the key', events: [...federated, 'PROPOSAL_STATE_UPDATED', 'MONOGRAPH_SCHEMA_UPDATED'], eventsMeta: meta(['graph-1'], [], ['graph-2']) }))
  const of = (id: string) => ({ federated_graph: { id, name: 'ü', namespace: 'default' }, errors: false })
  const [got, ...more] = await sent('FEDERATED_GRAPH_SCHEMA_UPDATED', of('graph-1'))
  assert.equal(more.length, 0)
  assert.deepEqual(JSON.parse(got!.body.toString()), { version: 1, event: 'FEDERATED_GRAPH_SCHEMA_UPDATED', payload: of('graph-1') })
  assert.equal(got!.headers['x-cosmo-signature-256'], createHmac('sha256', 'the key').update(got!.body).digest('hex'))
  assert.equal((await sent('FEDERATED_GRAPH_SCHEMA_UPDATED', of('graph-2'))).length, 0)
  assert.deepEqual(skipped, [{ endpointId: id, reason: 'filtered' }])
  assert.equal((await sent('PROPOSAL_STATE_UPDATED', of('graph-1'))).length, 0)
  assert.equal((await sent('PROPOSAL_STATE_UPDATED', of('graph-2'))).length, 1)
  assert.equal((await sent('MONOGRAPH_SCHEMA_UPDATED', { monograph: { id: 'mono-1' } })).length, 0)
  assert.deepEqual(skipped, [{ endpointId: id, reason: 'none_selected' }])
  assert.equal((await sent('USER_REGISTER_SUCCESS', {})).length, 0)
  assert.deepEqual(skipped, [{ endpointId: id, reason: 'not_subscribed' }])
  await ok(cosmo.deleteOrganizationWebhookConfig({ id }))
})

test('should_update_key alone changes the key; without a key nothing is signed; another host needs the key again', async () => {
  const eventsMeta = meta(['graph-1'])
  const given = { endpoint: end.url, events: federated, eventsMeta }
  const { webhookConfigId: id } = await ok(cosmo.createOrganizationWebhookConfig({ ...given, key: 'first' }))
  const signature = async (): Promise<[unknown, Buffer]> => {
    const [got] = await sent('FEDERATED_GRAPH_SCHEMA_UPDATED', { federated_graph: { id: 'graph-1' } })
    return [got!.headers['x-cosmo-signature-256'], got!.body]
  }
  const by = (key: string, body: Buffer): string => createHmac('sha256', key).update(body).digest('hex')
  await ok(cosmo.updateOrganizationWebhookConfig({ id, ...given, key: 'second' }))
  const [first, body] = await signature()
  assert.equal(first, by('first', body))
  await ok(cosmo.updateOrganizationWebhookConfig({ id, ...given, key: 'second', shouldUpdateKey: true }))
  assert.equal((await signature())[0], by('second', body))
  await refused(cosmo.updateOrganizationWebhookConfig({ id, ...given, endpoint: 'https://elsewhere.example.com/' }), EnumStatusCode.ERR, /another host/)
  await ok(cosmo.updateOrganizationWebhookConfig({ id, ...given, key: '', shouldUpdateKey: true }))
  assert.equal((await signature())[0], undefined)
  await ok(cosmo.updateOrganizationWebhookConfig({ id, ...given, endpoint: 'https://elsewhere.example.com/' }))
  await ok(cosmo.deleteOrganizationWebhookConfig({ id }))
})

test('what is wrong is said in a 200 with Cosmo\'s code and words', async () => {
  for (const call of [cosmo.getOrganizationWebhookMeta({}), cosmo.updateOrganizationWebhookConfig({ endpoint: end.url }), cosmo.deleteOrganizationWebhookConfig({})]) await refused(call, EnumStatusCode.ERR, /^Webhook config id is required$/)
  const id = '11111111-1111-4111-8111-111111111111'
  for (const call of [cosmo.getOrganizationWebhookMeta({ id }), cosmo.updateOrganizationWebhookConfig({ id, endpoint: end.url }), cosmo.deleteOrganizationWebhookConfig({ id })]) await refused(call, EnumStatusCode.ERR_NOT_FOUND, /^Webhook config not found$/)
  await refused(cosmo.createOrganizationWebhookConfig({ endpoint: end.url, events: federated, eventsMeta: meta(['graph-of-another']) }), EnumStatusCode.ERROR_NOT_AUTHORIZED, /graph/)
  await refused(cosmo.createOrganizationWebhookConfig({ endpoint: 'no url', events: federated }), EnumStatusCode.ERR, /URL/)
  await refused(cosmo.createOrganizationWebhookConfig({ endpoint: 'ftp://x.example.com/', events: federated }), EnumStatusCode.ERR_BAD_REQUEST, /url/)
  await refused(cosmo.createOrganizationWebhookConfig({ endpoint: end.url, events: ['white space'] }), EnumStatusCode.ERR_BAD_REQUEST, /events/)
  await assert.rejects(cosmo.whoAmI({}), { code: Code.Unimplemented })
  const path = `${relay.url}/cosmo/wg.cosmo.platform.v1.PlatformService/GetOrganizationWebhookConfigs`
  const malformed = await fetch(path, { method: 'POST', headers: { authorization: `Bearer ${relay.key}`, 'content-type': 'application/json' }, body: '{' })
  assert.deepEqual([malformed.status, (await malformed.json()).code], [400, 'invalid_argument'])
  assert.deepEqual((await cosmo.getOrganizationWebhookConfigs({})).configs, [])
})

test('fields in protobuf\'s own spelling are read as well', async () => {
  const call = async (method: string, body: object): Promise<any> => (await fetch(`${relay.url}/cosmo/wg.cosmo.platform.v1.PlatformService/${method}`, { method: 'POST', headers: { authorization: `Bearer ${relay.key}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()
  const { webhookConfigId: id } = await call('CreateOrganizationWebhookConfig', { endpoint: end.url, key: 'k', events: federated, events_meta: [{ event_name: 0, federated_graph_schema_updated: { graphIds: ['graph-1'] } }] })
  assert.deepEqual((await metaIn(id)).map((one: any) => one[2]), [['graph-1'], [], []])
  await call('UpdateOrganizationWebhookConfig', { id, endpoint: end.url, key: 'other', should_update_key: true, events: federated })
  assert.equal((await relay.api(`/app/test/endpoint/${id}/secret`)).body.key, 'other')
  await ok(cosmo.deleteOrganizationWebhookConfig({ id }))
})

test('roles are scopes; a deactivated app can be read and not changed; another\'s configs are not found', async () => {
  const { webhookConfigId: id } = await ok(cosmo.createOrganizationWebhookConfig({ endpoint: end.url, key: 'k', events: [] }))
  const reads = client(await key(['read']))
  await ok(reads.getOrganizationWebhookConfigs({}))
  const writes = (of: Client): Promise<Answered>[] => [of.createOrganizationWebhookConfig({ endpoint: end.url }), of.updateOrganizationWebhookConfig({ id, endpoint: end.url }), of.deleteOrganizationWebhookConfig({ id })]
  for (const call of writes(reads)) await refused(call, EnumStatusCode.ERROR_NOT_AUTHORIZED, /scope/)
  for (const call of [cosmo, reads].map(() => client(relay.operator).getOrganizationWebhookConfigs({}))) await refused(call, EnumStatusCode.ERROR_NOT_AUTHORIZED, /operator/)
  await refused(client(null).getOrganizationWebhookConfigs({}), EnumStatusCode.ERROR_NOT_AUTHENTICATED, /./)
  await refused(client('wx_test_0000000000000000').getOrganizationWebhookConfigs({}), EnumStatusCode.ERROR_NOT_AUTHENTICATED, /./)
  const { body: other } = await relay.call('POST', '/app', { name: 'Other' }, relay.operator)
  const theirs = client(await key(['read', 'manage'], other.id, relay.operator))
  assert.deepEqual((await ok(theirs.getOrganizationWebhookConfigs({}))).configs, [])
  for (const call of [theirs.getOrganizationWebhookMeta({ id }), ...writes(theirs).slice(1)]) await refused(call, EnumStatusCode.ERR_NOT_FOUND, /not found/)
  await refused(theirs.createOrganizationWebhookConfig({ endpoint: end.url, events: federated, eventsMeta: meta(['graph-1']) }), EnumStatusCode.ERROR_NOT_AUTHORIZED, /graph/)
  await relay.call('PATCH', '/app/test', { deactivated: true }, relay.operator)
  await ok(cosmo.getOrganizationWebhookMeta({ id }))
  for (const call of writes(cosmo)) await refused(call, EnumStatusCode.ERROR_NOT_AUTHORIZED, /deactivated/)
  await relay.call('PATCH', '/app/test', { deactivated: false }, relay.operator)
  await ok(cosmo.deleteOrganizationWebhookConfig({ id }))
})

test('history: one row a delivery that has ended, with its retries, filtered by time and type; details; redelivered it has a new row', async () => {
  const from = new Date(Date.now() - 1000)
  const { webhookConfigId: id } = await ok(cosmo.createOrganizationWebhookConfig({ endpoint: `${end.url}/history`, key: 'canary-key', events: federated, eventsMeta: meta(['graph-1']) }))
  end.answer = (_, response, total) => response.writeHead(total === first + 1 ? 503 : 200, { 'x-answered': 'yes' }).end('seen')
  const first = end.received.length
  const payload = { federated_graph: { id: 'graph-1' } }
  await relay.call('POST', '/app/test/msg', { eventType: federated[0], payload })
  const history = async (more: object = {}) => ok(cosmo.getOrganizationWebhookHistory({ pagination: { limit: 10, offset: 0 }, dateRange: { start: from.toISOString(), end: new Date(Date.now() + 60_000).toISOString() }, ...more }))
  await end.until(first + 1)
  await pause(300)
  assert.equal((await history()).totalCount, 0, 'a row is written when the delivery has ended')
  await end.until(first + 2)
  await pause(300)
  const { deliveries: [row], totalCount } = await history()
  assert.equal(totalCount, 1)
  const { id: delivery, createdAt, duration, requestHeaders, responseHeaders, ...rest } = row!.toJson() as any
  assert.deepEqual(rest, {
    type: 'webhook', endpoint: `${end.url}/history`, eventName: federated[0], payload: JSON.stringify({ version: 1, event: federated[0], payload }), responseStatusCode: 200, responseBody: 'seen', retryCount: 1,
  })
  assert.equal(row!.isRedelivery, false)
  assert.ok(duration >= 2000, `${duration} ms hold the wait before the retry`)
  assert.ok(Date.parse(createdAt) >= from.getTime() + 2000)
  const { body: sent, headers } = end.received[first + 1]!
  assert.deepEqual(JSON.parse(requestHeaders), {
    Accept: 'application/json, text/plain, */*', 'Content-Type': 'application/json', 'X-Cosmo-Signature-256': createHmac('sha256', 'canary-key').update(sent).digest('hex'),
  })
  assert.equal(JSON.parse(requestHeaders)['X-Cosmo-Signature-256'], headers['x-cosmo-signature-256'])
  assert.equal(JSON.parse(responseHeaders)['x-answered'], 'yes')
  assert.ok(!JSON.stringify(row).includes('canary'))
  assert.deepEqual((await ok(cosmo.getWebhookDeliveryDetails({ id: delivery }))).delivery, row)
  for (const more of [{ filterByType: 'slack' }, { dateRange: { start: from.toISOString(), end: from.toISOString() } }]) assert.deepEqual((await history(more)).deliveries, [])
  assert.equal((await history({ filterByType: 'webhook' })).deliveries.length, 1)
  assert.deepEqual((await history({ pagination: { limit: 10, offset: 1 } })).deliveries, [])
  const ago = (days: number): string => new Date(Date.now() - days * 24 * 3600_000).toISOString()
  for (const dateRange of [{ start: ago(200), end: ago(100) }, { start: ago(1), end: ago(2) }]) await refused(cosmo.getOrganizationWebhookHistory({ pagination: { limit: 10 }, dateRange }), EnumStatusCode.ERR, /^Invalid date range$/)
  assert.equal((await history({ dateRange: { start: ago(200), end: new Date(Date.now() + 60_000).toISOString() } })).totalCount > 0, true)
  await ok(cosmo.redeliverWebhook({ id: delivery }))
  assert.equal(end.received.length, first + 3)
  assert.deepEqual(end.received[first + 2]!.body, end.received[first]!.body)
  const [again, older] = (await history()).deliveries
  assert.deepEqual([again!.isRedelivery, again!.retryCount, again!.responseStatusCode, older], [true, 0, 200, row])
  await ok(cosmo.redeliverWebhook({ id: again!.id }))
  assert.deepEqual((await history()).deliveries.map(one => one.isRedelivery), [true, true, false])
  for (const call of [cosmo.getWebhookDeliveryDetails({ id: 'none' }), cosmo.redeliverWebhook({ id: 'none' })]) await refused(call, EnumStatusCode.ERR_NOT_FOUND, /^Could not find webhook delivery$/)
  const { body: other } = await relay.call('POST', '/app', { name: 'Third' }, relay.operator)
  const theirs = client(await key(['read', 'manage'], other.id, relay.operator))
  for (const call of [theirs.getWebhookDeliveryDetails({ id: delivery }), theirs.redeliverWebhook({ id: delivery })]) await refused(call, EnumStatusCode.ERR_NOT_FOUND, /^Could not find/)
  await refused(client(await key(['read'])).redeliverWebhook({ id: delivery }), EnumStatusCode.ERROR_NOT_AUTHORIZED, /scope/)
  await relay.call('PATCH', '/app/test', { deactivated: true }, relay.operator)
  await refused(cosmo.redeliverWebhook({ id: delivery }), EnumStatusCode.ERROR_NOT_AUTHORIZED, /deactivated/)
  await relay.call('PATCH', '/app/test', { deactivated: false }, relay.operator)
  await ok(cosmo.deleteOrganizationWebhookConfig({ id }))
})
