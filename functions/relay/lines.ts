// Which deliveries of an endpoint wait for one another, in SQLite. Of each line one delivery at most is
// its head: the oldest that waits, while none of the line is on its way. What the core chooses from are
// heads, so a long line costs no more than a short one. Used by queue.ts.
import { lineOf, type Ordering } from '../../js/relay.ts'
import { states, type Delivery } from './traffic.ts'

type Sql = DurableObjectStorage['sql']
type Told = Pick<Delivery, 'orderingKey' | 'headers' | 'body'>

/** Deliveries that are looked at at once when all lines are made anew: a body may have a megabyte. */
const handful = 16

export const step = `
  ALTER TABLE delivery ADD COLUMN ordering TEXT;
  ALTER TABLE delivery ADD COLUMN line TEXT;
  ALTER TABLE delivery ADD COLUMN head INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE self ADD COLUMN ordering TEXT NOT NULL DEFAULT '"none"';
  DROP INDEX queue;
  CREATE INDEX queue ON delivery (state, head, due);
  CREATE INDEX line ON delivery (line, state, head, message) WHERE line IS NOT NULL;
`

export class Lines {
  readonly #sql: Sql
  readonly #endpoint: number
  #ordering: string
  #order: Ordering

  constructor(sql: Sql, endpoint: number) {
    this.#sql = sql
    this.#endpoint = endpoint
    this.#ordering = this.#rows<{ ordering: string }>('SELECT ordering FROM endpoint WHERE number = ?', endpoint)[0]?.ordering ?? '"none"'
    this.#order = JSON.parse(this.#ordering) as Ordering
  }

  #rows<Row>(query: string, ...values: unknown[]): Row[] {
    return this.#sql.exec<Row>(query, ...values).toArray()
  }

  /** The line that a delivery waits in, as the endpoint was last known to order; null: in none. */
  of({ orderingKey, headers, body }: Told): string | null {
    return lineOf(this.#order, { key: orderingKey ?? null, headers, body })
  }

  /** Makes the head of each line what it is to be, after its deliveries have changed. Called inside a transaction. */
  settle(lines: Iterable<string | null>): void {
    for (const line of new Set(lines)) if (line !== null) this.#settle(line)
  }

  #settle(line: string): void {
    const oldest = 'SELECT min(message) AS message FROM delivery WHERE endpoint = ?3 AND line = ?1 AND state = ?2 AND head ='
    const sending = this.#rows('SELECT 1 FROM delivery WHERE endpoint = ? AND line = ? AND state = ? LIMIT 1', this.#endpoint, line, states.sending).length > 0
    const first = sending ? null : this.#rows<{ message: string | null }>(`SELECT min(message) AS message FROM (${oldest} 0 UNION ALL ${oldest} 1)`, line, states.pending, this.#endpoint)[0]!.message
    this.#rows('UPDATE delivery SET head = 0 WHERE endpoint = ? AND line = ? AND state = ? AND head = 1 AND message IS NOT ?', this.#endpoint, line, states.pending, first)
    if (first !== null) this.#rows('UPDATE delivery SET head = 1 WHERE endpoint = ? AND message = ? AND head = 0', this.#endpoint, first)
  }

  /** Makes all lines anew where the endpoint orders otherwise than before: what waits already keeps to it too. */
  follow(storage: DurableObjectStorage, order: Ordering): void {
    const ordering = JSON.stringify(order)
    if (ordering === this.#ordering) return
    const before = [this.#ordering, this.#order] as const
    ;[this.#ordering, this.#order] = [ordering, order]
    try {
      storage.transactionSync(() => {
        this.#rows('UPDATE endpoint SET ordering = ? WHERE number = ?', ordering, this.#endpoint)
        if (order === 'none') this.#rows('UPDATE delivery SET line = NULL, head = 1 WHERE endpoint = ? AND line IS NOT NULL', this.#endpoint)
        else this.#renew()
      })
    } catch (error) {
      ;[this.#ordering, this.#order] = before
      throw error
    }
  }

  #renew(): void {
    const lines = new Set<string | null>()
    for (let last = ''; ;) {
      const some = this.#rows<{ message: string; state: number; headers: string; body: ArrayBuffer; ordering: string | null }>(
        'SELECT message, state, headers, body, ordering FROM delivery WHERE endpoint = ? AND message > ? AND +state IN (?, ?) ORDER BY message LIMIT ?', this.#endpoint, last, states.pending, states.sending, handful)
      for (const { message, state, headers, body, ordering } of some) {
        const line = this.of({ orderingKey: ordering, headers: JSON.parse(headers), body: new Uint8Array(body) })
        lines.add(line)
        this.#rows('UPDATE delivery SET line = ?, head = ? WHERE endpoint = ? AND message = ?', line, line === null || state === states.sending ? 1 : 0, this.#endpoint, message)
      }
      if (some.length < handful) break
      last = some.at(-1)!.message
    }
    this.settle(lines)
  }
}
