// WunderGraph Cosmo: its documents of platform and organization webhooks, and its control plane's source.
import { envelopeRules, eventRules } from './events.ts'
import {
  accept, computed, digest, hmac, refuse, rename, set, sign, vector, without, type Header, type Recipe,
} from './recipe.ts'
import { bodyRules, signatureRules } from './rules.ts'

const platformSecret = 'whsec_platform'
const organizationSecret = 'org-webhook-key'
const name = 'X-Cosmo-Signature-256'

const cosmo: Recipe = {
  dialect: 'cosmo',
  secret: platformSecret,
  other: organizationSecret,
  now: 1760000000,
  body: '{"version":1,"event":"USER_REGISTER_SUCCESS","payload":{"user_id":"1234abcd","user_email":"user@example.com"}}',
  extended: (extra) => `{"version":1,"event":"USER_REGISTER_SUCCESS","payload":{"user_id":"1234abcd","user_email":"user@example.com","x":${extra}}}`,
  depth: 2,
  header: name,
  encoding: 'hex',
  key: (text) => Buffer.from(text),
  message: (body) => body,
  value: (signatures) => signatures.join(),
  headers: (signature, how) => [
    ['Accept', 'application/json, text/plain, */*'],
    ['Content-Type', how.contentType ?? 'application/json'],
    [name, signature],
    ['User-Agent', 'axios/1.17.0'],
  ],
  unread: { type: null, alias: null, id: null, timestamp: null, version: null, dedupe: null },
}

const good = sign(cosmo, cosmo.body)
const graph = { id: 'graph123', name: 'MainGraph' }
const uuids = { graph: '1cab819a-c319-4fe1-a644-5360970eb083', actor: 'c8f1f7a0-9d3e-4b8e-8f57-0c3f1d2b6a11' }
const organization = { id: '1e49b02a-72fb-458b-8d05-bb89cba2af05', slug: 'acme' }
const real = { id: uuids.graph, name: 'MainGraph', namespace: 'default' }

/** The documents' samples as printed. */
const platformPage = 'https://cosmo-docs.wundergraph.com/control-plane/webhooks'
const organizationPage = 'https://cosmo-docs.wundergraph.com/studio/alerts-and-notifications/webhooks'
const printed: [sample: string, source: string, secret: string, text: string, signature?: string][] = [
  ['USER_REGISTER_SUCCESS', platformPage, platformSecret, `{
  "version": 1,
  "event": "USER_REGISTER_SUCCESS",
  "payload": {
    "user_id": "1234abcd",
    "user_email": "user@example.com"
  }
}`, '5d29e9d369fe6258436637e582adf410bf493910051e06a7776e4a69803fdff7'],
  ['APOLLO_MIGRATE_INIT', platformPage, platformSecret, `{
  "version": 1,
  "event": "APOLLO_MIGRATE_INIT",
  "payload": {
    "actor_id": "user5678"
  }
}`, 'b48a852421393431ef2b72165a0f58e1be9efb099c15fdd170019c056dfe2c14'],
  ['APOLLO_MIGRATE_SUCCESS, which calls itself GRAPH_MIGRATE_SUCCESS', platformPage, platformSecret, `{
  "version": 1,
  "event": "GRAPH_MIGRATE_SUCCESS",
  "payload": {
    "federated_graph": {
      "id": "graph123",
      "name": "MainGraph"
    },
    "actor_id": "user5678"
  }
}`],
  ['GRAPH_MIGRATE_SUCCESS with a namespace, as the later page has it', platformPage, platformSecret, `{
  "version": 1,
  "event": "GRAPH_MIGRATE_SUCCESS",
  "payload": {
    "federated_graph": {
      "id": "graph123",
      "name": "MainGraph",
      "namespace": "default"
    },
    "actor_id": "user5678"
  }
}`],
  ['FEDERATED_GRAPH_SCHEMA_UPDATED, which lacks the organization', organizationPage, organizationSecret, `{
  "version": 1,
  "event": "FEDERATED_GRAPH_SCHEMA_UPDATED",
  "payload": {
    "federated_graph": {
      "id": "graph123",
      "name": "MainGraph",
      "namespace": "default"
    },
    "errors": false,
    "actor_id": "user5678"
  }
}`, '837f99c9b0949a2eb6c8d6d7e3677983f390c642b56cceb20c771ee60952d2c7'],
]

/** Events as Cosmo's source emits them, with signatures computed beforehand by another hand. */
const emitted: [title: string, secret: string, event: string, payload: object, signature: string][] = [
  ['APOLLO_MIGRATE_SUCCESS, without a namespace', platformSecret, 'APOLLO_MIGRATE_SUCCESS', { federated_graph: graph, actor_id: 'user5678' },
    'bd2ab51542d7a4a760c302fa8e25d6541b8f36c0fecff9d4f295c87350a89f56'],
  ['USER_DELETE_SUCCESS', platformSecret, 'USER_DELETE_SUCCESS', { user_id: uuids.actor, user_email: 'user@example.com' },
    '37376ecf7c9cbb22856d380de632109128ee69893cc4c9738837eda9a29ccb13'],
  ['FEDERATED_GRAPH_SCHEMA_UPDATED on publishing a subgraph', organizationSecret, 'FEDERATED_GRAPH_SCHEMA_UPDATED',
    { federated_graph: { ...real, composedSchemaVersionId: '5b0e2b6f-4a3d-4f0e-9a57-0f6a2ea4f1b7' }, organization, errors: true, actor_id: uuids.actor },
    'e9a7b64266b722befd03b94887604e6520c6eb3e4811aba88e51d748f58644b9'],
  ['MONOGRAPH_SCHEMA_UPDATED', organizationSecret, 'MONOGRAPH_SCHEMA_UPDATED', { monograph: real, organization, actor_id: uuids.actor },
    '6f70c9fa62786b4d52b26cd3834de1e06679270d7eed1d18deefb7f064278cee'],
  ['PROPOSAL_STATE_UPDATED', organizationSecret, 'PROPOSAL_STATE_UPDATED',
    { federated_graph: real, organization, proposal: { id: '0f9f3c9e-0b4a-4e0e-8c1b-6c2f8d3a7e55', name: 'p-1/add-users', namespace: 'default', state: 'APPROVED' }, actor_id: uuids.actor },
    '937695c9be9c9608cf26d58b1669ed9a89616d55fa532c3395b4702a3892aca2'],
  ['APOLLO_MIGRATE_INIT without an actor', platformSecret, 'APOLLO_MIGRATE_INIT', {}, 'e5ffca4bdd7f628f2a466c0b0d142f95bbb0928c80d885c2cdcbebbd4650f093'],
]

const envelope = (event: string, payload: unknown, version: unknown = 1) => JSON.stringify({ version, event, payload })
const known = (event: string) => {
  const type = event === 'GRAPH_MIGRATE_SUCCESS' ? 'APOLLO_MIGRATE_SUCCESS' : event
  return { type, alias: type === event ? null : event, id: null, timestamp: null, version: null, known: true, content: 'json', schema: { ok: true },
    dedupe: null, authenticity: 'verified', secret: 0, handshake: false }
}
const check = (body: string, secret: string, signature?: string) => {
  if (signature && digest(cosmo, body, {}, secret).toString('hex') !== signature) throw new Error(`another signature: ${body}`)
}
const samples = printed.flatMap(([sample, source, secret, text, signature]) => {
  const compact = JSON.stringify(JSON.parse(text))
  check(compact, secret, signature)
  const how = { secrets: [secret], signers: [secret], source: `${source}; signature ${computed}` }
  const expect = known(JSON.parse(text).event)
  return [
    accept(cosmo, `accepts the documents' sample of ${sample}, as printed`, text, expect, how),
    accept(cosmo, `accepts the documents' sample of ${sample}, in compact bytes`, compact, expect, how),
  ]
})
const events = emitted.map(([title, secret, event, payload, signature]) => {
  const body = envelope(event, payload)
  check(body, secret, signature)
  return accept(cosmo, `accepts ${title}`, body, known(event), { secrets: [secret], signers: [secret] })
})

const init = envelope('APOLLO_MIGRATE_INIT', { actor_id: 'user5678' })
const forged = (signature: string): Header[] => set(good, name, signature)
const bad = (title: string, signature: string, remove?: any) => refuse(cosmo, title, 'bad_signature', forged(signature), { remove })
const enforce = (title: string, body: string, remove: any) => refuse(cosmo, title, 'schema', sign(cosmo, body), { body, mode: 'enforce', remove })
const report = (title: string, body: string, at: string, expect: object = {}) =>
  accept(cosmo, title, body, { schema: { ok: false, at, code: 'schema' }, ...expect })
const payload = JSON.parse(cosmo.body).payload
const admission = { privateConfigUrl: 'https://cdn.example.com/draft.json?token=t', federatedGraphId: uuids.graph, organizationId: organization.id }
/** Events without an envelope, by the member that tells them. */
const tellers: Record<string, string> = { VALIDATE_CONFIG: '/privateConfigUrl', SUBGRAPH_CHECK_EXTENSION: '/checkId' }

export const vectors = [
  ...samples,
  ...events,
  accept(cosmo, 'accepts a body that is not ASCII, unescaped as Cosmo sends it', envelope('USER_REGISTER_SUCCESS', { user_id: 'u', user_email: 'jürgen@例え.jp', user_first_name: 'Jürgen 🚀' }),
    known('USER_REGISTER_SUCCESS')),
  accept(cosmo, 'accepts the payload in any order of its members', '{"payload":{"actor_id":"a","errors":false,"organization":{"slug":"acme","id":"o"},"federated_graph":{"namespace":"default","name":"n","id":"g"}},"event":"FEDERATED_GRAPH_SCHEMA_UPDATED","version":1}',
    known('FEDERATED_GRAPH_SCHEMA_UPDATED')),
  accept(cosmo, 'accepts a retry, the same bytes again, without a key to tell it', cosmo.body, { dedupe: null, id: null }),
  accept(cosmo, 'accepts an event that it does not know', envelope('GRAPH_DELETED', { x: 1 }), { type: 'GRAPH_DELETED', alias: null, known: false, schema: { ok: true } }),
  vector(cosmo, 'refuses what Cosmo sends without a secret', init, without(good, name), { code: 'missing_signature' }),
  vector(cosmo, 'refuses a changed actor under the old signature', envelope('APOLLO_MIGRATE_INIT', { actor_id: 'user5679' }),
    forged('b48a852421393431ef2b72165a0f58e1be9efb099c15fdd170019c056dfe2c14'), { code: 'bad_signature' }),

  // The dialect's rules, each with what removes it.
  vector(cosmo, 'refuses a signature with the prefix sha256=', init, forged('sha256=b48a852421393431ef2b72165a0f58e1be9efb099c15fdd170019c056dfe2c14'),
    { code: 'bad_signature' }, { remove: [{ op: 'replace', path: '/signature/value', value: 'sha256={sig}' }] }),
  refuse(cosmo, 'takes the signature from X-Cosmo-Signature-256 alone', 'missing_signature', rename(good, name, 'X-Hub-Signature-256'),
    { remove: [{ op: 'replace', path: '/signature/header', value: 'X-Hub-Signature-256' }] }),
  bad('wants hex', digest(cosmo, cosmo.body).toString('base64'), [{ op: 'replace', path: '/signature/encoding', value: 'base64' }]),
  bad('wants HMAC with SHA-256', hmac('sha512', Buffer.from(platformSecret), Buffer.from(cosmo.body)).toString('hex'),
    [{ op: 'replace', path: '/signature/scheme', value: 'hmac-sha512' }]),
  bad('refuses two signatures in one header', [0, 1].map(() => digest(cosmo, cosmo.body).toString('hex')).join(','),
    [{ op: 'add', path: '/signature/list', value: { separator: ',' } }]),
  enforce('wants the user_id of USER_REGISTER_SUCCESS, when schemas are enforced', envelope('USER_REGISTER_SUCCESS', { user_email: 'user@example.com' }),
    [{ op: 'remove', path: '/events/USER_REGISTER_SUCCESS/schema/required/0' }]),
  ...envelopeRules(cosmo, { version: 1, event: 'GRAPH_DELETED', payload: {} }),

  // The envelope's schema, reported.
  report('reports version 2', envelope('USER_REGISTER_SUCCESS', payload, 2), '/version', { type: 'USER_REGISTER_SUCCESS', known: true }),
  report('reports version "1"', envelope('USER_REGISTER_SUCCESS', payload, '1'), '/version'),
  accept(cosmo, 'takes version 1.0 for 1', cosmo.body.replace('1', '1.0'), { schema: { ok: true } }),
  report('reports a missing version', '{"event":"USER_REGISTER_SUCCESS","payload":{"user_id":"1","user_email":"e"}}', '/version'),
  report('reports a missing payload', '{"version":1,"event":"USER_REGISTER_SUCCESS"}', '/payload'),
  report('reports a missing event', envelope(undefined as never, {}), '/event', { type: null, known: false }),
  report('reports an event that is no string', '{"version":1,"event":7,"payload":{}}', '/event', { type: null, known: false }),
  report('reports a proposal in a state that Cosmo does not have', envelope('PROPOSAL_STATE_UPDATED',
    { federated_graph: real, organization, proposal: { id: 'p', name: 'n', namespace: 'default', state: 'OPEN' } }), '/payload/proposal/state'),
  accept(cosmo, 'recognises admission by privateConfigUrl and takes fields it does not know', JSON.stringify({ ...admission, extra: [1] }),
    { type: 'VALIDATE_CONFIG', known: true, schema: { ok: true } }),
  accept(cosmo, 'recognises admission wherever privateConfigUrl stands', JSON.stringify({ organizationId: 'o', federatedGraphId: 'g', privateConfigUrl: 'https://a.example' }),
    { type: 'VALIDATE_CONFIG', known: true, schema: { ok: true } }),
  accept(cosmo, 'recognises nothing in a body that names its event', JSON.stringify({ version: 1, event: 'USER_DELETE_SUCCESS', payload, privateConfigUrl: 'x', checkId: 'y' }),
    { type: 'USER_DELETE_SUCCESS', known: true, schema: { ok: true } }),
  accept(cosmo, 'does not read a body in which the event comes twice', cosmo.body.replace('"event":', '"event":"APOLLO_MIGRATE_INIT","event":'),
    { schema: { ok: false, at: '/event', code: 'duplicate_key' } }),

  ...signatureRules(cosmo),
  ...bodyRules(cosmo),
  ...eventRules(cosmo, (event, data) => {
    if (tellers[event]) return { body: data, at: '' }
    return { body: { version: 1, event, payload: data }, at: '/payload' }
  }, (event) => tellers[event]),
]
