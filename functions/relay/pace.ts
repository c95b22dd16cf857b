// When an endpoint was sent something: what the core's rate windows are computed from. Used by the
// Outbox.

/** An attempt counts as arrived after so long, answered or not. */
const arrival = 2000
/** So many are remembered: more than any window asks for. */
export const remembered = 10_000

/**
 * Times of attempts as their receiver may have seen them. A request that is on its way may arrive
 * any moment, so it counts as arriving now; one that was answered arrived before its answer. So no
 * window holds too many at the receiver's end either, however long the way took.
 */
export class Pace {
  #past: number[]
  readonly #flying = new Map<string, number>()

  /** @param past times of earlier attempts, in Unix milliseconds */
  constructor(past: number[]) {
    this.#past = past.sort((a, b) => a - b)
  }

  get flying(): number {
    return this.#flying.size
  }

  began(attempt: string, now: number): void {
    this.#flying.set(attempt, now)
  }

  ended(attempt: string, now: number): void {
    const began = this.#flying.get(attempt)
    if (began === undefined) return
    this.#flying.delete(attempt)
    this.#past.push(seen(began, now - began))
    if (this.#past.length > 2 * remembered) this.#past.splice(0, remembered)
  }

  /** The newest `most` and those on their way; ascending, as the core wants them. */
  times(now: number, most: number): number[] {
    return [...this.#past.slice(-most), ...[...this.#flying.values()].map(began => seen(began, now - began))].sort((a, b) => a - b)
  }
}

/** The latest time at which the receiver may have seen an attempt that took so long. */
export const seen = (at: number, took: number): number => at + Math.min(took, arrival)
