// A durable store on Cloudflare: a Durable Object remembers what was handled and keeps what was
// accepted until it is. Export `Handled` from the worker and bind it; `durable(env.HANDLED)` is the store.
import { DurableObject } from 'cloudflare:workers'
import type { Store, Stored } from './store.ts'

const week = 7 * 24 * 3600_000
/** After so long without an end, whoever claimed a key has stopped. */
const lease = 60_000

type Row = { state: string; until: number }

export class Handled extends DurableObject<unknown> {
  readonly #sql = this.ctx.storage.sql

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env)
    this.#sql.exec('CREATE TABLE IF NOT EXISTS event (key TEXT PRIMARY KEY NOT NULL, state TEXT NOT NULL, until INTEGER NOT NULL, stored TEXT, body BLOB)')
    this.#sql.exec('CREATE INDEX IF NOT EXISTS over ON event (until)')
  }

  claim(key: string): 'new' | 'busy' | 'done' {
    const now = Date.now()
    const [row] = this.#sql.exec<Row>('SELECT state, until FROM event WHERE key = ? AND until > ?', key, now).toArray()
    if (row) return row.state as 'busy' | 'done'
    this.#sql.exec('DELETE FROM event WHERE state = ? AND until < ? AND body IS NULL', 'done', now)
    this.#sql.exec('INSERT OR REPLACE INTO event VALUES (?, ?, ?, NULL, NULL)', key, 'busy', now + lease)
    return 'new'
  }

  settle(key: string, how: 'done' | 'failed'): void {
    if (how === 'done') this.#sql.exec('UPDATE event SET state = ?, until = ?, stored = NULL, body = NULL WHERE key = ?', 'done', Date.now() + week, key)
    else this.#sql.exec('DELETE FROM event WHERE key = ? AND body IS NULL', key)
  }

  async commit({ key, url, headers, body }: Stored): Promise<void> {
    this.#sql.exec('UPDATE event SET state = ?, until = ?, stored = ?, body = ? WHERE key = ?', 'done', Date.now() + lease, JSON.stringify({ url, headers }), body, key)
    await this.ctx.storage.sync()
  }

  /** Accepted events that nobody is handling any more; the caller has them for the time of a lease. */
  left(): Stored[] {
    const now = Date.now()
    const rows = this.#sql.exec<{ key: string; stored: string; body: ArrayBuffer }>('SELECT key, stored, body FROM event WHERE body IS NOT NULL AND until < ? LIMIT 20', now).toArray()
    for (const { key } of rows) this.#sql.exec('UPDATE event SET until = ? WHERE key = ?', now + lease, key)
    return rows.map(({ key, stored, body }) => ({ key, body: new Uint8Array(body), ...JSON.parse(stored) as Pick<Stored, 'url' | 'headers'> }))
  }
}

/** The store that `namespace`'s object of that name keeps; `store: env => durable(env.HANDLED)`. */
export function durable(namespace: DurableObjectNamespace<Handled>, name = 'handled'): Store {
  const object = namespace.get(namespace.idFromName(name))
  return {
    durable: true,
    claim: key => object.claim(key),
    settle: (key, how) => object.settle(key, how),
    commit: event => object.commit(event),
    left: () => object.left(),
  }
}
