// What moves through the relay: messages, deliveries and attempts, as the objects hand them on.
// Times are Unix milliseconds. Read by the objects and by the API.

/** A verified webhook, or an own message, on its way in. */
export interface Incoming {
  app: string
  source: string
  /** By which a repeated one is told, and for how many seconds; the first that was seen decides. */
  keys: { key: string; window: number }[]
  /** What the key is worth: an `unsigned` id can be replaced by whoever replays the body. */
  dedupe: 'signed' | 'unsigned' | 'body' | 'none'
  type: string | null
  eventId: string | null
  channels: string[] | null
  /** Where an endpoint orders by key: this message's, in place of what stands in it. */
  orderingKey?: string | null
  content: string
  headers: [string, string][]
  body: Uint8Array
  endpoints: string[]
  /** The Directory's, by which the endpoints were chosen. */
  revision: number
  /** How long it is kept, in days. */
  retention?: number
}

/** `key` is the place in `keys` that told a duplicate; `same`: with the same body and type. */
export interface Accepted { id: string; at: number; duplicate: boolean; key: number; same: boolean }

export interface Message {
  id: string
  source: string
  type: string | null
  event: string | null
  channels: string[] | null
  orderingKey?: string | null
  content: string
  dedupe: string
  at: number
  revision: number
  /** Text where it is JSON, else base64; null: not asked for or deleted. */
  body: string | null
}

export interface MessageQuery { limit: number; before?: string; after?: string; types?: string[]; channel?: string; text?: string; content: boolean }

/** Which messages go to an endpoint once more: one, or all of a range. */
export interface Replay { app: string; endpoint: string; ids?: string[]; since?: number; until?: number; types?: string[]; /** an attempt at one message, whose request is sent once more as it was */ again?: string; /** what is owed and sent for it is counted by */ task?: string }

export interface Delivery {
  message: string
  source: string
  type: string | null
  eventId: string | null
  endpoint: string
  headers: [string, string][]
  body: Uint8Array
  orderingKey?: string | null
  /** Sent once more because somebody asked for it. */
  manual: boolean
  /** The attempt whose request is sent once more as it was; left out: the message is signed anew. */
  again?: string
  /** The task that asked for it. */
  task?: string
}

/** As Svix numbers them. */
export const states = { success: 0, pending: 1, fail: 2, sending: 3 } as const
export const stateNames = ['success', 'pending', 'fail', 'sending'] as const

export interface Attempt {
  id: string
  message: string
  type: string | null
  at: number
  took: number
  /** 0: there was no answer, and `response` says why. */
  status: number
  response: string
  state: number
  url: string
  manual: number
  /** The first of the attempts that belong together: those since the message was last to be sent. */
  round: string
  /** The attempt whose request it sent once more. */
  again: string | null
  /** What was wrong with the answer to a call. */
  error: string | null
  /** Whether its request is kept; asked for by `kept`, it stands beside the answer's headers, in the form of kept.ts. */
  kept: number
  request?: string | null
  answer?: string | null
}

export interface AttemptQuery {
  limit: number
  id?: string
  /** With the requests that were sent and the headers of their answers. */
  kept?: boolean
  message?: string
  below?: string
  state?: number
  statusClass?: number
  before?: number
  after?: number
  types?: string[]
}

/** What became of a message at an endpoint. */
export interface State { message: string; type: string | null; state: number; attempts: number; next: number | null; /** The first attempt of those under way; null: none was made yet. */ round: string | null }
export interface DeliveryQuery { limit: number; message?: string; below?: string; state?: number; before?: number; after?: number; types?: string[] }

/** How far a task is at its endpoint; `last`: when the last of those that ended did, 0 where none has. */
export interface Progress extends Stats { last: number }

export interface Stats { success: number; pending: number; fail: number; sending: number }
