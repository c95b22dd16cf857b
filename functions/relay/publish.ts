// Takes a message in that nobody else sent us: the app's own, or what the relay has to say about an
// endpoint. Called by the API and the Outbox.
import { count } from './counts.ts'
import { inboxOf, type Env } from './objects.ts'
import { operational, own, type View } from './model.ts'
import { takersOf } from './routing.ts'
import type { Accepted } from './traffic.ts'

export interface Own {
  type: string
  eventId: string | null
  channels: string[] | null
  /** JSON, as it is to be sent. */
  payload: string
  keys: { key: string; window: number }[]
  /** Days. */
  retention?: number
}

/** Stores it and fans it out; resolves when it is on disk. */
export function publish(env: Env, app: string, view: View, message: Own, source: string = own): Promise<Accepted> {
  const { type, eventId, channels, payload, keys, retention } = message
  const body = new TextEncoder().encode(payload)
  count('waxseal_messages_total')
  return inboxOf(env, app, source).accept({
    app, source, keys, dedupe: keys.length ? 'signed' : 'none', type, eventId, channels, content: 'json', headers: [],
    body, endpoints: takersOf(view.endpoints, { source, type, channels, body }),
    revision: view.revision, ...(retention !== undefined && { retention }),
  })
}

/** Tells those who ask for it by name what happened to an endpoint; keeps nothing where nobody does. */
export async function announce(env: Env, app: string, view: View, type: string, data: object): Promise<void> {
  const routed = { source: operational, type, channels: null, body: '' }
  if (!takersOf(view.endpoints, routed).length) return
  await publish(env, app, view, { type, eventId: null, channels: null, payload: JSON.stringify({ type, data }), keys: [] }, operational)
}
