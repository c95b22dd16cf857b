// What was asked to be sent once more in bulk, so that its progress can be asked for. Used by the Directory.
import { idAt } from '../ids.ts'
import type { Task } from '../model.ts'
import type { Page } from '../objects.ts'
import type { Ledger } from './ledger.ts'
import { pageOf } from './page.ts'

export class Tasks {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  put(task: Task): void {
    this.#ledger.rows('INSERT INTO task VALUES (?, ?)', task.id, JSON.stringify(task))
  }

  find(id: string): Task | null {
    return this.#ledger.records<Task>('SELECT record FROM task WHERE id = ?', id)[0] ?? null
  }

  /** The newest first. */
  page(page: Page): Task[] {
    return pageOf(this.#ledger, 'task', 'id', { ...page, descending: true })
  }

  prune(before: number): void {
    this.#ledger.rows('DELETE FROM task WHERE id < ?', idAt('qtask', before))
  }
}
