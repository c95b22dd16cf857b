// The app's event types, or in the root those that all apps share. Used by the Directory.
import type { EventType, Refusal } from '../model.ts'
import type { Page } from '../objects.ts'
import type { Ledger } from './ledger.ts'
import { pageOf } from './page.ts'

export class Types {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  all(): EventType[] {
    return this.#ledger.records('SELECT record FROM type')
  }

  /** @param flags  those with another feature flag are not shown; left out: all are */
  page(page: Page, archived: boolean, flags?: string[]): EventType[] {
    const flag = "json_extract(record, '$.featureFlag')"
    const where = [...archived ? [] : ["NOT json_extract(record, '$.archived')"], ...flags ? [`(${flag} IS NULL OR ${flag} IN (SELECT value FROM json_each(?)))`] : []]
    return pageOf(this.#ledger, 'type', 'name', page, where.join(' AND ') || '1 = 1', ...flags ? [JSON.stringify(flags)] : [])
  }

  /** Called inside a change. @param was  what it takes the place of; null: there must be none but an archived one */
  put(type: EventType, was?: EventType | null): EventType | Refusal {
    const { name } = type
    const [now] = this.#ledger.records<EventType>('SELECT record FROM type WHERE name = ?', name)
    if (was === null && now && !now.archived) return { refused: 'conflict', detail: `there is an event type ${name}` }
    if (was && JSON.stringify(now) !== JSON.stringify(was)) return { refused: 'stale', detail: `event type ${name} was changed meanwhile` }
    this.#ledger.rows('INSERT OR REPLACE INTO type VALUES (?, ?)', name, JSON.stringify(type))
    return type
  }

  /** Called inside a change. */
  remove(name: string): void {
    this.#ledger.rows('DELETE FROM type WHERE name = ?', name)
  }
}
