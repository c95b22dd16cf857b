// fetchKeys: the key source for providers that publish their keys, over the runtime's fetch. A part of
// the package `waxseal/full`. Which addresses may be asked for is the core's to say, by the dialect.
import { readStream } from './bytes.ts'
import type { KeySource } from './keyring.ts'

export interface FetchKeysOptions {
  /** in place of the runtime's own */
  fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** milliseconds for one key, from first to last byte. Default: 5000 */
  timeout?: number
  /** of one key; a longer answer is none. Default: 16384 */
  maxBytes?: number
  /** keys that are kept. Default: 16 */
  maxKeys?: number
  /** seconds that a key is kept. Default: a day */
  maxAge?: number
  /** seconds before an address is asked again that gave no key. Default: 60 */
  pause?: number
}

const atOnce = 8 // fetches
const aMinute = 30 // fetches in any minute: an attacker can name as many addresses of the provider as he likes
const failures = 256 // that are remembered

/**
 * Makes a key source that fetches each key once and keeps it. Several Webhooks may share one.
 *
 * An address is asked by one request at a time, follows no redirect, and where it gives no key it is not
 * asked again for a while: until then, and beyond the bounds, there is none.
 */
export function fetchKeys(options: FetchKeysOptions = {}): KeySource {
  const source = new Fetched(options)
  return (url) => source.key(url)
}

/** A key, or what is to become one: `key` may never settle where the request that asked for it is gone. */
interface Entry {
  key: Promise<string>
  /** by the clock in milliseconds: when it is no longer waited for or good */
  until: number
  settled: boolean
}

class Fetched {
  readonly #options: Required<FetchKeysOptions>
  readonly #keys = new Map<string, Entry>() // least recently used first
  readonly #failed = new Map<string, number>() // until when; oldest first
  #starts: number[] = []

  constructor(options: FetchKeysOptions) {
    this.#options = { fetch: (url, init) => fetch(url, init), timeout: 5000, maxBytes: 16384, maxKeys: 16, maxAge: 86400, pause: 60, ...options }
    for (const name of ['timeout', 'maxBytes', 'maxKeys', 'maxAge', 'pause'] as const) {
      const value = this.#options[name]
      if (!Number.isFinite(value) || value <= 0) throw new TypeError(`${name} must be a number above 0, not ${value}.`)
    }
  }

  async key(url: string): Promise<string> {
    const now = Date.now()
    const known = this.#keys.get(url)
    const entry = known && now < known.until ? known : this.#start(url, now)
    this.#keys.delete(url) // and to the end again: it was used last
    this.#keys.set(url, entry)
    this.#makeRoom()
    return entry.settled ? entry.key : inTime(entry.key, entry.until - now)
  }

  #start(url: string, now: number): Entry {
    if (now < (this.#failed.get(url) ?? 0)) throw new Error(`${url} gave no key a short while ago`)
    const { timeout, maxAge, pause } = this.#options
    this.#starts = this.#starts.filter((start) => now - start < 60_000)
    const running = [...this.#keys.values()].filter((each) => !each.settled && now < each.until).length
    if (running >= atOnce || this.#starts.length >= aMinute) throw new Error('too many keys are being fetched')
    this.#starts.push(now)
    const entry: Entry = { key: inTime(this.#fetch(url), timeout), until: now + timeout, settled: false }
    entry.key.then(
      () => {
        entry.settled = true
        entry.until = Date.now() + maxAge * 1000
        this.#failed.delete(url)
      },
      () => {
        if (this.#keys.get(url) === entry) this.#keys.delete(url)
        this.#failed.delete(url)
        this.#failed.set(url, Date.now() + pause * 1000)
        if (this.#failed.size > failures) this.#failed.delete(this.#failed.keys().next().value!)
      },
    )
    return entry
  }

  #makeRoom(): void {
    for (const [url, { settled }] of this.#keys) {
      if (this.#keys.size <= this.#options.maxKeys) return
      if (settled) this.#keys.delete(url) // of the others there are `atOnce` at most
    }
  }

  async #fetch(url: string): Promise<string> {
    const { fetch, timeout, maxBytes } = this.#options
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeout), headers: { accept: '*/*' } })
    if (response.status !== 200) {
      response.body?.cancel().catch(() => {})
      throw new Error(`${url} answered ${response.status}`)
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await readStream(response.body, maxBytes))
  }
}

/** What `promise` gives within so many milliseconds. */
async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(refuse, milliseconds, new Error('the key took too long'))
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
