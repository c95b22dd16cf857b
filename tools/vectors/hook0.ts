// Hook0: its own conformance vectors, and a rule each.
import { cases, replace } from './cases.ts'
import { hmac, type Header } from './recipe.ts'

const secret = 'a-subscription-secret'
const now = 1800000000
const body = '{"event":"user.created"}'
const source = 'https://github.com/hook0/hook0, clients/conformance/signature.json; signature as published'
const headers = (signature: string): Header[] => [['x-event-id', 'evt-1'], ['x-delivery-id', 'dlv-1'], ['content-type', 'application/json'], ['x-hook0-signature', signature]]
const mac = (text: string, key = secret, digits: 'hex' | 'base64' = 'hex', algorithm = 'sha256') => hmac(algorithm, Buffer.from(key), Buffer.from(text)).toString(digits)
const v0 = 'd17d66b66fca89390c5b967c45e8928fc732db07a0aabe8167b1e98213081ffe'
const v1 = '19a6fb8f6581715b241a93af02a58611c3b0ac7b747a8d2a5b120ee418d0c347'
const reversed = 'bf5f4e5fe0c9143510ae192f983316a09ed392d0104d2ce0faa3d7bce3687acb'
const strong = `t=${now},h=x-event-id x-delivery-id,v1=${v1}`
const names = 'x-event-id x-delivery-id'
const { accept, refuse } = cases(secret, now)
const bad = (name: string, text: string, remove?: any, from?: string) => refuse(name, 'bad_signature', { headers: headers(text), body, ...(from && { source: from }) }, remove)
const both = (path: string, value: unknown) => [0, 1].map((way) => ({ op: 'replace', path: `/signature/${way}${path}`, value }))
const dates = (seconds: number) => `t=${seconds},h=${names},v1=${mac(`${seconds}.${names}.evt-1.dlv-1.${body}`)}`

export const vectors = [
  accept('accepts a signature over the body', { headers: headers(`t=${now},v0=${v0}`), body, source }, { secret: 0, authenticity: 'verified', id: 'evt-1', dedupe: { key: 'evt-1', signed: false }, timestamp: now, type: null, content: 'json' }),
  accept('accepts a signature over the headers', { headers: headers(strong), body, source }, { secret: 0, authenticity: 'verified', id: 'evt-1', dedupe: { key: 'evt-1', signed: true }, timestamp: now }),
  accept('looks at the stronger of two signatures', { headers: headers(`t=${now},h=x-event-id x-delivery-id,v0=${reversed},v1=${v1}`), body, source }),
  accept('reads the headers in the order that the signature names', { headers: headers(`t=${now},h=x-delivery-id x-event-id,v1=${reversed}`), body, source }),
  accept('accepts a timestamp at the edge of the window', { headers: headers('t=1799999700,v0=f9689580483e051113d28de23c1658c509da2b00e7bc15a5aaa83b8bdf83ff81'), body, source }, { timestamp: 1799999700 }),
  accept('accepts the entries in another order', { headers: headers(`v1=${v1},t=${now},h=${names}`), body }),
  accept('passes over an entry with another tag', { headers: headers(`${strong},v2=abc`), body }),
  accept('accepts two signatures during a rotation', { headers: headers(`${strong},v1=${mac(`${now}.${names}.evt-1.dlv-1.${body}`, 'another')}`), body, secrets: ['another'] }),
  accept('names the second secret', { headers: headers(strong), body, secrets: ['another', secret] }, { secret: 1 }),
  accept('takes the type from a header', { headers: [...headers(strong), ['X-Event-Type', 'user.created']], body }, { type: 'user.created', known: false }),
  bad('never lets a weaker signature stand in for a stronger that is wrong', `t=${now},h=x-event-id x-delivery-id,v0=${v0},v1=${reversed}`, undefined, source),
  bad('takes the order of the names as signed', `t=${now},h=x-delivery-id x-event-id,v1=${v1}`, undefined, source),
  bad('refuses a signed header that did not come', `t=${now},h=x-event-id x-missing,v1=${v1}`, undefined, source),
  bad('refuses a signed header that this dialect does not name', `t=${now},h=host,v1=${mac(`${now}.host.example.com.${body}`)}`, undefined),
  bad('refuses a code that is not hexadecimal', `t=${now},v0=d17d66b66fca89390c5b967c45e8928fc732db07a0aabe8167b1e98213081ffz`, undefined, source),
  bad('refuses a code that is not whole', `t=${now},v0=d17d66b66fca89390c5b967c45e8928fc732db07a0aabe8167b1e98213081ff`, undefined, source),
  refuse('refuses a timestamp 301 seconds old', 'too_old', { headers: headers('t=1799999699,v0=4168cc6c683357e103055b48584715f12e2baa4e679b8e076254247f11edf34d'), body, source }),
  refuse('refuses a timestamp 301 seconds ahead', 'too_new', { headers: headers('t=1800000301,v0=ba4b79e449ae52edb505b6baa07380be2baa6e0c4c6fec3b9a01c85d47a4935f'), body, source }),
  refuse('refuses a strong signature 302 seconds old', 'too_old', { headers: headers(dates(now - 302)), body }),
  refuse('refuses a signature without a timestamp', 'missing_timestamp', { headers: headers(`h=${names},v1=${v1}`), body }),
  bad('refuses two timestamps', `${strong},t=${now}`),
  bad('refuses two lists of names', `${strong},h=${names}`),
  bad('refuses a signature without names', `t=${now},v1=${mac(`${now}...${body}`)}`),
  bad('wants the names to be signed', `t=${now},h=${names},v1=${mac(`${now}.evt-1.dlv-1.${body}`)}`, replace('/signature/0/signed', '{timestamp}.{header_values}.{body}')),
  bad('wants the time to be signed', `t=${now},h=${names},v1=${mac(`${names}.evt-1.dlv-1.${body}`)}`),
  bad('wants dots between the parts', `t=${now},h=${names},v1=${mac(`${now}:${names}:evt-1.dlv-1:${body}`)}`, replace('/signature/0/signed', '{timestamp}:{header_names}:{header_values}:{body}')),
  bad('wants the weaker signature to cover the time', `t=${now},v0=${mac(body)}`, undefined),
  bad('wants HMAC with SHA-256', `t=${now},v0=${mac(`${now}.${body}`, secret, 'hex', 'sha1')}`, both('/scheme', 'hmac-sha1')),
  bad('wants hex', `t=${now},v0=${mac(`${now}.${body}`, secret, 'base64')}`, both('/encoding', 'base64')),
  refuse('takes the signature from X-Hook0-Signature alone', 'missing_signature', { headers: [...headers(strong).slice(0, 3), ['X-Other-Signature', strong]], body }, both('/header', 'X-Other-Signature')),
  refuse('refuses a header without a signature that it knows', 'missing_signature', { headers: headers(`t=${now},v9=${v0}`), body }),
  refuse('refuses a request without a signature', 'missing_signature', { headers: headers('').slice(0, 3), body }),
  refuse('refuses two lines of the signature header', 'duplicate_header', { headers: [...headers(strong), ['X-Hook0-Signature', strong]], body }),
  refuse('refuses two lines of a signed header', 'duplicate_header', { headers: [...headers(strong), ['X-Event-Id', 'evt-1']], body }),
  refuse('refuses two joined lines of an id that the weaker signature does not cover', 'duplicate_header', { headers: [['x-event-id', 'evt-1, evt-2'], ...headers(`t=${now},v0=${v0}`).slice(2)], body }),
  refuse('refuses a signed id with a dot', 'bad_signature', { headers: [['x-event-id', 'evt.1'], ...headers(`t=${now},h=${names},v1=${mac(`${now}.${names}.evt.1.dlv-1.${body}`)}`).slice(1)], body }),
  refuse('refuses a signed header changed after signing', 'bad_signature', { headers: [['x-event-id', 'evt-2'], ...headers(strong).slice(1)], body }),
  refuse('refuses a body changed after signing', 'bad_signature', { headers: headers(strong), body: body + ' ' }),
]
