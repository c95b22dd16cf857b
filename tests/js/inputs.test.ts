// Inputs that today's verifiers get wrong: ours is right on each, and beside it stands what the
// others answer, so that this table stops being true when they mend it.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import * as octokitNode from '@octokit/webhooks-methods'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import { github } from '../../js/dialects/github.ts'
import { standardWebhooks } from '../../js/dialects/standard-webhooks.ts'
import { stripe } from '../../js/dialects/stripe.ts'
import { WaxsealError, Webhook } from '../../js/index.ts'

const key = Buffer.alloc(32, 7)
const secret = `whsec_${key.toString('base64')}`
const now = Math.floor(Date.now() / 1000)
const hook = new Webhook(standardWebhooks, { secrets: secret })
const stripeSecret = 'whsec_of_stripe_in_this_test'
const ours = { standard: hook, stripe: new Webhook(stripe, { secrets: stripeSecret }), github: new Webhook(github, { secrets: 'octo' }) }

type Outcome = 'accepts' | 'refuses' | 'breaks'
type Headers = Record<string, any>

const mac = (signed: string | Buffer, with_: Buffer | string = key, encoding: 'base64' | 'hex' = 'base64') =>
  createHmac('sha256', with_).update(signed).digest(encoding)
const join = (...parts: (string | Buffer)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)))

function standard(body: string | Buffer, id = 'msg_1', timestamp: string | number = now): Headers {
  const signature = mac(join(`${id}.${timestamp}.`, body))
  return { 'webhook-id': id, 'webhook-timestamp': `${timestamp}`, 'webhook-signature': `v1,${signature}` }
}

/** What ours answers: a refusal is a code; anything else thrown is a defect. */
function code(verifier: Webhook<any>, body: any, headers: Headers): string {
  const result = verifier.check(body, headers)
  return result.ok ? 'ok' : result.code
}

/** What a library answers: its own error is a refusal, another one breaks a naive receiver. */
function outcome(verify: () => unknown, own: RegExp): Outcome {
  try {
    return verify() === false ? 'refuses' : 'accepts'
  } catch (error) {
    return own.test((error as Error).constructor.name) ? 'refuses' : 'breaks'
  }
}
const byStandard = (body: any, headers: Headers) => outcome(() => new StandardWebhook(secret).verify(body, headers as any), /WebhookVerificationError/)
const bySvix = (body: any, headers: Headers) => outcome(() => new SvixWebhook(secret).verify(body, headers as any), /WebhookVerificationError/)
const stripeApi = new Stripe('sk_test_x')
const byStripe = (body: any, header: string) => outcome(() => stripeApi.webhooks.constructEvent(body, header, stripeSecret), /StripeSignatureVerificationError/)
const stripeHeader = (body: string | Buffer, timestamp: string | number) =>
  `t=${timestamp},v1=${mac(join(`${timestamp}.`, body), stripeSecret, 'hex')}`

const json = '{"type":"a","data":{"n":1}}'

describe('inputs that others get wrong', () => {
  test('1: a body signed with U+FFFD and delivered with 0xff is refused', () => {
    const delivered = join('{"type":"', Buffer.from([0xff]), '"}')
    const headers = standard('{"type":"\ufffd"}')
    assert.equal(code(hook, delivered, headers), 'bad_signature')
    assert.equal(byStandard(delivered.toString(), headers), 'accepts')
    assert.equal(bySvix(delivered.toString(), headers), 'accepts')
    const header = stripeHeader('{"type":"\ufffd"}', now)
    assert.equal(code(ours.stripe, delivered, { 'stripe-signature': header }), 'bad_signature')
    assert.equal(byStripe(delivered, header), 'accepts')
  })

  test('2: raw 0xff bytes, honestly signed, are accepted', () => {
    const body = Buffer.from([0xff, 0xfe, 0x00])
    assert.equal(code(hook, body, standard(body)), 'ok')
    assert.notEqual(byStandard(body, standard(body)), 'accepts')
    assert.notEqual(byStandard(body.toString(), standard(body)), 'accepts')
    assert.notEqual(bySvix(body.toString(), standard(body)), 'accepts')
    assert.notEqual(byStripe(body, stripeHeader(body, now)), 'accepts')
  })

  for (const [what, timestamp] of [['junk behind it', `${now}junk`], ['a fraction', `${now}.9`], ['a space and a sign', ` +${now}`], ['leading zeros', `000${now}`]] as const) {
    test(`3: a timestamp with ${what} is refused`, () => {
      const headers = { ...standard(json, 'msg_1', timestamp) }
      assert.equal(code(hook, json, headers), 'bad_timestamp')
      const known = { ...standard(json), 'webhook-timestamp': timestamp }
      assert.equal(byStandard(json, known), 'accepts')
      assert.equal(bySvix(json, known), 'accepts')
    })
  }

  test('4: a timestamp a year ahead is refused', () => {
    const ahead = now + 365 * 86400
    assert.equal(code(hook, json, standard(json, 'msg_1', ahead)), 'too_new')
    assert.equal(code(ours.stripe, json, { 'stripe-signature': stripeHeader(json, ahead) }), 'too_new')
    assert.equal(byStripe(json, stripeHeader(json, ahead)), 'accepts')
  })

  test('5: a boundary shifted from the body into the id is refused', () => {
    const old = now - 86400
    const captured = standard(`${now}.5`, 'm', old)
    const shifted = { ...captured, 'webhook-id': `m.${old}`, 'webhook-timestamp': `${now}` }
    assert.equal(code(hook, '5', shifted), 'bad_id')
    assert.equal(byStandard('5', shifted), 'accepts')
    assert.equal(bySvix('5', shifted), 'accepts')
  })

  test('6: a signature with a second comma is refused', () => {
    const headers = standard(json)
    headers['webhook-signature'] += ',x'
    assert.equal(code(hook, json, headers), 'bad_signature')
    assert.equal(byStandard(json, headers), 'accepts')
    assert.equal(bySvix(json, headers), 'accepts')
  })

  test('7: header lines that Fetch has joined by commas are refused', () => {
    const headers = standard(json)
    headers['webhook-signature'] = `v1,AAAA, ${headers['webhook-signature']}`
    assert.equal(code(hook, json, headers), 'bad_signature')
    assert.equal(byStandard(json, headers), 'accepts')
    assert.equal(bySvix(json, headers), 'accepts')
  })

  test('8: a hundred thousand signatures are refused before any work', () => {
    const headers = standard(json)
    const last = headers['webhook-signature']
    headers['webhook-signature'] = `${'v1,AAAA '.repeat(100_000)}${last}`
    const began = performance.now()
    assert.equal(code(hook, json, headers), 'too_many_signatures')
    assert.ok(performance.now() - began < 20)
    assert.equal(byStandard(json, headers), 'accepts')
    assert.equal(bySvix(json, headers), 'accepts')
  })

  test('9: a header given as a list of two is refused, and nothing breaks', () => {
    const headers = standard(json)
    const twice = { ...headers, 'webhook-signature': [headers['webhook-signature'], headers['webhook-signature']] }
    assert.equal(code(hook, json, twice), 'duplicate_header')
    assert.equal(byStandard(json, twice), 'breaks')
    assert.equal(bySvix(json, twice), 'breaks')
  })

  test('10: a body of bytes is accepted', () => {
    const bytes = new TextEncoder().encode(json)
    assert.equal(code(hook, bytes, standard(json)), 'ok')
    assert.notEqual(byStandard(bytes, standard(json)), 'accepts')
    assert.notEqual(bySvix(bytes, standard(json)), 'accepts')
  })

  test('11: a signed body with a byte-order mark, or no JSON at all, is accepted as bytes', () => {
    for (const body of [`\ufeff${json}`, 'no JSON']) {
      const result = hook.check(body, standard(body))
      assert.ok(result.ok)
      assert.equal(result.event.content, 'bytes')
      assert.throws(() => result.event.data, (error) => error instanceof WaxsealError && error.code === 'bad_json')
      assert.equal(byStandard(body, standard(body)), 'breaks')
    }
  })

  test('12: JSON 200,000 levels deep verifies, and its data is never parsed', () => {
    const deep = `{"type":"a","data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    const result = hook.check(deep, standard(deep))
    assert.ok(result.ok)
    assert.deepEqual(result.event.schema, { ok: false, at: '', code: 'too_deep' })
    assert.throws(() => result.event.data, { code: 'too_deep' })
    const theirs = new StandardWebhook(secret).verify(deep, standard(deep))
    assert.throws(() => JSON.stringify(theirs), RangeError)
  })

  test('13: an empty secret is refused', () => {
    for (const empty of ['', 'whsec_', '   ', [], [secret, '']]) {
      assert.throws(() => new Webhook(standardWebhooks, { secrets: empty }), TypeError)
    }
  })

  test('14: a secret of one byte is refused', () => {
    assert.throws(() => new Webhook(standardWebhooks, { secrets: 'whsec_AA==' }), /too short.*24/)
    assert.ok(new StandardWebhook('whsec_AA=='))
    assert.ok(new SvixWebhook('whsec_AA=='))
  })

  test('15: a signature that is garbage is refused as a wrong one is', async () => {
    for (const garbage of ['x', 'sha256=zz', 'sha256=', 'null']) {
      assert.equal(code(ours.github, json, { 'x-hub-signature-256': garbage }), 'bad_signature')
    }
    const { verify } = await octokitWeb()
    await assert.rejects(verify('octo', json, 'sha256=zz'), TypeError)
  })

  test('16: hex with separators or in upper case is refused', async () => {
    const good = mac(json, 'octo', 'hex')
    assert.equal(code(ours.github, json, { 'x-hub-signature-256': `sha256=${good}` }), 'ok')
    const { verify } = await octokitWeb()
    for (const odd of [good.match(/../g)!.join(':-:'), good.toUpperCase()]) {
      assert.equal(code(ours.github, json, { 'x-hub-signature-256': `sha256=${odd}` }), 'bad_signature')
      assert.equal(await verify('octo', json, `sha256=${odd}`), true, 'octokit in the browser')
      assert.equal(await octokitNode.verify('octo', json, `sha256=${odd}`), false, 'octokit in Node')
    }
  })

  test('17: an integer beyond 2^53 is exact', () => {
    const body = '{"type":"a","data":{"n":9007199254740993}}'
    assert.equal((hook.verify(body, standard(body)).data as any).n, 9007199254740993n)
    assert.equal((new StandardWebhook(secret).verify(body, standard(body)) as any).data.n, 9007199254740992)
    assert.equal((stripeApi.webhooks.constructEvent(body, stripeHeader(body, now), stripeSecret) as any).data.n, 9007199254740992)
  })
})

/** The same package as browsers and workers get it. */
function octokitWeb(): Promise<typeof octokitNode> {
  return import(new URL('../../node_modules/@octokit/webhooks-methods/dist-web/index.js', import.meta.url).href)
}
