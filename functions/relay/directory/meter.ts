// Requests counted by key, in hours that begin with their first request. In memory: when the object
// has slept, or the relay was started anew, an hour begins anew. Used by the Directory.
import type { Spent } from '../objects.ts'

/** Milliseconds. */
const window = 3600_000
const most = 10_000

export class Meter {
  readonly #spent = new Map<string, Spent>()

  /** @param now  Unix milliseconds */
  spend(key: string, now: number): Spent {
    const known = this.#spent.get(key)
    const spent = known && known.until > now ? { ...known, count: known.count + 1 } : { count: 1, until: now + window }
    if (!known && this.#spent.size >= most) this.#spent.clear()
    this.#spent.set(key, spent)
    return spent
  }
}
