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
  signing(id: string): Promise<Signing | null>
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

export interface OutboxObject {
  enqueue(app: string, endpoint: string, deliveries: Delivery[]): Promise<void>
  call(app: string, delivery: Delivery, seconds: number): Promise<Called | null>
  attempts(query: AttemptQuery): Attempt[]
  deliveries(query: DeliveryQuery): State[]
  stats(since: number, until: number): Stats
  progress(task: string): Progress
  /** Sends what has failed between two times again, for a task. @return how many */
  recover(since: number, until: number, task: string): Promise<number>
  clear(attempt: string): boolean
  /** Deletes what was sent of a message, unless it is yet to be sent. */
  forget(message: string): void
  /** @param days  that are kept; forgets nothing where left out */
  sweep(days?: number): Promise<void>
  erase(): Promise<void>
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
export const outboxOf = (env: Env, app: string, endpoint: string) => env.OUTBOX.get(env.OUTBOX.idFromName(`${app}/${endpoint}`))
