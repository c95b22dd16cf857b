// Failed calls, counted by who makes them: each failure beyond a few doubles the wait. Used by auth.ts.

const free = 5
const longest = 60_000
const forgotten = 15 * 60_000
const most = 10_000

export class Backoff {
  readonly #failures = new Map<string, { count: number; at: number }>()

  /** Milliseconds that the worst of these has yet to wait. */
  wait(callers: string[], now: number): number {
    return Math.max(0, ...callers.map(caller => {
      const { count, at } = this.#failures.get(caller) ?? { count: 0, at: 0 }
      return count < free ? 0 : at + Math.min(longest, 1000 * 2 ** (count - free)) - now
    }))
  }

  failed(callers: string[], now: number): void {
    for (const caller of callers) {
      const known = this.#failures.get(caller)
      const count = known && now - known.at < forgotten ? known.count + 1 : 1
      this.#failures.delete(caller) // so that the newest stand last
      this.#failures.set(caller, { count, at: now })
    }
    for (const [oldest] of this.#failures) {
      if (this.#failures.size <= most) break
      this.#failures.delete(oldest)
    }
  }

  succeeded(callers: string[]): void {
    for (const caller of callers) this.#failures.delete(caller)
  }
}
