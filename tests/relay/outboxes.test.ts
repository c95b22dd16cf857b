// Outboxes that endpoints share: what one costs, how a message gets to many, and that each endpoint is
// still for itself. Endpoints of the time when each had an Outbox of its own are moved.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../functions/relay/bundle.ts'
import { outboxNumber } from '../../functions/relay/objects.ts'
import { destination, pause } from '../functions/destination.ts'
import { changing, mutant } from '../mutations/apply.ts'
import { run } from './run.ts'

type Relay = Awaited<ReturnType<typeof run>>
type Change = [file: string, find: string, put: string]

const changed = (...changes: Change[]) => (folder: string): Promise<void> =>
  bundle(folder, undefined, [...changes.map(([file, find, put]) => changing({ file: `functions/relay/${file}`, find, put })), ...mutant])

/** So many endpoints, ids of one's own choice, each at a path of its own. */
const many = (count: number, url: string, more: object = {}) =>
  Object.fromEntries(Array.from({ length: count }, (_, each) => [`e${each}`, { url: `${url}/${each}`, delivery: { rate: [] }, ...more }]))
const send = async (relay: Relay, eventType = 'a.fan', payload: object = {}): Promise<string> => {
  const { status, body } = await relay.call('POST', '/app/test/msg', { eventType, payload })
  assert.equal(status, 202)
  return body.id
}
const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; !await condition(); tries++) assert.ok(tries < 300), await pause(50)
}
/** The rows of all Outboxes while the relay is stopped. */
function rows(home: string, query: string): Record<string, any>[] {
  const folder = join(home, '.waxseal/state/waxseal-Outbox')
  return readdirSync(folder).filter(name => /^[0-9a-f]{64}\.sqlite$/.test(name)).flatMap(name => {
    const database = new DatabaseSync(join(folder, name), { readOnly: true })
    try {
      return database.prepare(query).all()
    } finally {
      database.close()
    }
  })
}
/** Ids of endpoints that share an Outbox. */
const together = (count: number): string[] => Array.from({ length: 100 * count }, (_, each) => `t${each}`).filter(id => outboxNumber(id) === 0).slice(0, count)

test('a message for 200 endpoints costs each Outbox one call, and one question for the rules of all its endpoints', async () => {
  const end = await destination()
  const endpoints = many(200, end.url)
  const relay = await run({
    sources: {}, endpoints, make: changed(
      ['outbox.ts', 'const given = Map', "console.log(`counted call ${deliveries.length}`); const given = Map"],
      ['rulebook.ts', 'const fresh = 1000', 'const fresh = 100_000'], // they are asked for once, however slow the machine
      ['directory.ts', 'return Promise.all(ids.map(id => this.#signing', 'console.log(`counted question ${ids.length}`); return Promise.all(ids.map(id => this.#signing'],
    ),
  })
  try {
    await send(relay)
    await end.until(200)
    const counted = (what: string): string[] => relay.printed.filter(line => line.includes(`counted ${what}`))
    const outboxes = new Set(Object.keys(endpoints).map(outboxNumber)).size
    assert.equal(outboxes, 16)
    assert.equal(counted('call').length, outboxes)
    const asked = counted('question').map(line => Number(line.split(' ').at(-1)))
    assert.deepEqual([asked.length, asked.reduce((sum, one) => sum + one, 0)], [outboxes, 200])
    assert.deepEqual(new Set(end.received.map(({ path }) => path)).size, 200)
  } finally {
    await relay.close()
    await end.close()
  }
})

test('it is accepted whether an Outbox takes it or not; after a kill -9 in the midst of its hand-over every endpoint gets it', async () => {
  const end = await destination()
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-outboxes-'))
  const endpoints = many(200, end.url)
  // Of the calls to all Outboxes the first five are answered.
  let relay = await run({ folder, sources: {}, endpoints, make: changed(['outbox.ts', 'const given = Map', '(globalThis as any).calls = ((globalThis as any).calls ?? 0) + 1\n    if ((globalThis as any).calls > 5) await new Promise(() => {})\n    const given = Map']) })
  try {
    const id = await send(relay)
    await until(() => end.received.length > 30)
    await pause(300)
    const before = new Set(end.received.map(({ path }) => path))
    assert.ok(before.size < 150, `${before.size} of 200 had it before`)
    await relay.stop('SIGKILL')
    relay = await run({ folder, sources: {}, endpoints })
    await until(() => new Set(end.received.map(({ path }) => path)).size === 200)
    assert.ok(end.received.every(({ headers }) => headers['webhook-id'] === id))
  } finally {
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
    await end.close()
  }
})

test('an endpoint that never answers holds up nobody who shares its Outbox', async () => {
  const hanging = await destination(() => {}), good = await destination()
  const [bad, ...others] = together(10)
  const relay = await run({
    sources: {}, endpoints: { [bad!]: { url: hanging.url, delivery: { rate: [] } }, ...Object.fromEntries(others.map(id => [id, { url: `${good.url}/${id}`, delivery: { rate: [] } }])) },
  })
  try {
    for (let n = 0; n < 20; n++) await send(relay)
    await good.until(20 * others.length)
    assert.equal(hanging.received.length, 8, 'its own concurrency holds')
    assert.equal((await relay.api(`/app/test/endpoint/${bad}/stats`)).body.success, 0)
  } finally {
    await relay.close()
    for (const end of [hanging, good]) await end.close()
  }
})

test('attempts, deliveries, counts and recovery are those of one endpoint, not of who shares its Outbox', async () => {
  const good = await destination(), bad = await destination(400)
  const [one, two] = together(2) as [string, string]
  const final = { rate: [], final: { client_errors: true } }
  const relay = await run({ sources: {}, endpoints: { [one]: { url: good.url, delivery: final }, [two]: { url: bad.url, delivery: final } } })
  try {
    const id = await send(relay)
    await relay.attempts(id, 2)
    const of = async (path: string): Promise<any> => (await relay.api(`/app/test/${path}`)).body
    assert.deepEqual((await of(`attempt/endpoint/${one}`)).data.map((attempt: any) => attempt.responseStatusCode), [200])
    assert.deepEqual((await of(`attempt/endpoint/${two}`)).data.map((attempt: any) => attempt.responseStatusCode), [400])
    const { success, fail } = await of(`endpoint/${one}/stats`)
    assert.deepEqual([success, fail], [1, 0])
    assert.equal((await of(`endpoint/${one}/msg`)).data[0].statusText, 'success')
    bad.answer = 200
    await relay.call('POST', `/app/test/endpoint/${two}/recover`, { since: new Date(0).toISOString() })
    await bad.until(2)
    await until(async () => (await of(`endpoint/${two}/stats`)).success === 1)
    assert.equal(good.received.length, 1)
  } finally {
    await relay.close()
    for (const end of [good, bad]) await end.close()
  }
})

test('with an endpoint all its rows go, and nothing of who shares its Outbox', async () => {
  const end = await destination()
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-outboxes-'))
  let relay = await run({ folder, sources: {} })
  try {
    // Ids are random: of seventeen endpoints two share an Outbox.
    const ids: string[] = []
    for (let each = 0; each < 17; each++) ids.push((await relay.call('POST', '/app/test/endpoint', { url: `${end.url}/${each}` })).body.id)
    const gone = ids.find(id => ids.some(other => other !== id && outboxNumber(other) === outboxNumber(id)))!
    const id = await send(relay)
    await relay.attempts(id, 17)
    assert.equal((await relay.call('DELETE', `/app/test/endpoint/${gone}`)).status, 204)
    await relay.stop()
    assert.deepEqual(rows(folder, 'SELECT id FROM endpoint').map(row => row.id).sort(), ids.filter(other => other !== gone).sort())
    for (const table of ['delivery', 'attempt']) {
      assert.equal(rows(folder, `SELECT 1 FROM ${table}`).length, 16, table)
      assert.equal(rows(folder, `SELECT 1 FROM ${table} WHERE endpoint NOT IN (SELECT number FROM endpoint)`).length, 0)
    }
    relay = await run({ folder, sources: {} })
    assert.equal((await relay.attempts(id, 16)).length, 16)
  } finally {
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
    await end.close()
  }
})

test('an endpoint that had an Outbox of its own is moved, over two kill -9: its log, what waits, and in its order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-alone-'))
  const fixture = fileURLToPath(new URL('../data/relay-alone/', import.meta.url))
  const { endpoints: { line }, line: waiting, made, taken, key } = JSON.parse(readFileSync(join(fixture, 'made.json'), 'utf8'))
  cpSync(join(fixture, 'state'), join(folder, '.waxseal', 'state'), { recursive: true })
  const end = await destination()
  const options = { folder, sources: {}, retention: 3650, env: { WAXSEAL_KEY: key }, endpoints: { line: { ...line, url: end.url } } }
  const brokenAt = (find: string): Promise<Relay> => run({ ...options, make: changed(['moving.ts', find, `throw new Error('broken off'); ${find}`]) })
  let relay = await brokenAt('this.#tables.complete(place)')
  try {
    await relay.sweep()
    await relay.stop('SIGKILL')
    assert.equal(end.received.length, 0, 'it is sent from one place alone')
    relay = await brokenAt('await alone.wipe()')
    await relay.sweep()
    await end.until(3)
    await pause(500)
    await relay.stop('SIGKILL')
    relay = await run(options)
    const last = await send(relay, 'of.line', { n: 3 })
    assert.deepEqual((await end.until(4)).map(one => one.headers['webhook-id']), [...waiting, last])
    assert.deepEqual((await relay.attempts(waiting[0], 2)).map(one => one.responseStatusCode), [503, 200])
    assert.deepEqual((await relay.api(`/app/test/attempt/endpoint/${made}`)).body.data.map((one: any) => [one.msgId, one.responseStatusCode]), [[taken, 200]])
    await relay.attempts(last, 1)
    await relay.sweep()
    await relay.stop()
    assert.deepEqual(rows(folder, 'SELECT id FROM endpoint').map(row => row.id).sort(), [made, 'line'].sort())
    assert.equal(rows(folder, 'SELECT 1 FROM delivery').length, 5)
    assert.equal(rows(folder, 'SELECT 1 FROM attempt').length, 6)
  } finally {
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
    await end.close()
  }
})

test('what an Outbox refused is handed over later, though messages to others are always on their way', async () => {
  const end = await destination()
  const two = Array.from({ length: 100 }, (_, each) => `o${each}`).find(id => outboxNumber(id) === 1)!
  const endpoints = Object.fromEntries([together(1)[0]!, two].map(id => [id, { url: `${end.url}/${id}`, events: [`for.${id}`], delivery: { rate: [] } }]))
  const [one] = Object.keys(endpoints) as [string]
  const relay = await run({
    sources: {}, endpoints, make: changed(
      ['outbox.ts', 'const given = Map', `if (deliveries[0]!.endpoint !== '${one}') await new Promise(wake => setTimeout(wake, 1000))
        else if (!(globalThis as any).refused) { (globalThis as any).refused = true; throw new Error('not now') }
        const given = Map`],
    ),
  })
  let stopped = false
  const steady = (async () => { while (!stopped) await send(relay, `for.${two}`), await pause(100) })()
  try {
    await pause(300)
    const ids = [await send(relay, `for.${one}`)]
    await pause(300)
    ids.push(await send(relay, `for.${one}`)) // behind the first
    await relay.sweep()
    const got = (): any[] => end.received.filter(({ path }) => path.endsWith(one)).map(({ headers }) => headers['webhook-id'])
    await until(() => got().length === 2)
    assert.deepEqual(got(), ids)
  } finally {
    stopped = true
    await steady
    await relay.close()
    await end.close()
  }
})
