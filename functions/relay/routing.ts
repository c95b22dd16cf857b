// Which endpoints get an event, and for each of the others the reason why not, as the core decides it.
// Called by whoever stores an event, and by the API, which says the reason.
import { Routes, skipReasons, type SkipReason } from '../../js/relay.ts'
import { operational, own, type Filter, type Routing } from './model.ts'

export type Reason = Exclude<SkipReason, 'none'>
export const reasons = skipReasons.filter(reason => reason !== 'none')

export interface Routed {
  source: string
  type: string | null
  channels: string[] | null
  body: string | Uint8Array
}

/** A view's endpoints are the same list until it is asked anew; some have filters for events of one type. */
const known = new WeakMap<readonly Routing[], Map<string, Routes>>()

function routesOf(endpoints: readonly Routing[], event: Routed): Routes {
  const selected = endpoints.some(({ selections }) => selections?.some(({ event: type }) => type === event.type))
  const key = selected ? `${isBare(event)} ${event.type}` : ''
  let tables = known.get(endpoints)
  if (!tables) known.set(endpoints, tables = new Map())
  let routes = tables.get(key)
  if (!routes) tables.set(key, routes = new Routes(endpoints.map(endpoint => ({ ...endpoint, filters: filtersFor(endpoint, event) }))))
  return routes
}

/** Whether the body is the data alone, without a dialect's envelope. */
const isBare = ({ source }: Routed): boolean => source === own || source === operational

/** An endpoint's filters, and of its selections those that are for events of this type. */
export function filtersFor({ filters, selections = [] }: Routing, event: Routed): Filter[] {
  const chosen = selections.filter(({ event: type }) => type === event.type)
  return [...filters, ...chosen.map(({ pointer, data, values }) => ({ pointer: isBare(event) ? pointer : data + pointer, values }))]
}

/** For each endpoint why it does not get the event; null: it gets it. */
export function reasonsOf(endpoints: readonly Routing[], event: Routed): (Reason | null)[] {
  const asked = routesOf(endpoints, event).reasons({ ...event, operational: event.source === operational })
  return asked.map(reason => reason === 'none' ? null : reason)
}

/** The endpoints that look into the body, and what was decided of the others, for which one event of a type is as another. */
interface Split { looking: Routing[]; others: Routing[]; decided: Map<string, string[]> }
const splits = new WeakMap<readonly Routing[], Split>()
const mostDecided = 100

function splitOf(endpoints: readonly Routing[]): Split {
  let split = splits.get(endpoints)
  if (!split) {
    const looks = ({ filters, selections }: Routing): boolean => filters.length > 0 || (selections?.length ?? 0) > 0
    splits.set(endpoints, split = { looking: endpoints.filter(looks), others: endpoints.filter(one => !looks(one)), decided: new Map() })
  }
  return split
}

/** The ids of the endpoints that get the event. */
export function takersOf(endpoints: readonly Routing[], event: Routed): string[] {
  const { looking, others, decided } = splitOf(endpoints)
  const key = JSON.stringify([event.source, event.type, event.channels])
  let takers = decided.get(key)
  if (!takers) {
    if (decided.size >= mostDecided) decided.clear()
    decided.set(key, takers = judged(others, event))
  }
  return looking.length ? [...takers, ...judged(looking, event)] : takers
}

function judged(endpoints: readonly Routing[], event: Routed): string[] {
  const why = reasonsOf(endpoints, event)
  return endpoints.filter((_, each) => why[each] === null).map(({ id }) => id)
}

/** Whether a subscription to `pattern` means `type`: `user.created` is itself, `user.*` all that begin so. */
export const matches = (pattern: string, type: string): boolean =>
  takersOf([{ id: '', status: 'active', sources: null, events: [pattern], channels: null, filters: [] }], { source: '', type, channels: null, body: '' }).length > 0
