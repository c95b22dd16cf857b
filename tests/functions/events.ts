// Webhooks of the four systems for tests, made by `sign()` and by hand.
import { Webhook, type Dialect } from '../../js/index.ts'
import { cosmo } from '../../js/dialects/cosmo.ts'
import { ost } from '../../js/dialects/ost.ts'
import { platformCore } from '../../js/dialects/platform-core.ts'

export { cosmo, ost, platformCore }
export const secret = 'a secret of the tests, 32 bytes.'
let count = 0

export const user = (id = 'user_789') => ({ id, username: 'john.doe@example.com', name: 'John Doe', created_at: '2024-01-15T10:30:00Z' })

/** The body of a Platform Core event; each call has an id of its own. */
export const platformBody = (change: object = {}): string => JSON.stringify({
  id: `webhook_${process.pid}_${++count}`, event: 'user.created', timestamp: '2024-01-15T10:30:00Z', data: { user: user() }, ...change,
})

export const cosmoBody = (event = 'USER_REGISTER_SUCCESS', payload: object = { user_id: '1234abcd', user_email: 'user@example.com' }): string =>
  JSON.stringify({ version: 1, event, payload })

/** A signed request, as the provider sends it. */
export function request(dialect: Dialect<any>, body: string | Uint8Array, { key = secret, headers = {}, url = 'http://localhost/hook', ...more }: {
  key?: string; headers?: Record<string, string>; url?: string; type?: string; id?: string; timestamp?: number
} = {}): Request {
  const signed = new Webhook(dialect, { secrets: [key] }).sign(body, { type: typeOf(body), delivery: 'delivery_456', ...more })
  return new Request(url, { method: 'POST', body: body as BodyInit, headers: { ...signed, ...headers } })
}

function typeOf(body: string | Uint8Array): string | undefined {
  try {
    const { event, topic, type } = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body)) as Record<string, string>
    return event ?? topic ?? type
  } catch {
    return undefined
  }
}
