// Cosmo's Slack integrations, by the client that Cosmo generates: what they post, where to and when.
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { createPromiseClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-web'
import { EnumStatusCode } from '@wundergraph/cosmo-connect/dist/common/common_pb'
import { OrganizationEventName as Event } from '@wundergraph/cosmo-connect/dist/notifications/events_pb'
import { PlatformService } from '@wundergraph/cosmo-connect/dist/platform/v1/platform_connect'
import { destination, pause } from '../functions/destination.ts'
import { cosmo as cosmoDialect, cosmoBody, request } from '../functions/events.ts'
import { everyFile, run } from './run.ts'

// The package brings a protobuf of its own, which types do not take for the one of the transport.
type Methods = typeof PlatformService.methods
type Client = { [Name in keyof Methods]: (request: ConstructorParameters<Methods[Name]['I']>[0]) => Promise<InstanceType<Methods[Name]['O']>> }
let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>
let cosmo: Client

before(async () => {
  end = await destination()
  relay = await run({ sources: {}, env: { WEB_BASE_URL: 'https://studio.example.com/' } })
  cosmo = createPromiseClient(PlatformService as never, createConnectTransport({
    baseUrl: `${relay.url}/cosmo`, useBinaryFormat: false, interceptors: [next => request => (request.header.set('authorization', `Bearer ${relay.key}`), next(request))],
  })) as unknown as Client
  for (const id of ['graph-1', 'mono-1']) await relay.call('PUT', `/app/test/graph/${id}`, { name: id })
})
after(async () => {
  await relay?.close()
  await end?.close()
})

const meta = (federated: string[], mono: string[] = [], proposals: string[] = []) => [
  { eventName: Event.FEDERATED_GRAPH_SCHEMA_UPDATED, meta: { case: 'federatedGraphSchemaUpdated' as const, value: { graphIds: federated } } },
  { eventName: Event.MONOGRAPH_SCHEMA_UPDATED, meta: { case: 'monographSchemaUpdated' as const, value: { graphIds: mono } } },
  { eventName: Event.PROPOSAL_STATE_UPDATED, meta: { case: 'proposalStateUpdated' as const, value: { graphIds: proposals } } },
]
const all = ['FEDERATED_GRAPH_SCHEMA_UPDATED', 'MONOGRAPH_SCHEMA_UPDATED', 'PROPOSAL_STATE_UPDATED']
const organization = { id: 'org-1', slug: 'acme' }
const updated = (more: object = {}) => ({ federated_graph: { id: 'graph-1', name: 'main graph', namespace: 'default', ...more }, organization, errors: false })
const changed = (changes: [string, string][]) => relay.call('PUT', '/app/test/graph/graph-1', { name: 'main', changelog: { schemaVersionId: 'version-1', changes: changes.map(([changeType, changeMessage]) => ({ changeType, changeMessage })) } })
async function sent(eventType: string, payload: object): Promise<any> {
  const before = end.received.length
  assert.equal((await relay.call('POST', '/app/test/msg', { eventType, payload })).status, 202)
  const got = (await end.until(before + 1))[before]!
  assert.deepEqual([got.headers['x-cosmo-signature-256'], got.headers['content-type']], [undefined, 'application/json'])
  return JSON.parse(got.body.toString())
}
/** One integration, however often it is asked for: its name is taken once. */
const integrated = () => cosmo.createIntegration({ type: 'slack', name: 'to us', code: end.url, events: all, eventsMeta: meta(['graph-1'], ['mono-1'], ['graph-1']) })
const code = async (call: Promise<{ response?: { code: EnumStatusCode; details?: string } }>) => (await call).response!
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
const list = (color: string, ...texts: string[]) => ({ color, blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_list', style: 'bullet', elements: texts.map(text => ({ type: 'rich_text_section', elements: [{ type: 'text', text }] })) }] }] })

test('an integration is created, listed, changed and deleted; its name is taken once; it is no webhook config', async () => {
  assert.equal((await code(cosmo.createIntegration({ type: 'slack', name: 'to us', code: `${end.url}/slack`, events: all, eventsMeta: meta(['graph-1']) }))).code, EnumStatusCode.OK)
  const { integrations: [one] } = await cosmo.getOrganizationIntegrations({})
  assert.deepEqual([one!.name, one!.type, one!.events, one!.integrationConfig?.config.value?.endpoint], ['to us', 'slack', all, `${end.url}/slack`])
  assert.deepEqual(one!.eventsMeta.map(each => each.meta.value?.graphIds), [['graph-1'], [], []])
  assert.equal((await code(cosmo.createIntegration({ type: 'slack', name: 'to us', code: end.url, events: all }))).code, EnumStatusCode.ERR_ALREADY_EXISTS)
  const oauth = await code(cosmo.createIntegration({ type: 'slack', name: 'other', code: 'a-code-of-slack', events: all }))
  assert.deepEqual([oauth.code, /give the URL of the incoming webhook/.test(oauth.details!)], [EnumStatusCode.ERR, true])
  assert.deepEqual((await cosmo.getOrganizationWebhookConfigs({})).configs, [])
  assert.equal((await code(cosmo.getOrganizationWebhookMeta({ id: one!.id }))).code, EnumStatusCode.ERR_NOT_FOUND)
  assert.equal((await relay.api(`/app/test/endpoint/${one!.id}`)).body.format, 'slack')
  assert.equal((await code(cosmo.updateIntegrationConfig({ id: one!.id, endpoint: `${end.url}/other`, events: ['MONOGRAPH_SCHEMA_UPDATED'], eventsMeta: meta([], ['mono-1']) }))).code, EnumStatusCode.OK)
  const { integrations: [two] } = await cosmo.getOrganizationIntegrations({})
  assert.deepEqual([two!.integrationConfig?.config.value?.endpoint, two!.events, two!.eventsMeta.map(each => each.meta.value?.graphIds)], [`${end.url}/other`, ['MONOGRAPH_SCHEMA_UPDATED'], [[], ['mono-1'], []]])
  for (const call of [cosmo.deleteIntegration({ id: 'none' }), cosmo.updateIntegrationConfig({ id: 'none' })]) assert.equal((await code(call)).code, EnumStatusCode.ERR_NOT_FOUND)
  assert.equal((await code(cosmo.deleteIntegration({ id: one!.id }))).code, EnumStatusCode.OK)
  assert.deepEqual((await cosmo.getOrganizationIntegrations({})).integrations, [])
})

test('a new schema: the text with its link, and what has changed: added on top, then removed, then changed', async () => {
  await integrated()
  const page = 'https://studio.example.com/acme/default/graph/main%20graph'
  const head = [section(`🚀 Schema of the federated graph *<${page} | main graph>* in *default* namespace has been updated 🎉`)]
  const last = (link: string) => ({ color: '#fafafa', blocks: [section(`Click <${link}| here> for more details.`)] })
  assert.deepEqual(await sent(all[0]!, updated()), { blocks: head, attachments: [last(page)] })
  await changed([['FIELD_REMOVED', 'Field a was removed'], ['FIELD_TYPE_CHANGED', 'Field b changed'], ['FIELD_ADDED', 'Field c was added'], ['TYPE_ADDED', 'Type D was added']])
  const versioned = last(`${page}/changelog/version-1`)
  assert.deepEqual(await sent(all[0]!, updated()), {
    blocks: head, attachments: [list('#22c55e', 'Field c was added', 'Type D was added'), list('#e11d48', 'Field a was removed'), list('#8D879D', 'Field b changed'), versioned],
  })
  await changed([...Array.from({ length: 11 }, (): [string, string] => ['FIELD_ADDED', 'a']), ...Array.from({ length: 9 }, (): [string, string] => ['FIELD_REMOVED', 'b'])])
  assert.equal((await sent(all[0]!, updated())).attachments.length, 3, 'twenty are told')
  await changed([...Array.from({ length: 11 }, (): [string, string] => ['FIELD_ADDED', 'a']), ...Array.from({ length: 7 }, (): [string, string] => ['FIELD_REMOVED', 'b']), ...Array.from({ length: 3 }, (): [string, string] => ['FIELD_TYPE_CHANGED', 'c'])])
  assert.deepEqual((await sent(all[0]!, updated())).attachments, [{ color: '#e11d48', blocks: [section('Too many changes to display. There were 10 deletions and 14 additions.')] }, versioned])
  const mono = await sent(all[1]!, { monograph: { id: 'mono-1', name: 'mono', namespace: 'prod' }, organization })
  assert.equal(mono.blocks[0].text.text, '🚀 Schema of the federated graph *<https://studio.example.com/acme/prod/graph/mono | mono>* in *prod* namespace has been updated 🎉')
})

test('a proposal\'s state; and nothing in a name is a link or calls somebody', async () => {
  await integrated()
  const proposal = { id: 'p 1', name: '<!channel> & co', namespace: 'default', state: 'APPROVED' }
  assert.deepEqual(await sent(all[2]!, { ...updated(), proposal }), {
    blocks: [section('🚀 The state of the proposal *<https://studio.example.com/acme/default/graph/main%20graph/proposals/p%201 | &lt;!channel&gt; &amp; co>* in namespace *default* has changed to *APPROVED*')], attachments: [],
  })
})

test('events of the selected graphs alone; its row in the history is of the type slack, and is sent again as it was', async () => {
  await integrated()
  const before = end.received.length
  await relay.call('POST', '/app/test/msg', { eventType: all[0], payload: updated({ id: 'graph-2' }) })
  await pause(400)
  assert.equal(end.received.length, before)
  await changed([['FIELD_ADDED', 'Field a was added']])
  const first = await sent(all[0]!, updated())
  await pause(200)
  const { deliveries: [row] } = await cosmo.getOrganizationWebhookHistory({ pagination: { limit: 1, offset: 0 }, filterByType: 'slack' })
  assert.deepEqual([row!.type, row!.eventName, JSON.parse(row!.payload!)], ['slack', all[0], first])
  await changed([['FIELD_REMOVED', 'Field a was removed again']])
  assert.equal((await code(cosmo.redeliverWebhook({ id: row!.id }))).code, EnumStatusCode.OK)
  assert.deepEqual(end.received.at(-1)!.body, end.received.at(-2)!.body)
  assert.equal((await cosmo.getOrganizationWebhookHistory({ pagination: { limit: 10, offset: 0 }, filterByType: 'webhook' })).totalCount, 0)
})

test('an event that came in by a source is written in the same way; with its content its message is forgotten', async () => {
  const other = await run({ sources: { cosmo: { dialect: 'cosmo' } } })
  try {
    const { body: endpoint } = await other.call('POST', '/app/test/endpoint', { url: end.url, format: 'slack', dialect: 'cosmo', eventTypes: [all[0]] })
    const before = end.received.length
    const { body: { id } } = await other.post('cosmo', request(cosmoDialect, cosmoBody(all[0]!, updated())))
    const got = (await end.until(before + 1))[before]!
    assert.match(JSON.parse(got.body.toString()).blocks[0].text.text, /\*<https:\/\/cosmo\.wundergraph\.com\/acme\/default\/graph\/main%20graph \| main graph>\*/)
    await other.attempts(id, 1)
    assert.equal((await other.call('DELETE', `/app/test/msg/${id}/content`)).status, 204)
    const kept = everyFile(other.home).filter(path => /Outbox.*\.sqlite$/.test(path)).flatMap(path => {
      const database = new DatabaseSync(path, { readOnly: true })
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE name = 'attempt'").all()
      return tables.length ? database.prepare('SELECT request FROM attempt').all() : []
    })
    assert.equal(kept.length, 1)
    assert.ok(!/main graph/.test(JSON.stringify(kept)) && /Content-Type/.test(JSON.stringify(kept)))
    assert.ok(endpoint.id)
  } finally {
    await other.close()
  }
})

test('by the API an endpoint of this format wants Cosmo\'s dialect, named events and no secret', async () => {
  const create = (more: object) => relay.call('POST', '/app/test/endpoint', { url: end.url, format: 'slack', ...more })
  for (const [given, at, sentence] of [
    [{ eventTypes: all }, 'format', /set "dialect": "cosmo"/], [{ dialect: 'cosmo' }, 'eventTypes', /name which/], [{ dialect: 'cosmo', eventTypes: ['USER_REGISTER_SUCCESS'] }, 'eventTypes', /name which/],
    [{ dialect: 'cosmo', eventTypes: all, secret: 'a secret' }, 'secret', /not signed/],
  ] as const) {
    const { status, body } = await create(given)
    assert.deepEqual([status, body.detail?.[0].loc], [422, ['body', at]], JSON.stringify(body))
    assert.match(body.detail[0].msg, sentence)
  }
  const { status, body } = await create({ dialect: 'cosmo', eventTypes: [all[0]] })
  assert.deepEqual([status, body.format], [201, 'slack'])
  assert.equal((await relay.api(`/app/test/endpoint/${body.id}/secret`)).status, 404)
})
