// Which endpoints get an event, and for each of the others the reason why not. Called by whoever
// stores an event, and by the API, which says the reason.
import { operational, own, type Filter, type Routing } from './model.ts'
import { passes } from './schemas.ts'

/** null: it gets the event. */
export type Reason = 'disabled' | 'inactive' | 'not_subscribed' | 'none_selected' | 'filtered'

export interface Routed {
  source: string
  type: string | null
  channels: string[] | null
  body: string | Uint8Array
}

export function reasonOf(endpoint: Routing, event: Routed): Reason | null {
  if (!subscribes(endpoint, event)) return 'not_subscribed'
  if (endpoint.status !== 'active') return endpoint.status
  const filters = filtersFor(endpoint, event)
  if (filters.some(({ values }) => !values.length)) return 'none_selected'
  return filters.every(filter => passes(filter, event.body)) ? null : 'filtered'
}

/** An endpoint's filters, and of its selections those that are for events of this type. */
export function filtersFor({ filters, selections = [] }: Routing, { source, type }: Routed): Filter[] {
  const bare = source === own || source === operational
  return [...filters, ...selections.filter(({ event }) => event === type).map(({ pointer, data, values }) => ({ pointer: bare ? pointer : data + pointer, values }))]
}

function subscribes({ sources, events, channels }: Routing, event: Routed): boolean {
  // What the relay itself has to say goes only to those who ask for it by name.
  if (event.source === operational) return events !== null && event.type !== null && events.includes(event.type)
  if (sources && !sources.includes(event.source)) return false
  if (channels && !event.channels?.some(channel => channels.includes(channel))) return false
  return !events || (event.type !== null && events.some(pattern => matches(pattern, event.type!)))
}

/** `user.created` is itself; `user.*` is everything that begins with `user.`; `*` is everything. */
export const matches = (pattern: string, type: string): boolean => pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type
