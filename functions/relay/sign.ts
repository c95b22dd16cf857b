// What is sent: the body in the endpoint's envelope, and the headers, signed afresh or as they came.
// Called by the Outbox for each attempt.
import { describe, enveloped, Webhook, type Dialect } from '../../js/index.ts'
import { callRule } from './calls.ts'
import { idIn, timeOf } from './ids.ts'
import { operational, own, type Endpoint } from './model.ts'
import type { Delivery } from './traffic.ts'

const most = 1000
const signers = new Map<string, Webhook>()

function signer(dialect: Dialect, secrets: string[]): Webhook {
  const key = JSON.stringify([dialect.name, secrets])
  let found = signers.get(key)
  if (found?.dialect !== dialect) signers.set(key, found = new Webhook(dialect, { secrets }))
  if (signers.size > most) {
    const [oldest, hook] = signers.entries().next().value!
    hook.close()
    signers.delete(oldest)
  }
  return found
}

/**
 * @param dialect  null: the headers and the signature that the sender made
 * @param written  the body where the endpoint has a format of its own: it is not signed
 */
export async function requestOf(dialect: Dialect | null, secrets: string[], endpoint: Endpoint, delivery: Delivery, written?: Uint8Array): Promise<{ headers: [string, string][]; body: Uint8Array }> {
  if (!dialect) return { headers: withExtra(delivery.headers, endpoint), body: delivery.body }
  const { ids } = describe(dialect).delivery ?? {}
  const body = written ?? await bodyOf(dialect, endpoint.envelope, delivery)
  const hook = signer(dialect, written ? [] : secrets) // without a secret: only for a dialect that may be sent unsigned
  const headers = hook.sign(body, {
    id: delivery.message, type: delivery.type ?? undefined, url: endpoint.url, method: 'POST',
    delivery: ids?.delivery ? await idIn(ids.delivery, `${endpoint.id}/${delivery.message}`) : delivery.message,
  })
  return { headers: withExtra(Object.entries(headers), endpoint), body }
}

/** The endpoint's own headers behind those of the delivery, never beside one of the same name. */
function withExtra(headers: [string, string][], endpoint: Endpoint): [string, string][] {
  const taken = new Set(headers.map(([name]) => name.toLowerCase()))
  return [...headers, ...Object.entries(endpoint.headers).filter(([name]) => !taken.has(name.toLowerCase()))]
}

/** Whether the body is the data alone, which the dialect's envelope goes around. */
export const isOurs = ({ source }: Pick<Delivery, 'source'>): boolean => source === own || source === operational

/** What is sent of a delivery: the same bytes at every attempt. */
export async function bodyOf(dialect: Dialect | null, wrapped: boolean, { message, source, type, eventId, endpoint, body }: Delivery): Promise<Uint8Array> {
  const { envelope, ids } = dialect && isOurs({ source }) && wrapped && !callRule(dialect, type) ? describe(dialect).delivery ?? {} : {}
  if (!dialect || envelope === undefined) return body
  const id = eventId ?? (ids?.event ? await idIn(ids.event, message) : message)
  const data = new TextDecoder().decode(body)
  return new TextEncoder().encode(enveloped(dialect, { id, type, at: timeOf(message), endpoint, data }))
}

/** The headers of `lines` that the dialect speaks of: what a delivery as received needs to verify again. */
export function ownHeaders(hook: Webhook, lines: [string, string][]): [string, string][] {
  const sent = Object.keys(describe(hook.dialect).delivery?.headers ?? {}).map(name => name.toLowerCase())
  const wanted = new Set([...hook.wanted, ...sent, 'content-type', 'user-agent'])
  return lines.filter(([name]) => wanted.has(name.toLowerCase()))
}
