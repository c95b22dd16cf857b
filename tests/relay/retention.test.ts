// Retention: what is older than its days goes, what is not finished stays. The relay runs a second time
// with a clock that is days ahead.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { bundle } from '../../functions/relay/bundle.ts'
import { destination } from '../functions/destination.ts'
import { platformBody, platformCore, request } from '../functions/events.ts'
import { mutant } from '../mutations/apply.ts'
import { run, type Options } from './run.ts'

/** The relay with a clock so many days ahead. */
const ahead = (days: number) => (folder: string): Promise<void> => bundle(folder, undefined, [...mutant, {
  name: 'clock',
  setup: ({ initialOptions }) => { initialOptions.banner = { js: `{ const now = Date.now; Date.now = () => now() + ${days * 24 * 3600_000} }` } },
}])

/** The rows of every table of the objects of a class, while the relay is stopped. */
function rows(home: string, name: 'Inbox' | 'Outbox'): Record<string, number> {
  const folder = join(home, '.waxseal/state', `waxseal-${name}`), counts: Record<string, number> = {}
  for (const file of readdirSync(folder).filter(file => /^[0-9a-f]{64}\.sqlite$/.test(file))) {
    const database = new DatabaseSync(join(folder, file), { readOnly: true })
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map(({ name }) => name as string)
    for (const table of tables.filter(table => !table.startsWith('_'))) {
      counts[table] = (counts[table] ?? 0) + (database.prepare(`SELECT count(*) AS count FROM ${table}`).get()!.count as number)
    }
    database.close()
  }
  return counts
}

const endpoint = (url: string) => ({ url, delivery: { rate: [], retry: { delays: [] } } })
type Relay = Awaited<ReturnType<typeof run>>
const send = async (relay: Relay, eventType: string, more = {}): Promise<string> => {
  const { status, body } = await relay.call('POST', '/app/test/msg', { eventType, payload: { a: 1 }, ...more })
  assert.equal(status, 202)
  return body.id
}
const stats = async (relay: Relay, name: string) => (await relay.api(`/app/test/endpoint/${name}/stats?since=2020-01-01T00:00:00Z`)).body

/** So many days go by: stopped, and started with the clock ahead. */
async function later(relay: Relay, days: number, options: Options): Promise<Relay> {
  await relay.stop()
  const next = await run({ ...options, folder: relay.home, make: ahead(days) })
  await next.sweep() // the first one may find messages that were not seen to be handed over before the stop
  return next
}

test('after its days a finished delivery goes with its attempts and its message; what is pending stays and is delivered', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-retention-'))
  const [good, bad, slow] = [await destination(), await destination(500), await destination(500)]
  const options = {
    folder, endpoints: {
      good: { ...endpoint(good.url), events: ['good', 'short'] }, bad: { ...endpoint(bad.url), events: ['bad'] }, slow: { ...endpoint(slow.url), events: ['slow'], delivery: { retry: { delays: [3600] } } },
    },
  }
  let relay = await run(options)
  try {
    const [delivered, failed, pending] = [await send(relay, 'good'), await send(relay, 'bad'), await send(relay, 'slow')]
    const short = await send(relay, 'short', { payloadRetentionPeriod: 5 })
    await relay.post('platform-core', request(platformCore, platformBody()))
    await relay.attempts(delivered, 1)
    await relay.attempts(failed, 1)
    await relay.attempts(short, 1)
    await relay.attempts(pending, 1)
    assert.equal((await relay.call('PATCH', '/app/test/endpoint/slow', { disabled: true })).status, 200)

    relay = await later(relay, 89, options) // 90 unless told
    assert.deepEqual((await relay.api('/app/test/msg')).body.data.filter((one: any) => one.id !== short).length, 4)
    assert.equal((await relay.api(`/app/test/msg/${short}`)).status, 404, 'a message that says 5 days')
    assert.equal((await relay.attempts(delivered, 1)).length, 1)
    assert.deepEqual([(await stats(relay, 'good')).success, (await stats(relay, 'bad')).fail], [2, 1])

    relay = await later(relay, 91, options)
    assert.equal((await relay.api(`/app/test/msg/${delivered}`)).status, 404)
    assert.deepEqual((await relay.api('/app/test/msg')).body.data, [])
    assert.deepEqual([(await stats(relay, 'good')).success, (await stats(relay, 'bad')).fail, (await stats(relay, 'slow')).pending], [0, 0, 1])
    assert.equal(slow.received.length, 1)
    slow.answer = 200
    assert.equal((await relay.call('PATCH', '/app/test/endpoint/slow', { disabled: false })).status, 200)
    await relay.sweep()
    const [, got] = await slow.until(2)
    assert.equal(got!.headers['webhook-id'], pending)
    for (let tries = 0; tries < 100 && (await stats(relay, 'slow')).success < 1; tries++) await new Promise(wake => setTimeout(wake, 50))
    await relay.sweep()
    assert.equal((await stats(relay, 'slow')).success, 1, 'its days begin when it is finished')
    await relay.stop()
    const { message, seen, owed } = rows(folder, 'Inbox')
    assert.deepEqual({ message, seen, owed }, { message: 0, seen: 0, owed: 0 })
    const { delivery, attempt } = rows(folder, 'Outbox')
    assert.deepEqual({ delivery, attempt }, { delivery: 1, attempt: 2 })
  } finally {
    await relay.stop()
    for (const end of [good, bad, slow]) await end.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('the configuration says how many days, and of an app its operator', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-retention-'))
  const options = { folder, retention: 3 }
  let relay = await run(options)
  try {
    const other = (await relay.call('POST', '/app', { name: 'other' }, relay.operator)).body.id
    assert.equal((await relay.call('PATCH', '/app/test', { retention: 1 })).status, 403)
    assert.equal((await relay.call('PATCH', `/app/${other}`, { retention: 0 }, relay.operator)).status, 422)
    assert.equal((await relay.call('PATCH', `/app/${other}`, { retention: 10 }, relay.operator)).body.retention, 10)
    const [mine, theirs] = [await send(relay, 'a'), (await relay.call('POST', `/app/${other}/msg`, { eventType: 'a', payload: {} }, relay.operator)).body.id]
    relay = await later(relay, 4, options)
    assert.equal((await relay.api(`/app/test/msg/${mine}`)).status, 404)
    assert.equal((await relay.api(`/app/${other}/msg/${theirs}`, relay.operator)).status, 200)
    relay = await later(relay, 11, options)
    assert.equal((await relay.api(`/app/${other}/msg/${theirs}`, relay.operator)).status, 404)
  } finally {
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a sweep forgets 20,000 rows at most and the next ones the rest; requests are answered meanwhile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-retention-'))
  const options = { folder, retention: 1 }
  let relay = await run(options)
  try {
    await send(relay, 'a')
    await relay.stop()
    const inboxes = join(folder, '.waxseal/state/waxseal-Inbox')
    for (const file of readdirSync(inboxes).filter(file => /^[0-9a-f]{64}\.sqlite$/.test(file))) {
      const database = new DatabaseSync(join(inboxes, file))
      database.exec(`INSERT INTO message SELECT m.id || value, source, type, event, content, dedupe, at, headers, body, channels, revision, days, ordering
        FROM message m, (WITH RECURSIVE count (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM count WHERE value < 24999) SELECT value FROM count)`)
      database.close()
    }
    assert.equal(rows(folder, 'Inbox').message, 25_000)
    relay = await run({ ...options, make: ahead(2) }) // sweeps once
    await relay.stop()
    assert.equal(rows(folder, 'Inbox').message, 5_000)
    relay = await run({ ...options, make: ahead(2) })
    await send(relay, 'a')
    await relay.stop()
    assert.equal(rows(folder, 'Inbox').message, 1)
  } finally {
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
