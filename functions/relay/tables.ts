// An Outbox's tables, and the endpoints whose deliveries stand in them. Used by outbox.ts and moving.ts;
// an endpoint's own rows are queue.ts's and log.ts's.
import { step as lines } from './lines.ts'
import { day } from './prune.ts'
import { migrate, type Step } from './schema.ts'
import { states } from './traffic.ts'

/** An endpoint here: the number by which its rows name it. */
export interface Place { number: number; id: string; app: string }
interface Key { endpoint: number; message: string }

/** Up to here an Outbox was one endpoint's. */
const alone: Step[] = [`
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

const ofDelivery = 'message, source, type, headers, body, state, attempts, due, event, manual, round, again, task, ordering, line, head'
const ofAttempt = 'id, message, at, took, status, response, state, url, manual, round, again, request, answer, error'

/**
 * Of an endpoint that was deleted, `id` is null until its rows are gone; `whole` is 0 while what its own
 * Outbox had is on its way here. `queue` finds heads by their time, and what is finished; `line` a line's
 * head, its oldest and what is on its way. Rows that hold bodies have a rowid: without one, what is longer
 * than 1,002 bytes has a page of its own beside its place.
 */
const steps: Step[] = [...alone, `
  CREATE TABLE endpoint (number INTEGER PRIMARY KEY, id TEXT UNIQUE, app TEXT NOT NULL, whole INTEGER NOT NULL DEFAULT 1,
    ordering TEXT NOT NULL DEFAULT '"none"', failing INTEGER NOT NULL DEFAULT 0);
  INSERT INTO endpoint SELECT 1, endpoint, app, 1, ordering, coalesce((SELECT failing FROM health), 0) FROM self LIMIT 1;
  ALTER TABLE delivery RENAME TO old_delivery;
  ALTER TABLE attempt RENAME TO old_attempt;
  CREATE TABLE delivery (endpoint INTEGER NOT NULL, message TEXT NOT NULL, source TEXT NOT NULL, type TEXT, headers TEXT, body BLOB,
    state INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, event TEXT, manual INTEGER NOT NULL, round TEXT, again TEXT, task TEXT,
    ordering TEXT, line TEXT, head INTEGER NOT NULL, PRIMARY KEY (endpoint, message)) WITHOUT ROWID;
  CREATE TABLE attempt (endpoint INTEGER NOT NULL, id TEXT NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL, took INTEGER NOT NULL,
    status INTEGER NOT NULL, response TEXT NOT NULL, state INTEGER NOT NULL, url TEXT NOT NULL, manual INTEGER NOT NULL, round TEXT, again TEXT,
    request TEXT, answer TEXT, error TEXT, PRIMARY KEY (endpoint, id)) WITHOUT ROWID;
  INSERT INTO delivery (endpoint, ${ofDelivery}) SELECT 1, ${ofDelivery} FROM old_delivery;
  INSERT INTO attempt (endpoint, ${ofAttempt}) SELECT 1, ${ofAttempt} FROM old_attempt;
  DROP TABLE old_delivery; DROP TABLE old_attempt; DROP TABLE self; DROP TABLE health;
  CREATE INDEX queue ON delivery (endpoint, state, head, due);
  CREATE INDEX line ON delivery (endpoint, line, state, head, message) WHERE line IS NOT NULL;
  CREATE INDEX for_task ON delivery (task, state) WHERE task IS NOT NULL;
  CREATE INDEX of_message ON attempt (endpoint, message);
`, `
  ALTER TABLE delivery RENAME TO old_delivery;
  ALTER TABLE attempt RENAME TO old_attempt;
  CREATE TABLE delivery (endpoint INTEGER NOT NULL, message TEXT NOT NULL, source TEXT NOT NULL, type TEXT, headers TEXT, body BLOB,
    state INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, event TEXT, manual INTEGER NOT NULL, round TEXT, again TEXT, task TEXT,
    ordering TEXT, line TEXT, head INTEGER NOT NULL, PRIMARY KEY (endpoint, message));
  CREATE TABLE attempt (endpoint INTEGER NOT NULL, id TEXT NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL, took INTEGER NOT NULL,
    status INTEGER NOT NULL, response TEXT NOT NULL, state INTEGER NOT NULL, url TEXT NOT NULL, manual INTEGER NOT NULL, round TEXT, again TEXT,
    request TEXT, answer TEXT, error TEXT, PRIMARY KEY (endpoint, id));
  INSERT INTO delivery SELECT * FROM old_delivery;
  INSERT INTO attempt SELECT * FROM old_attempt;
  DROP TABLE old_delivery; DROP TABLE old_attempt;
  CREATE INDEX queue ON delivery (endpoint, state, head, due);
  CREATE INDEX line ON delivery (endpoint, line, state, head, message) WHERE line IS NOT NULL;
  CREATE INDEX for_task ON delivery (task, state) WHERE task IS NOT NULL;
  CREATE INDEX of_message ON attempt (endpoint, message);
`]

export class Tables {
  readonly #storage: DurableObjectStorage
  #places = new Map<string, Place>()

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#open()
  }

  #open(): void {
    migrate(this.#storage, steps)
    this.#places = new Map(this.#rows<Place>('SELECT number, id, app FROM endpoint WHERE id IS NOT NULL AND whole = 1').map(place => [place.id, place]))
  }

  #rows<Row>(query: string, ...values: unknown[]): Row[] {
    return this.#storage.sql.exec<Row>(query, ...values).toArray()
  }

  /** undefined: it was never told of here, or is on its way. */
  find(id: string): Place | undefined {
    return this.#places.get(id)
  }

  /** Makes it known; undoes what was begun before. @param whole  false: what its own Outbox had comes first, and `complete` after it */
  add(app: string, id: string, whole = true): Place {
    this.leave(id)
    const { number } = this.#rows<{ number: number }>('INSERT INTO endpoint (id, app, whole) VALUES (?, ?, ?) RETURNING number', id, app, whole ? 1 : 0)[0]!
    const place = { number, id, app }
    if (whole) this.#places.set(id, place)
    return place
  }

  complete(place: Place): void {
    this.#rows('UPDATE endpoint SET whole = 1 WHERE number = ?', place.number)
    this.#places.set(place.id, place)
  }

  /** Those that have something to send, or are sending it. */
  busy(): Place[] {
    const some = 'EXISTS (SELECT 1 FROM delivery WHERE endpoint = number AND state ='
    return this.#rows<{ id: string }>(`SELECT id FROM endpoint WHERE id IS NOT NULL AND whole = 1 AND (${some} ?) OR ${some} ?))`, states.pending, states.sending).map(({ id }) => this.#places.get(id)!)
  }

  /** The endpoint's rows are nobody's from here on; `prune` takes them away. */
  leave(id: string): void {
    this.#rows('UPDATE endpoint SET id = NULL WHERE id = ?', id)
    this.#places.delete(id)
  }

  /** Forgets what is nobody's, and deliveries that were finished so many days ago with their attempts. @return how many, at most `most` */
  prune(now: number, days: number, most: number): number {
    return this.#storage.transactionSync(() => {
      const old = [states.success, states.fail].flatMap(state => this.#some('d.state = ? AND d.head = 1 AND d.due < ?', most, state, now - days * day))
      return this.#forget([...this.#nobodys(most), ...old].slice(0, most))
    })
  }

  /** Forgets what is nobody's. @return how many, at most `most` */
  clear(most: number): number {
    return this.#storage.transactionSync(() => this.#forget(this.#nobodys(most)))
  }

  #nobodys(most: number): Key[] {
    return this.#some('id IS NULL', most)
  }

  #forget(keys: Key[]): number {
    const pairs = JSON.stringify(keys.map(({ endpoint, message }) => [endpoint, message]))
    for (const table of ['attempt', 'delivery']) this.#rows(`DELETE FROM ${table} WHERE (endpoint, message) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))`, pairs)
    this.#rows('DELETE FROM endpoint WHERE id IS NULL AND NOT EXISTS (SELECT 1 FROM delivery WHERE endpoint = number)')
    return keys.length
  }

  #some(condition: string, most: number, ...values: unknown[]): Key[] {
    return this.#rows(`SELECT d.endpoint, d.message FROM endpoint CROSS JOIN delivery d ON d.endpoint = number WHERE ${condition} LIMIT ?`, ...values, most)
  }

  /** How many deliveries are in each state. */
  totals(): { state: number; count: number }[] {
    return this.#rows('SELECT state, count(*) AS count FROM delivery GROUP BY state')
  }

  async wipe(): Promise<void> {
    await this.#storage.deleteAll()
    this.#open()
  }
}
