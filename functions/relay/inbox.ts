// The Inbox: a source's accepted events, their durable deduplication, and the list of endpoints
// that have yet to be handed each one. Called by the worker; calls the endpoints' Outboxes.
import { DurableObject } from 'cloudflare:workers'
import { plain } from '../debug.ts'
import { GroupCommit } from './commit.ts'
import type { Env } from './config.ts'
import { idAt, newId } from './ids.ts'
import type { Delivery } from './queue.ts'
import { migrate } from './schema.ts'

/** A verified webhook on its way in. */
export interface Incoming {
  app: string
  source: string
  /** By which a repeated webhook is told; null: never. */
  key: string | null
  /** What the key is worth: an `unsigned` id can be replaced by whoever replays the body. */
  dedupe: 'signed' | 'unsigned' | 'body' | 'none'
  /** Seconds for which the key is remembered. */
  window: number
  type: string | null
  eventId: string | null
  content: string
  headers: [string, string][]
  body: Uint8Array
  endpoints: string[]
}
export interface Accepted { id: string; duplicate: boolean }
export interface Message extends Omit<Row, 'body'> { body: string | null }
export interface Query { limit: number; before?: string; after?: string; types?: string[]; content: boolean }

type Row = { id: string; source: string; type: string | null; event: string | null; content: string; dedupe: string; at: number; body: ArrayBuffer }
type Written = Accepted & { deliveries: Delivery[]; app: string }

const retention = 90 * 24 * 3600_000
const steps = [`
  CREATE TABLE message (id TEXT PRIMARY KEY, source TEXT NOT NULL, type TEXT, event TEXT, content TEXT NOT NULL, dedupe TEXT NOT NULL,
    at INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE seen (key TEXT PRIMARY KEY, message TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE owed (message TEXT NOT NULL, endpoint TEXT NOT NULL, app TEXT NOT NULL, PRIMARY KEY (endpoint, message)) WITHOUT ROWID;
`]

export class Inbox extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql
  readonly #commit = new GroupCommit<Incoming | null, Written | null>(this.ctx.storage, item => item && this.#write(item), results => void this.#hand(results))
  #handed: { endpoint: string; messages: string[] }[] = []
  #handing = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    migrate(ctx.storage, steps)
  }

  /** Stores an event; resolves when it is on disk, or was already. */
  async accept(event: Incoming): Promise<Accepted> {
    const { id, duplicate } = (await this.#commit.add(event))!
    return { id, duplicate }
  }

  #write(event: Incoming): Written {
    const now = Date.now()
    this.#settle()
    if (event.key !== null) {
      const [seen] = this.#sql.exec<{ message: string; until: number }>('SELECT message, until FROM seen WHERE key = ?', event.key).toArray()
      if (seen && seen.until > now) return this.#duplicate(seen.message, event)
    }
    const id = newId('msg', now)
    this.#sql.exec('INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', id, event.source, event.type, event.eventId, event.content, event.dedupe, now, JSON.stringify(event.headers), event.body)
    if (event.key !== null) this.#sql.exec('INSERT OR REPLACE INTO seen VALUES (?, ?, ?)', event.key, id, now + event.window * 1000)
    for (const endpoint of event.endpoints) this.#sql.exec('INSERT INTO owed VALUES (?, ?, ?)', id, endpoint, event.app)
    const { source, type, headers, body } = event
    return { id, duplicate: false, app: event.app, deliveries: event.endpoints.map(endpoint => ({ message: id, source, type, headers, body, endpoint })) }
  }

  #duplicate(id: string, event: Incoming): Written {
    const [first] = this.#sql.exec<{ body: ArrayBuffer }>('SELECT body FROM message WHERE id = ?', id).toArray()
    if (first && !sameBytes(new Uint8Array(first.body), event.body)) {
      console.warn(plain(JSON.stringify({ conflict: id, source: event.source, key: event.key, reason: 'the same key came with another body' })))
    }
    return { id, duplicate: true, app: event.app, deliveries: [] }
  }

  /** Hands what was just committed to the Outboxes; what fails stays owed, for the alarm. */
  async #hand(written: (Written | null)[]): Promise<void> {
    const lists = new Map<string, { app: string; deliveries: Delivery[] }>()
    for (const { app, deliveries } of written.filter(item => item !== null)) {
      for (const delivery of deliveries) {
        if (!lists.has(delivery.endpoint)) lists.set(delivery.endpoint, { app, deliveries: [] })
        lists.get(delivery.endpoint)!.deliveries.push(delivery)
      }
    }
    if (!lists.size) return
    this.#handing++
    await this.#arm(Date.now() + 30_000)
    await Promise.all([...lists].map(([endpoint, { app, deliveries }]) => this.#give(app, endpoint, deliveries)))
    this.#handing--
    // Nothing else will commit soon: say now what was handed over. Otherwise the next commit says it.
    if (!this.#handing && this.#handed.length) await this.#commit.add(null).catch(() => {})
  }

  async #give(app: string, endpoint: string, deliveries: Delivery[]): Promise<void> {
    const outbox = this.env.OUTBOX.get(this.env.OUTBOX.idFromName(`${app}/${endpoint}`))
    for (const part of inParts(deliveries)) {
      try {
        await outbox.enqueue(app, endpoint, part)
        this.#handed.push({ endpoint, messages: part.map(delivery => delivery.message) })
      } catch (error) {
        console.error(`the Outbox of ${endpoint} did not take ${part.length} events, they stay owed: ${error}`)
      }
    }
  }

  /** Strikes out what the Outboxes have, inside the transaction that is open. */
  #settle(): void {
    for (const { endpoint, messages } of this.#handed.splice(0)) {
      for (const message of messages) this.#sql.exec('DELETE FROM owed WHERE endpoint = ? AND message = ?', endpoint, message)
    }
  }

  async #arm(at: number): Promise<void> {
    if (await this.ctx.storage.getAlarm() === null) await this.ctx.storage.setAlarm(at)
  }

  /** Hands over what is still owed, and arms the alarm again while anything is. Never throws. */
  override async alarm(): Promise<void> {
    try {
      await this.#handOwed()
    } catch (error) {
      console.error(`inbox alarm: ${error}`)
    }
    await this.ctx.storage.setAlarm(Date.now() + 30_000).catch(() => {})
    if (!this.#owes()) await this.ctx.storage.deleteAlarm().catch(() => {})
  }

  /** From the sweep: hands over what a stopped process left, and forgets what is old. */
  async sweep(): Promise<void> {
    await this.alarm()
    const now = Date.now()
    this.#sql.exec('DELETE FROM seen WHERE until < ?', now)
    this.#sql.exec('DELETE FROM message WHERE id < ? AND id NOT IN (SELECT message FROM owed)', idAt('msg', now - retention))
  }

  #owes(): boolean {
    return this.#sql.exec('SELECT 1 FROM owed LIMIT 1').toArray().length > 0
  }

  /** Goes once through what is owed, oldest first, a handful at a time: a body may have a megabyte. */
  async #handOwed(): Promise<void> {
    if (this.#handing) return
    for (let last = { id: '', endpoint: '' }; ;) {
      const owed = this.#sql.exec<Omit<Row, 'event' | 'content' | 'dedupe' | 'at'> & { app: string; endpoint: string; headers: string }>(
        `SELECT m.id, o.app, o.endpoint, m.source, m.type, m.headers, m.body FROM owed o JOIN message m ON m.id = o.message
         WHERE (o.message, o.endpoint) > (?, ?) ORDER BY o.message, o.endpoint LIMIT 16`, last.id, last.endpoint).toArray()
      if (!owed.length) return
      last = owed.at(-1)!
      await this.#hand(owed.map(({ id, app, endpoint, source, type, headers, body }) => ({
        id, app, duplicate: false, deliveries: [{ message: id, source, type, endpoint, headers: JSON.parse(headers), body: new Uint8Array(body) }],
      })))
    }
  }

  /** Newest first. */
  list({ limit, before, after, types, content }: Query): Message[] {
    const where = ['1 = 1', before && 'id < ?', after && 'id > ?', types && `type IN (${types.map(() => '?').join()})`].filter(Boolean).join(' AND ')
    const values = [before, after, ...types ?? []].filter(value => value !== undefined)
    const body = content ? 'body' : 'NULL AS body'
    return this.#sql.exec<Row>(`SELECT id, source, type, event, content, dedupe, at, ${body} FROM message WHERE ${where} ORDER BY id DESC LIMIT ?`, ...values, limit)
      .toArray().map(toMessage)
  }

  get(id: string, content: boolean): Message | null {
    const [row] = this.#sql.exec<Row>(`SELECT id, source, type, event, content, dedupe, at, ${content ? 'body' : 'NULL AS body'} FROM message WHERE id = ?`, id).toArray()
    return row ? toMessage(row) : null
  }
}

/** Calls between objects carry 32 MiB at most. */
function inParts(deliveries: Delivery[]): Delivery[][] {
  const parts: Delivery[][] = []
  let bytes = Infinity
  for (const delivery of deliveries) {
    bytes += delivery.body.length
    if (bytes > 8 << 20) parts.push([]), bytes = delivery.body.length
    parts.at(-1)!.push(delivery)
  }
  return parts
}

/** A message with its body as text where it is JSON, else in base64. */
function toMessage(row: Row): Message {
  if (!row.body) return { ...row, body: null }
  const bytes = new Uint8Array(row.body)
  const body = row.content === 'json' ? new TextDecoder().decode(bytes) : btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
  return { ...row, body }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
