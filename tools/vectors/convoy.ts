// Convoy: https://docs.getconvoy.io/product-manual/signatures
import { add, cases, replace } from './cases.ts'
import { hmac, type Header } from './recipe.ts'

const secret = 'convoy-webhook-secret'
const now = 1700000000
const body = '{"event":"charge.success","amount":1000,"currency":"NGN"}'
const source = 'https://github.com/frain-dev/convoy, pkg/signature/testdata/signature-vectors.json; signature as published'
const headers = (signature: string): Header[] => [['Content-Type', 'application/json'], ['X-Convoy-Idempotency-Key', 'evt_1'], ['X-Convoy-Signature', signature]]
const mac = (text: string, key = secret, digits: 'hex' | 'base64' = 'hex', algorithm = 'sha256') => hmac(algorithm, Buffer.from(key), Buffer.from(text)).toString(digits)
const simple = '244449b7f48cbc2709060c9dcdc2b3aa47a78f540430579015c579fb12defbb4'
const one = '77b8b9269f25a199846a55a2bd25b3fba151c70fdae60bb1dcd87fbbc943c55c'
const another = '449623e4897bbde05e35358293f97b8c2f697367ffa3e7466e98178dfba44d19'
const advanced = `t=${now},v1=${one}`
const { accept, refuse } = cases(secret, now)
const bad = (name: string, text: string, remove?: any, from?: string) => refuse(name, 'bad_signature', { headers: headers(text), body, ...(from && { source: from }) }, remove)
const both = (path: string, value: unknown) => [0, 1].map((way) => ({ op: 'replace', path: `/signature/${way}${path}`, value }))
const known = { secret: 0, authenticity: 'verified', type: 'charge.success', id: 'evt_1', dedupe: { key: 'evt_1', signed: false }, content: 'json' }

export const vectors = [
  accept('accepts an advanced signature', { headers: headers(advanced), body, source }, { ...known, timestamp: now }),
  accept('accepts a simple signature', { headers: headers(simple), body, source }, { ...known, timestamp: null }),
  accept('accepts a timestamp that is not first', { headers: headers(`v1=${one},t=${now}`), body, source }),
  accept('accepts several entries of which one is right', { headers: headers(`t=${now},v1=${another},v1=${one}`), body, source }),
  accept('passes over the entries of other schemes', { headers: headers(`${advanced},v2=${'ab'.repeat(64)}`), body }),
  accept('accepts an advanced signature 300 seconds old', { headers: headers(advanced), body, now: now + 300 }),
  accept('accepts a simple signature of any age', { headers: headers(simple), body, now: now + 86400 }),
  accept('names the second secret', { headers: headers(advanced), body, secrets: ['another', secret] }, { secret: 1 }),
  refuse('refuses an advanced signature 301 seconds old', 'too_old', { headers: headers(advanced), body, now: now + 301 }, replace('/timestamp/tolerance/past', 301)),
  refuse('refuses an advanced signature 301 seconds ahead', 'too_new', { headers: headers(advanced), body, now: now - 301 }, replace('/timestamp/tolerance/future', 301)),
  refuse('refuses a simple signature where the caller asks for a time', 'missing_timestamp', { headers: headers(simple), body, tolerance: { past: 300, future: 300 } }),
  refuse('refuses an expired signature', 'too_old', { headers: headers(advanced), body, now: now + 86400, source }),
  refuse('refuses a timestamp that is no number', 'bad_timestamp', { headers: headers(`t=Infinity,v1=${one}`), body, source }),
  refuse('refuses an advanced signature without a timestamp', 'missing_timestamp', { headers: headers(`v1=${one},v2=${one}`), body, source }),
  bad('refuses a tampered advanced signature', `t=${now},v1=77b8b9269f25a199846a55a2bd25b3fba151c70fdae60bb1dcd87fbbc943c550`, undefined, source),
  bad('refuses a tampered simple signature', '244449b7f48cbc2709060c9dcdc2b3aa47a78f540430579015c579fb12defbb0', undefined, source),
  bad('refuses several entries of which none is right', `t=${now},v1=${another},v1=c7eff1833c41a2ce2e195599451b240cd282b1bc9fa387e428a9fd5a5dc74933`, undefined, source),
  bad('refuses a signature that is a number', `t=${now},v1=1234567890`, undefined, source),
  bad('never lets a simple signature stand in for an advanced one that is wrong', `t=${now},v1=${simple}`, replace('/signature/0/signed', '{body}').concat([{ op: 'remove', path: '/timestamp/tolerance' }])),
  bad('wants the time to be signed', `t=${now},v1=${mac(`,${body}`)}`, undefined),
  bad('wants a comma behind the time', `t=${now},v1=${mac(`${now}.${body}`)}`, replace('/signature/0/signed', '{timestamp}.{body}')),
  bad('wants HMAC with SHA-256', mac(body, secret, 'hex', 'sha512'), both('/scheme', 'hmac-sha512')),
  bad('wants hex', mac(body, secret, 'base64'), both('/encoding', 'base64')),
  bad('wants the tag v1', `t=${now},v2=${one}`, replace('/signature/0/value', 'v2={sig}')),
  bad('refuses a prefix before a simple signature', `sha256=${simple}`, add('/signature/1/value', 'sha256={sig}')),
  refuse('takes the signature from X-Convoy-Signature alone', 'missing_signature', { headers: [['Content-Type', 'application/json'], ['X-Other-Signature', advanced]], body }, both('/header', 'X-Other-Signature')),
  refuse('refuses two lines of the signature header', 'duplicate_header', { headers: [...headers(advanced), ['X-Convoy-Signature', simple]], body }),
  refuse('refuses two lines of the id header', 'duplicate_header', { headers: [...headers(advanced), ['X-Convoy-Idempotency-Key', 'x']], body }),
  refuse('refuses a body changed after signing', 'bad_signature', { headers: headers(simple), body: body + '\n' }),
]
