// Platform Core API: its document "Platform Core API Webhooks" of January 15, 2024.
import { envelopeRules, eventRules } from './events.ts'
import {
  accept, computed, digest, forge, hmac, refuse, rename, set, sign, twice, vector, type Header, type How,
  type Recipe,
} from './recipe.ts'
import { bodyRules, signatureRules } from './rules.ts'

const secret = 'platform_secret'

const platform: Recipe = {
  dialect: 'platform-core',
  secret,
  other: 'platform_secret_2',
  now: 1705314600,
  body: '{"id":"webhook_123456","event":"user.created","timestamp":"2024-01-15T10:30:00Z","data":{"user":{"id":"user_789","username":"new.user@example.com","name":"New User","created_at":"2024-01-15T10:30:00Z"}},"api_version":"2.1.0"}',
  extended: (extra) => `{"id":"webhook_123456","event":"user.created","timestamp":"2024-01-15T10:30:00Z","data":{"user":{"id":"user_789","username":"new.user@example.com","name":"New User","created_at":"2024-01-15T10:30:00Z"},"x":${extra}}}`,
  depth: 2,
  header: 'x-platform-signature',
  encoding: 'hex',
  key: (text) => Buffer.from(text),
  message: (body) => body,
  value: ([signature]) => `sha256=${signature}`,
  headers: (signature, how) => [
    ['Content-Type', how.contentType ?? 'application/json'],
    ...(how.type === '' ? [] : ([['X-Platform-Event', how.type ?? 'user.created']] as Header[])),
    ['X-Platform-Signature', signature],
    ['X-Platform-Delivery', 'delivery_456'],
    ['User-Agent', 'Platform-Webhooks/1.0'],
  ],
  unread: { type: null, alias: null, id: null, timestamp: null, version: null, dedupe: null },
  bare: { type: '' },
}

const document = `Platform Core API Webhooks, January 15, 2024; signature ${computed}`
const samples: [name: string, type: string, text: string, version: string | null, timestamp: number, signature?: string][] = [
  ['the request structure', 'user.created', `{
  "id": "webhook_123456",
  "event": "user.created",
  "timestamp": "2024-01-15T10:30:00Z",
  "data": {
    "user": {
      "id": "user_789",
      "username": "new.user@example.com",
      "name": "New User",
      "created_at": "2024-01-15T10:30:00Z"
    }
  },
  "api_version": "2.1.0"
}`, '2.1.0', 1705314600, '76ca81f394ed0c554ba0ee9c9a9ee9060eb567a2c473729fe20606de820da7cc'],
  ['the example User Created', 'user.created', `{
  "id": "webhook_001",
  "event": "user.created",
  "timestamp": "2024-01-15T10:30:00Z",
  "data": {
    "user": {
      "id": "user_789",
      "username": "john.doe@example.com",
      "name": "John Doe",
      "created_at": "2024-01-15T10:30:00Z",
      "permissions": ["read", "write"]
    }
  }
}`, null, 1705314600, '16cdc94bb0a05be90e667c42f22c31b6d75bc7219681dbfd184facf1b1c6f6b4'],
  ['the example Token Refreshed', 'token.refreshed', `{
  "id": "webhook_002",
  "event": "token.refreshed",
  "timestamp": "2024-01-15T11:00:00Z",
  "data": {
    "token": {
      "user_id": "user_789",
      "token_type": "access_token",
      "expires_at": "2024-01-15T12:00:00Z",
      "scopes": ["read", "write"]
    }
  }
}`, null, 1705316400, 'c90e349862de27355f17267715121daae4b7c88b970872f205e34b985ba06162'],
  ['the example Rate Limit Exceeded', 'api.rate_limit_exceeded', `{
  "id": "webhook_003",
  "event": "api.rate_limit_exceeded",
  "timestamp": "2024-01-15T11:15:00Z",
  "data": {
    "rate_limit": {
      "user_id": "user_789",
      "endpoint": "/v2/users/me",
      "limit": 1000,
      "window": 3600,
      "exceeded_by": 50
    }
  }
}`, null, 1705317300, '68a415dc2ff5a36735dc6e0ff42f8bb3191cbcd4ffa43d8dae5c67dcd93cb971'],
]

const envelope = (members: Record<string, unknown>) =>
  JSON.stringify({ id: 'webhook_123456', event: 'user.created', timestamp: '2024-01-15T10:30:00Z', data: JSON.parse(platform.body).data, ...members })
const printedAgain = JSON.stringify(JSON.parse(platform.body), null, 2)
const good = sign(platform, platform.body)
const key = Buffer.from(secret)
const small = '{"id":"webhook_001","event":"user.created","timestamp":"2024-01-15T10:30:00Z","data":{}}'
const smallHeaders = (signature: string): Header[] =>
  [['X-Platform-Event', 'user.created'], ['X-Platform-Signature', signature], ['X-Platform-Delivery', 'delivery_1']]
const bad = (name: string, signature: string, remove?: any) => refuse(platform, name, 'bad_signature', forge(platform, signature), { remove })
const given = { past: 300, future: 300 }
const at = (seconds: number) => envelope({ timestamp: new Date((platform.now + seconds) * 1000).toISOString() })
const aged = (name: string, seconds: number, code: string) =>
  refuse(platform, name, code, sign(platform, at(seconds)), { body: at(seconds), tolerance: given })
const enforce = (name: string, members: Record<string, unknown>, remove: any) => {
  const body = envelope(members)
  return refuse(platform, name, 'schema', sign(platform, body), { body, mode: 'enforce', remove })
}
const report = (name: string, members: Record<string, unknown>, pointer: string, expect: object = {}, how: How = {}) =>
  accept(platform, name, envelope(members), { schema: { ok: false, at: pointer, code: 'schema' }, ...expect }, how)

export const vectors = [
  ...samples.flatMap(([name, type, text, version, timestamp, signature]) => {
    const compact = JSON.stringify(JSON.parse(text))
    if (digest(platform, compact).toString('hex') !== signature) throw new Error(`${name}: another signature`)
    const expect = { type, alias: null, id: JSON.parse(text).id, timestamp, version, known: true, content: 'json', schema: { ok: true },
      dedupe: { key: JSON.parse(text).id, signed: true }, authenticity: 'verified', secret: 0, handshake: false }
    return [
      accept(platform, `accepts ${name} of the document as printed`, text, expect, { source: document, type }),
      accept(platform, `accepts ${name} of the document in compact bytes`, compact, expect, { source: document, type }),
    ]
  }),
  vector(platform, 'refuses a signature without its prefix', small,
    smallHeaders('12c90194fb131edb7cb88ca2c31401d863fce7f8210558a46e84d36c22356e08'), { code: 'bad_signature' },
    { remove: [{ op: 'replace', path: '/signature/value', value: '{sig}' }] }),
  vector(platform, 'refuses a small event signed by another secret', small,
    smallHeaders('sha256=0074fccffcbce4a8f3e9fd9d7d141713acbb21c94d54546e83261c8f7bf3bb47'), { code: 'bad_signature' }),
  refuse(platform, 'refuses a body that was parsed and printed again', 'bad_signature', sign(platform, printedAgain),
    { body: JSON.stringify(JSON.parse(printedAgain)) }),

  // The event's name stands in the body and in an unsigned header.
  accept(platform, 'takes the type from the body where no header names it', platform.body, { type: 'user.created', known: true }, { type: '' }),
  refuse(platform, 'refuses two lines of the event header', 'duplicate_header', twice(good, 'x-platform-event', 'user.deleted')),
  refuse(platform, 'refuses the event header as Fetch joins two lines of it', 'duplicate_header', set(good, 'x-platform-event', 'user.created, user.created')),
  // These two break the schema as well, so that they stay refused when the header alone names the type.
  ...(['user.deleted', 'User.Created'] as const).map((type) =>
    refuse(platform, `refuses the event header "${type}" for user.created, whatever the schema says`, 'contradiction',
      sign(platform, envelope({ id: undefined }), { type }), { body: envelope({ id: undefined }), mode: 'enforce' })),
  refuse(platform, 'refuses an event header that contradicts the body', 'contradiction', set(good, 'x-platform-event', 'user.deleted'),
    { remove: [{ op: 'remove', path: '/event/type/pointer' }] }),

  // The dialect's rules, each with what removes it.
  refuse(platform, 'takes the signature from X-Platform-Signature alone', 'missing_signature', rename(good, 'x-platform-signature', 'X-Hub-Signature-256'),
    { remove: [{ op: 'replace', path: '/signature/header', value: 'X-Hub-Signature-256' }] }),
  bad('refuses a signature with its prefix in upper case', 'SHA256=' + digest(platform, platform.body).toString('hex')),
  bad('wants hex', 'sha256=' + digest(platform, platform.body).toString('base64'), [{ op: 'replace', path: '/signature/encoding', value: 'base64' }]),
  bad('wants HMAC with SHA-256', 'sha256=' + hmac('sha1', key, Buffer.from(platform.body)).toString('hex'),
    [{ op: 'replace', path: '/signature/scheme', value: 'hmac-sha1' }]),
  bad('refuses two signatures in one header', [0, 1].map(() => 'sha256=' + digest(platform, platform.body).toString('hex')).join(','),
    [{ op: 'add', path: '/signature/list', value: { separator: ',' } }]),
  enforce('wants the user of user.created, when schemas are enforced', { data: {} }, [{ op: 'remove', path: '/$defs/user_data/required' }]),
  ...envelopeRules(platform, { id: 'webhook_1', event: 'user.promoted', timestamp: '2024-01-15T10:30:00Z', data: {}, api_version: '2.1.0' }),

  // The envelope's schema, reported.
  report('reports a missing id', { id: undefined }, '/id', { id: null, dedupe: null }),
  report('reports an id that is no string', { id: 7 }, '/id'),
  report('reports a missing event', { event: undefined }, '/event', { type: null, known: false }, { type: '' }),
  report('reports an event that is no string', { event: ['user.created'] }, '/event', { type: null, known: false }, { type: '' }),
  report('reports a missing timestamp', { timestamp: undefined }, '/timestamp', { timestamp: null }),
  report('reports a timestamp without its time', { timestamp: '2024-01-15' }, '/timestamp', { timestamp: null }),
  report('reports a timestamp on the 30th of February', { timestamp: '2024-02-30T10:30:00Z' }, '/timestamp', { timestamp: null }),
  report('reports data that is no object', { data: [] }, '/data'),
  report('reports an api_version that is no string', { api_version: 2.1 }, '/api_version'),
  accept(platform, 'reports a body that is an array', '[]', { ...platform.unread, content: 'json', known: false, schema: { ok: false, at: '', code: 'schema' } }, platform.bare),
  accept(platform, 'reports a body that is null', 'null', { ...platform.unread, content: 'json', known: false, schema: { ok: false, at: '', code: 'schema' } }, platform.bare),
  accept(platform, 'does not look at the schema when told so', envelope({ api_version: 2 }), { type: 'user.created', id: 'webhook_123456' }, { mode: 'off' }),
  accept(platform, 'accepts what keeps to the schema when it is enforced', platform.body, { schema: { ok: true } }, { mode: 'enforce' }),
  accept(platform, 'accepts an event that it does not know', envelope({ event: 'user.promoted' }),
    { type: 'user.promoted', alias: null, known: false, schema: { ok: true } }, { type: 'user.promoted' }),
  accept(platform, 'accepts an event that it does not know when schemas are enforced', envelope({ event: 'user.promoted', data: { x: 1 } }),
    { type: 'user.promoted', known: false, schema: { ok: true } }, { type: 'user.promoted', mode: 'enforce' }),
  accept(platform, 'reads a type with escapes', platform.body.replace('user.created', 'user\\u002ecreated'), { type: 'user.created', known: true }),
  accept(platform, 'reads members in any order', '{"api_version":"2.1.0","data":{"user":{"created_at":"2024-01-15T10:30:00Z","name":"é","username":"u","id":"1"}},"timestamp":"2024-01-15T10:30:00Z","event":"user.created","id":"webhook_1"}',
    { type: 'user.created', id: 'webhook_1', version: '2.1.0', schema: { ok: true } }),
  accept(platform, 'reports a wrong user in a body whose event comes last', '{"data":{"user":{}},"timestamp":"2024-01-15T10:30:00Z","id":"webhook_1","event":"user.created"}',
    { type: 'user.created', schema: { ok: false, at: '/data/user/id', code: 'schema' } }, platform.bare),

  // Members that come twice.
  ...([
    ['an envelope\'s member', platform.body.replace('"event":', '"event":"user.deleted","event":'), '/event'],
    ['a member spelled with an escape', platform.body.replace('"event":', '"\\u0065vent":"user.deleted","event":'), '/event'],
    ['a member of the user', platform.body.replace('"name":', '"name":"x","name":'), '/data/user/name'],
  ] as const).map(([name, body, pointer]) =>
    accept(platform, `does not read a body in which ${name} comes twice`, body, { schema: { ok: false, at: pointer, code: 'duplicate_key' } }, platform.bare)),

  // The body's timestamp: of any age unless the caller sets a tolerance.
  accept(platform, 'accepts a timestamp of any age', platform.body, { timestamp: 1705314600 }, { now: platform.now + 366 * 86400 }),
  accept(platform, 'accepts a timestamp of the future', platform.body, { timestamp: 1705314600 }, { now: platform.now - 366 * 86400 }),
  accept(platform, 'reads a timestamp with an offset', envelope({ timestamp: '2024-01-15T12:30:00+02:00' }), { timestamp: 1705314600 }),
  accept(platform, 'reads a timestamp with a fraction', envelope({ timestamp: '2024-01-15T10:30:00.123Z' }), { timestamp: 1705314600 }),
  accept(platform, "accepts a timestamp 300 seconds old in the caller's tolerance", at(-300), { timestamp: platform.now - 300 }, { tolerance: given }),
  accept(platform, "accepts a timestamp 300 seconds ahead in the caller's tolerance", at(300), { timestamp: platform.now + 300 }, { tolerance: given }),
  aged("refuses a timestamp 301 seconds old by the caller's tolerance", -301, 'too_old'),
  aged("refuses a timestamp 301 seconds ahead by the caller's tolerance", 301, 'too_new'),
  refuse(platform, "refuses a body without a timestamp by the caller's tolerance", 'missing_timestamp', sign(platform, envelope({ timestamp: undefined })),
    { body: envelope({ timestamp: undefined }), tolerance: given }),
  refuse(platform, "refuses a timestamp that is no date by the caller's tolerance", 'bad_timestamp', sign(platform, envelope({ timestamp: 'now' })),
    { body: envelope({ timestamp: 'now' }), tolerance: given }),

  ...signatureRules(platform),
  ...bodyRules(platform),
  ...eventRules(platform, (event, data) => ({
    body: { id: 'webhook_123456', event, timestamp: '2024-01-15T10:30:00Z', data, api_version: '2.1.0' }, at: '/data', how: { type: event },
  })),
]
