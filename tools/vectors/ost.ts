// OST Platform: its documents of webhooks, its SDKs' tests and its platform's source.
import { dialectFile, envelopeRules, eventRules } from './events.ts'
import {
  accept, computed, digest, forge, hmac, refuse, rename, set, sign, twice, vector, without, type How,
  type Recipe,
} from './recipe.ts'
import { bodyRules, signatureRules, timestampRules, toleranceRules } from './rules.ts'

const secret = '09121ae7614856777fa36d63aca828e0ef14be77fb48fa149e0c0b50fec847a7'
const older = '5f2b1d0c9e8a7f6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b'
const now = 1560838773
const examples = dialectFile('ost').events
const webhook = '0823a4ea-5d87-44cf-8ca8-1e5a31bf8e46'
const envelope = (topic: string, data: unknown, members: Record<string, unknown> = {}) =>
  JSON.stringify({ id: '3c0b1a52-6f5e-4a1f-9d7a-2b1c0d9e8f70', topic, created_at: 1560838772, webhook_id: webhook, version: 'v2', data, ...members })
const session = JSON.stringify(examples['sessions/authorization_success'].example.session)

const ost: Recipe = {
  dialect: 'ost',
  secret,
  other: older,
  now,
  body: envelope('sessions/authorization_success', examples['sessions/authorization_success'].example),
  extended: (extra) => envelope('sessions/authorization_success', '?').replace('"?"', `{"result_type":"session","session":${session.slice(0, -1)},"x":${extra}}}`),
  depth: 3,
  header: 'ost-signature',
  encoding: 'hex',
  key: (text) => Buffer.from(text),
  message: (body, how) => Buffer.concat([Buffer.from(`${how.timestamp ?? now}.${how.version ?? 'v2'}.`), body]),
  value: (signatures) => signatures.join(','),
  headers: (signature, how) => [
    ['ost-timestamp', how.timestamp ?? String(now)],
    ['api-signature-kind', 'OST1-WEBHOOK-HMAC-SHA256'],
    ['ost-version', how.version ?? 'v2'],
    ['content-type', how.contentType ?? 'application/json'],
    ['ost-signature', signature],
  ],
  unread: { type: null, alias: null, id: null, timestamp: now, version: 'v2', dedupe: null },
}

/** The event of the API reference. */
const documented = '{"id":"54e3cd1c-afd7-4dcf-9c78-137c56a53582","topic":"transactions/success","created_at":1560838772,"webhook_id":"0823a4ea-5d87-44cf-8ca8-1e5a31bf8e46","version":"v2","data":{"result_type":"transaction","transaction":{"id":"ddebe817-b94f-4b51-9227-f543fae4715a","transaction_hash":"0x7ee737db22b58dc4da3f4ea4830ca709b388d84f31e77106cb79ee09fc6448f9","from":"0x69a581096dbddf6d1e0fff7ebc1254bb7a2647c6","to":"0xc2f0dde92f6f3a3cb13bfff43e2bd136f7dcfe47","nonce":3,"value":"0","gas_price":"1000000000","gas_used":120558,"transaction_fee":"120558000000000","block_confirmation":24,"status":"SUCCESS","updated_timestamp":1560838699,"block_timestamp":1560838698,"block_number":1554246,"rule_name":"Pricer","meta_property":{},"transfers":[{"from":"0xc2f0dde92f6f3a3cb13bfff43e2bd136f7dcfe47","from_user_id":"acfdea7d-278e-4ffc-aacb-4a21398a280c","to":"0x0a754aaab96d634337aac6556312de396a0ca46a","to_user_id":"7bc8e0bd-6761-4604-8f8e-e33f86f81309","amount":"112325386","kind":"transfer"}]}}}'
const reference = 'https://dev.ost.com/platform/docs/api/#webhook-event-data'
const hello = '{"hello":"hello"}'
const current = 'c7b18f8165ade50aaa0109c25a4ea2b0c0e3094107e5974e4680ad8cc1f58a39'
const grace = '7966e9abe2f0e8d3f7a38fb5bec3faf81d595369773c8e4c32b4978bf6599d53'

/** Requests with signatures that others published or computed beforehand. */
const known: [title: string, source: string, secrets: string[], body: string, how: How, signature: string, expect: object][] = [
  ["accepts the webhook of the SDKs' tests", 'ost-sdk-js test/index.js, ost-sdk-ruby lib/ost-sdk-ruby/test/webhooks_test.rb, ost-sdk-php tests/Services/WebhooksTest.php; signature as published',
    ['mySecret'], hello, { timestamp: '1559902637', version: '2' }, '2c56c143550c603a6ff47054803f03ee4755c9c707986ae27f7ca1dd1c92a824',
    { type: null, id: null, timestamp: 1559902637, version: '2', known: false, content: 'json', schema: { ok: false, at: '/id', code: 'schema' } }],
  ["accepts the SDKs' test with the version that is sent", computed, ['mySecret'], hello, { timestamp: '1559902637', version: 'v2' },
    'fb6be075a922fb856536b653b521d55cab0928b04739a6d3cca993b699766105', { version: 'v2', schema: { ok: false, at: '/id', code: 'schema' } }],
  ['accepts the event of the API reference in compact bytes', `${reference}; signature ${computed}`, ['mySecret'], documented, {},
    'ee1b7a13a7f64031217a77e74290ec9c0b3f93a01568dc8fe999280c0d43dfc7',
    { type: 'transactions/success', alias: null, id: '54e3cd1c-afd7-4dcf-9c78-137c56a53582', timestamp: now, version: 'v2', known: true, content: 'json', schema: { ok: true },
      dedupe: { key: '54e3cd1c-afd7-4dcf-9c78-137c56a53582', signed: true }, authenticity: 'verified', secret: 0, handshake: false }],
  ...([
    ['users/activation_success', '9c362f08f427000c23fbd0e483e9e6515211da8d7e86c0f2f3750152d844ab78'],
    ['devices/authorization_success', 'e36f4125b753085eddcc686fb5faf629db7bf07a4db9d6235b3266f8b59f2af0'],
    ['sessions/authorization_success', '300e511f24a7e24714e4f3cc8c0bc0e66909d0fdf590e3a343b0ff1fa07305a6'],
    ['price_points/usd_update', 'd4e758383d8301a96cbdaf38ea7f214debba50f54f776ac6e5a126ba0cbfe383'],
  ] as const).map(([topic, signature]): (typeof known)[number] => [
    `accepts the entity of the API reference under ${topic}`, `entity of https://dev.ost.com/platform/docs/api/; signature ${computed}`, [secret],
    envelope(topic, examples[topic].example), {}, signature, { type: topic, known: true, schema: { ok: true }, version: 'v2', timestamp: now }]),
]

const good = sign(ost, ost.body)
const bad = (title: string, signature: string, remove?: any) => refuse(ost, title, 'bad_signature', forge(ost, signature), { remove })
const one = digest(ost, ost.body).toString('hex')
const junk = (count: number) => Array.from({ length: count }, (_, index) => Buffer.alloc(32, index).toString('hex'))
const enforce = (title: string, body: string, remove: any) => refuse(ost, title, 'schema', sign(ost, body), { body, mode: 'enforce', remove })
const data = examples['sessions/authorization_success'].example
const report = (title: string, members: Record<string, unknown>, at: string, expect: object = {}) =>
  accept(ost, title, envelope('sessions/authorization_success', data, members), { schema: { ok: false, at, code: 'schema' }, ...expect })

/** For each topic a sample whose entity has the status of another topic. */
const statuses: Record<string, string> = {
  transaction: 'PAUSED', user: 'ABORTED', device: 'ABORTED', session: 'ABORTED', token_holder: 'ACTIVE', redemption: 'ABORTED',
}
const wrongStatuses = Object.entries(examples).flatMap(([topic, { example }]) => {
  const entity = example.result_type
  if (entity === 'price_point') return []
  const siblings = Object.entries(examples).filter(([, other]) => other.example.result_type === entity)
  const right = example[entity].status
  const [from, status] = siblings.map(([name, other]) => [name, other.example[entity].status]).find(([, other]) => other !== right) ?? ['none', statuses[entity]]
  return [
    accept(ost, `reports the status ${status} of ${from} under ${topic}`, envelope(topic, { ...example, [entity]: { ...example[entity], status } }),
      { type: topic, known: true, schema: { ok: false, at: `/data/${entity}/status`, code: 'schema' } }),
  ]
})

export const vectors = [
  ...known.map(([title, source, secrets, body, how, signature, expect]) => {
    const headers = sign(ost, body, { ...how, signers: secrets })
    if (headers.at(-1)![1] !== signature) throw new Error(`${title}: another signature`)
    return vector(ost, title, body, headers, { code: 'ok', ...expect }, { source, secrets })
  }),
  accept(ost, 'accepts the event of the API reference as printed, indented', JSON.stringify(JSON.parse(documented), null, 2),
    { type: 'transactions/success', known: true, schema: { ok: true } }, { source: `${reference}; signature ${computed}` }),

  // Published samples whose signatures belong to other inputs.
  vector(ost, 'refuses the signature of the API reference\'s Java sample', documented, [
    ['ost-timestamp', '1559902637'], ['ost-version', 'v2'], ['ost-signature', 'e9206f9feecccd8f9653a4bdb56ea74531e6528bae8f6de1797aa77dc5235923'],
  ], { code: 'bad_signature' }, { source: 'https://dev.ost.com/platform/docs/api/, Java sample: its signature does not match its own inputs' }),
  vector(ost, 'refuses the signature of the API reference\'s JavaScript sample', documented, [
    ['ost-timestamp', '1559902637'], ['ost-version', 'v2'], ['ost-signature', '2c56c143550c603a6ff47054803f03ee4755c9c707986ae27f7ca1dd1c92a824'],
  ], { code: 'bad_signature' }, { secrets: ['mySecret'], source: 'https://dev.ost.com/platform/docs/api/, JavaScript sample: its signature belongs to {"hello":"hello"} with version 2' }),
  vector(ost, "refuses the SDKs' test with another timestamp", hello, [
    ['ost-timestamp', '1559902638'], ['ost-version', '2'], ['ost-signature', '2c56c143550c603a6ff47054803f03ee4755c9c707986ae27f7ca1dd1c92a824'],
  ], { code: 'bad_signature' }, { secrets: ['mySecret'] }),

  // Two signatures in the 24 hours after a rotation.
  ...([
    ['both secrets, the current first', [secret, older], 0], ['both secrets, the older first', [older, secret], 0],
    ['the current secret alone', [secret], 0], ['the older secret alone', [older], 0],
    ['the older secret behind one that signed nothing', ['mySecret', older], 1],
  ] as const).flatMap(([which, secrets, index]) => [
    vector(ost, `accepts two signatures with ${which}`, documented, ost.headers(`${current},${grace}`, {}, Buffer.alloc(0)),
      { code: 'ok', secret: index }, { secrets: [...secrets] }),
    vector(ost, `accepts two signatures the other way round with ${which}`, documented, ost.headers(`${grace},${current}`, {}, Buffer.alloc(0)),
      { code: 'ok', secret: index }, { secrets: [...secrets] }),
  ]),
  vector(ost, 'accepts the older signature alone with both secrets', documented, ost.headers(grace, {}, Buffer.alloc(0)), { code: 'ok', secret: 1 }, { secrets: [secret, older] }),
  vector(ost, 'refuses two signatures of secrets that are no longer ours', documented, ost.headers(`${current},${grace}`, {}, Buffer.alloc(0)),
    { code: 'bad_signature' }, { secrets: ['mySecret'] }),
  vector(ost, 'accepts the right one of eight signatures', ost.body, forge(ost, [...junk(7), one].join(',')), { code: 'ok', secret: 0 }),
  refuse(ost, 'refuses nine signatures', 'too_many_signatures', forge(ost, [...junk(8), one].join(','))),
  bad('refuses a space behind the comma', `${one}, ${junk(1)[0]}`),
  bad('refuses a comma behind the last signature', `${one},`),
  bad('refuses a malformed signature beside a good one', `x,${one}`),

  // Headers that the signature covers.
  refuse(ost, 'refuses a request without ost-version', 'missing_signature', without(good, 'ost-version')),
  refuse(ost, 'refuses an empty ost-version', 'missing_signature', sign(ost, ost.body, { version: '' })),
  refuse(ost, 'refuses an ost-version with a dot', 'bad_signature', sign(ost, ost.body, { version: 'v2.1' })),
  refuse(ost, 'refuses an ost-version with a space', 'bad_signature', sign(ost, ost.body, { version: 'v2 x' })),
  refuse(ost, 'refuses an ost-version of 257 characters', 'bad_signature', sign(ost, ost.body, { version: 'v'.repeat(257) })),
  refuse(ost, 'refuses two lines of ost-version', 'duplicate_header', twice(good, 'ost-version')),
  refuse(ost, 'refuses an ost-version changed after signing', 'bad_signature', set(good, 'ost-version', 'v3')),
  refuse(ost, 'refuses the boundary shifted from version to body', 'bad_signature', set(sign(ost, `x.${ost.body}`), 'ost-version', 'v2.x')),
  vector(ost, 'asks nothing of api-signature-kind', ost.body, without(good, 'api-signature-kind'), { code: 'ok' }),

  // The dialect's rules, each with what removes it.
  refuse(ost, 'takes the signature from ost-signature alone', 'missing_signature', rename(good, 'ost-signature', 'x-signature'),
    { remove: [{ op: 'replace', path: '/signature/header', value: 'x-signature' }] }),
  refuse(ost, 'takes the timestamp from ost-timestamp alone', 'missing_timestamp', rename(good, 'ost-timestamp', 'x-timestamp'),
    { remove: [{ op: 'replace', path: '/timestamp/header', value: 'x-timestamp' }] }),
  refuse(ost, 'takes the timestamp as seconds', 'too_new', sign(ost, ost.body, { timestamp: '156083877000' }),
    { now: 156083877, tolerance: { past: 300, future: 300 }, remove: [{ op: 'replace', path: '/timestamp/unit', value: 'milliseconds' }] }),
  bad('refuses a signature with the prefix sha256=', `sha256=${one}`, [{ op: 'replace', path: '/signature/value', value: 'sha256={sig}' }]),
  bad('parts signatures by a comma', `${junk(1)[0]};${one}`, [{ op: 'replace', path: '/signature/list/separator', value: ';' }]),
  bad('wants hex', digest(ost, ost.body).toString('base64'), [{ op: 'replace', path: '/signature/encoding', value: 'base64' }]),
  bad('wants HMAC with SHA-256', hmac('sha384', Buffer.from(secret), ost.message(Buffer.from(ost.body), {})).toString('hex'),
    [{ op: 'replace', path: '/signature/scheme', value: 'hmac-sha384' }]),
  bad('wants timestamp and version to be signed', hmac('sha256', Buffer.from(secret), Buffer.from(ost.body)).toString('hex'),
    [{ op: 'replace', path: '/signature/signed', value: '{body}' }]),
  bad('wants the version to be signed', hmac('sha256', Buffer.from(secret), Buffer.from(`${now}.${ost.body}`)).toString('hex'),
    [{ op: 'replace', path: '/signature/signed', value: '{timestamp}.{body}' }]),
  bad('wants the timestamp to be signed', hmac('sha256', Buffer.from(secret), Buffer.from(`v2.${ost.body}`)).toString('hex'),
    [{ op: 'replace', path: '/signature/signed', value: '{header:ost-version}.{body}' }]),
  bad('uses the secret as text', hmac('sha256', Buffer.from(secret, 'hex'), ost.message(Buffer.from(ost.body), {})).toString('hex'),
    [{ op: 'replace', path: '/secret/decode', value: 'hex' }]),
  enforce('wants the status of the topic, when schemas are enforced', envelope('users/activation_success', examples['users/activation_initiate'].example),
    [{ op: 'remove', path: '/events/users~1activation_success/schema/properties' }]),
  enforce('wants the result_type of the topic, when schemas are enforced', envelope('users/activation_success', { ...examples['users/activation_success'].example, result_type: 'device' }),
    [{ op: 'remove', path: '/$defs/user_event/properties/result_type' }]),
  ...envelopeRules(ost, JSON.parse(envelope('tokens/mint', { result_type: 'token', token: {} }))),

  // The envelope's schema, reported.
  report('reports an id that is no UUID', { id: 'evt_1' }, '/id', { id: 'evt_1' }),
  report('reports a missing id', { id: undefined }, '/id', { id: null, dedupe: null }),
  report('reports a created_at with a fraction', { created_at: 1560838772.5 }, '/created_at'),
  report('reports a missing webhook_id', { webhook_id: undefined }, '/webhook_id'),
  report('reports a version that is a number', { version: 2 }, '/version'),
  accept(ost, 'accepts version "2" in the body', envelope('sessions/authorization_success', data, { version: '2' }), { version: 'v2', schema: { ok: true } }),
  accept(ost, 'accepts a topic that it does not know', envelope('tokens/mint', { result_type: 'token', token: {} }), { type: 'tokens/mint', known: false, schema: { ok: true } }),
  accept(ost, 'accepts the status CREATED under transactions/initiate', envelope('transactions/initiate', {
    result_type: 'transaction', transaction: { ...examples['transactions/initiate'].example.transaction, status: 'CREATED', transaction_hash: null, from: null, nonce: null } }),
    { type: 'transactions/initiate', schema: { ok: true } }),
  accept(ost, 'accepts a transaction of a redemption', envelope('transactions/success', { result_type: 'transaction', transaction: {
    ...examples['transactions/success'].example.transaction,
    redemption_meta: { redeemable_sku_id: '1', amount_in_fiat: '10', country_iso_code: 'USA', currency_iso_code: 'USD', redemption_id: '9c6a2a3e-6f0b-4f0b-8a54-0a9d6c1e7b21' } } }),
    { type: 'transactions/success', schema: { ok: true } }),
  accept(ost, 'accepts price points of several tokens', envelope('price_points/eur_update', { result_type: 'price_point', price_point: {
    OST: examples['price_points/usd_update'].example.price_point.OST, USDC: { USD: 1, EUR: 0.9, GBP: 0.8, decimals: 6, updated_timestamp: 1560754512 } } }),
    { type: 'price_points/eur_update', schema: { ok: true } }),
  accept(ost, 'reports a price point of another token that is no object', envelope('price_points/eur_update', { result_type: 'price_point', price_point: { USDC: 1 } }),
    { schema: { ok: false, at: '/data/price_point/USDC', code: 'schema' } }),
  accept(ost, 'does not read a body in which the topic comes twice', ost.body.replace('"topic":', '"topic":"users/activation_success","topic":'),
    { schema: { ok: false, at: '/topic', code: 'duplicate_key' } }),
  accept(ost, 'does not read a body in which a status comes twice', ost.body.replace('"status":', '"status":"REVOKED","status":'),
    { schema: { ok: false, at: '/data/session/status', code: 'duplicate_key' } }),
  ...wrongStatuses,

  // Any age, unless the caller sets a tolerance.
  accept(ost, 'accepts a timestamp of any age', ost.body, { timestamp: now }, { now: now + 366 * 86400 }),
  accept(ost, 'accepts a timestamp of the future', ost.body, { timestamp: now }, { now: now - 366 * 86400 }),
  ...toleranceRules(ost),
  ...signatureRules(ost),
  ...timestampRules(ost, 'ost-timestamp'),
  ...bodyRules(ost),
  ...eventRules(ost, (topic, example) => ({
    body: { id: '3c0b1a52-6f5e-4a1f-9d7a-2b1c0d9e8f70', topic, created_at: 1560838772, webhook_id: webhook, version: 'v2', data: example }, at: '/data',
    expect: { id: '3c0b1a52-6f5e-4a1f-9d7a-2b1c0d9e8f70' },
  })),
]
