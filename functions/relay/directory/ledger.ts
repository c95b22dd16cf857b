// The Directory's storage: its schema, and changes, each one a transaction that moves the revision on
// and leaves an entry in the audit log. Used by the Directory's tables.
import { idAt, newId } from '../ids.ts'
import { isRefusal, type Entry, type Refusal } from '../model.ts'
import { day } from '../prune.ts'
import { migrate, type Step } from '../schema.ts'

const steps: Step[] = [`
  CREATE TABLE source (name TEXT PRIMARY KEY, settings TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE endpoint (name TEXT PRIMARY KEY, url TEXT NOT NULL, settings TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
  CREATE TABLE key (hash TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE configured (text TEXT NOT NULL);
`, (sql) => {
  // All of version 1 came from the configuration, which is read again; only what a 410 disabled is kept.
  const all = sql.exec<{ name: string }>('SELECT name FROM endpoint').toArray()
  const gone = sql.exec<{ name: string; url: string }>('SELECT name, url FROM endpoint WHERE disabled = 1').toArray()
  sql.exec(`
    DROP TABLE source; DROP TABLE endpoint; DROP TABLE key; DELETE FROM configured;
    CREATE TABLE state (revision INTEGER NOT NULL);
    INSERT INTO state VALUES (0);
    CREATE TABLE app (id TEXT PRIMARY KEY, uid TEXT UNIQUE, record TEXT NOT NULL, leaving INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
    CREATE TABLE source (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE endpoint (id TEXT PRIMARY KEY, uid TEXT UNIQUE, record TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE past (endpoint TEXT NOT NULL, revision INTEGER NOT NULL, at INTEGER NOT NULL, record TEXT, PRIMARY KEY (endpoint, revision)) WITHOUT ROWID;
    CREATE TABLE type (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE key (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE secret (owner TEXT NOT NULL, position INTEGER NOT NULL, sealed TEXT NOT NULL, until INTEGER, PRIMARY KEY (owner, position)) WITHOUT ROWID;
    CREATE TABLE declared (owner TEXT PRIMARY KEY, print TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE audit (id TEXT PRIMARY KEY, at INTEGER NOT NULL, by TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE answer (key TEXT PRIMARY KEY, at INTEGER NOT NULL, print TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE gone (id TEXT PRIMARY KEY, url TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE alone (id TEXT PRIMARY KEY) WITHOUT ROWID;
  `)
  for (const { name } of all) sql.exec('INSERT INTO alone VALUES (?)', name)
  for (const { name, url } of gone) sql.exec('INSERT INTO gone VALUES (?, ?)', name, url)
}, 'CREATE TABLE removed (url TEXT PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID',
'CREATE TABLE graph (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID',
'CREATE INDEX over ON answer (at)',
'CREATE TABLE dialect (name TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID',
'CREATE TABLE task (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID', `
  CREATE TABLE IF NOT EXISTS alone (id TEXT PRIMARY KEY) WITHOUT ROWID;
  INSERT OR IGNORE INTO alone SELECT id FROM endpoint;
`]

export class Ledger {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    migrate(storage, steps)
  }

  /** Leaves nothing behind but the schema. */
  async erase(): Promise<void> {
    await this.#storage.deleteAll()
    migrate(this.#storage, steps)
  }

  rows<Row>(query: string, ...values: unknown[]): Row[] {
    return this.#storage.sql.exec<Row>(query, ...values).toArray()
  }

  /** The `record` column of each row, read. */
  records<Item>(query: string, ...values: unknown[]): Item[] {
    return this.rows<{ record: string }>(query, ...values).map(({ record }) => JSON.parse(record) as Item)
  }

  get revision(): number {
    return this.rows<{ revision: number }>('SELECT revision FROM state')[0]!.revision
  }

  /** Runs a change in a transaction, with its entry in the audit log. One that is refused leaves nothing behind. */
  change<Result>(by: string, action: string, target: string, run: () => Result): Result {
    let result: Result | undefined
    try {
      this.#storage.transactionSync(() => {
        this.rows('UPDATE state SET revision = revision + 1')
        this.note(by, action, target)
        result = run()
        if (isRefusal(result)) throw result
      })
    } catch (error) {
      if (error !== result || !isRefusal(error)) throw error
    }
    return result as Result
  }

  /** Entries are of what changed or was read; never of a secret. */
  note(by: string, action: string, target: string): void {
    const at = Date.now()
    this.rows('INSERT INTO audit VALUES (?, ?, ?, ?, ?)', newId('audit', at), at, by, action, target)
  }

  /** Forgets answers after a day and entries of the audit log after a year. @return how many rows: of each at most `most` */
  prune(now: number, most: number): number {
    const gone = (query: string, before: unknown): number => this.rows(`${query} RETURNING 1`, before, most).length
    return Math.max(
      gone('DELETE FROM answer WHERE key IN (SELECT key FROM answer WHERE at < ? ORDER BY at LIMIT ?)', now - day),
      gone('DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ? ORDER BY id LIMIT ?)', idAt('audit', now - 365 * day)),
    )
  }

  audit(limit: number, before: string | undefined): Entry[] {
    return this.rows('SELECT id, at, by, action, target FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?', before ?? '~', limit)
  }
}

export const declared = (what: string): Refusal => ({ refused: 'conflict', detail: `${what} is declared in the configuration file: change it there` })
