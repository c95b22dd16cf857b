// The app's keys, and its customers' tokens. Used by the Directory.
import type { Key, Refusal } from '../model.ts'
import { declared, type Ledger } from './ledger.ts'
import type { Secrets } from './secrets.ts'

/** Tokens of an app's customers that are good at the same time; the oldest make room. */
const mostTokens = 250
const ofKey = (id: string): string => `key/${id}`

export class Keys {
  readonly #ledger: Ledger
  readonly #secrets: Secrets

  constructor(ledger: Ledger, secrets: Secrets) {
    this.#ledger = ledger
    this.#secrets = secrets
  }

  /** With the secrets of those that sign. */
  all(): Promise<(Key & { secret?: string })[]> {
    return Promise.all(this.#records().map(async key => key.signed ? { ...key, secret: (await this.#secrets.open(ofKey(key.id)))[0]!.value } : key))
  }

  /** @param secret  of a key that signs */
  async put(key: Key, by: string, secret?: string): Promise<void> {
    const sealed = secret === undefined ? undefined : await this.#secrets.seal(ofKey(key.id), [secret])
    this.#ledger.change(by, key.portal ? 'portal.open' : 'key.create', key.id, () => {
      this.#ledger.rows('INSERT INTO key VALUES (?, ?)', key.id, JSON.stringify(key))
      if (sealed) this.#secrets.replace(sealed)
      this.prune(Date.now())
      for (const { id } of this.#tokens().slice(0, -mostTokens)) this.#forget(id)
    })
  }

  remove(id: string, by: string): Refusal | null {
    const [key] = this.#ledger.records<Key>('SELECT record FROM key WHERE id = ?', id)
    if (!key) return { refused: 'not_found', detail: `no key ${id}` }
    if (key.configured) return declared(`key ${id}`)
    this.#ledger.change(by, 'key.delete', id, () => {
      this.#forget(id)
      this.#secrets.drop(ofKey(id))
    })
    return null
  }

  /** Customers' tokens are good no longer than until then. @param sessions  of these alone; null: all */
  expire(sessions: string[] | null, until: number, by: string): void {
    this.#ledger.change(by, 'portal.expire', sessions?.join(' ') ?? 'all', () => {
      for (const key of this.#tokens()) {
        if (sessions && !sessions.includes(key.portal!.session ?? '')) continue
        this.#ledger.rows('UPDATE key SET record = ? WHERE id = ?', JSON.stringify({ ...key, until: Math.min(key.until!, until) }), key.id)
      }
    })
  }

  /** Forgets customers' tokens that are good no longer. */
  prune(now: number): void {
    for (const { id, until } of this.#tokens()) if (until! <= now) this.#forget(id)
  }

  #records(): Key[] {
    return this.#ledger.records('SELECT record FROM key ORDER BY id')
  }

  /** The oldest first. */
  #tokens(): Key[] {
    return this.#records().filter(({ portal }) => portal)
  }

  #forget(id: string): void {
    this.#ledger.rows('DELETE FROM key WHERE id = ?', id)
  }
}
