// The app's endpoints, and how each was routed to at every revision. Used by the Directory.
import type { Endpoint, Limits, Refusal, Routing } from '../model.ts'
import type { Page } from '../objects.ts'
import type { Ledger } from './ledger.ts'
import { pageOf } from './page.ts'

const year = 365 * 24 * 3600_000

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
  put(endpoint: Endpoint, limits: Limits = {}): Endpoint | Refusal {
    const { id, uid, url, dialect } = endpoint
    if (limits.was && JSON.stringify(this.find(id)) !== JSON.stringify(limits.was)) return { refused: 'stale', detail: `endpoint ${id} was changed meanwhile` }
    const others = limits.url || limits.active ? this.all().filter(other => other.id !== id) : []
    if (limits.url && others.some(other => other.url === url)) return { refused: 'url_taken', detail: `another endpoint has the URL ${url}` }
    const active = others.filter(other => other.dialect === dialect && other.status === 'active').length
    if (limits.active && endpoint.status === 'active' && active >= limits.active) return { refused: 'too_many', detail: `${active} endpoints of ${dialect} are active, which is the most` }
    const taken = uid !== null && this.#ledger.rows('SELECT 1 FROM endpoint WHERE (uid = ?1 OR id = ?1) AND id <> ?2', uid, id).length > 0
    if (taken) return { refused: 'conflict', detail: `another endpoint has the uid ${uid}` }
    const before = this.find(id)
    const record = JSON.stringify(endpoint)
    this.#ledger.rows('INSERT OR REPLACE INTO endpoint VALUES (?, ?, ?)', id, uid, record)
    this.#ledger.rows('DELETE FROM removed WHERE id = ?', id)
    if (!before || routingOf(before) !== routingOf(endpoint)) this.#remember(id, record)
    return endpoint
  }

  /** Called inside a change. */
  remove(id: string): void {
    this.#ledger.rows('INSERT OR REPLACE INTO removed SELECT json_extract(record, ?), id, ? FROM endpoint WHERE id = ?', '$.url', Date.now(), id)
    this.#ledger.rows('DELETE FROM endpoint WHERE id = ?', id)
    this.#remember(id, null)
  }

  /** Those that have an Outbox of their own still. */
  alone(): string[] {
    return this.#ledger.rows<{ id: string }>('SELECT id FROM alone').map(({ id }) => id)
  }

  together(id: string): void {
    this.#ledger.rows('DELETE FROM alone WHERE id = ?', id)
  }

  /** The endpoint that last had this URL and was deleted, within a year. */
  former(url: string): string | null {
    return this.#ledger.rows<{ id: string }>('SELECT id FROM removed WHERE url = ?', url)[0]?.id ?? null
  }

  /** Forgets how endpoints were before the time; what they are stays known. Forgets URLs of deleted ones after a year. */
  prune(before: number): void {
    this.#ledger.rows('DELETE FROM removed WHERE at < ?', Date.now() - year)
    this.#ledger.rows('DELETE FROM past WHERE at < ? AND revision < (SELECT max(revision) FROM past q WHERE q.endpoint = past.endpoint)', before)
  }

  #remember(id: string, record: string | null): void {
    this.#ledger.rows('INSERT OR REPLACE INTO past VALUES (?, ?, ?, ?)', id, this.#ledger.revision, Date.now(), record)
  }
}

export const routing = ({ id, status, sources, events, channels, filters, selections }: Endpoint): Routing => ({ id, status, sources, events, channels, filters, ...selections && { selections } })
const routingOf = (endpoint: Endpoint): string => JSON.stringify(routing(endpoint))
