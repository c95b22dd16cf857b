// The three objects as their callers see them, and how they are found. Each class implements its
// interface; callers know the interface alone.
import type { connect } from 'cloudflare:sockets'
import type { Called } from './calls.ts'
import type { Config } from './config.ts'
import { operational, own, type App, type Endpoint, type Entry, type EventType, type Graph, type Key, type Limits, type OwnDialect, type Refusal, type Secret, type Source, type Task, type View } from './model.ts'
import type { Accepted, Attempt, AttemptQuery, Delivery, DeliveryQuery, Incoming, Message, MessageQuery, Progress, Replay, State, Stats } from './traffic.ts'

export interface Page { limit: number; after?: string; descending?: boolean }
/** An endpoint and what its attempts are signed with; files of the app's own dialects that it names, by name. */
export interface Signing { endpoint: Endpoint; secrets: Secret[]; dialects?: Record<string, object> }

/** What a key has used of its hour: `count` requests, this one among them; the hour ends at `until`. */
export interface Spent { count: number; until: number }

/** What was answered to a request with an Idempotency-Key; `print`: SHA-256 of the request, in hex. */
export interface Answered { print: string; status: number; body: string }

export interface DirectoryObject {
  configure(config: Config, keyHashes: string[]): Promise<void>
  enroll(app: App, keyHashes: string[]): void
  apps(page: Page): App[]
  findApp(name: string): App | null
  putApp(app: App, by: string, was?: App): App | Refusal
  removeApp(id: string, by: string): void
  leaving(): string[]
  left(id: string): void

  found(app: App): void
  erase(): Promise<void>
  view(known?: number): Promise<View | null>
  endpoints(page: Page): Endpoint[]
  endpointsAt(revision: number): Endpoint[]
  findEndpoint(name: string): Endpoint | null
  putEndpoint(endpoint: Endpoint, by: string, secrets?: string[], limits?: Limits): Promise<Endpoint | Refusal>
  formerEndpoint(url: string): string | null
  removeEndpoint(id: string, by: string): Refusal | null
  disable(id: string, reason: string): boolean
  /** In the order of the ids; null: there is no such endpoint. */
  signings(ids: string[]): Promise<(Signing | null)[]>
  /** Endpoints that have an Outbox of their own still; `together`: this one has no longer. */
  alone(): string[]
  together(id: string): void
  rotate(id: string, secret: string, grace: number, by: string): Promise<void>
  readSecret(id: string, by: string): Promise<string | null>
  share(name: string, secret: string, by: string): Promise<void>
  shared(name: string, by: string): Promise<Secret[]>
  rotateShared(name: string, secret: string, grace: number, by: string): Promise<void>
  endGrace(name: string, by: string): void
  putSource(source: Source, by: string, secrets?: string[], fresh?: boolean): Promise<Source | Refusal>
  removeSource(name: string, by: string): Refusal | null
  types(page: Page, archived: boolean, flags?: string[]): EventType[]
  putType(type: EventType, by: string, was?: EventType | null): EventType | Refusal
  removeType(name: string, by: string): void
  dialects(page: Page): OwnDialect[]
  findDialect(name: string): OwnDialect | null
  addDialect(dialect: OwnDialect, by: string): OwnDialect | Refusal
  removeDialect(name: string, by: string): Refusal | null
  graphs(page: Page): Graph[]
  findGraph(id: string): Graph | null
  putGraph(graph: Graph, by: string): void
  removeGraph(id: string, by: string): Refusal | null
  putKey(key: Key, by: string, secret?: string): Promise<void>
  removeKey(id: string, by: string): Refusal | null
  expirePortal(sessions: string[] | null, until: number, by: string): void
  putTask(task: Task): void
  findTask(id: string): Task | null
  tasks(page: Page): Task[]
  audit(page: Page): Entry[]
  note(by: string, action: string, target: string): void
  spend(key: string): Spent
  claim(key: string, print: string): Answered | null
  disclaim(key: string): void
  remember(key: string, print: string, status: number, body: string): void
  /** @param days  that are kept */
  sweep(days: number): Promise<void>
}

export interface InboxObject {
  accept(event: Incoming): Promise<Accepted>
  /** In one call, and where they fit in one commit. */
  acceptAll(events: Incoming[]): Promise<Accepted[]>
  list(query: MessageQuery): Message[]
  many(ids: string[], content: boolean): Message[]
  get(id: string, content: boolean): Message | null
  /** Owes messages to an endpoint again; resolves when that is on disk. @return how many */
  replay(replay: Replay): Promise<number>
  /** How much of a task is still owed. */
  owing(task: string): number
  clear(id: string): void
  sweep(days: number): Promise<void>
  erase(): Promise<void>
}

/** A table of an Outbox whose rows are moved, and such a row. */
export type Table = 'endpoint' | 'delivery' | 'attempt'
export type Row = Record<string, unknown>

/** An endpoint, of which an Outbox is asked. */
export interface Whose { app: string; endpoint: string }

export interface OutboxObject {
  enqueue(app: string, deliveries: Delivery[]): Promise<void>
  call(whose: Whose, delivery: Delivery, seconds: number): Promise<Called | null>
  attempts(whose: Whose, query: AttemptQuery): Promise<Attempt[]>
  deliveries(whose: Whose, query: DeliveryQuery): Promise<State[]>
  stats(whose: Whose, since: number, until: number): Promise<Stats>
  progress(whose: Whose, task: string): Promise<Progress>
  /** Of all its endpoints. */
  totals(): Stats
  /** Sends what has failed between two times again, for a task. @return how many */
  recover(whose: Whose, since: number, until: number, task: string): Promise<number>
  clear(whose: Whose, attempt: string): Promise<boolean>
  /** Deletes what was sent of a message, unless it is yet to be sent. */
  forget(whose: Whose, message: string): Promise<void>
  changed(whose: Whose): Promise<void>
  /** Forgets an endpoint with all that was sent to it. */
  erase(whose: Whose): Promise<void>
  /** @param days  that are kept */
  sweep(app: string, days: number): Promise<void>
  /** Rows of one that was an endpoint's own, behind a key. */
  part(table: Table, after: string): Row[]
  /** Leaves nothing behind but the schema. */
  wipe(): Promise<void>
}

export interface Env {
  CONFIG: Config | string
  DIRECTORY: DurableObjectNamespace<DirectoryObject>
  INBOX: DurableObjectNamespace<InboxObject>
  OUTBOX: DurableObjectNamespace<OutboxObject>
  /** 32 bytes in base64: what stored secrets are encrypted with. */
  WAXSEAL_KEY?: string
  /** SHA-256 of each API key of the configured app, in hex, separated by spaces. */
  WAXSEAL_KEY_HASHES?: string
  /** The same of the operator's keys, which are good for every app. */
  WAXSEAL_ROOT_KEY_HASHES?: string
  /** May reach where the operator's proxies are, which `network` need not hold. */
  PROXIES?: { connect: typeof connect }
  /** What the launcher proves itself with. */
  WAXSEAL_LAUNCHER?: string
  /** `yes` only where the launcher listens on loopback: there demo secrets are accepted. */
  WAXSEAL_DEMO?: string
  [secret: string]: unknown
}

export const configOf = (env: Env): Config => typeof env.CONFIG === 'string' ? JSON.parse(env.CONFIG) as Config : env.CONFIG

export const directoryOf = (env: Env, app: string) => env.DIRECTORY.get(env.DIRECTORY.idFromName(app))
/** @param shard  of the source's event ids: an id is always in the same one */
export const inboxOf = (env: Env, app: string, source: string, shard = 0) => env.INBOX.get(env.INBOX.idFromName(`${app}/${source}/${shard}`))
/** All of a source's. */
export const shardsOf = (env: Env, app: string, { name, shards = 1 }: { name: string; shards?: number }) =>
  Array.from({ length: shards }, (_, shard) => inboxOf(env, app, name, shard))
/** All of an app's, those of what it sends itself too. */
export const inboxesOf = (env: Env, app: string, sources: { name: string; shards?: number }[]) =>
  [{ name: own }, { name: operational }, ...sources].flatMap(source => shardsOf(env, app, source))

/** Outboxes that the endpoints of an app share: few, so that an event for a thousand endpoints takes few commits. */
const outboxes = 16
/** A number below `count`, always the same for the same text. */
export function shareOf(text: string, count: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % count
}
/** Which of an app's Outboxes an endpoint's deliveries stand in. */
export const outboxNumber = (endpoint: string): number => shareOf(endpoint, outboxes)
// No endpoint's id has a slash: an Outbox of an endpoint's own had its id there.
const idOfNumber = (env: Env, app: string, number: number): ObjectId => env.OUTBOX.idFromName(`${app}//${number}`)
export const idOfOutbox = (env: Env, app: string, endpoint: string): ObjectId => idOfNumber(env, app, outboxNumber(endpoint))
export const outboxAt = (env: Env, app: string, number: number) => env.OUTBOX.get(idOfNumber(env, app, number))
/** Those of all these endpoints. */
export const outboxesOf = (env: Env, app: string, endpoints: { id: string }[]) =>
  [...new Set(endpoints.map(({ id }) => outboxNumber(id)))].map(number => outboxAt(env, app, number))
/** The one that was an endpoint's own. */
export const aloneOf = (env: Env, app: string, endpoint: string) => env.OUTBOX.get(env.OUTBOX.idFromName(`${app}/${endpoint}`))

/** What an endpoint's Outbox is asked about it. */
export function outboxOf(env: Env, app: string, endpoint: string) {
  const outbox = outboxAt(env, app, outboxNumber(endpoint)), whose = { app, endpoint }
  return {
    call: (delivery: Delivery, seconds: number) => outbox.call(whose, delivery, seconds),
    attempts: (query: AttemptQuery) => outbox.attempts(whose, query),
    deliveries: (query: DeliveryQuery) => outbox.deliveries(whose, query),
    stats: (since: number, until: number) => outbox.stats(whose, since, until),
    progress: (task: string) => outbox.progress(whose, task),
    recover: (since: number, until: number, task: string) => outbox.recover(whose, since, until, task),
    clear: (attempt: string) => outbox.clear(whose, attempt),
    forget: (message: string) => outbox.forget(whose, message),
    changed: () => outbox.changed(whose),
    erase: () => outbox.erase(whose),
  }
}
