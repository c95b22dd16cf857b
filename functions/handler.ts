// `handler()`: a webhook from request to answer. Caps the body, verifies, answers the provider's
// handshake, deduplicates, hands on, answers. Every platform file calls the function it makes.
import { describe, type Dialect, type Event, type KeySource, type Result } from '../js/index.ts'
import { debugLine } from './debug.ts'
import { forwarders, type Forward } from './forward.ts'
import { headerLines, isEncoded, readBody, withLines } from './read.ts'
import { challenge, outcomeOf, respond, statuses, type Outcome } from './respond.ts'
import { memory, type Store } from './store.ts'
import { Shared } from './shared.ts'
import { hooks, type Secrets } from './secrets.ts'

/** Thrown by `on`: the sender shall send it again (500), and the event is not remembered. */
export class TemporaryError extends Error {
  override name = 'TemporaryError'
  code = 'TEMPORARY_ERROR'
}

/** Thrown by `on`: the sender need not send it again (400). */
export class PermanentError extends Error {
  override name = 'PermanentError'
  code = 'PERMANENT_ERROR'
}

export interface Context<Env = unknown> {
  env: Env
  request: Request
  waitUntil(promise: Promise<unknown>): void
}

export interface HandlerOptions<Events extends object = Record<string, unknown>, Env = any> {
  dialect: Dialect<Events>
  /** The secrets, newest first, or a function that finds them. None is an error, never "accept". */
  secrets?: Secrets<Env>
  /** In place of secrets, where the provider's keys are fetched: `fetchKeys()` of 'waxseal/full'. */
  keys?: KeySource
  /** Handles an event. A `Response` it returns is the answer. */
  on?: (event: Event<Events>, context: Context<Env>) => unknown
  /** Hands every event on to these URLs; a failure answers 502, so that the sender retries. */
  forward?: Forward<Env>
  /** What was handled already; this process's memory unless told. */
  store?: Store | ((env: Env) => Store)
  /** `background` commits, answers, and then runs `on` and `forward`; it needs a durable store. */
  mode?: 'inline' | 'background'
  schema?: 'report' | 'enforce' | 'off'
  tolerance?: number | null
  /** What was configured at the provider beside the secret, by the names that the dialect gives it. */
  settings?: Readonly<Record<string, string>>
  /**
   * Told the secret that a provider brings when a webhook is set up, as Asana does. Anyone can send such a
   * request: keep the secret and answer true only while you are setting one up.
   */
  onSecret?: (secret: string, context: { env: Env; request: Request }) => boolean | Promise<boolean>
  /** `body` also tells repeated webhooks of a dialect without ids, by their bytes. */
  dedupe?: 'id' | 'body'
  /** Bytes; 1 MiB unless told. */
  maxBody?: number
  /** Prints one line of JSON a request. */
  debug?: boolean | ((line: string) => void)
  /** Told of every error that the sender only sees as a status. */
  onError?: (error: unknown) => void
}

export type Handler<Env = any> = (request: Request, env?: Env, ctx?: { waitUntil(promise: Promise<unknown>): void }) => Promise<Response>

/** Makes the function that receives webhooks of one dialect. Mistakes in `options` throw here. */
export function handler<Events extends object = Record<string, unknown>, Env = any>(options: HandlerOptions<Events, Env>): Handler<Env> {
  const { dialect, on, mode = 'inline', maxBody = 1 << 20, store = memory() } = options
  const report = options.onError ?? ((error: unknown) => console.error(error))
  const print = options.debug === true ? console.log : options.debug || null
  const { keys, secrets, settings } = options
  const hookFor = hooks(dialect, secrets, keys, { tolerance: options.tolerance, schema: options.schema, settings, maxBody })
  const anyAge = mode === 'background' ? hooks(dialect, secrets, keys, { tolerance: null, settings, maxBody }) : hookFor
  const sendFor = forwarders(options.forward)
  const running = new Shared()
  if (mode === 'background' && typeof store !== 'function' && !store.durable) {
    throw new TypeError("mode 'background' answers before the work is done, so it needs a durable store: give `store` one, or leave `mode` out")
  }

  /** Runs `on` and `forward`; says how that ended. */
  async function work(event: Event<Events>, context: Context<Env>): Promise<Response> {
    try {
      const own = await on?.(event, context)
      if (!await sendFor(context.env)(event, headerLines(context.request))) return respond('forward_failed')
      return own instanceof Response ? own : respond('accepted', dialect)
    } catch (error) {
      report(error)
      return respond(isPermanent(error) ? 'permanent' : 'temporary')
    }
  }

  /** Handles the event that `key` names once, however often it arrives. */
  async function once(key: string, event: Event<Events>, context: Context<Env>): Promise<Response> {
    const seen = typeof store === 'function' ? store(context.env) : store
    if (mode === 'background' && !seen.durable) throw new TypeError("mode 'background' needs a durable store")
    const claimed = await seen.claim(key)
    if (claimed !== 'new') return respond(claimed === 'done' ? 'accepted' : 'in_progress', dialect)
    if (mode === 'inline') {
      const answer = await work(event, context)
      await seen.settle(key, answer.ok ? 'done' : 'failed')
      return answer
    }
    try {
      await seen.commit!({ key, url: context.request.url, body: event.body, headers: headerLines(context.request) })
    } catch (error) {
      await seen.settle(key, 'failed').catch(report)
      throw error
    }
    context.waitUntil(finish(seen, key, event, context).then(() => takeUp(seen, context)).catch(report))
    return respond('accepted', dialect)
  }

  /** Background mode: the work on an event that was committed. */
  async function finish(seen: Store, key: string, event: Event<Events>, context: Context<Env>): Promise<void> {
    const answer = await work(event, context)
    await seen.settle(key, answer.ok || answer.status === statuses.permanent ? 'done' : 'failed')
  }

  /** Background mode: takes up what an earlier process accepted and did not finish. */
  async function takeUp(seen: Store, context: Context<Env>): Promise<void> {
    for (const { key, url, headers, body } of await seen.left?.() ?? []) {
      const request = withLines(new Request(url, { method: 'POST', headers }), headers)
      const { hook } = await anyAge(context.env, request)
      const result = await hook.checkAsync(body, headers, { url, method: 'POST' })
      if (result.ok) await finish(seen, key, result.event, { ...context, request })
      else report(new Error(`a stored event no longer verifies: ${result.code}`))
    }
  }

  return async (request, env, ctx) => {
    const refuse = async (outcome: Outcome): Promise<Response> => (await request.body?.cancel(), respond(outcome, dialect))
    const asked = describe(dialect).handshake
    const byGet = request.method === 'GET' && asked?.method === 'GET'
    if (request.method !== 'POST' && !byGet) return refuse('method')
    if (isEncoded(request)) return refuse('content_encoding')
    let found
    try {
      found = await hookFor(env as Env, { url: request.url, headers: request.headers })
    } catch (error) {
      report(error)
      return refuse('misconfigured')
    }
    const body = await readBody(request, maxBody).catch(() => undefined)
    if (!body) return respond(body === null ? 'too_large' : 'malformed')
    const shaken = asked && (byGet || asked.signed === false) ? found.hook.handshake(body, headerLines(request), request) : null
    if (shaken) {
      if (shaken.secret && !await options.onSecret?.(shaken.challenge, { env: env as Env, request })) return respond('unauthenticated', dialect)
      return challenge(shaken)!
    }
    if (byGet) return respond('unauthenticated')
    const result = await found.hook.checkAsync(body, headerLines(request), { url: request.url, method: request.method })
    print?.(debugLine(dialect, found.secrets, headerLines(request), body, verdict(result)))
    if (!result.ok) return respond(outcomeOf(result.code), dialect)
    const { event } = result
    const answered = challenge(event.handshake)
    if (answered) return answered

    const context = { env: env as Env, request, waitUntil: (promise: Promise<unknown>) => ctx?.waitUntil(promise) }
    const id = await keyOf(event, options.dedupe, mode)
    if (!id) return work(event, context)
    const key = `${dialect.name} ${new URL(request.url).pathname}${new URL(request.url).search} ${id}` // one path may be one tenant
    const answer = running.answer(key, () => once(key, event, context).catch(error => (report(error), respond('storage'))), context)
    return await answer ?? respond('in_progress', dialect)
  }
}

async function keyOf(event: Event<any>, dedupe: 'id' | 'body' = 'id', mode: string): Promise<string | null> {
  if (event.dedupe) return event.dedupe.key
  if (dedupe === 'body') return hex(await crypto.subtle.digest('SHA-256', event.body as BufferSource))
  return mode === 'background' ? crypto.randomUUID() : null
}

const hex = (bytes: ArrayBuffer): string => [...new Uint8Array(bytes)].map(byte => byte.toString(16).padStart(2, '0')).join('')
const isPermanent = (error: unknown): boolean => error instanceof PermanentError || (error as { code?: string })?.code === 'PERMANENT_ERROR'
const verdict = (result: Result<any>): object => result.ok
  ? { verdict: 'ok', authenticity: result.event.authenticity, type: result.event.type, id: result.event.id, schema: result.event.schema }
  : { verdict: result.code }
