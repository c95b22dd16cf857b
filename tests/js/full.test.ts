// `waxseal/full`: dialects compiled at run time, and the whole package on waxseal-full.wasm.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { standardWebhooks } from '../../js/dialects/standard-webhooks.ts'
import { dialects } from '../../js/dialects/index.ts'
import * as small from '../../js/index.ts'
import { dialectNames, dialectText } from '../wasm/vectors.ts'

const secrets = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const body = '{"type":"a","data":{}}'
// Opened before waxseal/full is there, on the small module.
const before = new small.Webhook(standardWebhooks, { secrets })
const headers = before.sign(body, { id: 'msg_1' })
const full = await import('../../js/full.ts')
const { DeliveryPolicy, loadDialect, Webhook } = full

test('is everything that waxseal is, the same, and more', () => {
  for (const [name, value] of Object.entries(small)) assert.equal((full as any)[name], value, name)
  assert.equal(typeof full.loadDialect, 'function')
})

test('lets what was open before go on', () => {
  assert.equal(before.verify(body, headers).id, 'msg_1')
})

test('takes a dialect of your own, as text or object', () => {
  const file = { ...JSON.parse(dialectText('standard-webhooks')), name: 'own' }
  for (const given of [file, JSON.stringify(file)]) {
    const own = loadDialect(given)
    assert.equal(own.name, 'own')
    assert.equal(new Webhook(own, { secrets }).verify(body, headers).id, 'msg_1')
    assert.equal(new DeliveryPolicy(own).timeout, new DeliveryPolicy(standardWebhooks).timeout)
  }
})

test('says where a file is wrong', () => {
  assert.throws(() => loadDialect('{"name":'), TypeError)
  assert.throws(() => loadDialect({ ...JSON.parse(dialectText('standard-webhooks')), sekret: {} }), /\/sekret.*unknown keyword/)
  assert.throws(() => loadDialect({}), /\/name/)
})

test('compiles every dialect to what the package ships', () => {
  for (const name of dialectNames) {
    const { image, events, title } = loadDialect(dialectText(name))
    assert.equal(image, dialects[name]!.image, name)
    assert.deepEqual(events, dialects[name]!.events)
    assert.equal(title, dialects[name]!.title)
  }
})

test('tells events in the order of the file, even where their names are numbers', () => {
  const file = { ...JSON.parse(dialectText('standard-webhooks')), name: 'numbers' }
  const text = JSON.stringify(file).replace(/}$/, ',"events":{"b":{},"7":{},"1":{"aliases":["one"]}}}')
  const own = loadDialect(text)
  assert.deepEqual(own.events, ['b', '7', '1'])
  const hook = new Webhook(own, { secrets })
  const event = hook.verify('{"type":"one"}', hook.sign('{"type":"one"}', { id: 'm' }))
  assert.equal(event.type, '1')
})

for (const conditions of [[], ['--conditions=browser']]) {
  test(`vectors.test.ts holds for dialects compiled at run time ${conditions}`, async () => {
    const path = fileURLToPath(new URL('vectors.test.ts', import.meta.url))
    const env: NodeJS.ProcessEnv = { ...process.env, WAXSEAL_FULL: 'yes' }
    delete env.NODE_TEST_CONTEXT // or the inner run would report to the outer one and always succeed
    const run = spawn(process.execPath, [...conditions, '--test-reporter=tap', path], { env })
    let output = ''
    run.stdout.on('data', (text) => (output += text))
    run.stderr.on('data', (text) => (output += text))
    const [status] = await once(run, 'close')
    assert.equal(status, 0, output.split('\n').filter((line) => /not ok/.test(line)).join('\n') || output)
    assert.match(output, /^# pass [1-9]/m)
  })
}

test('the package says that importing it does something', () => {
  const { sideEffects } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  assert.ok(sideEffects.includes('./dist/js/full.js'))
})
