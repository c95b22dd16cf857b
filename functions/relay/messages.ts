// An Inbox's messages in SQLite: every statement of the Inbox. Used by inbox.ts.
import { idAt } from './ids.ts'
import { day } from './prune.ts'
import { migrate } from './schema.ts'
import type { Delivery, Incoming, Message, MessageQuery, Replay } from './traffic.ts'

interface Row extends Omit<Message, 'body' | 'channels'> { channels: string | null; body: ArrayBuffer | null }
/** A message that an endpoint has yet to be handed. */
export interface Owed { id: string; app: string; endpoint: string; source: string; type: string | null; event: string | null; headers: string; body: ArrayBuffer; manual: number; again: string | null; task: string | null; ordering: string | null }

/** Calls between objects carry 32 MiB at most. */
const mostBytes = 8 << 20
/** Days that a message is kept which does not say so: until the app's are over. */
export const untold = 90
const columns = 'id, source, type, event, channels, content, dedupe, at, revision, ordering AS orderingKey'
const steps = [`
  CREATE TABLE message (id TEXT PRIMARY KEY, source TEXT NOT NULL, type TEXT, event TEXT, content TEXT NOT NULL, dedupe TEXT NOT NULL,
    at INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE seen (key TEXT PRIMARY KEY, message TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE owed (message TEXT NOT NULL, endpoint TEXT NOT NULL, app TEXT NOT NULL, PRIMARY KEY (endpoint, message)) WITHOUT ROWID;
`, `
  ALTER TABLE message RENAME TO old_message;
  CREATE TABLE message (id TEXT PRIMARY KEY, source TEXT NOT NULL, type TEXT, event TEXT, content TEXT NOT NULL, dedupe TEXT NOT NULL,
    at INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB, channels TEXT, revision INTEGER NOT NULL DEFAULT 0, days INTEGER NOT NULL DEFAULT 90) WITHOUT ROWID;
  INSERT INTO message SELECT id, source, type, event, content, dedupe, at, headers, body, NULL, 0, 90 FROM old_message;
  DROP TABLE old_message;
  ALTER TABLE owed ADD COLUMN manual INTEGER NOT NULL DEFAULT 0;
`, 'ALTER TABLE owed ADD COLUMN again TEXT', `
  ALTER TABLE owed RENAME TO old_owed;
  CREATE TABLE owed (message TEXT NOT NULL, endpoint TEXT NOT NULL, app TEXT NOT NULL, manual INTEGER NOT NULL DEFAULT 0, again TEXT, PRIMARY KEY (message, endpoint)) WITHOUT ROWID;
  INSERT INTO owed SELECT message, endpoint, app, manual, again FROM old_owed;
  DROP TABLE old_owed;
  CREATE INDEX over ON seen (until);
  CREATE INDEX sooner ON message (at + days * ${day}) WHERE days < ${untold};
`, `
  ALTER TABLE owed ADD COLUMN task TEXT;
  CREATE INDEX for_task ON owed (task) WHERE task IS NOT NULL;
`, 'ALTER TABLE message ADD COLUMN ordering TEXT', `
  ALTER TABLE message RENAME TO old_message;
  CREATE TABLE message (id TEXT PRIMARY KEY NOT NULL, source TEXT NOT NULL, type TEXT, event TEXT, content TEXT NOT NULL, dedupe TEXT NOT NULL,
    at INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB, channels TEXT, revision INTEGER NOT NULL, days INTEGER NOT NULL, ordering TEXT);
  INSERT INTO message SELECT * FROM old_message;
  DROP TABLE old_message;
  CREATE INDEX sooner ON message (at + days * ${day}) WHERE days < ${untold};
`]

export class MessageTable {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    migrate(storage, steps)
  }

  #rows<R>(query: string, ...values: unknown[]): R[] {
    return this.#storage.sql.exec<R>(query, ...values).toArray()
  }

  /** The message that first came with the key; undefined where none did, or long ago. */
  seen(key: string, now: number): string | undefined {
    return this.#rows<{ message: string }>('SELECT message FROM seen WHERE key = ? AND until > ?', key, now)[0]?.message
  }

  /** What a later one with the same key is compared with. */
  first(id: string): { at: number; type: string | null; body: ArrayBuffer | null } | undefined {
    return this.#rows<{ at: number; type: string | null; body: ArrayBuffer | null }>('SELECT at, type, body FROM message WHERE id = ?', id)[0]
  }

  /** Called inside a transaction. */
  insert(id: string, event: Incoming, now: number, days: number): void {
    const { source, type, eventId, content, dedupe, headers, body, channels, revision, orderingKey = null } = event
    this.#rows('INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', id, source, type, eventId, content, dedupe, now,
      JSON.stringify(headers), body, channels && JSON.stringify(channels), revision, days, orderingKey)
    for (const { key, window } of event.keys) this.#rows('INSERT OR REPLACE INTO seen VALUES (?, ?, ?)', key, id, now + window * 1000)
    for (const endpoint of event.endpoints) this.#rows('INSERT INTO owed (message, endpoint, app, manual) VALUES (?, ?, ?, 0)', id, endpoint, event.app)
  }

  /** Called inside a transaction. */
  paid(taken: { endpoint: string; message: string }[]): void {
    if (taken.length) this.#rows('DELETE FROM owed WHERE (message, endpoint) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))', JSON.stringify(taken.map(({ endpoint, message }) => [message, endpoint])))
  }

  owes(): boolean {
    return this.#rows('SELECT 1 FROM owed LIMIT 1').length > 0
  }

  /** The endpoints that have yet to be handed something. */
  owedTo(): { app: string; endpoint: string }[] {
    return this.#rows('SELECT DISTINCT app, endpoint FROM owed')
  }

  /** Some of what is owed behind `last`, in order: so much as one call may carry. */
  owed(last: { id: string; endpoint: string }): Owed[] {
    const owed: Owed[] = []
    let bytes = 0
    for (const one of this.#storage.sql.exec<Owed>(`SELECT m.id, o.app, o.endpoint, m.source, m.type, m.event, m.headers, m.body, o.manual, o.again, o.task, m.ordering FROM owed o JOIN message m ON m.id = o.message
      WHERE (o.message, o.endpoint) > (?, ?) AND m.body IS NOT NULL ORDER BY o.message, o.endpoint LIMIT 512`, last.id, last.endpoint)) {
      owed.push(one)
      bytes += one.body.byteLength
      if (bytes > mostBytes) break
    }
    return owed
  }

  /** Owes messages to an endpoint once more. @return how many */
  owe({ app, endpoint, ids, since = 0, until = 8.64e15, types, again, task }: Replay): number {
    const named = ids ? `AND id IN (SELECT value FROM json_each(?))` : ''
    const typed = types ? `AND type IN (SELECT value FROM json_each(?))` : ''
    const lists = [ids, types].filter(list => list !== undefined).map(list => JSON.stringify(list))
    return this.#rows(`INSERT OR REPLACE INTO owed (message, endpoint, app, manual, again, task) SELECT id, ?, ?, 1, ?, ? FROM message WHERE body IS NOT NULL AND at >= ? AND at < ? ${named} ${typed} RETURNING 1`,
      endpoint, app, again ?? null, task ?? null, since, until, ...lists).length
  }

  /** What is still owed for a task. */
  owing(task: string): number {
    return this.#rows<{ count: number }>('SELECT count(*) AS count FROM owed WHERE task = ?', task)[0]!.count
  }

  list({ limit, before, after, types, channel, text, content }: MessageQuery): Row[] {
    const where: [string, unknown][] = []
    if (before) where.push(['id < ?', before])
    if (after) where.push(['id > ?', after])
    if (types) where.push(['type IN (SELECT value FROM json_each(?))', JSON.stringify(types)])
    if (channel) where.push(['EXISTS (SELECT 1 FROM json_each(channels) WHERE value = ?)', channel])
    if (text) where.push(["content = 'json' AND instr(CAST(body AS TEXT), ?) > 0", text])
    return this.#rows(`SELECT ${columns}, ${content ? 'body' : 'NULL AS body'} FROM message WHERE ${['1 = 1', ...where.map(([one]) => one)].join(' AND ')}
      ORDER BY id DESC LIMIT ?`, ...where.map(([, value]) => value), limit)
  }

  many(ids: string[], content: boolean): Row[] {
    return this.#rows(`SELECT ${columns}, ${content ? 'body' : 'NULL AS body'} FROM message WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC`, JSON.stringify(ids))
  }

  /** Deletes a message's content, which nobody is handed any more; that it was stays known. */
  clear(id: string): void {
    this.#storage.transactionSync(() => {
      this.#rows("UPDATE message SET body = NULL, headers = '[]' WHERE id = ?", id)
      this.#rows('DELETE FROM owed WHERE message = ?', id)
    })
  }

  /**
   * Forgets keys whose window is over, and messages that are old and that nobody is owed.
   *
   * @param days  that a message is kept which does not say fewer
   * @return how many rows: of each kind at most `most`, and `most` as long as there is more
   */
  prune(now: number, days: number, most: number): number {
    const gone = (query: string, ...values: unknown[]): number => this.#rows(`${query} RETURNING 1`, ...values, most).length
    const kept = 'NOT EXISTS (SELECT 1 FROM owed WHERE message = id)'
    return Math.max(
      gone('DELETE FROM seen WHERE key IN (SELECT key FROM seen WHERE until < ? ORDER BY until LIMIT ?)', now),
      gone(`DELETE FROM message WHERE id IN (SELECT id FROM message WHERE id < ? AND ${kept} ORDER BY id LIMIT ?)`, idAt('msg', now - days * day)),
      gone(`DELETE FROM message WHERE id IN (SELECT id FROM message WHERE days < ${untold} AND at + days * ${day} < ? AND ${kept} ORDER BY at + days * ${day} LIMIT ?)`, now),
    )
  }

  async erase(): Promise<void> {
    await this.#storage.deleteAll()
    migrate(this.#storage, steps)
  }
}

/** What goes in calls between objects. @param most  items in a part */
export function inParts<Item extends { body: Uint8Array }>(items: Item[], most = Infinity): Item[][] {
  const parts: Item[][] = []
  let bytes = Infinity
  for (const item of items) {
    bytes += item.body.length
    if (bytes > mostBytes || parts.at(-1)!.length >= most) parts.push([]), bytes = item.body.length
    parts.at(-1)!.push(item)
  }
  return parts
}

/** A message with its body as text where it is JSON, else in base64. */
export function messageOf(row: Row): Message {
  const channels = row.channels === null ? null : JSON.parse(row.channels) as string[]
  if (!row.body) return { ...row, channels, body: null }
  const bytes = new Uint8Array(row.body)
  const body = row.content === 'json' ? new TextDecoder().decode(bytes) : btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
  return { ...row, channels, body }
}
