// A store on Cloudflare KV: remembers what was handled, at no more than KV promises. Another place may
// see a key up to a minute later, and two may take the same one at once: a repeat is then handled
// again. durable.ts has no such gap.
import { memory, type Store } from './store.ts'

/** What is used of a KVNamespace. */
export interface Namespace {
  get(key: string): Promise<string | null>
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>
}

const week = 7 * 24 * 3600
/** What this isolate handled itself, which KV may not show it yet. */
const near = new WeakMap<Namespace, Store>()

/**
 * The store that `namespace` keeps; `store: env => kv(env.SEEN)`.
 *
 * @param options  `seconds` that a handled event is remembered, 60 at least
 */
export function kv(namespace: Namespace, { seconds = week }: { seconds?: number } = {}): Store {
  const here = near.get(namespace) ?? memory({ seconds })
  near.set(namespace, here)
  return {
    durable: false,
    async claim(key) {
      const claimed = await here.claim(key)
      if (claimed !== 'new' || await namespace.get(await digest(key)) === null) return claimed
      await here.settle(key, 'done')
      return 'done'
    },
    async settle(key, how) {
      // One write an event, when it is done: KV takes one a second for each key.
      if (how === 'done') await namespace.put(await digest(key), 'done', { expirationTtl: seconds })
      await here.settle(key, how)
    },
  }
}

/** KV's keys are short; an event's may be as long as a URL. */
async function digest(key: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
