// When an endpoint was sent something, and what is on its way: what the core's rate windows and
// concurrency are computed from. Used by the Outbox.
import { arrivalOf } from '../../js/relay.ts'

/** So many are remembered: as many as a window may allow. */
export const remembered = 10_000

/** Milliseconds between an attempt's beginning and the time at which it counts, and more. */
const slack = 10_000

/** An attempt that is on its way, in the line of its delivery. */
export interface Flying { began: number; line: string | null }

export class Pace {
  /** When ended attempts arrived, ascending; of so many milliseconds before this was made. */
  #past: number[] = []
  #reach = 0
  readonly #flying = new Map<string, Flying>()

  /** Knows the attempts that a window of so many milliseconds sees. @param read  those since a time, in Unix milliseconds */
  reach(window: number, now: number, read: (since: number) => { at: number; took: number }[]): void {
    if (window <= this.#reach) return
    this.#reach = window
    this.#past = read(now - window - slack).map(({ at, took }) => arrivalOf(at, took)).sort((a, b) => a - b)
  }

  get flying(): Flying[] {
    return [...this.#flying.values()]
  }

  /** The latest `most` times at which an ended attempt arrived, ascending. */
  newest(most: number): number[] {
    return most ? this.#past.slice(-most) : []
  }

  began(attempt: string, now: number, line: string | null): void {
    this.#flying.set(attempt, { began: now, line })
  }

  ended(attempt: string, now: number): void {
    const flying = this.#flying.get(attempt)
    if (!flying) return
    this.#flying.delete(attempt)
    const at = arrivalOf(flying.began, now - flying.began)
    let place = this.#past.length
    while (place > 0 && this.#past[place - 1]! > at) place--
    this.#past.splice(place, 0, at)
    if (this.#past.length > 2 * remembered) this.#past.splice(0, remembered)
  }
}
