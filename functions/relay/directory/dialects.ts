// The app's own dialects. Used by the Directory.
import type { Config } from '../config.ts'
import { namesOf } from '../dialects.ts'
import type { Endpoint, OwnDialect, Refusal, Source } from '../model.ts'
import type { Page } from '../objects.ts'
import type { Ledger } from './ledger.ts'
import { pageOf } from './page.ts'

/** An app has no more of its own: each of its objects is handed those that it needs. */
const most = 32

export class Dialects {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  page(page: Page): OwnDialect[] {
    return pageOf(this.#ledger, 'dialect', 'name', page)
  }

  find(name: string): OwnDialect | null {
    return this.#ledger.records<OwnDialect>('SELECT record FROM dialect WHERE name = ?', name)[0] ?? null
  }

  /** Files by name. @param names  of these alone; left out: all */
  files(names?: string[]): Record<string, object> {
    const known = this.#ledger.records<OwnDialect>('SELECT record FROM dialect WHERE ?1 IS NULL OR name IN (SELECT value FROM json_each(?1))', names ? JSON.stringify(names) : null)
    return Object.fromEntries(known.map(({ name, file }) => [name, file]))
  }

  /** Called inside a change. */
  add(dialect: OwnDialect): OwnDialect | Refusal {
    const { name } = dialect
    const all = this.files()
    if (all[name]) return { refused: 'conflict', detail: `there is a dialect ${name}: delete it first, or choose another name` }
    if (Object.keys(all).length >= most) return { refused: 'too_many', detail: `an app has at most ${most} dialects of its own` }
    this.#ledger.rows('INSERT INTO dialect VALUES (?, ?)', name, JSON.stringify(dialect))
    return dialect
  }

  /** Called inside a change. */
  remove(name: string): Refusal | null {
    if (!this.find(name)) return { refused: 'not_found', detail: `no dialect ${name}` }
    const endpoint = this.#ledger.records<Endpoint>('SELECT record FROM endpoint').find(({ dialect, policy }) => dialect === name || policy === name)
    const source = this.#ledger.records<Source>('SELECT record FROM source').find(({ dialect }) => dialect === name)
    const user = endpoint ? `endpoint ${endpoint.id}` : source && `source ${source.name}`
    if (user) return { refused: 'conflict', detail: `the dialect ${name} is used by ${user}: give that another first` }
    this.#ledger.rows('DELETE FROM dialect WHERE name = ?', name)
    return null
  }

  /** What is wrong with these names; null: there are such dialects. */
  missing(config: Config, ...names: string[]): Refusal | null {
    const gone = names.find(name => name !== 'as-received' && !namesOf(config).includes(name) && !this.find(name))
    return gone === undefined ? null : { refused: 'invalid', detail: `no dialect is called ${JSON.stringify(gone)}` }
  }
}
