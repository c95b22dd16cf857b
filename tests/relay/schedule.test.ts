// Retries, rate windows and restarts: what the Outbox does with time. The tests wait side by side.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { bundle } from '../../functions/relay/bundle.ts'
import { destination, pause } from '../functions/destination.ts'
import { platformBody, platformCore, request } from '../functions/events.ts'
import { changing, mutant } from '../mutations/apply.ts'
import { run } from './run.ts'

const sources = (...names: string[]) => Object.fromEntries(names.map(name => [name, { dialect: 'platform-core' }]))
const post = async (relay: Awaited<ReturnType<typeof run>>, source: string, body = platformBody()): Promise<{ id: string; duplicate: boolean }> =>
  (await relay.post(source, request(platformCore, body))).body

describe('one relay', { concurrency: true }, () => {
  let relay: Awaited<ReturnType<typeof run>>
  const ends: Record<string, Awaited<ReturnType<typeof destination>>> = {}

  before(async () => {
    for (const name of ['documented', 'quick', 'rated', 'asked', 'hanging', 'poison', 'mixed']) ends[name] = await destination(503)
    ends.rated!.answer = 200
    ends.asked!.answer = (_, response, count) => response.writeHead(count === 1 ? 429 : 200, { 'retry-after': '3' }).end()
    ends.hanging!.answer = () => {}
    ends.mixed!.answer = ({ body }, response) => body.includes('hang') ? undefined : response.writeHead(500).end()
    ends.poison!.answer = ({ body }, response) => response.writeHead(body.includes('poison') ? 500 : 200).end()
    const url = (name: string): string => ends[name]!.url
    relay = await run({
      sources: sources('documented', 'quick', 'rated', 'asked', 'hanging', 'poison', 'mixed', 'nowhere'),
      endpoints: {
        documented: { url: url('documented'), sources: ['documented'] },
        quick: { url: url('quick'), sources: ['quick'], delivery: { retry: { delays: [1, 2, 1, 2, 1] } } },
        rated: { url: url('rated'), sources: ['rated'], delivery: { rate: [{ limit: 5, seconds: 1 }, { limit: 12, seconds: 4 }] } },
        asked: { url: url('asked'), sources: ['asked'], delivery: { retry: { delays: [1], retry_after_cap: 60 } } },
        hanging: { url: url('hanging'), sources: ['hanging'], delivery: { timeout: 1, retry: { delays: [1] } } },
        mixed: { url: url('mixed'), sources: ['mixed'], delivery: { timeout: 20, retry: { delays: [1] } } },
        poison: { url: url('poison'), sources: ['poison'], concurrency: 2 },
        nowhere: { url: 'http://127.0.0.1:9/', sources: ['nowhere'], delivery: { retry: { delays: [1] } } },
      },
    })
  })
  after(async () => {
    await relay?.close()
    for (const end of Object.values(ends)) await end.close()
  })

  const gaps = (received: { at: number }[]): number[] => received.slice(1).map(({ at }, i) => at - received[i]!.at)

  test('by default the first retry comes 15 s after the failure, as Platform Core documents', async () => {
    await post(relay, 'documented')
    const [gap] = gaps(await ends.documented!.until(2, 20_000))
    assert.ok(gap! >= 14_900 && gap! < 20_000, `${gap}`)
  })

  test('five retries, each after its own delay, then the webhook has failed and is not sent again', async () => {
    const { id } = await post(relay, 'quick')
    const found = gaps(await ends.quick!.until(6, 20_000))
    found.forEach((gap, i) => assert.ok(gap >= [1, 2, 1, 2, 1][i]! * 1000 - 100 && gap < [1, 2, 1, 2, 1][i]! * 1000 + 3000, `${found}`))
    assert.equal((await relay.attempts(id, 6)).length, 6)
    await pause(3000)
    assert.equal(ends.quick!.received.length, 6)
  })

  test('no sliding window holds more than its limit; what exceeds it is queued and delivered', async () => {
    await Promise.all(Array.from({ length: 30 }, () => post(relay, 'rated')))
    const times = (await ends.rated!.until(30, 25_000)).map(({ at }) => at)
    for (const [limit, milliseconds] of [[5, 1000], [12, 4000]] as const) {
      times.forEach((at, i) => assert.ok(times.slice(i).filter(other => other - at < milliseconds - 50).length <= limit, `more than ${limit} in ${milliseconds} ms`))
    }
    assert.equal(new Set(ends.rated!.received.map(one => one.headers['webhook-id'])).size, 30)
  })

  test('Retry-After puts the retry off', async () => {
    await post(relay, 'asked')
    const [gap] = gaps(await ends.asked!.until(2))
    assert.ok(gap! >= 2900 && gap! < 8000, `${gap}`)
  })

  test('an attempt that hangs ends at the time-out and counts as failed', async () => {
    const { id } = await post(relay, 'hanging')
    const attempts = await relay.attempts(id, 2)
    assert.deepEqual(attempts.map(one => [one.responseStatusCode, one.statusText, one.response]), [[0, 'fail', 'no answer in 1 s'], [0, 'fail', 'no answer in 1 s']])
    assert.ok(attempts.every(one => one.responseDurationMs >= 900 && one.responseDurationMs < 5000))
  })

  test('a destination that cannot be reached is a failed attempt', async () => {
    const { id } = await post(relay, 'nowhere')
    assert.deepEqual((await relay.attempts(id, 1)).map(one => [one.responseStatusCode, one.response]), [[0, 'no connection']])
  })

  test('an attempt that hangs puts no other webhook\'s retry off', async () => {
    await post(relay, 'mixed', platformBody({ note: 'hang' }))
    await ends.mixed!.until(1)
    await post(relay, 'mixed')
    const [, gap] = gaps(await ends.mixed!.until(3, 8000))
    assert.ok(gap! >= 900 && gap! < 6000, `${gap}`)
  })

  test('a webhook that always fails holds no other back', async () => {
    await post(relay, 'poison', platformBody({ note: 'poison' }))
    await Promise.all(Array.from({ length: 40 }, () => post(relay, 'poison')))
    await ends.poison!.until(41, 5000)
  })
})

test('after kill -9 the same webhook is still a duplicate, and an attempt in flight is on record as unknown and made again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-restart-'))
  const end = await destination(() => {})
  const options = { folder, sources: sources('core'), endpoints: { end: { url: end.url } } }
  let relay = await run(options)
  const body = platformBody()
  const first = await post(relay, 'core', body)
  await end.until(1)
  await relay.stop('SIGKILL')
  end.answer = 204
  relay = await run(options)
  try {
    await end.until(2)
    assert.deepEqual(await Promise.all(Array.from({ length: 100 }, () => post(relay, 'core', body))), Array(100).fill({ id: first.id, duplicate: true }))
    const attempts = await relay.attempts(first.id, 2)
    assert.deepEqual(attempts.map(one => one.statusText), ['fail', 'success'])
    assert.match(attempts[0].response, /^unknown/)
    assert.ok(attempts[0].responseDurationMs > 0) // until the start it may have arrived: so it counts in the rate windows
    assert.deepEqual(end.received.map(one => one.headers['webhook-id']), [first.id, first.id])
  } finally {
    await relay.stop()
    await end.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a retry that falls due while the relay is down is made after its start, without a request', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-restart-'))
  const end = await destination(500)
  const options = { folder, sources: sources('core'), endpoints: { end: { url: end.url, delivery: { retry: { delays: [1] } } } } }
  let relay = await run(options)
  const { id } = await post(relay, 'core')
  await relay.attempts(id, 1)
  await relay.stop('SIGKILL')
  end.answer = 200
  await pause(1200)
  relay = await run(options)
  await end.until(2)
  assert.deepEqual((await relay.attempts(id, 2)).map(one => one.statusText), ['fail', 'success'])
  await relay.stop()
  await end.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The relay's bundle with one place of a file changed. */
const changed = (file: string, find: string, put: string) => (into: string): Promise<void> =>
  bundle(into, undefined, [changing({ file: `functions/relay/${file}`, find, put }), ...mutant])

/** A source, an endpoint and a folder for relays that follow one another. */
async function lives(answer: number, delivery = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-lives-'))
  const end = await destination(answer)
  return {
    end,
    start: (make?: (folder: string) => Promise<void>) => run({ folder, sources: sources('core'), endpoints: { end: { url: end.url, delivery } }, ...(make && { make }) }),
    async close(): Promise<void> {
      await end.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

test('events that an Outbox could not take stay owed and are handed over by the sweep', async () => {
  const { end, start, close } = await lives(200)
  let relay = await start(changed('outbox.ts', 'deliveries: Delivery[]): Promise<void> {', "deliveries: Delivery[]): Promise<void> { throw new Error('no')"))
  const ids = await Promise.all(Array.from({ length: 40 }, async () => (await post(relay, 'core')).id))
  await pause(300)
  await relay.sweep()
  await relay.stop()
  assert.equal(end.received.length, 0)
  relay = await start()
  await end.until(40)
  assert.deepEqual(end.received.map(one => one.headers['webhook-id']).sort(), ids.sort())
  await relay.stop()
  await close()
})

test('a retry whose alarm was lost is made by the sweep', async () => {
  const { end, start, close } = await lives(500, { retry: { delays: [1] } })
  const relay = await start(changed('outbox.ts', 'await this.ctx.storage.setAlarm(at)', ''))
  await post(relay, 'core')
  await end.until(1)
  await pause(2000)
  assert.equal(end.received.length, 1)
  await relay.sweep()
  await end.until(2)
  await relay.stop()
  await close()
})

test('a clock that was set back by a day puts a retry off by no more than its delay', async () => {
  const { end, start, close } = await lives(500, { retry: { delays: [1] } })
  let relay = await start(changed('sender.ts', '/** Milliseconds after which', 'class Date extends globalThis.Date { static override now(): number { return super.now() + 86400_000 } }\n/** Milliseconds after which'))
  await post(relay, 'core')
  await end.until(1)
  await pause(300)
  await relay.stop()
  relay = await start()
  await end.until(2, 5000)
  await relay.stop()
  await close()
})

test('the attempt and the change of state are recorded together or not at all', async () => {
  const { end, start, close } = await lives(500, { retry: { delays: [1] } })
  let relay = await start(changed('queue.ts', 'const emptied', "throw new Error('between the statements'); const emptied"))
  const { id } = await post(relay, 'core')
  await end.until(1)
  await pause(300)
  assert.deepEqual((await relay.api(`/app/test/attempt/msg/${id}`)).body.data.map((one: any) => one.statusText), ['sending'])
  await relay.stop()
  end.answer = 200
  relay = await start()
  assert.deepEqual((await relay.attempts(id, 2)).map(one => [one.statusText, one.responseStatusCode]), [['fail', 0], ['success', 200]])
  await relay.stop()
  await close()
})

test('what cannot be written keeps nothing from being written that came at the same time', async () => {
  const { start, close } = await lives(200)
  const relay = await start(changed('messages.ts', 'const { source, type, eventId, content', "if (event.eventId === 'webhook_unwritable') throw new Error('not to be written'); const { source, type, eventId, content"))
  const ids = ['webhook_unwritable', ...Array.from({ length: 7 }, (_, i) => `webhook_writable_${i}`)]
  try {
    const answers = await Promise.all(ids.map(async id => (await relay.post('core', request(platformCore, platformBody({ id })))).status))
    assert.deepEqual(answers, [503, ...Array(7).fill(202)])
  } finally {
    await relay.stop()
    await close()
  }
})
