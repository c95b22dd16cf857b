// The verifiers of keys that are fetched, one for each address. Called by webhook.ts.
import type { Slot } from './slot.ts'

/**
 * Gives the key or certificate, in PEM, that is at `url`: an address that the dialect pins. It is asked
 * for each webhook, so it keeps what it has; `fetchKeys` does.
 *
 * @throws anything where there is none: the webhook is then `key_unavailable`
 */
export type KeySource = (url: string) => Promise<string>

const most = 8 // verifiers that are kept, each of some 40 KiB

export class Keyring {
  readonly #source: KeySource
  readonly #open: (key: string) => Slot
  readonly #slots = new Map<string, { key: string; slot: Slot | null }>() // least recently used first

  /** @param open  makes the verifier of a key, or throws where it is none */
  constructor(source: KeySource, open: (key: string) => Slot) {
    this.#source = source
    this.#open = open
  }

  /** Gives `judge` the verifier of the key at `url`, null where there is none. */
  async use<T>(url: string, judge: (slot: Slot | null) => T): Promise<T> {
    let key: unknown
    try {
      key = await this.#source(url)
    } catch {
      return judge(null)
    }
    // From here on at once: another webhook may close the verifier that has to make room.
    return judge(typeof key === 'string' ? this.#slot(url, key) : null)
  }

  close(): void {
    for (const { slot } of this.#slots.values()) slot?.close()
    this.#slots.clear()
  }

  #slot(url: string, key: string): Slot | null {
    let found = this.#slots.get(url)
    this.#slots.delete(url)
    if (found?.key !== key) {
      found?.slot?.close()
      found = { key, slot: this.#made(key) }
    }
    this.#slots.set(url, found)
    if (this.#slots.size > most) {
      const [oldest, { slot }] = this.#slots.entries().next().value!
      slot?.close()
      this.#slots.delete(oldest)
    }
    return found.slot
  }

  #made(key: string): Slot | null {
    try {
      return this.#open(key)
    } catch {
      return null
    }
  }
}
