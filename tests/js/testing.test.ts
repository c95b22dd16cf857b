// waxseal/testing: what signedRequest makes is what the dialect sends.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { Webhook } from '../../js/index.ts'
import { loadDialect } from '../../js/full.ts'
import { dialects } from '../../js/dialects/index.ts'
import { examples } from '../../js/examples.ts'
import { discord } from '../../js/dialects/discord.ts'
import { github } from '../../js/dialects/github.ts'
import { platformCore } from '../../js/dialects/platform-core.ts'
import { standardWebhooks } from '../../js/dialects/standard-webhooks.ts'
import { example, signedRequest } from '../../js/testing.ts'

const secret = `whsec_${btoa('a key of at least 24 bytes, that is it')}`

/** Whether the dialect is one of those that sign with this kind of secret. */
function signs(name: string): boolean {
  try {
    new Webhook(dialects[name]!, { secrets: secret }).sign('{}', { id: 'id', type: 'type', delivery: 'delivery', url: 'https://example.com/webhook', method: 'POST' })
    return true
  } catch {
    return false
  }
}

test('every example of every dialect verifies, as its type, and keeps to its schema', async () => {
  let count = 0
  for (const [name, dialect] of Object.entries(dialects)) {
    if (!signs(name)) continue
    const hook = new Webhook(dialect, { secrets: secret, schema: 'enforce' })
    for (const type of Object.keys(examples[name]!)) {
      const event = await hook.receive(signedRequest(dialect, type, { secret })).catch(error => assert.fail(`${name} ${type}: ${error}`))
      assert.deepEqual([event.type, event.known], [type, true], `${name} ${type}`)
      count++
    }
    hook.close()
  }
  assert.ok(count > 80, `${count} examples`)
})

test('a dialect with an Ed25519 key is signed for with the private half', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const hook = new Webhook(discord, { secrets: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex'), schema: 'enforce' })
  for (const type of discord.events) {
    const event = await hook.receive(signedRequest(discord, type, { secret: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string }))
    assert.deepEqual([event.type, event.known, event.data], [type, true, example(discord, type)])
  }
})

test('the body is the one that `waxseal sample` prints', async () => {
  const program = fileURLToPath(new URL('../../build/native/waxseal', import.meta.url))
  const sample = (name: string, type: string) => execFileSync(program, ['sample', '--dialect', name, '--event', type, '--id', 'id_1', '--timestamp', '1767225600'], { encoding: 'utf8' })
  const endpoint = /"(?:endpoint|webhook_id|uuid)[^"]*":"[^"]*"/g
  await Promise.all(['platform-core', 'ost', 'cosmo', 'github', 'stripe', 'linear', 'twilio'].flatMap(name => Object.keys(examples[name]!).map(async type => {
    const made = await signedRequest(dialects[name]!, type, { secret, id: 'id_1', timestamp: 1767225600 }).text()
    assert.equal(made.replace(endpoint, ''), sample(name, type).trimEnd().replace(endpoint, ''), `${name} ${type}`)
  })))
})

test('data, id, time, URL, headers and a whole body may be given', async () => {
  const hook = new Webhook(platformCore, { secrets: 'a secret' })
  const { user } = example(platformCore, 'user.created')
  const request = signedRequest(platformCore, 'user.created', {
    secret: 'a secret', id: 'webhook_9', timestamp: 1767225600, url: 'https://a.example/x', data: { user: { ...user, name: 'Ada' } }, headers: { 'x-more': '1' },
  })
  assert.deepEqual([request.url, request.method, request.headers.get('x-more')], ['https://a.example/x', 'POST', '1'])
  const event = await hook.receive(request)
  assert.deepEqual([event.id, event.timestamp], ['webhook_9', 1767225600])
  assert.equal(event.type === 'user.created' && event.data.user.name, 'Ada')
  assert.equal(await signedRequest(github, 'push', { secret, body: 'bytes' }).text(), 'bytes')
})

test('an old timestamp makes an old webhook; another secret a forged one', async () => {
  const hook = new Webhook(standardWebhooks, { secrets: secret })
  const old = signedRequest(standardWebhooks, 'any.type', { secret, data: {}, timestamp: 1000 })
  await assert.rejects(hook.receive(old), { code: 'too_old' })
  const forged = signedRequest(standardWebhooks, 'any.type', { secret: `whsec_${btoa('another key of at least 24 bytes')}`, data: {} })
  await assert.rejects(hook.receive(forged), { code: 'bad_signature' })
})

test('a dialect of your own brings its own examples; where there is none a sentence says what to give', async () => {
  const file = { ...JSON.parse(readFileSync(new URL('../../core/dialects/github.json', import.meta.url), 'utf8')), name: 'mine', events: { ping: { example: { zen: 'yes' } }, pong: {} } }
  const mine = loadDialect<{ ping: { zen: string }; pong: unknown }>(file)
  assert.equal((await new Webhook(mine, { secrets: 's' }).receive(signedRequest(mine, 'ping', { secret: 's' }))).type, 'ping')
  assert.throws(() => signedRequest(mine, 'pong', { secret: 's' }), /mine has no example of pong: give its data or body/)
  assert.throws(() => signedRequest(github, 'nothing' as 'push', { secret: 's' }), /github has no example of nothing: give its data or body, or take one of .*push/)
})
