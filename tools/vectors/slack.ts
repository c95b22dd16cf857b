// Slack: https://docs.slack.dev/authentication/verifying-requests-from-slack
import { dialectFile, envelopeRules, eventRules } from './events.ts'
import { accept, computed, digest, forge, hmac, refuse, rename, sign, vector, type Recipe } from './recipe.ts'
import { bodyRules, signatureRules, timestampRules, toleranceRules } from './rules.ts'

const secret = '8f742231b10e8888abcd99yyyzzz85a5'
const now = 1531420618
const examples = dialectFile('slack').events
const envelope = (event: unknown, members: Record<string, unknown> = {}) => JSON.stringify({
  token: 'XXYYZZ', team_id: 'T123ABC456', api_app_id: 'A123ABC456', event, type: 'event_callback',
  authorizations: [{ team_id: 'T123ABC456', user_id: 'U123ABC456', is_bot: false, is_enterprise_install: false }], event_id: 'Ev123ABC456', event_time: 1531420617, ...members,
})
const mention = examples.app_mention.example

const slack: Recipe = {
  dialect: 'slack',
  secret,
  other: 'e2f5c1d09a7b4c3d8e6f1a2b3c4d5e6f',
  now,
  body: envelope(mention),
  extended: (extra) => envelope('?').replace('"?"', `${JSON.stringify(mention).slice(0, -1)},"x":${extra}}`),
  depth: 2,
  header: 'X-Slack-Signature',
  encoding: 'hex',
  key: (text) => Buffer.from(text),
  message: (body, how) => Buffer.concat([Buffer.from(`v0:${how.timestamp ?? now}:`), body]),
  value: ([signature]) => `v0=${signature}`,
  headers: (signature, how) => [
    ['Content-Type', how.contentType ?? 'application/json'],
    ['X-Slack-Request-Timestamp', how.timestamp ?? String(now)],
    ['X-Slack-Signature', signature],
  ],
  unread: { type: null, alias: null, id: null, timestamp: now, version: null, dedupe: null },
}

const good = sign(slack, slack.body)
const one = digest(slack, slack.body).toString('hex')
const key = Buffer.from(secret)
const bad = (title: string, text: string, remove?: any) => refuse(slack, title, 'bad_signature', forge(slack, text), { remove })
const over = (text: string, algorithm = 'sha256') => 'v0=' + hmac(algorithm, key, Buffer.from(text)).toString('hex')
const command = 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
const form = { contentType: 'application/x-www-form-urlencoded' }
const none = { type: null, id: null, timestamp: now, known: false, content: 'form', handshake: false, dedupe: null, schema: { ok: false, at: '', code: 'bad_json' } }
const enforce = (title: string, members: Record<string, unknown>, remove: any) => {
  const body = envelope(mention, members)
  return refuse(slack, title, 'schema', sign(slack, body), { body, mode: 'enforce', remove })
}
const report = (title: string, body: string, at: string, expect: object = {}) => accept(slack, title, body, { schema: { ok: false, at, code: 'schema' }, ...expect })
const document = 'https://docs.slack.dev/reference/events/'

export const vectors = [
  vector(slack, "accepts the document's slash command, a form", command, [
    ['Content-Type', 'application/x-www-form-urlencoded'], ['X-Slack-Request-Timestamp', '1531420618'],
    ['X-Slack-Signature', 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503'],
  ], { code: 'ok', secret: 0, authenticity: 'verified', ...none }, { source: 'https://docs.slack.dev/authentication/verifying-requests-from-slack; signature as published' }),
  accept(slack, 'accepts an interaction, JSON in a form', 'payload=' + encodeURIComponent('{"type":"block_actions","user":{"id":"U123ABC456"}}'), none, form),
  accept(slack, 'accepts a form with a charset', command, none, { contentType: 'application/x-www-form-urlencoded; charset=utf-8' }),
  accept(slack, 'accepts an event', slack.body, { type: 'app_mention', alias: null, id: 'Ev123ABC456', timestamp: now, version: null, known: true, content: 'json', schema: { ok: true },
    dedupe: { key: 'Ev123ABC456', signed: true }, authenticity: 'verified', secret: 0, handshake: false, challenge: null }),
  accept(slack, 'hands on the challenge of a URL verification', '{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}',
    { type: 'url_verification', known: true, id: null, dedupe: null, handshake: true, challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P', schema: { ok: true } },
    { source: `${document}url_verification; signature ${computed}` }),
  accept(slack, 'sees no handshake in an event whose text speaks of one', envelope({ ...mention, text: '{"type":"url_verification","challenge":"x"}' }), { handshake: false, challenge: null, type: 'app_mention' }),
  accept(slack, 'sees no handshake in an inner event of that name', envelope({ type: 'url_verification', challenge: 'x' }), { handshake: false }),
  accept(slack, 'recognises app_rate_limited', '{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","type":"app_rate_limited","team_id":"T123456","minute_rate_limited":1518467820,"api_app_id":"A123456"}',
    { type: 'app_rate_limited', known: true, handshake: false, schema: { ok: true } }, { source: `${document}app_rate_limited; signature ${computed}` }),
  refuse(slack, 'refuses a URL verification that is not signed', 'missing_signature', [['Content-Type', 'application/json'], ['X-Slack-Request-Timestamp', String(now)]],
    { body: '{"token":"t","challenge":"c","type":"url_verification"}' }),
  accept(slack, 'accepts an event that it does not know', envelope({ type: 'channel_created', channel: { id: 'C1' } }), { type: 'channel_created', known: false, schema: { ok: true } }),
  accept(slack, 'accepts a message of a subtype', envelope({ type: 'message', subtype: 'message_changed', hidden: true, channel: 'C1', ts: '1358878755.000001', message: {} }), { type: 'message', schema: { ok: true } }),

  // The dialect's rules, each with what removes it.
  refuse(slack, 'takes the signature from X-Slack-Signature alone', 'missing_signature', rename(good, 'X-Slack-Signature', 'X-Signature'),
    { remove: [{ op: 'replace', path: '/signature/header', value: 'X-Signature' }] }),
  refuse(slack, 'takes the timestamp from X-Slack-Request-Timestamp alone', 'missing_timestamp', rename(good, 'X-Slack-Request-Timestamp', 'X-Request-Timestamp'),
    { remove: [{ op: 'replace', path: '/timestamp/header', value: 'X-Request-Timestamp' }] }),
  bad('refuses a signature without its version', one, [{ op: 'replace', path: '/signature/value', value: '{sig}' }]),
  bad('refuses version v1', `v1=${one}`, [{ op: 'replace', path: '/signature/value', value: 'v1={sig}' }]),
  bad('wants hex', 'v0=' + digest(slack, slack.body).toString('base64'), [{ op: 'replace', path: '/signature/encoding', value: 'base64' }]),
  bad('wants HMAC with SHA-256', over(`v0:${now}:${slack.body}`, 'sha1'), [{ op: 'replace', path: '/signature/scheme', value: 'hmac-sha1' }]),
  bad('wants the version to be signed', over(`${now}:${slack.body}`), [{ op: 'replace', path: '/signature/signed', value: '{timestamp}:{body}' }]),
  bad('wants the timestamp to be signed', over(slack.body), [{ op: 'replace', path: '/signature/signed', value: '{body}' }, { op: 'remove', path: '/timestamp/tolerance' }]),
  bad('wants colons in what is signed', over(`v0.${now}.${slack.body}`), [{ op: 'replace', path: '/signature/signed', value: 'v0.{timestamp}.{body}' }]),
  bad('refuses two signatures in one header', `v0=${one},v0=${one}`, [{ op: 'add', path: '/signature/list', value: { separator: ',' } }]),
  refuse(slack, 'takes the timestamp as seconds', 'too_new', sign(slack, slack.body, { timestamp: '153142060000' }),
    { now: 153142060, remove: [{ op: 'replace', path: '/timestamp/unit', value: 'milliseconds' }] }),
  refuse(slack, 'uses the secret as text', 'bad_signature', sign({ ...slack, key: (text) => Buffer.from(text, 'hex') }, slack.body, { signers: ['e2f5c1d09a7b4c3d8e6f1a2b3c4d5e6f'] }),
    { secrets: ['e2f5c1d09a7b4c3d8e6f1a2b3c4d5e6f'], remove: [{ op: 'replace', path: '/secret/decode', value: 'hex' }] }),
  enforce('wants the channel of an app_mention, when schemas are enforced', { event: { ...mention, channel: undefined } }, [{ op: 'remove', path: '/events/app_mention/schema/required/3' }]),
  ...envelopeRules(slack, JSON.parse(envelope({ type: 'channel_created' }, { enterprise_id: null, event_context: 'e', is_ext_shared_channel: false, context_team_id: 'T1', context_enterprise_id: null }))),
  ...toleranceRules(slack, '/timestamp/tolerance'),

  // The envelope's schema, reported.
  report('reports a missing team_id', envelope(mention, { team_id: undefined }), '/team_id'),
  report('reports a missing event', envelope(undefined), '/event', { type: null, known: false }),
  report('reports an event without a type', envelope({ user: 'U1' }), '/event/type', { type: null, known: false }),
  accept(slack, 'does not read a body in which the event comes twice', slack.body.replace('"event":', '"event":{},"event":'), { schema: { ok: false, at: '/event', code: 'duplicate_key' } }),

  ...signatureRules(slack),
  ...timestampRules(slack, 'X-Slack-Request-Timestamp'),
  ...bodyRules(slack),
  ...eventRules(slack, (event, data) => {
    if (examples[event].recognised_by) return { body: data, at: '' }
    return { body: JSON.parse(envelope(data)), at: '/event' }
  }, (event) => `/${examples[event].recognised_by ?? 'type'}`),
]
