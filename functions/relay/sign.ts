// The headers of a delivery: signed afresh in the endpoint's dialect, or as they came. Called by
// the Outbox for each attempt.
import { describe, Webhook, type Dialect } from '../../js/index.ts'
import type { Delivery } from './queue.ts'

const signers = new Map<string, Webhook>()

function signer(dialect: Dialect, secrets: string[]): Webhook {
  const key = JSON.stringify([dialect.name, dialect.json.length, secrets])
  if (!signers.has(key)) signers.set(key, new Webhook(dialect, { secrets }))
  return signers.get(key)!
}

/** @param dialect null: the headers and the signature that the sender made */
export function headersOf(dialect: Dialect | null, secrets: string[], url: string, delivery: Delivery): [string, string][] {
  if (!dialect) return delivery.headers
  const hook = signer(dialect, secrets) // without a secret: only for a dialect that may be sent unsigned
  return Object.entries(hook.sign(delivery.body, { id: delivery.message, type: delivery.type ?? undefined, delivery: delivery.message, url, method: 'POST' }))
}

/** The headers of `lines` that the dialect speaks of: what a delivery as received needs to verify again. */
export function ownHeaders(dialect: Dialect, lines: [string, string][]): [string, string][] {
  const { signature, delivery, timestamp, event } = describe(dialect) as Record<string, any>
  const named = [signature.header, timestamp?.header, ...Object.values(event ?? {}).map(place => (place as any)?.header),
    ...Object.keys(delivery?.headers ?? {}), ...[...(signature.signed ?? '').matchAll(/\{header:([^}]+)\}/g)].map(match => match[1]), 'content-type', 'user-agent']
  const wanted = new Set(named.filter(name => typeof name === 'string').map(name => name.toLowerCase()))
  return lines.filter(([name]) => wanted.has(name.toLowerCase()))
}
