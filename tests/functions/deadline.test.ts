// The time that a request may take: it ends what takes longer, and nothing is left of it afterwards.
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { deadline } from '../../functions/forward.ts'

const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length

const aborted = (signal: AbortSignal): Promise<never> => new Promise((_, refuse) => signal.addEventListener('abort', () => refuse(signal.reason)))

test('a deadline leaves no timer behind, whether its work succeeds, fails or is aborted', async () => {
  const before = timers()
  for (let i = 0; i < 100; i++) {
    assert.equal(await deadline(5, async () => i), i)
    await assert.rejects(deadline(5, async () => { throw new Error('refused') }), /refused/)
  }
  await assert.rejects(deadline(0.01, aborted), { name: 'TimeoutError', message: 'took longer than 0.01 s' })
  assert.equal(timers(), before)
})

test('work is aborted only when its time is over', async () => {
  assert.equal(await deadline(5, async signal => signal.aborted), false)
  await assert.rejects(deadline(0, aborted), { name: 'TimeoutError' })
})
