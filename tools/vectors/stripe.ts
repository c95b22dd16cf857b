// Stripe: https://docs.stripe.com/webhooks/signature
import { dialectFile, envelopeRules, eventRules } from './events.ts'
import { accept, digest, forge, hmac, refuse, rename, sign, value, vector, type Recipe } from './recipe.ts'
import { bodyRules, signatureRules, timestampRules, toleranceRules } from './rules.ts'

const secret = 'whsec_12345678901234567890123456789012'
const now = 1591264652
const examples = dialectFile('stripe').events
const envelope = (type: string, object: unknown, members: Record<string, unknown> = {}) => JSON.stringify({
  id: 'evt_1NG8Du2eZvKYlo2CUI79vXWy', object: 'event', api_version: '2025-06-30.basil', created: 1686089970, data: { object }, livemode: false, pending_webhooks: 1,
  request: { id: null, idempotency_key: null }, type, ...members,
})
const charge = JSON.stringify(examples['charge.refunded'].example)

const stripe: Recipe = {
  dialect: 'stripe',
  secret,
  other: 'whsec_98765432109876543210987654321098',
  now,
  body: envelope('charge.refunded', examples['charge.refunded'].example),
  extended: (extra) => envelope('charge.refunded', '?').replace('"?"', `${charge.slice(0, -1)},"x":${extra}}`),
  depth: 3,
  header: 'Stripe-Signature',
  encoding: 'hex',
  key: (text) => Buffer.from(text),
  message: (body, how) => Buffer.concat([Buffer.from(`${how.timestamp ?? now}.`), body]),
  value: (signatures, how) => [`t=${how.timestamp ?? now}`, ...signatures.map((signature) => `v1=${signature}`)].join(','),
  headers: (signature, how) => [
    ['Content-Type', how.contentType ?? 'application/json; charset=utf-8'],
    ['User-Agent', 'Stripe/1.0 (+https://stripe.com/docs/webhooks)'],
    ['Stripe-Signature', signature],
  ],
  unread: { type: null, alias: null, id: null, timestamp: now, version: null, dedupe: null },
}

const good = sign(stripe, stripe.body)
const header = value(good, 'Stripe-Signature')
const one = digest(stripe, stripe.body).toString('hex')
const key = Buffer.from(secret)
const bad = (title: string, text: string, remove?: any) => refuse(stripe, title, 'bad_signature', forge(stripe, text), { remove })
const ok = (title: string, text: string) => vector(stripe, title, stripe.body, forge(stripe, text), { code: 'ok', secret: 0, timestamp: now })
const junk = (count: number) => Array.from({ length: count }, (_, index) => 'v1=' + Buffer.alloc(32, index).toString('hex'))
const data = examples['charge.refunded'].example
const enforce = (title: string, members: Record<string, unknown>, remove: any) => {
  const body = envelope('charge.refunded', data, members)
  return refuse(stripe, title, 'schema', sign(stripe, body), { body, mode: 'enforce', remove })
}
const report = (title: string, members: Record<string, unknown>, at: string, expect: object = {}) =>
  accept(stripe, title, envelope('charge.refunded', data, members), { schema: { ok: false, at, code: 'schema' }, ...expect })

export const vectors = [
  accept(stripe, 'accepts a snapshot event', stripe.body, { type: 'charge.refunded', alias: null, id: 'evt_1NG8Du2eZvKYlo2CUI79vXWy', timestamp: now, version: '2025-06-30.basil',
    known: true, content: 'json', schema: { ok: true }, dedupe: { key: 'evt_1NG8Du2eZvKYlo2CUI79vXWy', signed: true }, authenticity: 'verified', secret: 0, handshake: false }),
  accept(stripe, "accepts the document's Event object, of a type that it does not know", envelope('setup_intent.created',
    { id: 'seti_1NG8Du2eZvKYlo2C9XMqbR0x', object: 'setup_intent', livemode: false, status: 'requires_confirmation' }, { api_version: '2019-02-19', pending_webhooks: 0 }),
    { type: 'setup_intent.created', version: '2019-02-19', known: false, schema: { ok: true } }),
  accept(stripe, 'accepts an indented body, as Stripe sends it', JSON.stringify(JSON.parse(stripe.body), null, 2), { type: 'charge.refunded', schema: { ok: true } }),
  accept(stripe, "accepts a connected account's event", envelope('charge.refunded', data, { account: 'acct_1T8oxK0AcRNJbwd4' }), { schema: { ok: true } }),
  accept(stripe, 'accepts an event without an API version', envelope('charge.refunded', data, { api_version: null }), { version: null, schema: { ok: true } }),
  accept(stripe, 'reports a thin event', '{"id":"evt_test_65S5NGNeXkM2","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered","created":"2025-07-09T05:00:00.000Z","livemode":false}',
    { type: 'v1.billing.meter.error_report_triggered', id: 'evt_test_65S5NGNeXkM2', known: false, schema: { ok: false, at: '/object', code: 'schema' } }),

  // The list of the header.
  accept(stripe, 'accepts a v1 for each secret while one is rolled', stripe.body, { secret: 0 }, { signers: [stripe.secret, stripe.other] }),
  accept(stripe, 'accepts a v1 for each secret while one is rolled, ours the second', stripe.body, { secret: 0 }, { signers: [stripe.other, stripe.secret] }),
  ok('passes over v0', `${header},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39`),
  ok('passes over v0 before v1', `t=${now},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39,v1=${one}`),
  ok('passes over a scheme to come', `${header},v2=AbC+/=`),
  ok('takes the fields in any order', `v1=${one},t=${now}`),
  ok('accepts the right one of eight signatures', `t=${now},${junk(7).join(',')},v1=${one}`),
  refuse(stripe, 'refuses nine signatures', 'too_many_signatures', forge(stripe, `t=${now},${junk(8).join(',')},v1=${one}`)),
  refuse(stripe, 'refuses a header without t', 'missing_timestamp', forge(stripe, `v1=${one}`)),
  refuse(stripe, 'refuses a t without a value', 'missing_timestamp', sign(stripe, stripe.body, { timestamp: '' })),
  bad('refuses two t', `t=${now},${header}`),
  bad('refuses two t of different times', `${header},t=${now + 1}`),
  bad('refuses a header without a v1', `t=${now}`),
  bad('refuses v0 alone', `t=${now},v0=${one}`),
  bad('refuses a space behind the comma', `t=${now}, v1=${one}`),
  bad('refuses a comma behind the last entry', `${header},`),
  bad('refuses an entry without a value', `${header},v2=`),
  bad('refuses an entry without a tag', `${header},=x`),
  bad('refuses an entry that has no tag at all', `${header},x`),
  bad('refuses V1 for v1', `t=${now},V1=${one}`),
  bad('refuses a malformed v1 beside a good one', `${header},v1=00`),
  bad('refuses a t changed after signing', `t=${now - 1},v1=${one}`),

  // The dialect's rules, each with what removes it.
  refuse(stripe, 'takes the signature from Stripe-Signature alone', 'missing_signature', rename(good, 'Stripe-Signature', 'X-Signature'),
    { remove: [{ op: 'replace', path: '/signature/header', value: 'X-Signature' }] }),
  bad('wants the scheme v1', `t=${now},v3=${one}`, [{ op: 'replace', path: '/signature/value', value: 'v3={sig}' }]),
  bad('parts entries by a comma', `v1=${one};t=${now}`, [{ op: 'replace', path: '/signature/list/separator', value: ';' }]),
  refuse(stripe, 'takes the timestamp from t alone', 'missing_timestamp', forge(stripe, `ts=${now},v1=${one}`),
    { remove: [{ op: 'replace', path: '/signature/list/fields', value: ['ts={timestamp}'] }] }),
  bad('wants hex', `t=${now},v1=${digest(stripe, stripe.body).toString('base64')}`, [{ op: 'replace', path: '/signature/encoding', value: 'base64' }]),
  bad('wants HMAC with SHA-256', `t=${now},v1=${hmac('sha512', key, stripe.message(Buffer.from(stripe.body), {})).toString('hex')}`,
    [{ op: 'replace', path: '/signature/scheme', value: 'hmac-sha512' }]),
  bad('wants the timestamp to be signed, with a dot', `t=${now},v1=${hmac('sha256', key, Buffer.from(`${now}:${stripe.body}`)).toString('hex')}`,
    [{ op: 'replace', path: '/signature/signed', value: '{timestamp}:{body}' }]),
  bad('uses the whole secret as text', `t=${now},v1=${hmac('sha256', Buffer.from(secret.slice(6), 'base64'), stripe.message(Buffer.from(stripe.body), {})).toString('hex')}`,
    [{ op: 'replace', path: '/secret', value: { prefix: 'whsec_', decode: 'base64' } }]),
  refuse(stripe, 'takes the timestamp as seconds', 'too_new', sign(stripe, stripe.body, { timestamp: '159126465000' }),
    { now: 159126465, remove: [{ op: 'replace', path: '/timestamp/unit', value: 'milliseconds' }] }),
  enforce('wants the charge of charge.refunded, when schemas are enforced', { data: { object: { ...data, object: 'refund' } } },
    [{ op: 'remove', path: '/events/charge.refunded/schema/properties/object' }]),
  ...envelopeRules(stripe, JSON.parse(envelope('setup_intent.created', { id: 'seti_1' }, { account: 'acct_1', data: { object: { id: 'seti_1' }, previous_attributes: {} } }))),
  ...toleranceRules(stripe, '/timestamp/tolerance'),

  // The envelope's schema, reported.
  report('reports a missing id', { id: undefined }, '/id', { id: null, dedupe: null }),
  report('reports a livemode that is no boolean', { livemode: 'false' }, '/livemode'),
  report('reports data without an object', { data: {} }, '/data/object'),
  report('reports an object of another kind', { data: { object: { ...data, object: 'refund' } } }, '/data/object/object'),
  accept(stripe, 'does not read a body in which the type comes twice', stripe.body.replace('"pending_webhooks"', '"type":"x","pending_webhooks"'),
    { schema: { ok: false, at: '/type', code: 'duplicate_key' } }),

  ...signatureRules(stripe),
  ...timestampRules(stripe),
  ...bodyRules(stripe),
  ...eventRules(stripe, (type, object) => ({ body: JSON.parse(envelope(type, object)), at: '/data/object' })),
]
