// Outpost: https://hookdeck.com/docs/outpost/destinations/webhook
import { add, cases, drop, replace } from './cases.ts'
import { hmac, type Header } from './recipe.ts'

const secret = 'outpost-secret-1', other = 'outpost-secret-2'
const body = '{"user_id": "usr_123", "email": "user@example.com"}'
const mac = (key = secret, digits: 'hex' | 'base64' = 'hex', algorithm = 'sha256') => hmac(algorithm, Buffer.from(key), Buffer.from(body)).toString(digits)
const headers = (signature: string): Header[] => [
  ['Content-Type', 'application/json'], ['x-outpost-event-id', 'evt_abc123'], ['x-outpost-topic', 'user.created'],
  ['x-outpost-timestamp', '2024-06-01T08:23:36Z'], ['x-outpost-signature', signature],
]
const good = `v0=${mac()}`
const { accept, refuse } = cases(secret)
const bad = (name: string, text: string, remove?: any) => refuse(name, 'bad_signature', { headers: headers(text), body }, remove)
const known = { secret: 0, authenticity: 'verified', id: 'evt_abc123', type: 'user.created', timestamp: 1717230216, dedupe: { key: 'evt_abc123', signed: false }, content: 'json' }

export const vectors = [
  accept('accepts a webhook', { headers: headers(good), body }, known),
  accept('accepts two signatures during a rotation', { headers: headers(`v0=${mac(other)},${mac()}`), body }, known),
  accept('accepts two signatures with the older secret alone', { headers: headers(`${good},${mac(other)}`), body, secrets: [other] }, known),
  accept('names the second secret', { headers: headers(good), body, secrets: [other, secret] }, { secret: 1 }),
  accept('accepts any age', { headers: headers(good), body, now: 1800000000 }, known),
  accept('accepts the right one of eight signatures', { headers: headers(`v0=${[...Array.from({ length: 7 }, (_, i) => mac(`${i}`)), mac()].join()}`), body }),
  refuse('refuses nine signatures', 'too_many_signatures', { headers: headers(`v0=${Array(9).fill(mac(other)).join()}`), body }),
  refuse('takes the signature from x-outpost-signature alone', 'missing_signature', { headers: [...headers('').slice(0, 4), ['x-acme-signature', good]], body }, replace('/signature/header', 'x-acme-signature')),
  refuse('refuses two lines of the signature header', 'duplicate_header', { headers: [...headers(good), ['x-outpost-signature', good]], body }),
  refuse('refuses two lines of the topic', 'duplicate_header', { headers: [...headers(good), ['x-outpost-topic', 'x']], body }),
  bad('refuses the signature header as Fetch joins two lines of it', `${good}, ${good}`),
  bad('wants v0= before the list', mac(), drop('/signature/list/before')),
  bad('refuses another version', `v1=${mac()}`, replace('/signature/list/before', 'v1=')),
  bad('refuses v0= before each signature', `v0=${mac(other)},v0=${mac()}`, [{ op: 'remove', path: '/signature/list/before' }, { op: 'add', path: '/signature/value', value: 'v0={sig}' }]),
  bad('wants commas between signatures', `v0=${mac(other)};${mac()}`, replace('/signature/list/separator', ';')),
  bad('wants HMAC with SHA-256', `v0=${mac(secret, 'hex', 'sha512')}`, replace('/signature/scheme', 'hmac-sha512')),
  bad('wants hex', `v0=${mac(secret, 'base64')}`, replace('/signature/encoding', 'base64')),
  bad('wants the body alone to be signed', `v0=${hmac('sha256', Buffer.from(secret), Buffer.from(`1717230216.${body}`)).toString('hex')}`, add('/signature/signed', '1717230216.{body}')),
  bad('refuses a malformed signature beside a good one', `v0=${mac().slice(1)},${mac()}`),
  bad('refuses an empty entry', `${good},`),
  bad('refuses a list without signatures', 'v0='),
  refuse('refuses a body changed after signing', 'bad_signature', { headers: headers(good), body: body + ' ' }),
]
