// What dialects ask of JavaScript beside a header and a body: settings, signatures in the body.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadDialect, Webhook } from '../../js/full.ts'

const of = (name: string) => loadDialect(readFileSync(new URL(`../../core/dialects/${name}.json`, import.meta.url), 'utf8'))
const secret = 'a secret of some length'
const paid = loadDialect({
  name: 'paid', title: 'Paid', documents: ['https://paid.example'],
  signature: { scheme: 'hmac-sha256', header: 'X-Sig', encoding: 'hex', signed: '{setting:webhook_id}|{body}' },
})

test('signs and verifies with a setting', () => {
  const hook = new Webhook(paid, { secrets: secret, settings: { webhook_id: 'WH-1' } })
  const headers = hook.sign('{}')
  assert.equal(headers['x-sig'], createHmac('sha256', secret).update('WH-1|{}').digest('hex'))
  assert.ok(hook.check('{}', headers).ok)
  assert.equal(new Webhook(paid, { secrets: secret, settings: { webhook_id: 'WH-2' } }).check('{}', headers).ok, false)
})

test('says which setting is missing, and which there is not', () => {
  assert.throws(() => new Webhook(paid, { secrets: secret }), { name: 'TypeError', message: /needs the setting "webhook_id"/ })
  assert.throws(() => new Webhook(paid, { secrets: secret, settings: { webhook_id: 'a', other: 'b' } }), { name: 'TypeError', message: /no setting "other"/ })
  assert.throws(() => new Webhook(paid, { secrets: secret, settings: { webhook_id: 1 as any } }), { name: 'TypeError', message: /object of strings/ })
})

test('puts the signature in the body where the dialect has it there', () => {
  const hook = new Webhook(of('mailgun'), { secrets: secret })
  const given = '{"signature":{"timestamp":"1700000000","token":"abc","signature":""},"event-data":{"event":"opened","id":"1"}}'
  const { headers, body } = hook.signMessage(given)
  const mac = createHmac('sha256', secret).update('1700000000abc').digest('hex')
  assert.equal(new TextDecoder().decode(body), given.replace('"signature":""', `"signature":"${mac}"`))
  const event = hook.verify(body, headers)
  assert.deepEqual([event.type, event.authenticity, event.dedupe], ['opened', 'authenticated', { key: 'abc', signed: true }])
  assert.throws(() => hook.signMessage('{"event-data":{}}'), { name: 'TypeError', message: /must have a string at \/signature\/signature/ })
})

test('gives the body back as it was where the signature stands in a header', () => {
  const hook = new Webhook(paid, { secrets: secret, settings: { webhook_id: 'WH-1' } })
  assert.equal(new TextDecoder().decode(hook.signMessage('{"a":1}').body), '{"a":1}')
})

test("a form's fields are the event's data, and Twilio signs them", () => {
  const hook = new Webhook(of('twilio'), { secrets: secret })
  const url = 'https://example.com/sms'
  const body = 'MessageStatus=delivered&Body=a+b%E2%82%AC'
  const headers = hook.sign(body, { url })
  assert.equal(headers['X-Twilio-Signature'], createHmac('sha1', secret).update(`${url}Bodya b€MessageStatusdelivered`).digest('base64'))
  const event = hook.verify(body, headers, { url })
  assert.deepEqual([event.type, event.content, event.schema], ['message.status', 'form', { ok: false, at: '/MessageSid', code: 'schema' }])
  assert.deepEqual(event.data, { MessageStatus: 'delivered', Body: 'a b€' })
  const large = `MessageStatus=sent&Body=${'%22'.repeat(100_000)}`
  const again = hook.verify(large, hook.sign(large, { url }), { url })
  const other = hook.verify(body, headers, { url })
  assert.deepEqual(other.data, event.data)
  assert.deepEqual(again.data, { MessageStatus: 'sent', Body: '"'.repeat(100_000) }, 'it was kept when it was read')
})

test('a form that cannot be read says so when its data is asked for', () => {
  const forms = loadDialect({ name: 'forms', title: 'Forms', documents: ['https://example.com'], signature: { scheme: 'static-token', header: 'x-token' }, event: { form: true },
    body: { properties: { a: { type: 'string' } } } })
  const hook = new Webhook(forms, { secrets: secret })
  const read = (body: string) => hook.verify(body, { 'x-token': secret, 'content-type': 'application/x-www-form-urlencoded' })
  for (const [body, schema, code] of [['a=%zz', 'bad_json', 'bad_utf8'], ['a=%ff', 'bad_utf8', 'bad_utf8'], ['a=1&%61=2', 'duplicate_key', 'duplicate_key']] as const) {
    const event = read(body)
    assert.equal(event.schema.ok || event.schema.code, schema)
    assert.throws(() => event.data, { code })
  }
  assert.deepEqual(read('__proto__=1').data, JSON.parse('{"__proto__":"1"}'))
})
