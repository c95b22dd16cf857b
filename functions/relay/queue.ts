// An endpoint's queue and its attempts, in SQLite: every statement of the Outbox. Used by outbox.ts.
import { migrate } from './schema.ts'

export interface Delivery {
  message: string
  source: string
  type: string | null
  endpoint: string
  headers: [string, string][]
  body: Uint8Array
}
/** A delivery that is due. */
export interface Due { message: string; source: string; type: string | null; headers: string; body: ArrayBuffer; attempts: number }
/** An attempt that has begun. */
export interface Begun { due: Due; attempt: string }
/** How it ended, and when the next is due. */
export interface Ended extends Begun { at: number; took: number; status: number; response: string; state: number; next: number }
export interface Attempt {
  id: string; message: string; at: number; took: number; status: number; response: string; state: number; url: string
}

/** As Svix numbers them. */
export const states = { success: 0, pending: 1, fail: 2, sending: 3 } as const

const steps = [`
  CREATE TABLE self (app TEXT NOT NULL, endpoint TEXT NOT NULL);
  CREATE TABLE delivery (message TEXT PRIMARY KEY, source TEXT NOT NULL, type TEXT, headers TEXT, body BLOB,
    state INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX queue ON delivery (state, due);
  CREATE TABLE attempt (id TEXT PRIMARY KEY, message TEXT NOT NULL, at INTEGER NOT NULL, took INTEGER NOT NULL,
    status INTEGER NOT NULL, response TEXT NOT NULL, state INTEGER NOT NULL, url TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX of_message ON attempt (message);
`]

export class Queue {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    migrate(storage, steps)
  }

  #rows<Row>(query: string, ...values: unknown[]): Row[] {
    return this.#storage.sql.exec<Row>(query, ...values).toArray()
  }

  /** Whose queue this is; undefined before the first delivery. */
  self(): { app: string; endpoint: string } | undefined {
    return this.#rows<{ app: string; endpoint: string }>('SELECT app, endpoint FROM self')[0]
  }

  /** Takes deliveries, once each however often they come. */
  put(app: string, endpoint: string, deliveries: Delivery[], now: number): void {
    this.#storage.transactionSync(() => {
      if (!this.self()) this.#rows('INSERT INTO self VALUES (?, ?)', app, endpoint)
      for (const { message, source, type, headers, body } of deliveries) {
        this.#rows('INSERT OR IGNORE INTO delivery VALUES (?, ?, ?, ?, ?, ?, 0, ?)', message, source, type, JSON.stringify(headers), body, states.pending, now)
      }
    })
  }

  due(now: number, most: number): Due[] {
    return this.#rows('SELECT message, source, type, headers, body, attempts FROM delivery WHERE state = ? AND due <= ? ORDER BY due LIMIT ?', states.pending, now, most)
  }

  /** When the first of those that are not due yet will be; null: none waits. */
  next(now: number): number | null {
    return this.#rows<{ due: number | null }>('SELECT min(due) AS due FROM delivery WHERE state = ? AND due > ?', states.pending, now)[0]?.due ?? null
  }

  /** Puts attempts on record before they are made, so that none is forgotten. */
  begin(begun: Begun[], url: string, now: number): void {
    this.#storage.transactionSync(() => {
      for (const { due, attempt } of begun) {
        this.#rows('UPDATE delivery SET state = ? WHERE message = ?', states.sending, due.message)
        this.#rows("INSERT INTO attempt VALUES (?, ?, ?, 0, 0, '', ?, ?)", attempt, due.message, now, states.sending, url)
      }
    })
  }

  /** The attempt and the change of state; called inside one transaction. A body is kept no longer than it is needed. */
  end({ due, attempt, at, took, status, response, state, next }: Ended): void {
    this.#rows('UPDATE attempt SET at = ?, took = ?, status = ?, response = ?, state = ? WHERE id = ?',
      at, took, status, response, state === states.success ? states.success : states.fail, attempt)
    this.#rows('UPDATE delivery SET state = ?, attempts = attempts + 1, due = ? WHERE message = ?', state, next, due.message)
    if (state !== states.pending) this.#rows('UPDATE delivery SET body = NULL, headers = NULL WHERE message = ?', due.message)
  }

  /** What is marked as being sent and is not was cut off: whether it arrived is unknown, so it goes out again. */
  recover(now: number): void {
    this.#storage.transactionSync(() => {
      this.#rows("UPDATE attempt SET state = ?, response = 'unknown: the relay stopped during this attempt' WHERE state = ?", states.fail, states.sending)
      this.#rows('UPDATE delivery SET state = ?, due = ? WHERE state = ?', states.pending, now, states.sending)
    })
  }

  /** Nothing waits longer than until `latest`. */
  hasten(latest: number): void {
    this.#rows('UPDATE delivery SET due = ? WHERE state = ? AND due > ?', latest, states.pending, latest)
  }

  attempts(message: string): Attempt[] {
    return this.#rows('SELECT * FROM attempt WHERE message = ? ORDER BY id DESC', message)
  }

  /** The newest attempts' times. */
  times(most: number): { at: number; took: number }[] {
    return this.#rows('SELECT at, took FROM attempt ORDER BY id DESC LIMIT ?', most)
  }
}
