// PayPal: https://developer.paypal.com/api/rest/webhooks/rest/
import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { add, cases, replace } from './cases.ts'
import { certificate, holding, signBy } from './certified.ts'
import type { Header, Patch } from './recipe.ts'

const data = new URL('../../tests/data/paypal/', import.meta.url)
const published = (name: string) => readFileSync(new URL(name, data), 'utf8')
const simulated = {
  headers: Object.entries(JSON.parse(published('headers.json')) as Record<string, string>), body: published('body.json'),
  secrets: [published('certificate.pem')], settings: { webhook_id: 'WEBHOOK_ID' }, now: 1764324030, source: "PayPal's webhook simulator, 2025-11-28; signature by PayPal",
}

const webhook = '4JH86294D6297924G'
const { accept, refuse } = cases(certificate(1), holding, { webhook_id: webhook })
const body = '{"id":"WH-1","create_time":"2027-01-15T07:59:58Z","resource_type":"capture","event_type":"PAYMENT.CAPTURE.COMPLETED","resource_version":"2.0","resource":{"id":"5O1","amount":{"value":"1.00"}}}'
const id = '69cd13f0-d67a-11e5-baa3-778b53f4ae55', time = '2027-01-15T08:00:00Z'
const cert = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77'
interface Parts { id?: string; time?: string; webhook?: string; body?: string }
const text = (parts: Parts = {}) => [parts.id ?? id, parts.time ?? time, parts.webhook ?? webhook, crc32(parts.body ?? body)].join('|')
const sign = (parts: Parts = {}) => signBy(1, 'sha256', text(parts))
const sent = (signature: string, parts: Parts = {}, address = cert): Header[] => [
  ['Content-Type', 'application/json'], ['PAYPAL-TRANSMISSION-ID', parts.id ?? id], ['PAYPAL-TRANSMISSION-TIME', parts.time ?? time],
  ['PAYPAL-AUTH-ALGO', 'SHA256withRSA'], ['PAYPAL-CERT-URL', address], ['PAYPAL-TRANSMISSION-SIG', signature],
]
const good = sent(sign())
const without = (name: string) => good.filter(([each]) => each !== name)
const request = (headers: Header[] = good, more: object = {}) => ({ headers, body, ...more })
const wrong = (name: string, headers: Header[], remove?: Patch, more?: object) => refuse(name, 'bad_signature', request(headers, more), remove)
const signs = (value: string) => replace('/signature/signed', value)
const fetched = { fetched: true as const }
const named = (address: string) => request(sent(sign(), {}, address), fetched)
const folder = 'https://api.paypal.com/v1/notifications/certs'
const all = ['{header:PAYPAL-TRANSMISSION-ID}', '{timestamp}', '{setting:webhook_id}', '{crc32}']
const left = (index: number) => {
  const rest = (parts: string[]) => parts.filter((_, each) => each !== index).join('|')
  return [signBy(1, 'sha256', rest(text().split('|'))), rest(all)] as const
}

export const vectors = [
  accept("accepts a webhook of PayPal's simulator", simulated, {
    secret: 0, authenticity: 'authenticated', type: 'PAYMENT.CAPTURE.COMPLETED', id: 'WH-58D329510W468432D-8HN650336L201105X', version: '2.0', timestamp: 1764324024, known: false,
    content: 'json', dedupe: { key: '0f14627d-cc41-11f0-9ad0-21cf84660aee', signed: true }, handshake: false,
  }),
  accept('accepts it by the certificate that its address gives', { ...simulated, ...fetched }),
  accept('accepts a webhook', request(), { type: 'PAYMENT.CAPTURE.COMPLETED', id: 'WH-1', schema: { ok: true } }),
  accept('accepts a body that is not JSON, as bytes', request(sent(sign({ body: 'Hello' })), { body: 'Hello' }), { content: 'bytes', id: null }),
  accept('names the second of two certificates', request(good, { secrets: [certificate(2), certificate(1)] }), { secret: 1 }),
  accept('asks nothing of the address where the certificate is given', request(without('PAYPAL-CERT-URL'))),
  accept('takes a certificate from the sandbox', named(cert.replace('api.', 'api.sandbox.'))),
  accept('accepts a time within a tolerance', request(good, { tolerance: { past: 300, future: 300 } })),

  wrong('refuses a body changed after signing', good, signs(`${all.slice(0, 3).join('|')}|${crc32(body)}[{json:/absent}]`), { body: body.replace('1.00', '9.99') }),
  wrong('refuses the webhook of another id', good, undefined, { settings: { webhook_id: '0EH40505U7160970P' } }),
  wrong('refuses a signature with another certificate', sent(signBy(2, 'sha256', text()))),
  wrong('wants SHA-256', sent(signBy(1, 'sha1', text())), replace('/signature/scheme', 'rsa-pkcs1-sha1')),
  wrong('wants base64', sent(signBy(1, 'sha256', text(), 'hex')), replace('/signature/encoding', 'hex')),
  wrong('refuses a prefix before the signature', sent(`v1=${sign()}`), add('/signature/value', 'v1={sig}')),
  wrong('refuses two signatures in one header', sent(`${sign()},${sign()}`), add('/signature/list', { separator: ',' })),
  wrong('wants bars between what is signed', sent(signBy(1, 'sha256', text().replaceAll('|', '.'))), signs(all.join('.'))),
  ...['the transmission to be signed', 'the time to be signed', 'the webhook to be signed', 'the CRC-32 to be signed'].map((what, index) => {
    const [signature, template] = left(index)
    return wrong(`wants ${what}`, sent(signature), signs(`${template}[{json:/absent}${index === 2 ? all[2] : ''}]`))
  }),
  wrong('wants the CRC-32 in decimal digits', sent(signBy(1, 'sha256', text().replace(/\d+$/, crc32(body).toString(16))))),
  wrong('refuses another algorithm', good.map(([name, value]) => [name, name === 'PAYPAL-AUTH-ALGO' ? 'SHA1withRSA' : value]), replace('/requires/equals', 'SHA1withRSA')),
  wrong('wants the algorithm to be named', without('PAYPAL-AUTH-ALGO')),
  wrong('refuses a transmission changed after signing', sent(sign(), { id: `${id}0` })),
  wrong('refuses a transmission with a bar in it', sent(sign({ id: 'a|b' }), { id: 'a|b' })),
  wrong('refuses a time changed after signing', sent(sign(), { time: '2027-01-15T08:00:01Z' })),
  refuse('wants the time in RFC 3339', 'bad_timestamp', request(sent(sign({ time: '1800000000' }), { time: '1800000000' })), add('/timestamp/unit', 'seconds')),
  refuse('refuses a webhook without a time', 'missing_timestamp', request(without('PAYPAL-TRANSMISSION-TIME'))),
  refuse('refuses a webhook without a transmission', 'missing_signature', request(without('PAYPAL-TRANSMISSION-ID'))),
  refuse('refuses a webhook without a signature', 'missing_signature', request(without('PAYPAL-TRANSMISSION-SIG'))),
  refuse('takes the signature from its header alone', 'missing_signature', request(good.map(([name, value]) => [name.replace('SIG', 'SIGN'), value])), replace('/signature/header', 'PAYPAL-TRANSMISSION-SIGN')),
  ...['SIG', 'ID', 'TIME'].map((name) => refuse(`refuses two lines of PAYPAL-TRANSMISSION-${name}`, 'duplicate_header', request([...good, good.find(([each]) => each.endsWith(`-${name}`))!]))),
  refuse('refuses two lines of the address', 'duplicate_header', request([...good, ['PAYPAL-CERT-URL', cert]], fetched)),
  refuse('refuses a time before a tolerance', 'too_old', request(good, { tolerance: { past: 300, future: 300 }, now: holding + 301 })),
  refuse('refuses a time behind a tolerance', 'too_new', request(good, { tolerance: { past: 300, future: 300 }, now: holding - 301 })),

  refuse('wants to be told where its certificate is', 'missing_signature', request(without('PAYPAL-CERT-URL'), fetched)),
  ...([
    ['http', cert.replace('https', 'http'), ''],
    ['another host', cert.replace('api.paypal.com', 'api.example.com'), 'https://api.example.com/v1/notifications/certs/{name}'],
    ["another of PayPal's hosts", cert.replace('api.', 'www.'), 'https://www.paypal.com/v1/notifications/certs/{name}'],
    ['a host that only begins like it', cert.replace('.com', '.com.example.com'), 'https://api.paypal.com.example.com/v1/notifications/certs/{name}'],
    ['a user before the host', cert.replace('api.', 'api@x.'), ''],
    ['a port', cert.replace('.com', '.com:8443'), 'https://api.paypal.com:8443/v1/notifications/certs/{name}'],
    ['another path', cert.replace('certs', 'keys'), 'https://api.paypal.com/v1/notifications/keys/{name}'],
    ['a step up', `${folder}/../x`, `${folder}/../{name}`],
    ['a query', `${cert}?a=b`, `${cert}?a={name}`],
    ['no name', `${folder}/`, `${folder}/`],
    ['a comma, as Fetch joins two lines of it', `${cert}, ${cert}`, ''],
  ] as const).map(([what, address, lax]) => refuse(`refuses a certificate's address with ${what}`, 'bad_signature', named(address), lax ? [{ op: 'add', path: '/key/urls/-', value: lax }] : undefined)),
  refuse('uses no fetched certificate before its time', 'key_unavailable', request(good, { ...fetched, now: 1700000000 })),
  refuse('uses no fetched certificate after its time', 'key_unavailable', { ...simulated, ...fetched, now: 1772582400 }),
]
