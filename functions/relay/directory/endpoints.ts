// The app's endpoints, and how each was routed to at every revision. Used by the Directory.
import type { Endpoint, Refusal, Routing } from '../model.ts'
import type { Page } from '../objects.ts'
import type { Ledger } from './ledger.ts'
import { pageOf } from './page.ts'

export class Endpoints {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  all(): Endpoint[] {
    return this.#ledger.records('SELECT record FROM endpoint ORDER BY id')
  }

  page(page: Page): Endpoint[] {
    return pageOf(this.#ledger, 'endpoint', 'id', page)
  }

  /** By its id or its uid. */
  find(name: string): Endpoint | null {
    return this.#ledger.records<Endpoint>('SELECT record FROM endpoint WHERE id = ?1 OR uid = ?1', name)[0] ?? null
  }

  /** As they were when the Directory had this revision. */
  at(revision: number): Endpoint[] {
    return this.#ledger.records(`SELECT record FROM past p WHERE record IS NOT NULL
      AND revision = (SELECT max(revision) FROM past WHERE endpoint = p.endpoint AND revision <= ?) ORDER BY endpoint`, revision)
  }

  /** Called inside a change. */
  put(endpoint: Endpoint): Endpoint | Refusal {
    const { id, uid } = endpoint
    const taken = uid !== null && this.#ledger.rows('SELECT 1 FROM endpoint WHERE (uid = ?1 OR id = ?1) AND id <> ?2', uid, id).length > 0
    if (taken) return { refused: 'conflict', detail: `another endpoint has the uid ${uid}` }
    const before = this.find(id)
    const record = JSON.stringify(endpoint)
    this.#ledger.rows('INSERT OR REPLACE INTO endpoint VALUES (?, ?, ?)', id, uid, record)
    if (!before || routingOf(before) !== routingOf(endpoint)) this.#remember(id, record)
    return endpoint
  }

  /** Called inside a change. */
  remove(id: string): void {
    this.#ledger.rows('DELETE FROM endpoint WHERE id = ?', id)
    this.#remember(id, null)
  }

  /** Forgets how endpoints were before the time; what they are stays known. */
  prune(before: number): void {
    this.#ledger.rows('DELETE FROM past WHERE at < ? AND revision < (SELECT max(revision) FROM past q WHERE q.endpoint = past.endpoint)', before)
  }

  #remember(id: string, record: string | null): void {
    this.#ledger.rows('INSERT OR REPLACE INTO past VALUES (?, ?, ?, ?)', id, this.#ledger.revision, Date.now(), record)
  }
}

export const routing = ({ id, status, sources, events, channels, filters }: Endpoint): Routing => ({ id, status, sources, events, channels, filters })
const routingOf = (endpoint: Endpoint): string => JSON.stringify(routing(endpoint))
