// What an app has and what it sends: the records that the objects keep and hand to one another.
// Times are Unix milliseconds. Read by every file of the relay; knows none of them.

export const scopes = ['send', 'manage', 'read', 'secrets'] as const
/** What a key may do: send messages, change things, see things, read secrets. */
export type Scope = typeof scopes[number]

/** The Directory that holds the list of apps, what all of them share, and nothing else. */
export const root = 'root'
/** The Inbox of what the app sends itself; no source can have these names. */
export const own = '_api'
/** The Inbox of what the relay has to say about the app's endpoints. */
export const operational = '_operational'

/** Seconds: an endpoint that only fails for 5 days is disabled, unless told. */
export const patience = 5 * 24 * 3600

interface Dated { createdAt: number; updatedAt: number }

export interface App extends Dated {
  id: string
  uid: string | null
  name: string
  metadata: Record<string, string>
  throttleRate: number | null
  /** Only the operator changes anything; what is due is delivered all the same. */
  deactivated?: boolean
  /** Days that its messages, finished deliveries and attempts are kept; null or left out: the configuration's. */
  retention?: number | null
}

/** So many in any so many seconds. */
export interface Rate { limit: number; seconds: number }

export interface Source extends Dated {
  name: string
  dialect: string
  /** What was configured at the provider beside the secret, by the names that the dialect gives it. */
  settings?: Record<string, string>
  /** Seconds, or null for any age; the dialect's where left out. */
  tolerance?: number | null
  /** `body`: a dialect without ids deduplicates by the bytes. */
  dedupe?: 'id' | 'body'
  /** Inboxes that share its events; 1 where left out. */
  shards?: number
  /** How fast it may send; all must hold. */
  rate?: Rate[]
  description: string
  /** Declared in the configuration file. */
  configured: boolean
}

/** `inactive`: by its owner. `disabled`: by the relay, which says why in `reason`. */
export type Status = 'active' | 'inactive' | 'disabled'
/** The value at the JSON Pointer must be one of these; without any nothing passes. */
export interface Filter { pointer: string; values: (string | number | boolean | null)[] }

/** For events of this type alone: what stands at `pointer` in their data must be one of these; of none, nothing passes. */
export interface Selection { event: string; pointer: string; /** where a received body of the endpoint's dialect has the data */ data: string; values: string[] }

/** A graph of the app, which endpoints may be told to hear of. */
export interface Graph { id: string; name: string; namespace: string; /** what its newest version changed */ changelog?: Changelog }

export interface Changelog { schemaVersionId: string; changes: { changeType: string; changeMessage: string }[] }

/** What decides whether an endpoint gets an event. */
export interface Routing {
  id: string
  status: Status
  /** Of which sources; null: of all, and the app's own messages. */
  sources: string[] | null
  /** Event types, exact or `user.*`; null: all but operational ones. */
  events: string[] | null
  channels: string[] | null
  /** All of them must let it pass. */
  filters: Filter[]
  selections?: Selection[]
}

/** Where a message's key stands, where none was given with it: at a JSON Pointer in its body, or in a header. */
export interface OrderBy { pointer?: string; header?: string }

export interface Endpoint extends Routing, Dated {
  uid: string | null
  url: string
  description: string
  /** Signs in this dialect, or hands on `as-received`. */
  dialect: string
  /** Whether an own message's payload is put into the dialect's envelope. */
  envelope: boolean
  /** `slack`: its events are written as messages for a Slack channel, and not signed. */
  format?: 'slack' | null
  /** The dialect whose delivery rules hold. */
  policy: string
  /** Takes the place of parts of those rules, in the words of a dialect's `delivery`. */
  delivery: Record<string, unknown> | null
  /** `env:NAME` of the URL of the proxy that its deliveries go through. */
  proxy?: string
  /** Attempts at the same time. */
  concurrency: number
  /** One after the other: each waits until the one before is delivered or has failed. */
  ordered: boolean
  /** In that order those of one key alone; in place of `ordered`. */
  orderBy?: OrderBy | null
  /** Seconds of nothing but failures after which it is disabled; null: never. */
  disableAfter: number | null
  /** Sent with each attempt, beside the dialect's. */
  headers: Record<string, string>
  metadata: Record<string, string>
  /** Attempts in a second. */
  throttleRate: number | null
  /** It signs with the app's secret of this name, as others do, in the place of one of its own. */
  shares?: string
  /** Why it is disabled. */
  reason: string | null
  configured: boolean
}

/** A dialect of the app's own, by the name that its file gives it. */
export interface OwnDialect { name: string; file: object; createdAt: number }

export interface EventType extends Dated {
  name: string
  description: string
  /** JSON Schemas by version; the highest one holds. */
  schemas: Record<string, object> | null
  example: unknown
  archived: boolean
  deprecated: boolean
  featureFlag: string | null
}

export interface Key {
  id: string
  name: string
  /** SHA-256 of the key, in hex. */
  hash: string
  scopes: Scope[]
  /** No longer valid then; null: for ever. */
  until: number | null
  configured: boolean
  /** It signs its requests with a secret; its text is sent as its name and opens nothing. */
  signed?: boolean
  /** A customer's: it opens what the portal needs, and shows the event types behind these feature flags. */
  portal?: { flags: string[]; session: string | null }
  createdAt: number
}

/** A secret, opened. */
export interface Secret { value: string; /** when its grace ends; null: the newest */ until: number | null }

/** What was sent to an endpoint once more in bulk: `total` deliveries. */
export interface Task { id: string; kind: 'endpoint.recover' | 'endpoint.replay'; app: string; endpoint: string; total: number; createdAt: number }

/** Who did what to what, and when. */
export interface Entry { id: string; at: number; by: string; action: string; target: string }

/** What the worker needs of an app for each request. */
export interface View {
  /** Goes up with each change. */
  revision: number
  /** null: the root. */
  app: App | null
  sources: (Source & { secrets: Secret[] })[]
  endpoints: Routing[]
  types: EventType[]
  /** Files of the app's own dialects, by name. */
  dialects: Record<string, object>
  keys: (Key & { /** of a key that signs */ secret?: string })[]
}

/** A change that cannot be: what the API answers. */
export interface Refusal { refused: 'not_found' | 'conflict' | 'invalid' | 'url_taken' | 'too_many' | 'stale'; detail: string }
/** What else must hold when an endpoint is put: no other has its URL; so many of its dialect are active at most; it is still what the change was made of. */
export interface Limits { url?: true; active?: number; was?: Endpoint }
export const isRefusal = (value: unknown): value is Refusal => typeof value === 'object' && value !== null && 'refused' in value
