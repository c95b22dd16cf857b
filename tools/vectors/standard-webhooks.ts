// Standard Webhooks: spec/standard-webhooks.md of github.com/standard-webhooks/standard-webhooks.
import { accept, computed, digest, forge, hmac, refuse, rename, sign, value, vector, type Recipe } from './recipe.ts'
import { bodyRules, idRules, signatureRules, timestampRules, toleranceRules } from './rules.ts'

const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const now = 1614265330

const standard: Recipe = {
  dialect: 'standard-webhooks',
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  other: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  now,
  body: '{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}',
  extended: (extra) => `{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"x":${extra}}}`,
  depth: 2,
  header: 'webhook-signature',
  encoding: 'base64',
  key: (secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'),
  message: (body, how) => Buffer.concat([Buffer.from(`${how.id ?? id}.${how.timestamp ?? now}.`), body]),
  value: (signatures) => signatures.map((signature) => `v1,${signature}`).join(' '),
  headers: (signature, how) => [
    ['content-type', how.contentType ?? 'application/json'],
    ['webhook-id', how.id ?? id],
    ['webhook-timestamp', how.timestamp ?? String(now)],
    ['webhook-signature', signature],
  ],
  known: false,
  unread: { type: null, alias: null, id, timestamp: now, version: null, dedupe: { key: id, signed: true } },
}

const good = sign(standard, standard.body)
const one = value(good, 'webhook-signature')
const key = standard.key(standard.secret)
const signed = (parts: string) => 'v1,' + hmac('sha256', key, Buffer.from(parts)).toString('base64')
const bad = (name: string, signature: string, remove?: any) => refuse(standard, name, 'bad_signature', forge(standard, signature), { remove })
const junk = (count: number) => Array.from({ length: count }, (_, index) => 'v1,' + Buffer.alloc(32, index).toString('base64'))

export const vectors = [
  vector(standard, 'accepts the webhook of the specification\'s test suites', '{"test": 2432232314}',
    forge(standard, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='),
    { code: 'ok', secret: 0, authenticity: 'verified', type: null, id, timestamp: now, known: false, content: 'json',
      dedupe: { key: id, signed: true } },
    { source: 'https://github.com/standard-webhooks/standard-webhooks, test suites of libraries/; signature as published' }),
  vector(standard, 'accepts a secret without its prefix', '{"test": 2432232314}',
    forge(standard, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='), { code: 'ok', secret: 0 },
    { source: 'https://github.com/standard-webhooks/standard-webhooks, test suites of libraries/; signature as published',
      secrets: ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] }),
  ...([
    ['the example payload', '{\n  "type": "example.event",\n  "timestamp": "2022-11-03T20:26:10.344522Z",\n  "data": {\n    "foo": "bar",\n    "fizzbuzz": 2\n  }\n}', 'example.event'],
    ['the thin payload', '{\n  "type": "contact.created",\n  "timestamp": "2022-11-03T20:26:10.344522Z",\n  "data": {\n    "id": "1f81eb52-5198-4599-803e-771906343485"\n  }\n}', 'contact.created'],
    ['the full payload', '{\n  "type": "contact.created",\n  "timestamp": "2022-11-03T20:26:10.344522Z",\n  "data": {\n    "id": "1f81eb52-5198-4599-803e-771906343485",\n    "type": "contact",\n    "fullName": "John Smith",\n    "address": "800 W NASA Pkwy, Webster, TX 77598, USA",\n    "phoneNumber": "(281) 332-2575",\n    "birthday": "1980-04-19",\n    "occupation": "Engineer, ACME"\n  }\n}', 'contact.created'],
  ] as const).flatMap(([name, text, type]) => {
    const expect = { type, alias: null, id, timestamp: now, version: null, known: false, content: 'json', schema: { ok: true },
      dedupe: { key: id, signed: true }, authenticity: 'verified', handshake: false }
    const source = `https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md; signature ${computed}`
    return [
      accept(standard, `accepts ${name} of the specification as printed`, text, expect, { source }),
      accept(standard, `accepts ${name} of the specification in compact bytes`, JSON.stringify(JSON.parse(text)), expect, { source }),
    ]
  }),
  accept(standard, 'accepts a payload whose data is squashed into it', '{"type":"contact.created","id":"1"}', { type: 'contact.created', schema: { ok: true } }),
  accept(standard, 'has no type where the body names none', '{"data":{}}', { type: null, alias: null, known: false, schema: { ok: true } }),

  // The list of signatures.
  accept(standard, 'accepts two signatures during a rotation', standard.body, { secret: 0 }, { signers: [standard.secret, standard.other] }),
  accept(standard, 'accepts two signatures with the older secret alone', standard.body, { secret: 0 },
    { signers: [standard.other, standard.secret] }),
  vector(standard, 'passes over a signature of another version', standard.body,
    forge(standard, `${one} v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==`), { code: 'ok', secret: 0 }),
  vector(standard, 'accepts the right one of eight signatures', standard.body, forge(standard, [...junk(7), one].join(' ')), { code: 'ok', secret: 0 }),
  refuse(standard, 'refuses nine signatures', 'too_many_signatures', forge(standard, [...junk(8), one].join(' '))),
  refuse(standard, 'refuses 256 signatures', 'too_many_signatures', forge(standard, [...junk(255), one].join(' '))),
  bad('refuses a signature of another version alone', 'v1a,' + one.slice(3)),
  bad('refuses a third field in a signature', one + ',x'),
  bad('refuses an ignored entry without a value', `v1a, ${one}`),
  bad('refuses an ignored entry without a tag', `,x ${one}`),
  bad('refuses an entry that is no signature at all', `x ${one}`),
  bad('refuses the header as Fetch joins two lines of which the first ends in an ignored entry', `${one} v1a,AAAA, ${one}`),
  bad('refuses two spaces between signatures', `${one}  ${one}`),
  bad('refuses a malformed signature beside a good one', `v1,AAAA ${one}`),
  refuse(standard, 'refuses the boundary shifted from id to timestamp', 'bad_id', [
    ['webhook-id', `m.${now - 86400}`], ['webhook-timestamp', String(now)], ['webhook-signature', signed(`m.${now - 86400}.${now}.5`)],
  ], { body: '5' }),
  refuse(standard, 'refuses the headers of svix', 'missing_signature', good.map(([name, text]) => [name.replace('webhook-', 'svix-'), text])),

  // The dialect's rules, each with what removes it.
  refuse(standard, 'takes the signature from webhook-signature alone', 'missing_signature', rename(good, 'webhook-signature', 'svix-signature'),
    { remove: [{ op: 'replace', path: '/signature/header', value: 'svix-signature' }] }),
  bad('wants the version v1', one.replace('v1', 'v2'), [{ op: 'replace', path: '/signature/value', value: 'v2,{sig}' }]),
  bad('parts signatures by a space', `${junk(1)[0]};${one}`, [{ op: 'replace', path: '/signature/list/separator', value: ';' }]),
  bad('wants base64', 'v1,' + digest(standard, standard.body).toString('hex'), [{ op: 'replace', path: '/signature/encoding', value: 'hex' }]),
  bad('wants HMAC with SHA-256', 'v1,' + hmac('sha512', key, standard.message(Buffer.from(standard.body), {})).toString('base64'),
    [{ op: 'replace', path: '/signature/scheme', value: 'hmac-sha512' }]),
  bad('wants the id to be signed', signed(`${now}.${standard.body}`), [{ op: 'replace', path: '/signature/signed', value: '{timestamp}.{body}' }]),
  bad('wants the timestamp to be signed', signed(`${id}.${standard.body}`),
    [{ op: 'replace', path: '/signature/signed', value: '{id}.{body}' }, { op: 'remove', path: '/timestamp/tolerance' }]),
  bad('decodes the secret', 'v1,' + hmac('sha256', Buffer.from(standard.secret), standard.message(Buffer.from(standard.body), {})).toString('base64'),
    [{ op: 'replace', path: '/secret', value: {} }]),
  refuse(standard, 'takes the timestamp from webhook-timestamp alone', 'missing_timestamp', rename(good, 'webhook-timestamp', 'svix-timestamp'),
    { remove: [{ op: 'replace', path: '/timestamp/header', value: 'svix-timestamp' }] }),
  refuse(standard, 'takes the timestamp as seconds', 'too_new', sign(standard, standard.body, { timestamp: '161426533000' }),
    { now: 161426533, remove: [{ op: 'replace', path: '/timestamp/unit', value: 'milliseconds' }] }),
  refuse(standard, 'takes the id from webhook-id alone', 'missing_id', rename(good, 'webhook-id', 'svix-id'),
    { remove: [{ op: 'replace', path: '/event/id/header', value: 'svix-id' }] }),
  ...toleranceRules(standard, '/timestamp/tolerance'),

  // The core's rules.
  ...signatureRules(standard),
  ...timestampRules(standard, 'webhook-timestamp'),
  ...idRules(standard, 'webhook-id'),
  ...bodyRules(standard),
]
