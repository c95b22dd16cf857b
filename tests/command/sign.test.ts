// waxseal sign: the headers of each dialect, every option, and that verify takes them.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { answer, both, file, hmac, native, npm, run } from './programs.ts'

const secret = 'a secret of some length'
const text = '{"id":"webhook_1","event":"user.created","timestamp":"2024-01-15T10:30:00Z","data":{}}'
const body = file('body.json', text)
const sign = ['sign', '--dialect', 'platform-core', '--secret', secret, '--body', body]
const fixed = ['--delivery', 'delivery_1', '--timestamp', '1700000000']

const headers = {
  'Content-Type': 'application/json',
  'X-Platform-Event': 'user.created',
  'X-Platform-Signature': `sha256=${hmac(secret, text)}`,
  'X-Platform-Delivery': 'delivery_1',
  'User-Agent': 'Platform-Webhooks/1.0',
}

test('header lines, in the dialect’s order, the type read from the body', async () => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`)
  assert.equal(await answer([...sign, ...fixed]), lines.join(''))
})

test('--json gives one object', async () => {
  assert.equal(await answer([...sign, ...fixed, '--json']), JSON.stringify(headers) + '\n')
})

test('--type is sent in place of the body’s', async () => {
  const shown = await answer([...sign, ...fixed, '--type', 'user.deleted'])
  assert.match(shown, /^X-Platform-Event: user\.deleted$/m)
})

test('--id and --timestamp are signed', async () => {
  const words = ['sign', '--dialect', 'standard-webhooks', '--secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    '--body', body, '--id', 'msg_1', '--timestamp', '1700000000']
  const shown = await answer(words)
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
  const expected = createHmac('sha256', key).update(`msg_1.1700000000.${text}`).digest('base64')
  assert.match(shown, /^webhook-id: msg_1$/m)
  assert.match(shown, /^webhook-timestamp: 1700000000$/m)
  assert.ok(shown.includes(`webhook-signature: v1,${expected}\n`))
})

test('an id and a delivery id that are left out are new each time, in the dialect’s form', async () => {
  for (const program of [native, npm]) {
    const once = await run(program, [...sign, '--json'])
    const again = await run(program, [...sign, '--json'])
    const id = (outcome: { stdout: string }) => JSON.parse(outcome.stdout)['X-Platform-Delivery']
    assert.match(id(once), /^delivery_[0-9A-Za-z]{24}$/)
    assert.notEqual(id(once), id(again))
  }
})

test('the clock signs where --timestamp is left out', async () => {
  for (const program of [native, npm]) {
    const { stdout } = await run(program, ['sign', '--dialect', 'ost', '--secret', secret, '--body', body, '--json'])
    const seconds = Number(JSON.parse(stdout)['ost-timestamp'])
    assert.ok(Math.abs(seconds - Date.now() / 1000) < 60)
  }
})

test('two secrets sign where the dialect’s header is a list', async () => {
  const words = ['sign', '--dialect', 'ost', '--secret', 'new secret', '--secret', 'old secret', '--body', body, '--timestamp', '1700000000']
  const both = ['new secret', 'old secret'].map((each) => hmac(each, `1700000000.v2.${text}`)).join(',')
  assert.ok((await answer(words)).includes(`ost-signature: ${both}\n`))
})

test('no secret sends without a signature where the dialect allows it', async () => {
  const shown = await answer(['sign', '--dialect', 'cosmo', '--body', body])
  assert.doesNotMatch(shown, /Signature/i)
  assert.match(shown, /^Content-Type: application\/json$/m)
})

test('--url and --method are signed where the dialect signs them', async () => {
  const dialect = file('own.json', JSON.stringify({
    name: 'own', title: 'Own', documents: ['https://example.com/'],
    signature: { scheme: 'hmac-sha256', header: 'X-Sig', encoding: 'hex', signed: '{method} {url} {body}' },
  }))
  const words = ['sign', '--dialect', dialect, '--secret', secret, '--body', body, '--url', 'https://a.example/']
  assert.ok((await answer([...words, '--method', 'PUT'])).includes(hmac(secret, `PUT https://a.example/ ${text}`)))
  assert.ok((await answer(words)).includes(hmac(secret, `POST https://a.example/ ${text}`)))
})

/** A secret in the form that the dialect's file states: with public keys the key of which `half`. */
function secretOf(name: string, half: 'private' | 'public' = 'private'): string {
  const { signature: { scheme }, secret: { prefix = '', decode = 'utf8' } = {} } = JSON.parse(readFileSync(new URL(`../../core/dialects/${name}.json`, import.meta.url), 'utf8'))
  const pair = /^(ed25519|ecdsa|rsa)/.exec(scheme)?.[0]
  if (pair) return 'file:' + fileURLToPath(new URL(`../data/keys/${pair === 'ecdsa' ? 'p256' : pair}-${half}.pem`, import.meta.url))
  return prefix + (decode === 'utf8' ? secret : 'ab'.repeat(32))
}

type Listed = { name: string; events: { name: string }[] }
const json = async (words: string[]) => JSON.parse((await run(native, words)).stdout)

test('every event of every dialect: its sample, signed, is verified and keeps to its schema', async () => {
  for (const { name } of (await json(['dialects', '--json'])) as Listed[]) {
    const how = ['--dialect', name, '--secret', secretOf(name)]
    const { event: { items } = { items: undefined } } = JSON.parse(readFileSync(new URL(`../../core/dialects/${name}.json`, import.meta.url), 'utf8'))
    for (const { name: type } of ((await json(['dialects', name, '--json'])) as Listed).events) {
      const sample = file('sample', (await run(native, ['sample', '--dialect', name, '--event', type])).stdout)
      const signed = await run(native, ['sign', ...how, '--body', sample, '--type', type])
      const headers = file('signed', signed.stdout)
      // A sample tells the time that it was made for.
      const { event, schema } = await json(['verify', ...how, '--body', sample, '--headers', headers, '--tolerance', 'none', '--json'])
      const told = items === undefined ? [type, true] : [null, false] // of an array it is the items that have types
      assert.deepEqual([event?.type, event?.known, schema], [...told, { ok: true }], `${name} ${type}`)
    }
  }
})

/** A value for each setting that a dialect needs. */
function settingsOf(name: string): string[] {
  const text = readFileSync(new URL(`../../core/dialects/${name}.json`, import.meta.url), 'utf8')
  return [...text.matchAll(/\{setting:(\w+)\}|"setting": "(\w+)"/g)].flatMap(([, signed, asked]) => ['--setting', `${signed ?? asked}=a-setting`])
}

/** Whether the signature goes into the body (and a sample of some events has no place for it): tests/core signs those. */
function signsInBody(name: string): boolean {
  const { signature } = JSON.parse(readFileSync(new URL(`../../core/dialects/${name}.json`, import.meta.url), 'utf8'))
  return ![signature].flat()[0].header
}

test('what sign prints, verify takes, for every dialect with its signature in a header and a sample of its own', async () => {
  const names = JSON.parse(await answer(['dialects', '--json'])).map(({ name }: { name: string }) => name).filter((name: string) => !signsInBody(name))
  assert.ok(names.length > 50)
  for (const name of names) {
    const sample = file('sample', await answer(['sample', '--dialect', name]))
    const how = ['--dialect', name, '--body', sample, ...settingsOf(name)]
    const signed = await run(native, ['sign', ...how, '--secret', secretOf(name)])
    assert.equal(signed.code, 0, `${name}: ${signed.stderr}`)
    const outcome = await both(['verify', ...how, '--secret', secretOf(name, 'public'), '--headers', file('signed', signed.stdout), '--tolerance', 'none', '--json'])
    assert.equal(outcome.code, 0, `${name}: ${outcome.stdout}${outcome.stderr}`)
    const { events } = (await json(['dialects', name, '--json'])) as Listed
    // Without an event to sample, the body is one that any system could send.
    if (events.length > 0) assert.deepEqual(JSON.parse(outcome.stdout).schema, { ok: true }, name)
  }
})

test('with a private key the native command signs, and npm\'s says who does', async () => {
  for (const name of ['discord', 'sendgrid']) {
    const words = ['--dialect', name, '--secret', secretOf(name), '--body', body]
    assert.equal((await run(native, ['sign', ...words])).code, 0)
    for (const asked of [['sign', ...words], ['send', ...words, 'http://127.0.0.1:9/']]) {
      const outcome = await run(npm, asked)
      assert.deepEqual([outcome.code, outcome.stdout], [2, ''], name)
      assert.match(outcome.stderr, /^waxseal (sign|send): \w+ signs with a private key, which this program does not: `waxseal sign` built natively does, and so does hook\.sign of waxseal\/full\n/)
    }
  }
})

test('a signature in the body: sign prints the body to send, and verify takes it', async () => {
  const body = file('mailgun', '{"signature":{"timestamp":"1700000000","token":"abc","signature":""},"event-data":{"event":"opened"}}')
  const printed = await answer(['sign', '--dialect', 'mailgun', '--secret', 'a secret', '--body', body])
  const signed = file('mailgun-signed', printed.slice(printed.indexOf('\n\n') + 2, -1))
  assert.match(await answer(['verify', '--dialect', 'mailgun', '--secret', 'a secret', '--body', signed]), /^authenticated: /)
  const { body: same } = JSON.parse(await answer(['sign', '--dialect', 'mailgun', '--secret', 'a secret', '--body', body, '--json']))
  assert.equal(same, printed.slice(printed.indexOf('\n\n') + 2, -1))
})

test('a setting that the dialect asks for is named, and is signed', async () => {
  const own = file('paid.json', JSON.stringify({ name: 'paid', title: 'Paid', documents: ['https://paid.example'],
    signature: { scheme: 'hmac-sha256', header: 'X-Sig', encoding: 'hex', signed: '{setting:webhook_id}|{body}' } }))
  const words = ['--dialect', own, '--secret', 'a secret', '--body', file('paid-body', '{}')]
  const missing = await both(['sign', ...words])
  assert.deepEqual([missing.code, missing.stdout], [2, ''])
  assert.match(missing.stderr, /needs the setting "webhook_id": give it beside the secret; write --setting NAME=VALUE/)
  const headers = file('paid-headers', await answer(['sign', ...words, '--setting', 'webhook_id=WH-1']))
  assert.match(await answer(['verify', ...words, '--setting', 'webhook_id=WH-1', '--headers', headers]), /^verified: /)
  assert.equal((await both(['verify', ...words, '--setting', 'webhook_id=WH-2', '--headers', headers])).code, 1)
  assert.match((await both(['sign', ...words, '--setting', 'x'])).stderr, /a --setting has no name: write --setting NAME=VALUE/)
})
