// Hands a verified webhook to other URLs, byte for byte or signed again in another dialect.
// Called by handler.ts; the relay's Outbox and the command line share `endToEnd`, `post` and `deadline`.
import { Webhook, type Dialect, type Event } from '../js/index.ts'

/** Where to: a URL alone gets the webhook byte for byte. */
export type Target = string | {
  url: string
  /** Sign it again in this dialect, with `secrets`. */
  dialect?: Dialect<any>
  secrets?: string[]
  /** Seconds; 8 unless told: some senders wait 10 and never come back after a time-out. */
  timeout?: number
}

/** Headers of one connection and of this hop; a receiver behind us must not see them as the sender's. */
const hop = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection',
  'te', 'trailer', 'transfer-encoding', 'upgrade', 'host', 'content-length', 'expect', 'accept-encoding'])

/** The headers that go on with the body. */
export function endToEnd(headers: Iterable<[string, string]>): [string, string][] {
  const pairs = [...headers]
  const named = new Set(pairs.filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(',').map(name => name.trim())))
  return pairs.filter(([name]) => {
    const lower = name.toLowerCase()
    return !hop.has(lower) && !named.has(lower) && !/^(cf-|x-forwarded-|x-real-ip$|forwarded$|cdn-loop$)/.test(lower)
  })
}

/** One POST: redirects are not followed. */
export function post(url: string, body: Uint8Array, headers: [string, string][], signal: AbortSignal): Promise<Response> {
  return fetch(url, { method: 'POST', body: body as BodyInit, headers, redirect: 'manual', signal })
}

/**
 * Does `work`, whose signal aborts it with a TimeoutError after so many seconds. No timer is left when it
 * has ended, as AbortSignal.timeout leaves one: workerd fires those of an object one at a time, and
 * thousands that nobody needs any more would hold up those that somebody does.
 */
export async function deadline<Result>(seconds: number, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new DOMException(`took longer than ${seconds} s`, 'TimeoutError')), seconds * 1000)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
  }
}

type Send = (event: Event<any>, headers: [string, string][]) => Promise<boolean>

export type Forward<Env = any> = Target | Target[] | ((env: Env) => Target | undefined | (Target | undefined)[])

/** Finds, for an environment, the function that sends an event to every target and says whether all took it. */
export function forwarders<Env>(targets: Forward<Env> = []): (env: Env) => Send {
  if (typeof targets !== 'function') {
    const send = forwarder(targets)
    return () => send
  }
  const made = new WeakMap<object, Send>()
  return env => {
    const known = made.get(env as object)
    const send = known ?? forwarder(targets(env))
    if (!known) made.set(env as object, send)
    return send
  }
}

function forwarder(targets: Target | undefined | (Target | undefined)[]): Send {
  const senders = [targets].flat().map(sender)
  return async (event, headers) => (await Promise.all(senders.map(send => send(event, headers)))).every(Boolean)
}

function sender(target: Target | undefined): Send {
  if (target === undefined) throw new TypeError('forward: undefined is no URL: is the environment variable set?')
  const { url, dialect, secrets = [], timeout = 8 } = typeof target === 'string' ? { url: target } : target
  if (!/^https?:$/.test(new URL(url).protocol)) throw new TypeError(`forward: ${url} is not an http or https URL`)
  const signer = dialect && new Webhook(dialect, { secrets })
  return async (event, headers) => {
    const own = signer
      ? Object.entries(signer.sign(event.body, { id: event.id ?? undefined, type: event.type ?? undefined, url, method: 'POST' }))
      : endToEnd(headers)
    try {
      return await deadline(timeout, async signal => {
        const answer = await post(url, event.body, own, signal)
        await answer.body?.cancel()
        return answer.status >= 200 && answer.status < 300
      })
    } catch {
      return false
    }
  }
}
