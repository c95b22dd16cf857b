// The list of apps in the root, or an app's own record. Used by the Directory.
import type { App, Key, Refusal } from '../model.ts'
import type { Page } from '../objects.ts'
import type { Ledger } from './ledger.ts'
import { pageOf } from './page.ts'

export class Apps {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  page(page: Page): App[] {
    return pageOf(this.#ledger, 'app', 'id', page, 'leaving = 0')
  }

  /** By its id or its uid. */
  find(name: string): App | null {
    return this.#ledger.records<App>('SELECT record FROM app WHERE leaving = 0 AND (id = ?1 OR uid = ?1)', name)[0] ?? null
  }

  /** Called inside a change. Each version of an app is dated later than the one before. */
  put(given: App, was?: App): App | Refusal {
    const now = this.find(given.id)
    if (was && JSON.stringify(now) !== JSON.stringify(was)) return { refused: 'stale', detail: `app ${given.id} was changed meanwhile` }
    const app = { ...given, updatedAt: Math.max(given.updatedAt, now ? now.updatedAt + 1 : 0) }
    const { id, uid } = app
    const taken = uid !== null && this.#ledger.rows('SELECT 1 FROM app WHERE (uid = ?1 OR id = ?1) AND id <> ?2', uid, id).length > 0
    if (taken) return { refused: 'conflict', detail: `another app has the uid ${uid}` }
    this.#ledger.rows('INSERT OR REPLACE INTO app VALUES (?, ?, ?, 0)', id, uid, JSON.stringify(app))
    return app
  }

  /** The configured app is in the list, and these are the operator's keys. */
  enroll(app: App, hashes: string[]): void {
    const keys = hashes.map((hash): Key => ({ id: `key_${hash.slice(0, 27)}`, name: 'operator', hash, scopes: ['send', 'manage', 'read', 'secrets'], until: null, configured: true, createdAt: 0 }))
    const known = this.#ledger.records<Key>('SELECT record FROM key ORDER BY id').filter(({ configured }) => configured)
    const same = JSON.stringify(known) === JSON.stringify(keys.sort((a, b) => a.id < b.id ? -1 : 1))
    if (same && this.find(app.id)) return
    this.#ledger.change('configuration', 'app.configure', app.id, () => {
      this.#ledger.rows('INSERT OR IGNORE INTO app VALUES (?, ?, ?, 0)', app.id, app.uid, JSON.stringify(app))
      for (const { id } of known) this.#ledger.rows('DELETE FROM key WHERE id = ?', id)
      for (const key of keys) this.#ledger.rows('INSERT INTO key VALUES (?, ?)', key.id, JSON.stringify(key))
    })
  }

  /** Takes it off the list; its objects are erased after. */
  leave(id: string): void {
    this.#ledger.rows('UPDATE app SET leaving = 1, uid = NULL WHERE id = ?', id)
  }

  leaving(): string[] {
    return this.#ledger.rows<{ id: string }>('SELECT id FROM app WHERE leaving = 1').map(({ id }) => id)
  }

  remove(id: string): void {
    this.#ledger.rows('DELETE FROM app WHERE id = ? AND leaving = 1', id)
  }
}
