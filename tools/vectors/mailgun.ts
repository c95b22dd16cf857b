// Mailgun: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
import { add, cases, replace } from './cases.ts'
import { hmac, type Header } from './recipe.ts'

const key = 'key-1f0e3dad99908345f7439f8ffabdffc4'
const other = 'key-2f0e3dad99908345f7439f8ffabdffc5'
const now = 1529006854
const token = 'a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0'
const headers: Header[] = [['Content-Type', 'application/json']]
const event = { event: 'opened', id: 'ase7i2zsRYeDXztHGENqRA', timestamp: 1521243339.873676, recipient: 'alice@example.com' }
const sign = (text = now + token, secret = key, digits: 'hex' | 'base64' = 'hex', algorithm = 'sha256') => hmac(algorithm, Buffer.from(secret), Buffer.from(text)).toString(digits)
const body = (signature: object, data: object = event) => JSON.stringify({ signature: { timestamp: String(now), token, ...signature }, 'event-data': data })
const good = body({ signature: sign() })
const { accept, refuse } = cases(key, now)
const bad = (name: string, text: string, remove?: any) => refuse(name, 'bad_signature', { headers, body: text }, remove)
const missing = (name: string, text: string, remove?: any) => refuse(name, 'missing_signature', { headers, body: text }, remove)
const signed = (template: string) => replace('/signature/signed', template)

export const vectors = [
  accept('accepts an event', { headers, body: good }, { secret: 0, authenticity: 'authenticated', type: 'opened', id: 'ase7i2zsRYeDXztHGENqRA', timestamp: now, dedupe: { key: token, signed: true }, content: 'json', known: false, handshake: false, schema: { ok: true } }),
  accept('says that the event is not signed', { headers, body: good.replace('opened', 'bounced') }, { authenticity: 'authenticated', type: 'bounced' }),
  accept('accepts a timestamp that is a number', { headers, body: good.replace(`"${now}"`, String(now)) }, { timestamp: now }),
  accept('accepts any age unless told', { headers, body: good, now: now + 86400 }),
  accept("keeps to the caller's tolerance at its limit", { headers, body: good, now: now + 300, tolerance: { past: 300, future: 300 } }),
  accept('names the second key', { headers, body: good, secrets: [other, key] }, { secret: 1 }),
  refuse("keeps to the caller's tolerance", 'too_old', { headers, body: good, now: now + 301, tolerance: { past: 300, future: 300 } }),
  missing('finds the signature at its place alone', good.replace('"signature":"', '"sig":"'), replace('/signature/pointer', '/signature/sig')),
  missing('refuses a body without a signature', JSON.stringify({ 'event-data': event })),
  missing('refuses a body that is no JSON', good.slice(1)),
  missing('refuses a form', `timestamp=${now}&token=${token}&signature=${sign()}`),
  bad('wants HMAC with SHA-256', body({ signature: sign(now + token, key, 'hex', 'sha512') }), replace('/signature/scheme', 'hmac-sha512')),
  bad('wants hex', body({ signature: sign(now + token, key, 'base64') }), replace('/signature/encoding', 'base64')),
  bad('refuses a prefix before the signature', body({ signature: `v1=${sign()}` }), add('/signature/value', 'v1={sig}')),
  bad('wants the timestamp to be signed', body({ signature: sign(token) }), signed('{json:/signature/token}')),
  bad('wants the token to be signed', body({ signature: sign(String(now)) }), signed('{json:/signature/timestamp}')),
  bad('wants nothing between timestamp and token', body({ signature: sign(`${now}.${token}`) }), signed('{json:/signature/timestamp}.{json:/signature/token}')),
  bad('refuses upper-case hex', body({ signature: sign().toUpperCase() })),
  missing('refuses an empty signature', body({ signature: '' })),
  bad('refuses a token changed after signing', good.replace(token, token.replace('a', 'b'))),
  bad('refuses a token that stands twice', good.replace('"token":', '"token":"x","token":')),
  bad('refuses a signature by another key', body({ signature: sign(now + token, other) })),
]
