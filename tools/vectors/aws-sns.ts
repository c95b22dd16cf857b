// AWS SNS: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
import { readFileSync } from 'node:fs'
import { cases, replace } from './cases.ts'
import { certificate, holding, signBy } from './certified.ts'
import type { Header, Patch } from './recipe.ts'

const data = new URL('../../tests/data/sns/', import.meta.url)
const published = (name: string) => readFileSync(new URL(name, data), 'utf8')
const sdk = 'https://github.com/aws/aws-sdk-java-v2, services-custom/sns-message-manager/src/test; signature by AWS'
const sent = 1772827300 // 2026-03-06, when those were sent
const theirs = { secrets: [published('certificate.pem')], settings: { topic_arn: 'arn:aws:sns:us-west-2:131990247566:dongie-standard-topic' }, now: sent, source: sdk }

const topic = 'arn:aws:sns:eu-west-1:123456789012:orders'
const { accept, refuse } = cases(certificate(1), holding, { topic_arn: topic })
const headers: Header[] = [['Content-Type', 'text/plain; charset=UTF-8'], ['x-amz-sns-message-type', 'Notification']]
type Message = Record<string, unknown>
const url = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem'
const good: Message = {
  Type: 'Notification', MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324', TopicArn: topic, Subject: 'An order', Message: '{"order":1}',
  Timestamp: '2027-01-15T08:00:00.000Z', SignatureVersion: '2', SigningCertURL: url,
}
const asked: Message = {
  ...good, Type: 'SubscriptionConfirmation', Subject: undefined, Token: '2336412f', Message: 'You have chosen to subscribe.',
  SubscribeURL: `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=2336412f`,
}
const names = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
/** What AWS signs of a message: each of `names` that is there and its value, a line each. */
const lines = (message: Message, which = names) => which.filter((name) => message[name] !== undefined).map((name) => `${name}\n${message[name]}\n`).join('')
const hash = (message: Message) => (message.SignatureVersion === '1' ? 'sha1' : 'sha256')
const signed = (message: Message, Signature = signBy(1, hash(message), lines(message))) => JSON.stringify({ ...message, Signature })
const request = (body: string, more: object = {}) => ({ headers, body, ...more })
const wrong = (name: string, body: string, remove?: Patch, more?: object) => refuse(name, 'bad_signature', request(body, more), remove)

const part: Record<string, string> = Object.fromEntries(names.map((name) => [name, `${name}\n{json:/${name}}\n`]))
for (const name of ['Subject', 'SubscribeURL', 'Token']) part[name] = `[${part[name]}]`
const template = (which: string[], joint = '\n') => which.map((name) => part[name]).join('').replaceAll('\n', joint)
const signs = (value: string) => replace('/signature/0/signed', value)
const fetched = { fetched: true as const }
const named = (SigningCertURL: unknown, more: Message = {}) => request(signed({ ...good, ...more, SigningCertURL }), fetched)
const pinned = (value: string) => [{ op: 'add' as const, path: '/key/urls/-', value }]
const region = 'https://sns.eu-west-1.amazonaws.com'
const other = `${region}/SimpleNotificationService-other`
const visit = (SubscribeURL: string) => ({ ...asked, SubscribeURL })

export const vectors = [
  accept('accepts a message of signature version 1 with a subject', { ...request(published('subject.json')), ...theirs },
    { secret: 0, authenticity: 'authenticated', type: 'Notification', id: '26858270-545e-5848-82a2-e05566af3dcf', timestamp: 1772826801, version: null, known: false, content: 'json',
      dedupe: { key: '26858270-545e-5848-82a2-e05566af3dcf', signed: true }, handshake: false, challenge: null }),
  accept('accepts a message of signature version 2', { ...request(published('version2.json')), ...theirs }, { type: 'Notification', timestamp: 1772827226 }),
  accept('hands on the address that confirms a subscription', { ...request(published('subscription.json')), ...theirs },
    { type: 'SubscriptionConfirmation', handshake: true, challenge: JSON.parse(published('subscription.json')).SubscribeURL }),
  accept('accepts the end of a subscription', { ...request(published('unsubscription.json')), ...theirs }, { type: 'UnsubscribeConfirmation', handshake: false, challenge: null }),
  accept('accepts such a message by the certificate that its address gives', { ...request(published('version2.json')), ...theirs, ...fetched }),
  accept('accepts a message', request(signed(good)), { type: 'Notification', timestamp: holding, schema: { ok: true } }),
  accept('accepts a message of version 1', request(signed({ ...good, SignatureVersion: '1' }))),
  accept('accepts a message without a subject', request(signed({ ...good, Subject: undefined }))),
  accept('takes null as absent', request(JSON.stringify({ ...JSON.parse(signed({ ...good, Subject: undefined })), Subject: null }))),
  accept('takes values with escapes as the texts that they stand for', request(signed({ ...good, Message: 'a "b"\n\\ é \u{1f600}' }).replace('é', '\\u00e9'))),
  accept('accepts a body with other white space and order', request(JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(signed(good))).reverse()), null, 2))),
  accept('accepts what is not signed, changed', request(signed({ ...good, UnsubscribeURL: 'https://example.com' }))),
  accept('names the second of two certificates', request(signed(good), { secrets: [certificate(2), certificate(1)] }), { secret: 1 }),
  accept('asks nothing of the address where the certificate is given', request(signed({ ...good, SigningCertURL: 'https://example.com/x.pem' }))),
  accept('accepts a time within a tolerance', request(signed(good), { tolerance: { past: 300, future: 300 } })),
  accept('takes a certificate from a region of three words', named('https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-0.pem')),
  accept('takes a certificate from China', named('https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0.pem')),
  accept('gives no address to visit that is not pinned', request(signed(visit('https://169.254.169.254/?Action=ConfirmSubscription&Token=1'))), { type: 'SubscriptionConfirmation', handshake: false, challenge: null }),
  accept('gives no address to visit that does something else', request(signed(visit(`${region}/?Action=Publish&TopicArn=${topic}`))), { handshake: false }),
  accept('hands on the address to visit as it stands', request(signed(asked)), { handshake: true, challenge: asked.SubscribeURL }),

  wrong('refuses a message of another topic', signed({ ...good, TopicArn: `${topic}2`, Topic: topic }), replace('/requires/pointer', '/Topic')),
  wrong('refuses a signature with another certificate', signed(good, signBy(2, 'sha256', lines(good)))),
  wrong('wants SHA-256 of version 2', signed(good, signBy(1, 'sha1', lines(good))), replace('/signature/0/scheme', 'rsa-pkcs1-sha1')),
  wrong('wants SHA-1 of version 1', signed({ ...good, SignatureVersion: '1' }, signBy(1, 'sha256', lines(good))), replace('/signature/1/scheme', 'rsa-pkcs1-sha256')),
  wrong('wants base64', signed(good, signBy(1, 'sha256', lines(good), 'hex')), replace('/signature/0/encoding', 'hex')),
  wrong('refuses a prefix before the signature', signed(good, `v2=${signBy(1, 'sha256', lines(good))}`), [{ op: 'add', path: '/signature/0/value', value: 'v2={sig}' }]),
  wrong('wants every value on a line of its own', signed(good, signBy(1, 'sha256', lines(good).replaceAll('\n', '|'))), signs(template(names, '|'))),
  ...['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'].map((name) => {
    const rest = names.filter((each) => each !== name)
    return wrong(`wants ${name} to be signed`, signed(good, signBy(1, 'sha256', lines(good, rest))), signs(template(rest)))
  }),
  ...['SubscribeURL', 'Token'].map((name) => {
    const rest = names.filter((each) => each !== name)
    return wrong(`wants ${name} to be signed`, signed(asked, signBy(1, 'sha256', lines(asked, rest))), signs(template(rest)))
  }),
  wrong('refuses a message changed after signing', signed(good).replace('order\\":1', 'order\\":2')),
  wrong('refuses a message whose time was taken out', JSON.stringify({ ...JSON.parse(signed(good)), Timestamp: undefined })),
  wrong('refuses a signed value that stands twice', signed(good).replace('"Message":', '"Message":"","Message":')),
  wrong('refuses a signature that stands twice', signed(good).replace('"Signature":', '"Signature":"","Signature":')),
  wrong('refuses a signed value that is an object', JSON.stringify({ ...JSON.parse(signed(good)), MessageId: {} })),
  wrong('refuses a signature that is too short', signed(good, signBy(1, 'sha256', lines(good)).slice(0, 200))),
  wrong('refuses an empty signature', signed(good, 'AA==')),
  refuse('refuses a message without a signature', 'missing_signature', request(JSON.stringify(good))),
  refuse('finds the signature at Signature alone', 'missing_signature', request(signed(good).replace('"Signature":', '"Sign":')), replace('/signature/0/pointer', '/Sign')),
  refuse('refuses a version that is neither 1 nor 2', 'missing_signature', request(signed({ ...good, SignatureVersion: '3' })), replace('/signature/0/when/equals', '3')),
  refuse('refuses a message without a version', 'missing_signature', request(signed({ ...good, SignatureVersion: undefined }))),
  refuse('refuses a body that is no JSON', 'missing_signature', request(signed(good).slice(0, -1))),
  refuse('refuses an empty body', 'missing_signature', request('')),
  refuse('refuses a time before a tolerance', 'too_old', request(signed(good), { tolerance: { past: 300, future: 300 }, now: holding + 301 })),
  refuse('refuses a time behind a tolerance', 'too_new', request(signed(good), { tolerance: { past: 300, future: 300 }, now: holding - 301 })),

  refuse('wants to be told where its certificate is', 'missing_signature', named(undefined)),
  refuse('finds that at SigningCertURL alone', 'missing_signature', request(signed({ ...good, SigningCertURL: undefined, SigningCertUrl: url }), fetched), replace('/key/pointer', '/SigningCertUrl')),
  ...([
    ['http', other.replace('https', 'http') + '.pem', ''],
    ['another host', 'https://sns.eu-west-1.example.com/x.pem', 'https://sns.eu-west-1.example.com/{name}.pem'],
    ['another service', 'https://s3.eu-west-1.amazonaws.com/x.pem', 'https://s3.eu-west-1.amazonaws.com/{name}.pem'],
    ['a bucket called sns', 'https://sns.s3-us-west-2.amazonaws.com/x.pem', 'https://sns.s3-us-west-{digits}.amazonaws.com/{name}.pem'],
    ['a host that only begins like it', `${region}.example.com/x.pem`, `${region}.example.com/{name}.pem`],
    ['a user before the host', `https://sns.eu-west-1.amazonaws.com@example.com/x.pem`, ''],
    ['a port', `${region}:8443/x.pem`, `${region}:8443/{name}.pem`],
    ['a host in capitals', 'https://SNS.eu-west-1.amazonaws.com/x.pem', 'https://SNS.eu-west-1.amazonaws.com/{name}.pem'],
    ['another ending', `${other}.crt`, `${region}/{name}.crt`],
    ['a folder', `${region}/a/x.pem`, `${region}/a/{name}.pem`],
    ['an escape', `${region}/%2e%2e/x.pem`, `${region}/%2e%2e/{name}.pem`],
    ['a query', `${region}/x.pem?a=b.pem`, `${region}/x.pem?a={name}.pem`],
    ['a fragment', `${region}/x.pem#`, `${region}/x.pem#`],
    ['white space behind it', `${region}/x.pem\n`, ''],
    ['a name that is empty', `${region}/.pem`, `${region}/.pem`],
  ] as const).map(([what, address, lax]) => refuse(`refuses a certificate's address with ${what}`, 'bad_signature', named(address), lax ? pinned(lax) : undefined)),
  refuse('refuses an address that is no text', 'bad_signature', named({ url })),
  refuse('refuses an address that stands twice', 'bad_signature', request(signed(good).replace('"SigningCertURL":', '"SigningCertURL":"x","SigningCertURL":'), fetched)),
  wrong('refuses another certificate than that of the address', signed(good), undefined, { ...fetched, secrets: [certificate(2)] }),
  refuse('uses no fetched certificate before its time', 'key_unavailable', request(signed(good), { ...fetched, now: 1700000000 })),
  refuse('uses no fetched certificate after its time', 'key_unavailable', request(published('version2.json'), { ...theirs, ...fetched, now: 1792022400 })),
]
