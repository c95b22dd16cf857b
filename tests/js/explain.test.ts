// `waxseal/explain`: the causes that the core finds, through waxseal-explain.wasm.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { github } from '../../js/dialects/github.ts'
import { stripe } from '../../js/dialects/stripe.ts'
import * as all from '../../js/explain.ts'
import * as full from '../../js/full.ts'
import { checkDestination } from '../../js/relay.ts'

const { loadDialect, Webhook } = all
const secret = 'canary-secret-of-this-test'
const hook = new Webhook(github, { secrets: secret })
const body = '{"zen":"Keep it logically awesome.","hook_id":1}'
const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
const headers = { 'X-Hub-Signature-256': signature }
const codes = (why: { causes: { code: string; certainty: string }[] }) => why.causes.map(({ code, certainty }) => [code, certainty])

test('is everything that waxseal/full is, the same, but for a Webhook that explains', () => {
  for (const [name, value] of Object.entries(full)) if (name !== 'Webhook') assert.equal((all as any)[name], value, name)
  assert.ok(Webhook.prototype instanceof full.Webhook)
  assert.ok(!('explain' in full.Webhook.prototype))
})

test('runs on the largest module of those that are imported, whatever their order', () => {
  assert.equal(checkDestination('https://127.0.0.1/').ok, false)
  assert.equal(hook.explain(body, headers).ok, true)
})

test('says of a webhook that verifies that there is nothing to explain', () => {
  assert.deepEqual(hook.explain(body, headers), { ok: true, code: null, causes: [] })
})

test('names the cause, what to do and the line of code', () => {
  assert.deepEqual(hook.explain(JSON.stringify(JSON.parse(body), null, 2), headers), {
    ok: false,
    code: 'bad_signature',
    causes: [{
      code: 'body_indented',
      certainty: 'proved',
      sentence: 'The body was parsed and written anew with indentation.',
      remedy: "Give the body's raw bytes, as they came, before anything parses them.",
      line: "app.post('/webhook', express.raw({ type: '*/*' }), handler)",
    }],
  })
})

test('sees headers in every shape, under every name', () => {
  for (const [given, code] of [
    [new Headers({ x_hub_signature_256: signature }), 'header_underscores'],
    [{ HTTP_X_HUB_SIGNATURE_256: signature }, 'header_cgi'],
    [['hub-signature-256', signature], 'header_x_dropped'],
    [[['x-hub-signature-256', signature], ['X-Hub-Signature-256', signature]], 'header_duplicated'],
    [{ 'x-hub-signature-256': [signature, signature] }, 'header_duplicated'],
    [{ 'x-hub-signature-256': signature.toUpperCase() }, 'signature_uppercase'],
  ] as const) {
    assert.deepEqual(codes(hook.explain(body, given as any)), [[code, 'proved']])
  }
  assert.deepEqual(codes(hook.explain(body, {})), [['header_missing', 'seen']])
})

test('knows other dialects by their images, a clock that is off, and two things at once', () => {
  const other = new Webhook(stripe, { secrets: secret })
  assert.deepEqual(codes(other.explain(body, headers, { others: [github] })), [['dialect_other', 'proved']])
  const signed = other.sign(body, { timestamp: 1700000000 })
  assert.deepEqual(codes(other.explain(body, signed, { now: 1700007200 })), [['clock_ahead', 'proved']])
  assert.deepEqual(codes(other.explain(body + '\n', signed, { now: 1699990000 })), [['body_newline_added', 'together'], ['clock_behind', 'together']])
})

test('explains a dialect of your own', () => {
  const own = loadDialect({ name: 'own', title: 'Own', documents: ['https://example.com'], signature: { scheme: 'hmac-sha256', header: 'x-own', encoding: 'hex' } })
  const mine = new Webhook(own, { secrets: secret })
  assert.deepEqual(codes(mine.explain(body + '\n', mine.sign(body))), [['body_newline_added', 'proved']])
})

test('explains a dialect that signs a setting, with the setting that was given', () => {
  const paid = loadDialect({
    name: 'paid', title: 'Paid', documents: ['https://example.com'],
    signature: { scheme: 'hmac-sha256', header: 'X-Sig', encoding: 'hex', signed: '{setting:webhook_id}|{body}' },
  })
  const settings = { webhook_id: 'WH-1' }
  const mine = new Webhook(paid, { secrets: secret, settings })
  assert.deepEqual(mine.explain(body, mine.sign(body)), { ok: true, code: null, causes: [] })
  assert.deepEqual(codes(mine.explain(body + '\n', mine.sign(body))), [['body_newline_added', 'proved']])
  assert.deepEqual(mine.explain(body, new Webhook(paid, { secrets: secret, settings: { webhook_id: 'WH-2' } }).sign(body)).causes, [])
  assert.deepEqual(codes(mine.explain(body, headers, { others: [github] })), [['dialect_other', 'proved']])
})

test('claims nothing of another secret, and tells neither secret nor signature', () => {
  const stranger = new Webhook(github, { secrets: 'another secret' })
  assert.deepEqual(stranger.explain(body, headers), { ok: false, code: 'bad_signature', causes: [] })
  const told = JSON.stringify([`${secret}\n`, `"${secret}"`].map((given) => new Webhook(github, { secrets: given }).explain(body + ' ', headers)))
  assert.ok(!told.includes(secret.slice(0, 8)) && !told.includes(signature.slice(-16)))
})

test('takes hostile header names and a large body, and ends when it is closed', () => {
  const why = hook.explain(new Uint8Array(3 << 20), { 'x-hub_signature-256': '"\u0000\ud800' })
  assert.equal(why.ok, false)
  const closed = new Webhook(github, { secrets: secret })
  closed.close()
  assert.throws(() => closed.explain(body, headers), TypeError)
})
