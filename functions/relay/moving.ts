// Outboxes were one endpoint's each, once: what such a one holds is moved to the Outbox that the endpoint
// shares by now, when that is first asked for the endpoint or swept. Used by outbox.ts.
import { aloneOf, directoryOf, idOfOutbox, type Env, type Row, type Table } from './objects.ts'
import type { Place, Tables } from './tables.ts'

const keys: Record<Table, string> = { endpoint: 'id', delivery: 'message', attempt: 'id' }

/** A part of what an Outbox of one endpoint holds, behind a key and in the order of keys; empty: that was all. */
export function partOf({ sql }: DurableObjectStorage, table: Table, after: string): Row[] {
  const rows: Row[] = []
  let bytes = 0
  for (const row of sql.exec<Row>(`SELECT * FROM ${table} WHERE ${keys[table]} > ? ORDER BY ${keys[table]} LIMIT 500`, after)) {
    rows.push(row)
    bytes += row.body instanceof ArrayBuffer ? row.body.byteLength : 0
    if (bytes > 8 << 20) break
  }
  return rows
}

export class Moving {
  readonly #storage: DurableObjectStorage
  readonly #env: Env
  readonly #tables: Tables
  readonly #id: ObjectId
  /** Endpoints of the app that have an Outbox of their own still. */
  #alone: Promise<Set<string>> | undefined
  readonly #moves = new Map<string, Promise<void>>()

  constructor({ storage, id }: DurableObjectState, env: Env, tables: Tables) {
    this.#storage = storage
    this.#id = id
    this.#env = env
    this.#tables = tables
  }

  /** The endpoint's place here, once all that there is of it is. */
  async enter(app: string, id: string): Promise<Place> {
    const known = this.#tables.find(id)
    if (known) return known
    if ((await this.#aloneOf(app)).has(id)) await this.#moved(app, id)
    return this.#tables.find(id) ?? this.#tables.add(app, id)
  }

  /** Moves all that are to be here. */
  async finish(app: string): Promise<void> {
    for (const id of await this.#aloneOf(app)) {
      if (idOfOutbox(this.#env, app, id).equals(this.#id)) await this.#moved(app, id).catch(error => console.error(`${id} stays where it was until the next sweep: ${error}`))
    }
  }

  #aloneOf(app: string): Promise<Set<string>> {
    this.#alone ??= directoryOf(this.#env, app).alone().then(ids => new Set(ids)).catch(error => { this.#alone = undefined; throw error })
    return this.#alone
  }

  async #moved(app: string, id: string): Promise<void> {
    const move = this.#moves.get(id) ?? this.#move(app, id).finally(() => this.#moves.delete(id))
    this.#moves.set(id, move)
    await move
    ;(await this.#aloneOf(app)).delete(id)
  }

  /** May be broken off anywhere and done again. */
  async #move(app: string, id: string): Promise<void> {
    const alone = aloneOf(this.#env, app, id)
    if (!this.#tables.find(id)) {
      const place = this.#tables.add(app, id, false)
      for (const table of ['endpoint', 'delivery', 'attempt'] as const) {
        for (let part = await alone.part(table, ''); part.length; part = await alone.part(table, part.at(-1)![keys[table]] as string)) this.#take(place, table, part)
      }
      this.#tables.complete(place)
      await this.#storage.sync()
    }
    await alone.wipe()
    await directoryOf(this.#env, app).together(id)
  }

  #take({ number }: Place, table: Table, rows: Row[]): void {
    this.#storage.transactionSync(() => {
      for (const { endpoint: _, ...row } of rows) {
        const columns = Object.keys(row)
        if (table === 'endpoint') this.#storage.sql.exec('UPDATE endpoint SET ordering = ?, failing = ? WHERE number = ?', row.ordering, row.failing, number)
        else this.#storage.sql.exec(`INSERT INTO ${table} (endpoint, ${columns.join()}) VALUES (?${', ?'.repeat(columns.length)})`, number, ...Object.values(row))
      }
    })
  }
}
