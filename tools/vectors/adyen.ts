// Adyen: https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures
import { add, cases, replace } from './cases.ts'
import { hmac, type Header } from './recipe.ts'

const key = 'DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00'
const other = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056'
const headers: Header[] = [['Content-Type', 'application/json; charset=utf-8']]
const good = {
  pspReference: 'pspReference', originalReference: 'originalReference', merchantAccountCode: 'merchantAccount', merchantReference: 'reference',
  amount: { currency: 'EUR', value: 1000 }, eventCode: 'CAPTURE', eventDate: '1970-01-01T00:00:00.000Z', paymentMethod: 'VISA', reason: 'reason', success: 'true',
}
type Item = Record<string, any>
const said = (item: Item) => [item.pspReference, item.originalReference, item.merchantAccountCode, item.merchantReference, item.amount?.value, item.amount?.currency, item.eventCode, item.success].map((value) => value ?? '').join(':')
const sign = (item: Item, secret = key, digits: 'base64' | 'hex' = 'base64', algorithm = 'sha256') => hmac(algorithm, Buffer.from(secret, 'hex'), Buffer.from(said(item))).toString(digits)
const signed = (item: Item, hmacSignature: string | undefined = sign(item)) => ({ NotificationRequestItem: { ...item, additionalData: { hmacSignature } } })
const body = (...items: object[]) => JSON.stringify({ live: 'false', notificationItems: items })
const second = { ...good, pspReference: 'second', eventCode: 'REFUND', originalReference: undefined }
const { accept, refuse } = cases(key)
const bad = (name: string, text: string, remove?: any) => refuse(name, 'bad_signature', { headers, body: text }, remove)
const at = (name: string) => `{json:/NotificationRequestItem/${name}?}`
const template = (joint: string, names = ['pspReference', 'originalReference', 'merchantAccountCode', 'merchantReference', 'amount/value', 'amount/currency', 'eventCode', 'success']) => names.map(at).join(joint)
const mac = (text: string) => hmac('sha256', Buffer.from(key, 'hex'), Buffer.from(text)).toString('base64')

export const vectors = [
  accept("accepts the library's notification", { headers, body: body(signed(good, 'xhpHvYq2u2Np0rstbZ6QjLGu7JWhvf7Iwaa6EviJSX0=')), source: 'https://github.com/Adyen/adyen-node-api-library, src/__tests__/hmacValidator.spec.ts; signature as published' },
    { secret: 0, authenticity: 'authenticated', type: 'CAPTURE', id: 'pspReference', dedupe: null, content: 'json', known: false, timestamp: null, handshake: false }),
  accept('takes an absent value as empty', { headers, body: body(signed(second)) }, { type: 'REFUND', id: 'second' }),
  accept('takes null as empty', { headers, body: body(signed({ ...good, originalReference: null })) }),
  accept('accepts two items', { headers, body: body(signed(good), signed(second)) }, { type: 'CAPTURE' }),
  accept('takes a value with escapes as the text that it stands for', { headers, body: body(signed({ ...good, merchantReference: 'é"\\/' })).replace('é', '\\u00e9') }),
  accept('accepts a value that is true and no string', { headers, body: body(signed({ ...good, success: true })) }),
  accept('accepts a colon in a value', { headers, body: body(signed({ ...good, merchantReference: 'a:b' })) }),
  accept('accepts what is not signed, changed', { headers, body: body(signed(good)).replace('"reason":"reason"', '"reason":"another"') }, { authenticity: 'authenticated' }),
  accept('accepts the key in lower case', { headers, body: body(signed(good)), secrets: [key.toLowerCase()] }),
  accept('names the second key', { headers, body: body(signed(good)), secrets: [other, key] }, { secret: 1 }),

  bad('wants every item to verify', body(signed(good), signed(second, sign(good)))),
  bad('wants the first item to verify', body(signed(second, sign(good)), signed(good))),
  refuse('wants a signature in every item', 'missing_signature', { headers, body: body(signed(good), { NotificationRequestItem: { ...second, additionalData: {} } }) }),
  refuse('wants an item', 'missing_signature', { headers, body: body() }),
  refuse('refuses a body without items', 'missing_signature', { headers, body: '{"live":"false"}' }),
  refuse('refuses items that are no array', 'missing_signature', { headers, body: JSON.stringify({ notificationItems: signed(good) }) }),
  refuse('refuses a body that is no JSON', 'missing_signature', { headers, body: body(signed(good)).slice(0, -1) }),
  refuse('refuses an empty body', 'missing_signature', { headers, body: '' }),
  refuse('refuses more than a hundred items', 'too_many_signatures', { headers, body: body(...Array.from({ length: 101 }, () => signed(good))) }),
  refuse('finds the items at notificationItems alone', 'missing_signature', { headers, body: body(signed(good)).replace('notificationItems', 'items') }, replace('/signature/items', '/items')),
  refuse('finds the signature at hmacSignature alone', 'missing_signature', { headers, body: body(signed(good)).replace('hmacSignature', 'signature') }, replace('/signature/pointer', '/NotificationRequestItem/additionalData/signature')),
  bad('wants HMAC with SHA-256', body(signed(good, sign(good, key, 'base64', 'sha512'))), replace('/signature/scheme', 'hmac-sha512')),
  bad('wants base64', body(signed(good, sign(good, key, 'hex'))), replace('/signature/encoding', 'hex')),
  bad('refuses a prefix before the signature', body(signed(good, `v1=${sign(good)}`)), add('/signature/value', 'v1={sig}')),
  bad('wants colons between the values', body(signed(good, mac(said(good).replaceAll(':', '|')))), replace('/signature/signed', template('|'))),
  ...['pspReference', 'originalReference', 'merchantAccountCode', 'merchantReference', 'amount/value', 'amount/currency', 'eventCode', 'success'].map((name, index, all) =>
    bad(`wants ${name} to be signed`, body(signed(good, mac(said(good).split(':').filter((_, i) => i !== index).join(':')))), replace('/signature/signed', template(':', all.filter((each) => each !== name))))),
  bad('refuses a signature by another key', body(signed(good, sign(good, other)))),
  bad('takes the key as hex', body(signed(good, hmac('sha256', Buffer.from(key), Buffer.from(said(good))).toString('base64'))), replace('/secret/decode', 'utf8')),
  bad('refuses a signature that is no string', body({ NotificationRequestItem: { ...good, additionalData: { hmacSignature: {} } } })),
  bad('refuses a signed value that is an object', body(signed({ ...good, merchantReference: {} }, mac(said({ ...good, merchantReference: undefined }))))),
  bad('refuses a signed value that stands twice', body(signed(good)).replace('"success":"true"', '"success":"false","success":"true"')),
  bad('refuses a signature that stands twice', body(signed(good)).replace('"hmacSignature":', '"hmacSignature":"x","hmacSignature":')),
  bad('refuses an amount changed after signing', body(signed(good)).replace('1000', '1001')),
]
