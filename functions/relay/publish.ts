// Takes a message in that nobody else sent us: the app's own, or what the relay has to say about an
// endpoint. Called by the API and the Outbox.
import { count } from './counts.ts'
import { inParts } from './messages.ts'
import { inboxOf, type Env } from './objects.ts'
import { operational, own, type View } from './model.ts'
import { takersOf } from './routing.ts'
import type { Accepted, Incoming } from './traffic.ts'

export interface Own {
  type: string
  eventId: string | null
  channels: string[] | null
  orderingKey?: string | null
  /** JSON, as it is to be sent. */
  payload: string
  keys: { key: string; window: number }[]
  /** Days. */
  retention?: number
}

/** Stores it and fans it out; resolves when it is on disk. */
export async function publish(env: Env, app: string, view: View, message: Own, source: string = own): Promise<Accepted> {
  return (await publishAll(env, app, view, [message], source))[0]!
}

/** The same for several: each is stored for itself. */
export async function publishAll(env: Env, app: string, view: View, messages: Own[], source: string = own): Promise<Accepted[]> {
  const inbox = inboxOf(env, app, source)
  const parts = inParts(messages.map(message => incoming(app, view, message, source)))
  return (await Promise.all(parts.map(part => inbox.acceptAll(part)))).flat()
}

function incoming(app: string, view: View, { type, eventId, channels, orderingKey = null, payload, keys, retention }: Own, source: string): Incoming {
  const body = new TextEncoder().encode(payload)
  count('waxseal_messages_total')
  return {
    app, source, keys, dedupe: keys.length ? 'signed' : 'none', type, eventId, channels, orderingKey, content: 'json', headers: [],
    body, endpoints: takersOf(view.endpoints, { source, type, channels, body }),
    revision: view.revision, ...(retention !== undefined && { retention }),
  }
}

/** Tells those who ask for it by name what happened to an endpoint; keeps nothing where nobody does. */
export async function announce(env: Env, app: string, view: View, type: string, data: object): Promise<void> {
  const routed = { source: operational, type, channels: null, body: '' }
  if (!takersOf(view.endpoints, routed).length) return
  await publish(env, app, view, { type, eventId: null, channels: null, payload: JSON.stringify({ type, data }), keys: [] }, operational)
}
