// What a full relay costs: 10,000 endpoints and 1,000,000 stored deliveries against an empty one.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { load } from '../load.ts'
import { median } from '../race.ts'
import { figure, table, times, type Section } from '../report.ts'
import { app, receiver, relayWith, unlimited, webhooks, type Bench } from './start.ts'
import type { Extent } from './main.ts'

const about = 'The relays are loaded in turns at 32 connections, with delivery to one endpoint. The rows are written straight into the objects\' SQLite files while the relay is stopped, with the relay\'s own tables: copies of a message that it took, of its delivery and of its attempt, a minute to 80 days old; and copies of an endpoint that asks for other events.'

/** The objects' databases of a class that have a row in `table`. */
function databases(state: string, kind: string, table: string): DatabaseSync[] {
  const folder = join(state, `waxseal-${kind}`)
  return readdirSync(folder).filter(name => /^[0-9a-f]{64}\.sqlite$/.test(name)).map(name => new DatabaseSync(join(folder, name))).filter(database => {
    try {
      if (database.prepare(`SELECT count(*) AS count FROM ${table}`).get()!.count) return true
    } catch { /* the root's, which has no such table */ }
    database.close()
    return false
  })
}

const count = (rows: number): string => `(WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${rows}) SELECT n FROM counted)`

/** Copies the row of `table` so many times, with other values in some columns. */
function copy(database: DatabaseSync, table: string, rows: number, changed: Record<string, string>): void {
  const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all().map(({ name }) => name as string)
  database.exec(`INSERT INTO ${table} (${columns.join()}) SELECT ${columns.map(name => changed[name] ?? `one.${name}`).join()} FROM (SELECT * FROM ${table} LIMIT 1) one, ${count(rows)} ORDER BY n`)
}

/** Ids in the order of n, older than any that are made. */
const id = (prefix: string): string => `'${prefix}_0UAAAA' || printf('%021d', n)`
const age = (rows: number): string => `- CAST(60000 + (${rows} - n) * ${80 * 24 * 3600_000}.0 / ${rows} AS INTEGER)`

function fillRows(state: string, rows: number): void {
  const [inbox] = databases(state, 'Inbox', 'message'), [outbox] = databases(state, 'Outbox', 'delivery')
  for (const database of [inbox!, outbox!]) database.exec('PRAGMA synchronous = OFF; BEGIN')
  copy(inbox!, 'message', rows, { id: id('msg'), at: `one.at ${age(rows)}` })
  copy(inbox!, 'seen', rows, { key: "'old' || n", message: id('msg') })
  copy(outbox!, 'delivery', rows, { message: id('msg'), due: `one.due ${age(rows)}` })
  copy(outbox!, 'attempt', rows, { id: id('atmpt'), message: id('msg'), at: `one.at ${age(rows)}` })
  for (const database of [inbox!, outbox!]) {
    database.exec('COMMIT')
    database.close()
  }
}

function fillEndpoints(state: string, endpoints: number): void {
  const [directory] = databases(state, 'Directory', 'endpoint')
  directory!.exec('BEGIN')
  const name = "'other-' || n"
  copy(directory!, 'endpoint', endpoints, { id: name, uid: 'NULL', record: `json_set(one.record, '$.id', ${name}, '$.events', json('["other.event"]'), '$.configured', json('false'))` })
  directory!.exec('UPDATE state SET revision = revision + 1; COMMIT')
  directory!.close()
}

async function taken(relay: Bench): Promise<void> {
  await load(relay.url, 1, 1, 202, webhooks())
  for (let tries = 0; (await relay.call('GET', '/endpoint/end/stats')).success < 1; tries++) {
    if (tries > 100) throw new Error('the first event was not delivered')
    await new Promise(wake => setTimeout(wake, 100))
  }
}

export async function stored({ turns, seconds, rows, endpoints }: Extent, say: (line: string) => void): Promise<Section> {
  const end = await receiver()
  const names = ['empty', `${rows.toLocaleString('en')} deliveries`, `${endpoints.toLocaleString('en')} endpoints`] as const
  const relays: Bench[] = []
  const found = new Map<string, number[]>(names.map(name => [name, []]))
  try {
    for (const name of names) {
      const relay = await relayWith({ endpoints: { end: unlimited(end.url) } })
      relays.push(relay)
      await taken(relay)
      if (name === names[0]) continue
      const began = Date.now()
      await relay.again(state => name === names[1] ? fillRows(state, rows) : fillEndpoints(state, endpoints))
      say(`${name} of ${app}: filled and started again in ${figure((Date.now() - began) / 1000)} s`)
    }
    const next = webhooks()
    for (const { url } of relays) await load(url, 32, 500, 202, next)
    for (let turn = 0; turn < turns; turn++) {
      for (const [each, name] of names.entries()) {
        const { rate } = await load(relays[each]!.url, 32, seconds * 1000, 202, next)
        found.get(name)!.push(rate)
        say(`${name}: ${figure(rate)} events/s`)
      }
    }
  } finally {
    for (const relay of relays) await relay.close()
    end.close()
  }
  const slower = (name: string): number => median(found.get(name)!.map((rate, turn) => found.get(names[0])![turn]! / rate))
  return {
    title: 'A full relay against an empty one',
    text: `${about}\n\n${table(['', 'events/s', 'times as slow'], names.map(name => [name, figure(median(found.get(name)!)), times(slower(name))]))}`,
    goals: [{ what: `${names[1]} stored, times as slow as empty`, found: slower(names[1]), wanted: 1.1, sense: 'most', unit: '×' }],
  }
}
