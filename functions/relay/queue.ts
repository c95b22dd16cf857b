// An endpoint's queue and its attempts, in SQLite: every statement that changes its rows. What is only
// read for the API stands in log.ts. Used by outbox.ts and sender.ts.
import type { Ordering } from '../../js/relay.ts'
import { idAt } from './ids.ts'
import { Lines } from './lines.ts'
import { states, type Delivery } from './traffic.ts'

/** A delivery that is due. */
export interface Due { message: string; source: string; type: string | null; event: string | null; headers: string; body: ArrayBuffer; attempts: number; manual: number; again: string | null; line: string | null }
/** A delivery that waits for its time alone, or for nothing. */
export interface Head { message: string; line: string | null; due: number }
/** An attempt that has begun. */
export interface Begun { due: Due; attempt: string }
/** How it ended, and when the next is due; `next` of one that is finished: when it was. */
export interface Ended extends Begun { at: number; took: number; status: number; response: string; state: number; next: number; /** in the form of kept.ts; null: it was not sent */ request: string | null; answer: string | null; /** what is wrong with the answer to a call */ error: string | null; /** the endpoint's from now on; null: as it was */ failing: number | null }

export class Queue {
  readonly #storage: DurableObjectStorage
  readonly #endpoint: number
  readonly #lines: Lines

  /** @param endpoint  the number by which its rows name it */
  constructor(storage: DurableObjectStorage, endpoint: number) {
    this.#storage = storage
    this.#endpoint = endpoint
    this.#lines = new Lines(storage.sql, endpoint)
  }

  #rows<Row>(query: string, ...values: unknown[]): Row[] {
    return this.#storage.sql.exec<Row>(query, ...values).toArray()
  }

  /** Takes deliveries, once each however often they come; one that somebody asked for begins anew. Called inside one transaction. */
  put(deliveries: Delivery[], now: number): void {
    const lines: (string | null)[] = []
    for (const delivery of deliveries) {
      const { message, source, type, eventId, headers, body, manual, again = null, task = null, orderingKey = null } = delivery
      const text = JSON.stringify(headers)
      const line = this.#lines.of(delivery), head = line === null ? 1 : 0
      lines.push(line)
      this.#rows('INSERT OR IGNORE INTO delivery (endpoint, message, source, type, headers, body, state, attempts, due, event, manual, again, task, ordering, line, head) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)',
        this.#endpoint, message, source, type, text, body, states.pending, now, eventId, manual ? 1 : 0, again, task, orderingKey, line, head)
      if (manual) {
        this.#rows('UPDATE delivery SET headers = ?, body = ?, state = ?, attempts = 0, due = ?, manual = 1, round = NULL, again = ?, task = ?, line = ?, head = ? WHERE endpoint = ? AND message = ? AND state <> ?', text, body, states.pending, now, again, task, line, head, this.#endpoint, message, states.sending)
      }
    }
    this.#lines.settle(lines)
  }

  /** What waits from now on, and what waits already, waits in the lines of this order. */
  follow(order: Ordering): void {
    this.#lines.follow(this.#storage, order)
  }

  /** Those that are due first, in the order in which they came; of each line its head alone. */
  heads(most: number): Head[] {
    // SQLite plans a limit that is bound anew each time that it is bound.
    return this.#rows(`SELECT * FROM (SELECT message, line, due FROM delivery WHERE endpoint = ? AND state = ? AND head = 1 ORDER BY due LIMIT ${Math.trunc(most)}) ORDER BY message`, this.#endpoint, states.pending)
  }

  /** All of a delivery that is needed to send it. */
  due(message: string): Due {
    return this.#rows<Due>('SELECT message, source, type, event, headers, body, attempts, manual, again, line FROM delivery WHERE endpoint = ? AND message = ?', this.#endpoint, message)[0]!
  }

  /** Puts attempts on record before they are made, so that none is forgotten. */
  begin(begun: Begun[], url: string, now: number): void {
    this.#storage.transactionSync(() => {
      for (const { due, attempt } of begun) {
        this.#rows('UPDATE delivery SET state = ?, round = coalesce(round, ?) WHERE endpoint = ? AND message = ?', states.sending, attempt, this.#endpoint, due.message)
        this.#rows(`INSERT INTO attempt (endpoint, id, message, at, took, status, response, state, url, manual, round, again)
          SELECT endpoint, ?, message, ?, 0, 0, '', ?, coalesce((SELECT url FROM attempt a WHERE a.endpoint = delivery.endpoint AND a.id = delivery.again), ?), manual, round, again FROM delivery WHERE endpoint = ? AND message = ?`,
        attempt, now, states.sending, url, this.#endpoint, due.message)
      }
    })
  }

  /** The attempt and the change of state; called inside one transaction. A body is kept until it is delivered. */
  end({ due, attempt, at, took, status, response, state, next, request, answer, error, failing }: Ended): void {
    this.#rows('UPDATE attempt SET at = ?, took = ?, status = ?, response = ?, state = ?, request = ?, answer = ?, error = ? WHERE endpoint = ? AND id = ?',
      at, took, status, response, state === states.success ? states.success : states.fail, request, answer, error, this.#endpoint, attempt)
    const emptied = state === states.success ? ', body = NULL, headers = NULL' : ''
    this.#rows(`UPDATE delivery SET state = ?, attempts = attempts + 1, due = ?${emptied} WHERE endpoint = ? AND message = ?`, state, next, this.#endpoint, due.message)
    if (failing !== null) this.#rows('UPDATE endpoint SET failing = ? WHERE number = ?', failing, this.#endpoint)
    this.#lines.settle([due.line])
  }

  /** Where an attempt went, and its request in the form of kept.ts; undefined where that is not kept. */
  sent(attempt: string): { url: string; request: string } | undefined {
    return this.#rows<{ url: string; request: string }>('SELECT url, request FROM attempt WHERE endpoint = ? AND id = ? AND request IS NOT NULL', this.#endpoint, attempt)[0]
  }

  /** Since when every attempt has failed, in Unix milliseconds; 0: the last one did not. */
  failing(): number {
    return this.#rows<{ failing: number }>('SELECT failing FROM endpoint WHERE number = ?', this.#endpoint)[0]?.failing ?? 0
  }

  /** What failed between two times is due again. @return how many */
  recover(since: number, until: number, task: string, now: number): number {
    return this.#storage.transactionSync(() => {
      const again = this.#rows<{ line: string | null }>(`UPDATE delivery SET state = ?, attempts = 0, due = ?, manual = 1, round = NULL, again = NULL, task = ?, head = line IS NULL
        WHERE endpoint = ? AND state = ? AND body IS NOT NULL AND message >= ? AND message < ? RETURNING line`, states.pending, now, task, this.#endpoint, states.fail, idAt('msg', since), idAt('msg', until))
      this.#lines.settle(again.map(({ line }) => line))
      return again.length
    })
  }

  /** Deletes what an endpoint answered. @return whether there is such an attempt */
  clear(attempt: string): boolean {
    return this.#rows("UPDATE attempt SET response = '', answer = NULL, error = NULL WHERE endpoint = ? AND id = ? RETURNING 1", this.#endpoint, attempt).length > 0
  }

  /** Deletes what was sent of a message whose delivery has ended; that it was sent stays known. */
  forget(message: string): void {
    this.#rows('UPDATE delivery SET body = NULL, headers = NULL WHERE endpoint = ? AND message = ? AND state IN (?, ?)', this.#endpoint, message, states.success, states.fail)
    this.#rows("UPDATE attempt SET request = json_remove(request, '$.text') WHERE endpoint = ? AND message = ? AND json_type(request, '$.text') IS NOT NULL", this.#endpoint, message)
  }

  /** What is marked as being sent and is not was cut off: whether it arrived is unknown, so it goes out again. */
  resume(now: number): void {
    this.#storage.transactionSync(() => {
      // It may have arrived at any time until now, and counts so in the rate windows.
      this.#rows(`UPDATE attempt SET state = ?1, took = max(0, ?2 - at), response = 'unknown: the relay stopped during this attempt'
        WHERE endpoint = ?4 AND state = ?3 AND message IN (SELECT message FROM delivery WHERE endpoint = ?4 AND state = ?3)`, states.fail, now, states.sending, this.#endpoint)
      const cut = this.#rows<{ line: string | null }>('UPDATE delivery SET state = ?, due = ? WHERE endpoint = ? AND state = ? RETURNING line', states.pending, now, this.#endpoint, states.sending)
      this.#lines.settle(cut.map(({ line }) => line))
    })
  }

  /** Nothing waits longer than until `latest`. */
  hasten(latest: number): void {
    this.#rows('UPDATE delivery SET due = ? WHERE endpoint = ? AND state = ? AND head IN (0, 1) AND due > ?', latest, this.#endpoint, states.pending, latest)
  }

  /** The times of the newest attempts that began since then. */
  times(since: number, most: number): { at: number; took: number }[] {
    return this.#rows('SELECT at, took FROM attempt WHERE endpoint = ? AND id >= ? ORDER BY id DESC LIMIT ?', this.#endpoint, idAt('atmpt', since), most)
  }
}
