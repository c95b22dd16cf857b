// Traps: an instance that trapped is thrown away, that one call says `internal`, and every verifier
// goes on being right. Traps are injected under js/core.ts, where the instance is made.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Abi } from '../../js/core.ts'

let every = Infinity
let calls = 0
const Real = WebAssembly.Instance
const trapping = ['waxseal_verify', 'waxseal_prepare', 'waxseal_judge', 'waxseal_sign', 'waxseal_next_attempt'] as const
WebAssembly.Instance = function (module: WebAssembly.Module, imports: WebAssembly.Imports) {
  const exports: Record<string, any> = { ...new Real(module, imports).exports }
  let dead = false
  for (const name of trapping) {
    const real = exports[name] as Abi[typeof name] & ((...numbers: number[]) => number)
    exports[name] = (...numbers: number[]) => {
      if (dead) throw new Error('a trapped instance was called again')
      if (++calls % every === 0) {
        dead = true
        throw new WebAssembly.RuntimeError('unreachable')
      }
      return real(...numbers)
    }
  }
  return { exports }
} as any

const { DeliveryPolicy, Webhook, WaxsealError } = await import('../../js/index.ts')
const { standardWebhooks } = await import('../../js/dialects/standard-webhooks.ts')
const { platformCore } = await import('../../js/dialects/platform-core.ts')

test('a trap every few calls makes that call internal and leaves all others right', () => {
  const first = new Webhook(standardWebhooks, { secrets: `whsec_${Buffer.alloc(32, 1).toString('base64')}` })
  const second = new Webhook(platformCore, { secrets: ['old', 'new'] })
  const policy = new DeliveryPolicy(platformCore)
  const small = '{"type":"a","data":{}}'
  const large = JSON.stringify({ id: '1', event: 'user.created', timestamp: '2024-01-15T10:30:00Z', data: { filler: 'x'.repeat(2000) } })
  const headers = { first: first.sign(small, { id: 'm' }), second: second.sign(large) }
  every = 97
  calls = 0
  let traps = 0
  const count = (code: string, right: string) => {
    if (code === 'internal') traps++
    else assert.equal(code, right)
  }
  const code = (result: any) => (result.ok ? 'ok' : result.code)
  for (let call = 0; call < 20_000; call++) {
    count(code(first.check(small, headers.first)), 'ok')
    count(code(second.check(large, headers.second)), 'ok')
    count(code(first.check(large, headers.first)), 'bad_signature')
    try {
      assert.equal(policy.nextAttempt(1, { status: 500 }, 0).next, 'retry')
    } catch (error) {
      assert.ok(error instanceof WaxsealError)
      traps++
    }
  }
  assert.equal(traps, Math.floor(calls / every))
  assert.ok(traps > 500)
})

test('a call from within a call is answered, and answered right', () => {
  every = Infinity
  const hook = new Webhook(platformCore, { secrets: 'x' })
  const body = '{"id":"1","event":"user.created","timestamp":"2024-01-15T10:30:00Z","data":{}}'
  const signed = hook.sign(body)
  let inner: unknown
  const nesting = {
    ...signed,
    get accept() {
      inner = hook.check(body, signed).ok
      return '*/*'
    },
  }
  const now = () => (inner = hook.check(body, signed).ok, 1)
  assert.ok(hook.check(body, nesting).ok)
  assert.equal(inner, true)
  inner = undefined
  assert.ok(new Webhook(platformCore, { secrets: 'x', now }).check(body, signed).ok)
  assert.equal(inner, true)
})

test('memory that grows within a call is seen', () => {
  const hook = new Webhook(platformCore, { secrets: 'x' })
  for (const size of [10, 100_000, 20, 5_000_000, 30]) {
    const body = JSON.stringify({ id: `evt_${size}`, event: 'user.created', timestamp: '2024-01-15T10:30:00Z', data: { filler: 'x'.repeat(size) } })
    assert.equal(hook.verify(body, hook.sign(body)).id, `evt_${size}`)
  }
})
