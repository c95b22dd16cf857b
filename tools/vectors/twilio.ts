// Twilio: https://www.twilio.com/docs/usage/webhooks/webhooks-security
import { createHash } from 'node:crypto'
import { cases, replace } from './cases.ts'
import { dialectFile } from './events.ts'
import { hmac, type Header } from './recipe.ts'

const token = '12345'
const published = 'https://github.com/twilio/twilio-node, spec/validation.spec.js; signature as published'
const url = 'https://mycompany.com/myapp.php?foo=1&bar=2'
const params = 'CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212'
const signature = 'RSOYDt4T1cUTdK1PDd93/VVr8B8='
const form = (text: string, type = 'application/x-www-form-urlencoded'): Header[] => [['Content-Type', type], ['X-Twilio-Signature', text]]
const json = (text: string): Header[] => [['Content-Type', 'application/json'], ['X-Twilio-Signature', text]]
const over = (text: string, key = token, algorithm = 'sha1', digits: 'base64' | 'hex' = 'base64') => hmac(algorithm, Buffer.from(key), Buffer.from(text)).toString(digits)
const body = '{"property": "value", "boolean": true}'
const hash = createHash('sha256').update(body).digest('hex')
const hashed = `${url}&bodySHA256=${hash}`
const { accept, refuse } = cases(token)
const signed = 'CallSidCA1234567890ABCDECaller+14158675309Digits1234From+14158675309To+18005551212'
const both = (path: string, op: 'replace' | 'add', value: unknown) => [0, 1].map((way) => ({ op, path: `/signature/${way}${path}`, value }))

/** A request with these parameters, as a form or bound by its hash as JSON. */
const sent = (fields: Record<string, unknown>) => ({
  headers: form(over(url + Object.keys(fields).sort().map((name) => name + fields[name]).join(''))), body: new URLSearchParams(fields as Record<string, string>).toString(), url,
})
const sentAsJson = (fields: object) => {
  const text = JSON.stringify(fields)
  const bound = `${url}&bodySHA256=${createHash('sha256').update(text).digest('hex')}`
  return { headers: json(over(bound)), body: text, url: bound }
}

/** Each event as a form and as JSON; without a parameter that it must have; with one that is no text. */
const events = Object.entries(dialectFile('twilio').events).flatMap(([type, { example, schema, recognised_by }]) => {
  const at = schema.required.find((name: string) => name !== recognised_by)
  const { [at]: _, ...less } = example
  return [
    accept(`reads ${type}`, sent(example), { type, known: true, content: 'form', authenticity: 'verified', schema: { ok: true } }),
    accept(`reads ${type} in JSON`, sentAsJson(example), { type, known: true, content: 'json', schema: { ok: true } }),
    accept(`reports ${type} without ${at}`, sent(less), { type, known: true, schema: { ok: false, at: `/${at}`, code: 'schema' } }),
    accept(`reports another type at ${at} of ${type} in JSON`, sentAsJson({ ...example, [at]: 7 }), { type, known: true, schema: { ok: false, at: `/${at}`, code: 'schema' } }),
  ]
})
const { example: message } = dialectFile('twilio').events['message.received']

export const vectors = [
  accept("accepts the library's form", { headers: form(signature), body: params, url, source: published },
    { secret: 0, authenticity: 'verified', content: 'form', type: null, id: null, timestamp: null, dedupe: null, known: false, schema: { ok: true } }),
  accept('accepts the form in another order', { headers: form(signature), body: params.split('&').reverse().join('&'), url, source: published }),
  accept('accepts a form with a charset', { headers: form(signature, 'application/x-www-form-urlencoded; charset=utf-8'), body: params, url, source: published }),
  accept("accepts the library's JSON body", { headers: json('a9nBmqA0ju/hNViExpshrM61xv4='), body, url: hashed, source: published }, { authenticity: 'verified', content: 'json' }),
  accept("accepts the library's empty object", { headers: json('Ldidvp12m26NI7eqEvxnEpkd9Hc='), body: '{}', url: `${url}&bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a`, source: published }),
  accept('accepts a URL signed without its port', { headers: form(signature), body: params, url: url.replace('.com', '.com:1234'), source: published }),
  accept('accepts a URL signed with its port', { headers: form('Zmvh+3yNM1Phv2jhDCwEM3q5ebU='), body: params, url: url.replace('https', 'http').replace('.com', '.com:1234'), source: published }),
  accept('accepts a URL signed with the port 443', { headers: form('kvajT1Ptam85bY51eRf/AJRuM3w='), body: params, url, source: published }),
  accept('accepts a URL signed with the port 80', { headers: form('0ZXoZLH/DfblKGATFgpif+LLRf4='), body: params, url: url.replace('https', 'http'), source: published }),
  accept('accepts a URL with a user and a password', { headers: form('CukzLTc1tT5dXEDIHm/tKBanW10='), body: params, url: 'https://user:pass@mycompany.com/myapp.php?foo=1&bar=2', source: published }),
  accept('accepts a URL with a user and a password, signed with its port', { headers: form('ZQFR1PTIZXF2MXB8ZnKCvnnA+rI='), body: params, url: 'https://user:pass@mycompany.com/myapp.php?foo=1&bar=2', source: published }),
  accept('accepts a URL with special characters', { headers: form('dsq4Ehbj6cs+KdTkpF5sSSplOWw='), body: params, url: `${url}&Body=It's+amazing`, source: published }),
  accept('accepts a key with several values', { headers: form('83O6e2vORAoJHUNzJjDWN1jz+BA='), body: 'MessagingBinding.Address=%2B1415xxxxxxx&MessagingBinding.Address=%2B1325xxxxxxx', url, source: published }),
  accept('takes equal pairs once', { headers: form('IK+Dwps556ElfBT0I3Rgjkr1wJU='), body: 'Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234', url, source: published }),
  accept('accepts a request without a body', { headers: [['X-Twilio-Signature', over(url)]], url }, { content: 'bytes' }),
  ...events,
  accept('tells the status of a message from a message', sent({ ...message, MessageStatus: 'delivered' }), { type: 'message.status' }),
  accept('reports a parameter that stands twice', { headers: form(over(url + Object.keys({ ...message, Body: '' }).sort().map((name) => (name === 'Body' ? 'BodyaBodyb' : name + message[name])).join(''))), body: `${new URLSearchParams({ ...message, Body: 'a' })}&Body=b`, url },
    { type: 'message.received', schema: { ok: false, at: '/Body', code: 'duplicate_key' } }),
  accept('tells the id by its header', { headers: [...form(over(`${url}MessageSidSM1SmsStatusdelivered`)), ['I-Twilio-Idempotency-Token', 'abc']], body: 'SmsStatus=delivered&MessageSid=SM1', url },
    { type: null, known: false, id: 'abc', dedupe: { key: 'abc', signed: false } }),
  accept('decodes + as a space and escapes of either case', { headers: form(over(`${url}Bodya bé`)), body: 'Body=a+b%c3%A9', url }),
  accept('names the second of two auth tokens', { headers: form(signature), body: params, url, secrets: ['54321', token], source: published }, { secret: 1 }),

  refuse('takes the signature from X-Twilio-Signature alone', 'missing_signature', { headers: [['Content-Type', 'application/x-www-form-urlencoded'], ['X-Other-Signature', signature]], body: params, url }, both('/header', 'replace', 'X-Other-Signature')),
  refuse('wants HMAC with SHA-1', 'bad_signature', { headers: form(over(url + signed, token, 'sha256')), body: params, url }, both('/scheme', 'replace', 'hmac-sha256')),
  refuse('wants base64', 'bad_signature', { headers: form(over(url + signed, token, 'sha1', 'hex')), body: params, url }, both('/encoding', 'replace', 'hex')),
  refuse('refuses a prefix before the signature', 'bad_signature', { headers: form(`sha1=${signature}`), body: params, url }, both('/value', 'add', 'sha1={sig}')),
  refuse('wants the URL to be signed', 'bad_signature', { headers: form(over(signed)), body: params, url }, replace('/signature/1/signed', '{form}')),
  refuse('wants the form sorted and decoded, not the body as it came', 'bad_signature', { headers: form(over(url + params)), body: params, url }, replace('/signature/1/signed', '{url}{body}')),
  refuse('wants the hash in the URL to be that of the body', 'bad_signature', { headers: json('a9nBmqA0ju/hNViExpshrM61xv4='), body: body.replace('true', 'false'), url: hashed },
    [{ op: 'remove', path: '/signature/0/hashes' }, { op: 'replace', path: '/signature/0/signed', value: '{url}{json:/x?}' }]),
  refuse('wants the hash of the body under the name bodySHA256', 'bad_signature', { headers: json(over(`${url}&bodySHA512=${hash}`)), body, url: `${url}&bodySHA512=${hash}` },
    [{ op: 'replace', path: '/signature/0/when/query', value: 'bodySHA512' }, { op: 'replace', path: '/signature/0/hashes/0/query', value: 'bodySHA512' }]),
  refuse('refuses two hashes in the URL', 'bad_signature', { headers: json(over(`${hashed}&bodySHA256=${hash}`)), body, url: `${hashed}&bodySHA256=${hash}` }),
  refuse('refuses a JSON body that nothing in the URL binds', 'bad_signature', { headers: json(over(url)), body, url }),
  refuse('refuses a form with a broken escape', 'bad_signature', { headers: form(over(`${url}a%2`)), body: 'a=%2', url }),
  refuse('refuses a form of more than 1,024 fields', 'bad_signature', { headers: form(over(url + 'a1'.repeat(1))), body: Array.from({ length: 1025 }, (_, i) => `a${i}=1`).join('&'), url }),
  refuse('refuses a field changed after signing', 'bad_signature', { headers: form(signature), body: params.replace('1234&', '1235&'), url }),
  refuse('refuses another URL', 'bad_signature', { headers: form(signature), body: params, url: `${url}&x=1` }),
  refuse('refuses another host', 'bad_signature', { headers: form(signature), body: params, url: url.replace('mycompany', 'other') }),
  refuse('refuses a signature by another token', 'bad_signature', { headers: form(over(url + signed, '54321')), body: params, url }),
  refuse('refuses a request without a signature', 'missing_signature', { headers: form('').slice(0, 1), body: params, url }),
  refuse('refuses two lines of the signature header', 'duplicate_header', { headers: [...form(signature), ['X-Twilio-Signature', signature]], body: params, url }),
  refuse('refuses the signature header as Fetch joins two lines of it', 'bad_signature', { headers: form(`${signature}, ${signature}`), body: params, url }),
  refuse('refuses two lines of the id header', 'duplicate_header', { headers: [...form(signature), ['I-Twilio-Idempotency-Token', 'a'], ['I-Twilio-Idempotency-Token', 'b']], body: params, url }),
]
