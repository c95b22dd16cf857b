// Hashing by the host: every algorithm, several secrets, and a host that refuses.
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { afterEach, test } from 'node:test'
import { crossover, host } from '../../js/digest.ts'
import { loadDialect, Webhook } from '../../js/full.ts'
import { github } from '../../js/dialects/github.ts'

const { hash } = host
const { digest } = crypto.subtle
const measured = { ...crossover }
afterEach(() => {
  host.hash = hash
  crypto.subtle.digest = digest
  Object.assign(crossover, measured)
})

for (const name of ['sha1', 'sha256', 'sha384', 'sha512']) {
  test(`HMAC-${name} with keys below, at and above a block, over short and long messages, by every way to hash`, async () => {
    const dialect = loadDialect({
      name: 'every-hash', title: 'Every hash', documents: ['https://example.com/'],
      signature: { scheme: `hmac-${name}`, header: 'x-signature', encoding: 'hex', signed: '{url}{body}{method}' },
      secret: { decode: 'base64' },
    })
    for (const keyLength of [1, 32, 63, 64, 65, 127, 128, 129, 300]) {
      const keys = [randomBytes(keyLength), randomBytes(keyLength)]
      const hook = new Webhook(dialect, { secrets: keys.map((key) => key.toString('base64')) })
      for (const length of [0, 1, 55, 64, 5000, 100_000]) {
        const body = randomBytes(length)
        const url = `https://example.com/${'x'.repeat(length % 700)}`
        const at = length % 2
        const signature = createHmac(name, keys[at]!).update(url).update(body).update('POST').digest('hex')
        const headers = { 'x-signature': signature }
        for (crossover.synchronous of [0, Infinity]) {
          assert.equal(hook.verify(body, headers, { url, method: 'POST' }).secret, at)
          assert.equal(hook.check(body, headers, { url, method: 'PUT' }).ok, false)
        }
        crossover.asynchronous = 0
        const event = await hook.receive(new Request(url, { method: 'POST', body, headers }))
        assert.equal(event.secret, at)
      }
      hook.close()
    }
  })
}

test('verifies all the same where the host refuses to hash', async () => {
  const hook = new Webhook(github, { secrets: 'x' })
  const body = JSON.stringify({ filler: 'x'.repeat(3000) })
  const headers = hook.sign(body, { type: 'push', id: '1' })
  let refused = 0
  host.hash = () => {
    refused++
    throw new Error('refused')
  }
  crypto.subtle.digest = host.hash as never
  assert.equal(hook.verify(body, headers).id, '1')
  crossover.synchronous = Infinity
  assert.equal((await hook.receive(new Request('https://example.com', { method: 'POST', body, headers }))).id, '1')
  assert.equal(refused, 2)
})
