// Each face beside the package whose face it is: the same calls on both, and every difference in the
// answers is one that docs/migrating.md lists, with its reason.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import * as octokitPeer from '@octokit/webhooks-methods'
import * as standardPeer from 'standardwebhooks'
import StripePeer from 'stripe'
import * as svixPeer from 'svix'
import * as octokit from 'waxseal/octokit'
import * as standard from 'waxseal/standardwebhooks'
import * as stripe from 'waxseal/stripe'
import * as svix from 'waxseal/svix'

const page = readFileSync(new URL('../../docs/migrating.md', import.meta.url), 'utf8')

/** What a call came to: its value, or the name and first sentence of its error. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return { value: await call() }
  } catch (error) {
    const { name, constructor, message } = error as Error
    return { error: name === 'Error' ? constructor.name : name, message: message.replace(/^\[[^\]]*\] /, '').split(/(?<=\.) |\n/)[0] }
  }
}

interface Case<Api> {
  name: string
  call(api: Api): unknown
  /** ours differs: the heading of docs/migrating.md that says why */
  differs?: string
}

function sideBySide<Api>(face: string, peer: Api, ours: Api, cases: Case<Api>[]): void {
  describe(face, () => {
    for (const { name, call, differs } of cases) {
      test(`${name}: ${differs ? `differs (${differs})` : 'as the peer'}`, async () => {
        const [theirs, mine] = [await outcome(() => call(peer)), await outcome(() => call(ours))]
        if (!differs) return assert.deepEqual(mine, theirs)
        assert.notDeepEqual(mine, theirs)
        assert.ok('error' in (mine as object) || (mine as { value: unknown }).value === false, `ours refuses: ${JSON.stringify(mine)}`)
        const section = page.slice(page.indexOf(`## \`waxseal/${face}\``)).split('\n## ')[0]!
        assert.match(section, new RegExp(`\\*\\*${differs}`), `docs/migrating.md says why under waxseal/${face}`)
      })
    }
  })
}

const now = () => Math.floor(Date.now() / 1000)
const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`
const body = '{"type":"order.paid","n":1.50,"é":"ü"}'

type Standard = Pick<typeof standard, 'Webhook'>
type Headers = Record<string, string>

/** Signed by the peer, so that nobody verifies his own work. */
const signed = (payload = body, { id = 'msg_1', at = now(), prefix = 'webhook' } = {}): Headers => ({
  [`${prefix}-id`]: id,
  [`${prefix}-timestamp`]: String(at),
  [`${prefix}-signature`]: new standardPeer.Webhook(secret).sign(id, new Date(at * 1000), payload),
})
const valid = signed()
const with_ = (changes: Headers): Headers => ({ ...valid, ...changes })
const without = (name: string): Headers => Object.fromEntries(Object.entries(valid).filter(([key]) => key !== name))
const verifying = (headers: Headers, payload: string | Buffer = body, options?: standard.VerifyOptions) => ({ Webhook }: Standard) =>
  new Webhook(secret).verify(payload, headers, options)

/** What standardwebhooks and svix share. */
const common: Case<Standard>[] = [
  { name: 'a valid payload', call: verifying(valid) },
  { name: 'a valid payload as a Buffer', call: verifying(valid, Buffer.from(body)) },
  { name: 'an empty payload', call: verifying(signed(''), '') },
  { name: 'header names in capitals', call: verifying(Object.fromEntries(Object.entries(valid).map(([name, value]) => [name.toUpperCase(), value]))) },
  { name: 'other headers beside them', call: verifying(with_({ host: 'example.com', 'content-type': 'application/json' })) },
  { name: 'no id', call: verifying(without('webhook-id')) },
  { name: 'no timestamp', call: verifying(without('webhook-timestamp')) },
  { name: 'no signature', call: verifying(without('webhook-signature')) },
  { name: 'a timestamp that is no number', call: verifying(with_({ 'webhook-timestamp': 'soon' })) },
  { name: 'too old', call: verifying(signed(body, { at: now() - 301 })) },
  { name: 'too new', call: verifying(signed(body, { at: now() + 302 })) },
  { name: 'just in time', call: verifying(signed(body, { at: now() - 298 })) },
  { name: 'another payload', call: verifying(valid, '{}') },
  { name: 'another id', call: verifying(with_({ 'webhook-id': 'msg_2' })) },
  { name: 'two signatures, the second right', call: verifying(with_({ 'webhook-signature': `v1,${'A'.repeat(43)}= ${valid['webhook-signature']}` })) },
  { name: 'a signature of another version beside it', call: verifying(with_({ 'webhook-signature': `v1a,abc ${valid['webhook-signature']}` })) },
  { name: 'only another version', call: verifying(with_({ 'webhook-signature': 'v2,abc' })) },
  { name: 'an empty secret', call: ({ Webhook }) => new Webhook('') },
  { name: 'a secret that is no text', call: ({ Webhook }) => new Webhook(undefined as never) },
  { name: 'a secret without its prefix', call: ({ Webhook }) => new Webhook(secret.slice(6)).verify(body, valid) },
  { name: 'a raw secret', call: ({ Webhook }) => new Webhook('0123456789abcdef0123456789abcdef', { format: 'raw' }).verify(body, valid) },
  { name: 'raw bytes as a secret', call: ({ Webhook }) => new Webhook(Buffer.from('0123456789abcdef0123456789abcdef'), { format: 'raw' }).verify(body, valid) },
  { name: 'sign', call: ({ Webhook }) => new Webhook(secret).sign('msg_1', new Date(1700000000999), body) },
  { name: 'sign a Buffer', call: ({ Webhook }) => new Webhook(secret).sign('msg_1', new Date(1700000000000), Buffer.from(body)) },
  { name: 'a short secret', call: ({ Webhook }) => new Webhook('whsec_c2hvcnQ=').sign('msg_1', new Date(0), body), differs: 'A short secret' },
  { name: 'an id with a dot', call: verifying(signed(body, { id: 'msg.1' })), differs: 'An id with other characters' },
  { name: 'sign an id with a dot', call: ({ Webhook }) => new Webhook(secret).sign('msg.1', new Date(0), body), differs: 'An id with other characters' },
  { name: 'a timestamp with text behind it', call: verifying(with_({ 'webhook-timestamp': `${valid['webhook-timestamp']}abc` })), differs: 'A timestamp that is not plain digits' },
  { name: 'a malformed signature beside a right one', call: verifying(with_({ 'webhook-signature': `v1,abc ${valid['webhook-signature']}` })), differs: 'A malformed signature' },
  { name: 'nine signatures', call: verifying(with_({ 'webhook-signature': Array(9).fill(valid['webhook-signature']).join(' ') })), differs: 'More than eight signatures' },
]

sideBySide<Standard>('standardwebhooks', standardPeer as never, standard, [
  ...common,
  { name: 'not parsed', call: verifying(valid, body, { jsonParse: false }) },
  { name: 'an authentic payload that is no JSON', call: async (api) => (await outcome(() => verifying(signed('plain'), 'plain')(api)) as { error: string }).error },
])
sideBySide<Standard>('svix', svixPeer as never, svix as never, [
  ...common,
  { name: 'svix headers', call: verifying(signed(body, { prefix: 'svix' })) },
  { name: 'svix headers before webhook headers', call: verifying({ ...valid, ...signed(body, { prefix: 'svix', id: 'msg_9' }) }) },
  { name: 'no JSON', call: verifying(signed('plain'), 'plain') },
])

test('both faces throw their own WebhookVerificationError, an Error', () => {
  for (const face of [standard, svix]) {
    assert.throws(() => new face.Webhook(secret).verify(body, {}), (error) => error instanceof face.WebhookVerificationError && error instanceof Error)
  }
})

const key = 'It is a secret to everybody'
const hub = await octokitPeer.sign(key, body)
sideBySide<typeof octokit>('octokit', octokitPeer as never, octokit, [
  { name: 'sign', call: ({ sign }) => sign(key, body) },
  { name: 'sign without a payload', call: ({ sign }) => sign(key, '') },
  { name: 'sign an object', call: ({ sign }) => sign(key, {} as never) },
  { name: 'verify', call: ({ verify }) => verify(key, body, hub) },
  { name: 'verify another payload', call: ({ verify }) => verify(key, `${body} `, hub) },
  { name: 'verify with another secret', call: ({ verify }) => verify('other', body, hub) },
  { name: 'verify without its prefix', call: ({ verify }) => verify(key, body, hub.slice(7)) },
  { name: 'verify in capitals', call: ({ verify }) => verify(key, body, hub.toUpperCase()) },
  { name: 'verify zz', call: ({ verify }) => verify(key, body, 'sha256=zz') },
  { name: 'verify without a signature', call: ({ verify }) => verify(key, body, '') },
  { name: 'verify without a secret', call: ({ verify }) => verify('', body, hub) },
  { name: 'verify an object', call: ({ verify }) => verify(key, {} as never, hub) },
  { name: 'fall back', call: ({ verifyWithFallback }) => verifyWithFallback('new', body, hub, ['other', key]) },
  { name: 'fall back on nothing', call: ({ verifyWithFallback }) => verifyWithFallback('new', body, hub, undefined) },
  { name: 'fall back in vain', call: ({ verifyWithFallback }) => verifyWithFallback('new', body, hub, ['other']) },
  { name: 'a blank secret', call: async ({ verify, sign }) => verify('  ', body, await octokitPeer.sign('  ', body)), differs: 'A blank secret' },
])

test('octokit: the peer answers otherwise on the web than on Node, ours as on Node', async () => {
  const web = (await import(new URL('../../node_modules/@octokit/webhooks-methods/dist-web/index.js', import.meta.url).href)) as typeof octokitPeer
  assert.equal(await web.verify(key, body, hub.slice(7)), true)
  assert.equal(await octokit.verify(key, body, hub.slice(7)), false)
})

const peer = new StripePeer('sk_test_none').webhooks
type Stripe = typeof stripe.webhooks
const live = 'whsec_test_secret'
const event = '{"id":"evt_1","object":"event","type":"charge.succeeded","data":{"object":{}}}'
const header = (options: Partial<stripe.WebhookTestHeaderOptions> = {}) => peer.generateTestHeaderString({ payload: event, secret: live, ...options })
const construct = (value: unknown, payload: unknown = event, ...more: [string?, number?, unknown?, number?]) => (api: Stripe) =>
  api.constructEvent(payload as string, value as string, more[0] ?? live, more[1], more[2], more[3])

sideBySide<Stripe>('stripe', peer as never, stripe.webhooks, [
  { name: 'constructEvent', call: construct(header()) },
  { name: 'constructEvent of a Buffer', call: construct(header(), Buffer.from(event)) },
  { name: 'a header as a Buffer', call: construct(Buffer.from(header())) },
  { name: 'constructEventAsync', call: (api) => api.constructEventAsync(event, header(), live) },
  { name: 'verifyHeader', call: ({ signature }) => signature.verifyHeader(event, header(), live, 300) },
  { name: 'verifyHeader without a tolerance', call: ({ signature }) => signature.verifyHeader(event, header(), live) },
  { name: 'verifyHeaderAsync', call: ({ signature }) => signature.verifyHeaderAsync(event, header(), live, 300) },
  { name: 'generateTestHeaderString', call: (api) => api.generateTestHeaderString({ payload: event, secret: live, timestamp: 1700000000 }) },
  { name: 'generateTestHeaderString with parts of one\'s own', call: (api) => api.generateTestHeaderString({ payload: event, secret: live, timestamp: 12, scheme: 'v0', signature: 'abc' }) },
  { name: 'another payload', call: construct(header(), `${event} `) },
  { name: 'another secret', call: construct(header(), event, 'whsec_other') },
  { name: 'too old', call: construct(header({ timestamp: now() - 400 })) },
  { name: 'old, and any age is allowed', call: construct(header({ timestamp: 1 }), event, live, 0) },
  { name: 'old, and received then', call: construct(header({ timestamp: 1700000000 }), event, live, 300, undefined, 1700000100_000) },
  { name: 'no header', call: construct('') },
  { name: 'undefined for a header', call: construct(undefined) },
  { name: 'a list for a header', call: construct([header()]) },
  { name: 'no payload', call: construct(header(), '') },
  { name: 'a blank secret', call: construct(header(), event, '  ') },
  { name: 'no timestamp', call: construct(header().replace(/^t=\d+,/, '')) },
  { name: 'two v1, the second right', call: construct(header().replace(',v1=', `,v1=${'0'.repeat(64)},v1=`)) },
  { name: 'another scheme beside it', call: construct(`${header()},v0=abc`) },
  { name: 'no JSON', call: async (api) => (await outcome(() => construct(header({ payload: 'x' }), 'x')(api)) as { error: string }).error },
  { name: 'a thin event', call: construct(header({ payload: '{"object":"v2.core.event"}' }), '{"object":"v2.core.event"}') },
  { name: 'from the future', call: construct(header({ timestamp: now() + 400 })), differs: 'A timestamp in the future' },
  { name: 'a timestamp with text behind it', call: construct(header().replace(/^t=(\d+)/, 't=$1abc')), differs: 'A timestamp that is not plain digits' },
  { name: 'two timestamps', call: construct(header().replace(/^/, 't=1,')), differs: 'Two timestamps' },
  { name: 'a malformed v1 beside a right one', call: construct(`${header()},v1=zz`), differs: 'A malformed signature' },
  { name: 'only another scheme', call: construct(header({ scheme: 'v0' })), differs: 'Sentences' },
  { name: 'a parsed payload', call: construct(header(), JSON.parse(event)), differs: 'Sentences' },
])

test('stripe throws its own StripeSignatureVerificationError with header and payload', () => {
  assert.throws(() => stripe.webhooks.constructEvent(event, 't=1,v1=00', live), (error) =>
    error instanceof stripe.StripeSignatureVerificationError && error.type === 'StripeSignatureVerificationError' && error.header === 't=1,v1=00' && error.payload === event)
})

test('a face keeps a bounded number of secrets open, and each still verifies', async () => {
  for (let round = 0; round < 2; round++) {
    for (let each = 0; each < 100; each++) assert.ok(await octokit.verify(`secret ${each}`, body, await octokitPeer.sign(`secret ${each}`, body)))
  }
})
