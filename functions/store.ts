// What a handler remembers: which events were handled, and, where it is durable, the events
// themselves. `memory()` is for one process; durable.ts keeps the same promise on disk.

/** An event at rest: what is needed to hand it on again. */
export interface Stored {
  key: string
  url: string
  body: Uint8Array
  headers: [string, string][]
}

export interface Store {
  /** Whether what it holds survives the process. Background mode asks for it. */
  readonly durable: boolean
  /** Takes `key` for the caller, in one step: `new`, or who has it already. */
  claim(key: string): Promise<'new' | 'busy' | 'done'>
  /** Ends a claim: `done` is remembered, `failed` is forgotten, so that a retry is new. */
  settle(key: string, how: 'done' | 'failed'): Promise<void>
  /** Commits an event before it is acknowledged. Durable stores only. */
  commit?(event: Stored): Promise<void>
  /** Committed events that nobody is handling any more: their process stopped, or failed. */
  left?(): Promise<Stored[]>
}

const week = 7 * 24 * 3600
/** After so many milliseconds without an end, whoever claimed a key has gone. */
const lease = 60_000

export interface MemoryOptions {
  /** How long a handled event is remembered, in seconds. */
  seconds?: number
  /** How many are remembered at most; the oldest go first. */
  limit?: number
  now?: () => number
}

/** Remembers in this process's memory only: a restart forgets, and two processes do not share. */
export function memory({ seconds = week, limit = 100_000, now = Date.now }: MemoryOptions = {}): Store {
  const seen = new Map<string, { done: boolean; until: number }>()
  return {
    durable: false,
    async claim(key) {
      const found = seen.get(key)
      if (found && found.until > now()) return found.done ? 'done' : 'busy'
      seen.delete(key)
      seen.set(key, { done: false, until: now() + lease })
      for (const [old, { done }] of seen) {
        if (seen.size <= limit) break
        if (done) seen.delete(old)
      }
      return 'new'
    },
    async settle(key, how) {
      seen.delete(key)
      if (how === 'done') seen.set(key, { done: true, until: now() + seconds * 1000 })
    },
  }
}
