// An endpoint's queue and its attempts, in SQLite: every statement of the Outbox that changes them.
// What is only read for the API stands in log.ts. Used by outbox.ts.
import type { Ordering } from '../../js/relay.ts'
import { idAt } from './ids.ts'
import { Lines, step as lines } from './lines.ts'
import { day } from './prune.ts'
import { migrate, type Step } from './schema.ts'
import { states, type Delivery } from './traffic.ts'

/** A delivery that is due. */
export interface Due { message: string; source: string; type: string | null; event: string | null; headers: string; body: ArrayBuffer; attempts: number; manual: number; again: string | null; line: string | null }
/** A delivery that waits for its time alone, or for nothing. */
export interface Head { message: string; line: string | null; due: number }
/** An attempt that has begun. */
export interface Begun { due: Due; attempt: string }
/** How it ended, and when the next is due; `next` of one that is finished: when it was. */
export interface Ended extends Begun { at: number; took: number; status: number; response: string; state: number; next: number; /** in the form of kept.ts; null: it was not sent */ request: string | null; answer: string | null; /** what is wrong with the answer to a call */ error: string | null; /** the endpoint's from now on */ failing: number }

const steps: Step[] = [`
  CREATE TABLE self (app TEXT NOT NULL, endpoint TEXT NOT NULL);
  CREATE TABLE delivery (message TEXT PRIMARY KEY, source TEXT NOT NULL, type TEXT, headers TEXT, body BLOB,
    state INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX queue ON delivery (state, due);
  CREATE TABLE attempt (id TEXT PRIMARY KEY, message TEXT NOT NULL, at INTEGER NOT NULL, took INTEGER NOT NULL,
    status INTEGER NOT NULL, response TEXT NOT NULL, state INTEGER NOT NULL, url TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX of_message ON attempt (message);
`, `
  ALTER TABLE delivery ADD COLUMN event TEXT;
  ALTER TABLE delivery ADD COLUMN manual INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE attempt ADD COLUMN manual INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE health (failing INTEGER NOT NULL);
  INSERT INTO health VALUES (0);
`, `
  ALTER TABLE delivery ADD COLUMN round TEXT;
  ALTER TABLE delivery ADD COLUMN again TEXT;
  ALTER TABLE attempt ADD COLUMN round TEXT;
  ALTER TABLE attempt ADD COLUMN again TEXT;
  ALTER TABLE attempt ADD COLUMN request TEXT;
  ALTER TABLE attempt ADD COLUMN answer TEXT;
  UPDATE attempt SET round = (SELECT min(id) FROM attempt one WHERE one.message = attempt.message AND one.manual = attempt.manual);
  UPDATE delivery SET round = (SELECT max(round) FROM attempt WHERE attempt.message = delivery.message) WHERE attempts > 0;
`, sql => {
  // From here on `due` of a finished delivery says when it was finished, by which it is forgotten.
  sql.exec('UPDATE delivery SET due = coalesce((SELECT max(at + took) FROM attempt WHERE message = delivery.message), ?) WHERE state IN (?, ?)', Date.now(), states.success, states.fail)
}, 'ALTER TABLE attempt ADD COLUMN error TEXT', `
  ALTER TABLE delivery ADD COLUMN task TEXT;
  CREATE INDEX for_task ON delivery (task, state) WHERE task IS NOT NULL;
`, lines]

export class Queue {
  readonly #storage: DurableObjectStorage
  #lines: Lines

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    migrate(storage, steps)
    this.#lines = new Lines(storage.sql)
  }

  #rows<Row>(query: string, ...values: unknown[]): Row[] {
    return this.#storage.sql.exec<Row>(query, ...values).toArray()
  }

  /** Whose queue this is; undefined before the first delivery. */
  self(): { app: string; endpoint: string } | undefined {
    return this.#rows<{ app: string; endpoint: string }>('SELECT app, endpoint FROM self')[0]
  }

  /** Takes deliveries, once each however often they come; one that somebody asked for begins anew. */
  put(app: string, endpoint: string, deliveries: Delivery[], now: number): void {
    this.#storage.transactionSync(() => {
      if (!this.self()) this.#rows('INSERT INTO self (app, endpoint) VALUES (?, ?)', app, endpoint)
      const lines: (string | null)[] = []
      for (const delivery of deliveries) {
        const { message, source, type, eventId, headers, body, manual, again = null, task = null, orderingKey = null } = delivery
        const text = JSON.stringify(headers)
        const line = this.#lines.of(delivery), head = line === null ? 1 : 0
        lines.push(line)
        this.#rows('INSERT OR IGNORE INTO delivery (message, source, type, headers, body, state, attempts, due, event, manual, again, task, ordering, line, head) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)',
          message, source, type, text, body, states.pending, now, eventId, manual ? 1 : 0, again, task, orderingKey, line, head)
        if (manual) {
          this.#rows('UPDATE delivery SET headers = ?, body = ?, state = ?, attempts = 0, due = ?, manual = 1, round = NULL, again = ?, task = ?, line = ?, head = ? WHERE message = ? AND state <> ?', text, body, states.pending, now, again, task, line, head, message, states.sending)
        }
      }
      this.#lines.settle(lines)
    })
  }

  /** What waits from now on, and what waits already, waits in the lines of this order. */
  follow(order: Ordering): void {
    this.#lines.follow(this.#storage, order)
  }

  /** Those that are due first, in the order in which they came; of each line its head alone. */
  heads(most: number): Head[] {
    return this.#rows('SELECT * FROM (SELECT message, line, due FROM delivery WHERE state = ? AND head = 1 ORDER BY due LIMIT ?) ORDER BY message', states.pending, most)
  }

  /** All of a delivery that is needed to send it. */
  due(message: string): Due {
    return this.#rows<Due>('SELECT message, source, type, event, headers, body, attempts, manual, again, line FROM delivery WHERE message = ?', message)[0]!
  }

  /** Puts attempts on record before they are made, so that none is forgotten. */
  begin(begun: Begun[], url: string, now: number): void {
    this.#storage.transactionSync(() => {
      for (const { due, attempt } of begun) {
        this.#rows('UPDATE delivery SET state = ?, round = coalesce(round, ?) WHERE message = ?', states.sending, attempt, due.message)
        this.#rows(`INSERT INTO attempt (id, message, at, took, status, response, state, url, manual, round, again)
          SELECT ?, message, ?, 0, 0, '', ?, coalesce((SELECT url FROM attempt WHERE id = delivery.again), ?), manual, round, again FROM delivery WHERE message = ?`,
        attempt, now, states.sending, url, due.message)
      }
    })
  }

  /** The attempt and the change of state; called inside one transaction. A body is kept until it is delivered. */
  end({ due, attempt, at, took, status, response, state, next, request, answer, error, failing }: Ended): void {
    this.#rows('UPDATE attempt SET at = ?, took = ?, status = ?, response = ?, state = ?, request = ?, answer = ?, error = ? WHERE id = ?',
      at, took, status, response, state === states.success ? states.success : states.fail, request, answer, error, attempt)
    this.#rows('UPDATE delivery SET state = ?, attempts = attempts + 1, due = ? WHERE message = ?', state, next, due.message)
    if (state === states.success) this.#rows('UPDATE delivery SET body = NULL, headers = NULL WHERE message = ?', due.message)
    this.#rows('UPDATE health SET failing = ?1 WHERE failing <> ?1', failing)
    this.#lines.settle([due.line])
  }

  /** Where an attempt went, and its request in the form of kept.ts; undefined where that is not kept. */
  sent(attempt: string): { url: string; request: string } | undefined {
    return this.#rows<{ url: string; request: string }>('SELECT url, request FROM attempt WHERE id = ? AND request IS NOT NULL', attempt)[0]
  }

  /** Since when every attempt has failed, in Unix milliseconds; 0: the last one did not. */
  failing(): number {
    return this.#rows<{ failing: number }>('SELECT failing FROM health')[0]?.failing ?? 0
  }

  /** What failed between two times is due again. @return how many */
  recover(since: number, until: number, task: string, now: number): number {
    return this.#storage.transactionSync(() => {
      const again = this.#rows<{ line: string | null }>(`UPDATE delivery SET state = ?, attempts = 0, due = ?, manual = 1, round = NULL, again = NULL, task = ?, head = line IS NULL
        WHERE state = ? AND body IS NOT NULL AND message >= ? AND message < ? RETURNING line`, states.pending, now, task, states.fail, idAt('msg', since), idAt('msg', until))
      this.#lines.settle(again.map(({ line }) => line))
      return again.length
    })
  }

  /** Deletes what an endpoint answered. @return whether there is such an attempt */
  clear(attempt: string): boolean {
    return this.#rows("UPDATE attempt SET response = '', answer = NULL, error = NULL WHERE id = ? RETURNING 1", attempt).length > 0
  }

  /** Deletes what was sent of a message whose delivery has ended; that it was sent stays known. */
  forget(message: string): void {
    this.#rows('UPDATE delivery SET body = NULL, headers = NULL WHERE message = ? AND state IN (?, ?)', message, states.success, states.fail)
    this.#rows("UPDATE attempt SET request = json_remove(request, '$.text') WHERE message = ? AND json_type(request, '$.text') IS NOT NULL", message)
  }

  /** Forgets deliveries that were finished so many days ago, and their attempts. @return how many, at most `most` */
  prune(now: number, days: number, most: number): number {
    return this.#storage.transactionSync(() => {
      const old = [states.success, states.fail].flatMap(state =>
        this.#rows<{ message: string }>('SELECT message FROM delivery WHERE state = ? AND head = 1 AND due < ? ORDER BY due LIMIT ?', state, now - days * day, most))
      const messages = JSON.stringify(old.slice(0, most).map(({ message }) => message))
      for (const table of ['attempt', 'delivery']) this.#rows(`DELETE FROM ${table} WHERE message IN (SELECT value FROM json_each(?))`, messages)
      return Math.min(old.length, most)
    })
  }

  async erase(): Promise<void> {
    await this.#storage.deleteAll()
    migrate(this.#storage, steps)
    this.#lines = new Lines(this.#storage.sql)
  }

  /** What is marked as being sent and is not was cut off: whether it arrived is unknown, so it goes out again. */
  resume(now: number): void {
    this.#storage.transactionSync(() => {
      // It may have arrived at any time until now, and counts so in the rate windows.
      this.#rows(`UPDATE attempt SET state = ?1, took = max(0, ?2 - at), response = 'unknown: the relay stopped during this attempt'
        WHERE state = ?3 AND message IN (SELECT message FROM delivery WHERE state = ?3)`, states.fail, now, states.sending)
      const cut = this.#rows<{ line: string | null }>('UPDATE delivery SET state = ?, due = ? WHERE state = ? RETURNING line', states.pending, now, states.sending)
      this.#lines.settle(cut.map(({ line }) => line))
    })
  }

  /** Nothing waits longer than until `latest`. */
  hasten(latest: number): void {
    this.#rows('UPDATE delivery SET due = ? WHERE state = ? AND head IN (0, 1) AND due > ?', latest, states.pending, latest)
  }

  /** The newest attempts' times. */
  times(most: number): { at: number; took: number }[] {
    return this.#rows('SELECT at, took FROM attempt ORDER BY id DESC LIMIT ?', most)
  }
}
