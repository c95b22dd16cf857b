// The app's graphs. Used by the Directory.
import type { Graph, Refusal } from '../model.ts'
import type { Page } from '../objects.ts'
import type { Ledger } from './ledger.ts'
import { pageOf } from './page.ts'

export class Graphs {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  page(page: Page): Graph[] {
    return pageOf(this.#ledger, 'graph', 'id', page)
  }

  find(id: string): Graph | null {
    return this.#ledger.records<Graph>('SELECT record FROM graph WHERE id = ?', id)[0] ?? null
  }

  /** Called inside a change. */
  put(graph: Graph): void {
    this.#ledger.rows('INSERT OR REPLACE INTO graph VALUES (?, ?)', graph.id, JSON.stringify(graph))
  }

  /** Called inside a change. */
  remove(id: string): Refusal | null {
    if (!this.find(id)) return { refused: 'not_found', detail: `no graph ${id}` }
    this.#ledger.rows('DELETE FROM graph WHERE id = ?', id)
    return null
  }
}
