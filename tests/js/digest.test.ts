// HMAC by the host against node:crypto's own.
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { HostKey } from '../../js/digest.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

for (const [name, size] of [['sha1', 20], ['sha256', 32], ['sha384', 48], ['sha512', 64]] as const) {
  test(`HMAC-${name} with keys below, at and above a block, over short and long messages`, () => {
    for (const keyLength of [1, 32, 63, 64, 65, 127, 128, 129, 300]) {
      const secret = randomBytes(keyLength)
      const key = new HostKey(name, secret)
      for (const length of [0, 1, 55, 64, 5000, 65_000, 65_536, 100_000]) {
        const [prefix, body, suffix] = [randomBytes(17), randomBytes(length), randomBytes(length % 7)] as const
        const into = new Uint8Array(5 + size + 5)
        assert.equal(key.digest(prefix, body, suffix, into, 5), 5 + size)
        const wanted = createHmac(name, secret).update(prefix).update(body).update(suffix).digest()
        assert.equal(hex(into), `0000000000${hex(wanted)}0000000000`)
      }
    }
  })
}

test('verifies all the same where the host refuses to digest', async () => {
  const { Webhook } = await import('../../js/index.ts')
  const { github } = await import('../../js/dialects/github.ts')
  const { crossover } = await import('../../js/digest.ts')
  const hook = new Webhook(github, { secrets: 'x' })
  const body = JSON.stringify({ filler: 'x'.repeat(3000) })
  const headers = hook.sign(body, { type: 'push', id: '1' })
  const { digest } = HostKey.prototype
  const { sign } = crypto.subtle
  const refuse = () => {
    throw new Error('refused')
  }
  HostKey.prototype.digest = refuse
  crypto.subtle.sign = refuse
  try {
    assert.equal(hook.verify(body, headers).id, '1')
    crossover.synchronous = Infinity
    assert.equal((await hook.receive(new Request('https://example.com', { method: 'POST', body, headers }))).id, '1')
  } finally {
    HostKey.prototype.digest = digest
    crypto.subtle.sign = sign
    crossover.synchronous = 256
  }
})
