// `waxseal/testing`: signed webhooks for the tests of your own handler.
//
//   import { signedRequest } from 'waxseal/testing'
//   const answer = await worker.fetch(signedRequest(github, 'push', { secret }), env)
import { toBytes, type Body } from './bytes.ts'
import { describe, type Dialect } from './dialect.ts'
import { enveloped } from './envelope.ts'
import { examples } from './examples.ts'
import { Webhook } from './webhook.ts'

export interface SignedRequestOptions<Data = unknown> {
  /** The one your handler has; several where the dialect may sign with each. Not with a signer. */
  secret?: string | readonly string[]
  /** Signs in place of a secret, as where your handler has a public key or fetches it. */
  signer?: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array
  /** What your handler has as `settings`. */
  settings?: Readonly<Record<string, string>>
  /** Default: `https://example.com/webhook` */
  url?: string
  /** The event's data. Default: the dialect's example of it */
  data?: Data
  /** The whole body, byte for byte, in place of `data` and the dialect's envelope. */
  body?: Body
  /** Default: a new one in the dialect's form */
  id?: string
  /** Unix seconds. Default: now */
  timestamp?: number
  /** Headers beside those that are signed. */
  headers?: Readonly<Record<string, string>>
}

/** The names of a dialect's events; any name where it lists none. */
export type EventType<Events extends object> = [keyof Events & string] extends [never] ? string : keyof Events & string
/** The type of such an event's data. */
export type EventData<Events extends object, Type> = Type extends keyof Events ? Events[Type] : unknown

/**
 * A POST as the provider sends it, signed: the dialect's envelope around the data of `event`.
 *
 * @param event  one of the dialect's, or any name where it lists none
 * @throws TypeError where the dialect has no example of `event` and neither `data` nor `body` is given
 */
export function signedRequest<Events extends object, Type extends EventType<Events>>(
  dialect: Dialect<Events>, event: Type, options: SignedRequestOptions<EventData<Events, Type>>,
): Request {
  const { secret, signer, settings, url = 'https://example.com/webhook', headers } = options
  const timestamp = options.timestamp ?? Math.floor(Date.now() / 1000)
  const id = options.id ?? newId(dialect, 'event')
  const body = toBytes(options.body ?? bodyOf(dialect, event, { ...options, id, timestamp }))
  const hook = new Webhook(dialect, { settings, ...(signer ? { signer } : { secrets: secret ?? [] }) })
  const signed = hook.signMessage(body, { id, type: event, delivery: newId(dialect, 'delivery'), url, method: 'POST', timestamp })
  hook.close()
  return new Request(url, { method: 'POST', body: signed.body as BodyInit, headers: { ...signed.headers, ...headers } })
}

/** The data of the dialect's example of `event`, a new copy each time. */
export function example<Events extends object, Type extends EventType<Events>>(dialect: Dialect<Events>, event: Type): EventData<Events, Type> {
  return JSON.parse(exampleText(dialect, event)) as EventData<Events, Type>
}

function exampleText(dialect: Dialect<any>, event: string): string {
  const own = describe(dialect).events?.[event]?.example
  const text = own === undefined ? examples[dialect.name]?.[event] : JSON.stringify(own)
  if (text !== undefined) return text
  const known = Object.keys(examples[dialect.name] ?? {})
  throw new TypeError(`${dialect.name} has no example of ${event}: give its data or body${known.length ? `, or take one of ${known.join(', ')}` : ''}.`)
}

function bodyOf(dialect: Dialect<any>, event: string, { data, id, timestamp }: { data?: unknown; id: string; timestamp: number }): string {
  const text = data === undefined ? exampleText(dialect, event) : JSON.stringify(data)
  if (describe(dialect).event?.form) return new URLSearchParams(JSON.parse(text)).toString()
  return enveloped(dialect, { id, type: event, at: timestamp * 1000, endpoint: newId(dialect, 'endpoint'), data: text })
}

function newId(dialect: Dialect<any>, kind: 'event' | 'delivery' | 'endpoint'): string {
  const form = describe(dialect).delivery?.ids?.[kind] ?? '{uuid}'
  return form.replace('{uuid}', () => crypto.randomUUID()).replace('{random}', () => crypto.randomUUID().replaceAll('-', '').slice(0, 24))
}
