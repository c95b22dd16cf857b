// Webhooks whose digests are taken by crypto.subtle, many at once.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Webhook } from '../../js/index.ts'
import { github } from '../../js/dialects/github.ts'
import { crossover } from '../../js/digest.ts'

const { synchronous } = crossover
before(() => { crossover.synchronous = Infinity })
after(() => { crossover.synchronous = synchronous })

const hook = new Webhook(github, { secrets: 'x' })
const body = (of: number) => JSON.stringify({ ref: `refs/heads/${of}`, filler: 'x'.repeat(2000 + of) })
const headers = (of: number, secret = hook) => secret.sign(body(of), { type: of % 2 ? 'push' : 'ping', id: `delivery-${of}` })
const count = 100

/** Has all digests of one round arrive in the same turn. */
async function together<T>(work: () => Promise<T>[]): Promise<T[]> {
  const { digest } = crypto.subtle
  const held: (() => void)[] = []
  crypto.subtle.digest = async function (this: SubtleCrypto, ...given: Parameters<typeof digest>) {
    const made = await digest.apply(this, given)
    await new Promise<void>(release => held.push(release))
    return made
  } as typeof digest
  try {
    const all = work()
    while (held.length < all.length) await new Promise(next => setTimeout(next, 1))
    held.forEach(release => release())
    return await Promise.all(all)
  } finally {
    crypto.subtle.digest = digest
  }
}

const each = <T>(make: (of: number) => T): T[] => Array.from({ length: count }, (_, of) => make(of))

test('each of many webhooks at once gets its own event', async () => {
  const events = await together(() => each(of =>
    hook.receive(new Request('https://example.com', { method: 'POST', body: body(of), headers: headers(of) }))))
  events.forEach((event, of) => {
    assert.deepEqual([event.id, event.type], [`delivery-${of}`, of % 2 ? 'push' : 'ping'])
    assert.equal((event.data as { ref?: string }).ref, `refs/heads/${of}`)
  })
})

test('checkAsync judges as check does: forged ones among good ones', async () => {
  const forger = new Webhook(github, { secrets: 'y' })
  const results = await together(() => each(of => hook.checkAsync(body(of), headers(of, of % 3 ? hook : forger))))
  results.forEach((result, of) => {
    if (of % 3) assert.equal(result.ok && result.event.id, `delivery-${of}`)
    else assert.equal(!result.ok && result.code, 'bad_signature')
  })
})

test('checkAsync judges the bytes that it was given, whatever becomes of them meanwhile', async () => {
  const bytes = Buffer.from(body(1))
  const later = hook.checkAsync(bytes, headers(1))
  bytes.write('refs/heads/evil', bytes.indexOf('refs'))
  const result = await later
  assert.ok(result.ok)
  assert.equal((result.event.data as { ref: string }).ref, 'refs/heads/1')
  assert.equal(Buffer.from(result.event.body).toString(), body(1))
})

test('checkAsync takes what check takes, and says the same', async () => {
  assert.equal((await hook.checkAsync('{}', {})).ok, false)
  const small = hook.sign('{}', { type: 'ping', id: 'small' })
  const result = await hook.checkAsync('{}', small)
  assert.equal(result.ok && result.event.id, 'small')
  await assert.rejects(hook.checkAsync({ parsed: true } as never, small), TypeError)
})
