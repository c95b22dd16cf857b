// Hookdeck: https://hookdeck.com/docs/authentication#hookdeck-webhook-signature-verification
import { add, cases, replace } from './cases.ts'
import { hmac, type Header } from './recipe.ts'

const secret = 'hookdeck-signing-secret-1', other = 'hookdeck-signing-secret-2'
const body = '{"id":"ord_1","total":1200}'
const mac = (key = secret, digits: 'hex' | 'base64' = 'base64', algorithm = 'sha256') => hmac(algorithm, Buffer.from(key), Buffer.from(body)).toString(digits)
const headers = (first?: string, second?: string): Header[] => [
  ['Content-Type', 'application/json'], ['x-hookdeck-eventid', 'evt_1'],
  ...(first === undefined ? [] : [['x-hookdeck-signature', first] as Header]), ...(second === undefined ? [] : [['x-hookdeck-signature-2', second] as Header]),
]
const { accept, refuse } = cases(secret)
const bad = (name: string, sent: Header[], remove?: any) => refuse(name, 'bad_signature', { headers: sent, body }, remove)
const known = { secret: 0, authenticity: 'verified', id: 'evt_1', type: null, dedupe: { key: 'evt_1', signed: false }, timestamp: null, content: 'json' }

export const vectors = [
  accept('accepts a webhook', { headers: headers(mac()), body }, known),
  accept('accepts the signature of the second header during a rotation', { headers: headers(mac(other), mac()), body }, known),
  accept('accepts the signature of the first header during a rotation', { headers: headers(mac(), mac(other)), body }, known),
  accept('accepts the second header alone', { headers: headers(undefined, mac()), body }, known),
  accept('names the first of two secrets that both match', { headers: headers(mac(other), mac()), body, secrets: [secret, other] }, { secret: 0 }),
  accept('names the second secret', { headers: headers(mac()), body, secrets: [other, secret] }, { secret: 1 }),
  accept('accepts a webhook without an id', { headers: headers(mac()).filter(([name]) => name !== 'x-hookdeck-eventid'), body }, { id: null, dedupe: null }),
  refuse('takes signatures from its two headers alone', 'missing_signature', { headers: [...headers(), ['x-hookdeck-signature-3', mac()]], body }, add('/signature/header/2', 'x-hookdeck-signature-3')),
  refuse('refuses a request without a signature', 'missing_signature', { headers: headers(), body }),
  refuse('refuses two lines of the first header', 'duplicate_header', { headers: [...headers(mac()), ['x-hookdeck-signature', mac()]], body }),
  refuse('refuses two lines of the second header', 'duplicate_header', { headers: [...headers(mac(), mac()), ['x-hookdeck-signature-2', mac()]], body }),
  refuse('refuses two lines of the id header', 'duplicate_header', { headers: [...headers(mac()), ['x-hookdeck-eventid', 'x']], body }),
  bad('refuses two signatures that are both wrong', headers(mac(other), mac('third'))),
  bad('refuses a malformed second header beside a right first', headers(mac(), 'x')),
  refuse('refuses an empty first header', 'missing_signature', { headers: headers(''), body }),
  bad('wants HMAC with SHA-256', headers(mac(secret, 'base64', 'sha512')), replace('/signature/scheme', 'hmac-sha512')),
  bad('wants base64', headers(mac(secret, 'hex')), replace('/signature/encoding', 'hex')),
  bad('refuses a prefix before the signature', headers(`sha256=${mac()}`), add('/signature/value', 'sha256={sig}')),
  bad('refuses two signatures in one header', headers(`${mac()},${mac()}`), add('/signature/list', { separator: ',' })),
  refuse('refuses a body changed after signing', 'bad_signature', { headers: headers(mac(), mac(other)), body: body + ' ' }),
]
