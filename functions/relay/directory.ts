// The Directory: what one app has – sources, endpoints, event types, keys, secrets – and what was
// changed when by whom. The one named `root` holds the list of apps, the event types that they share
// and the operator's keys. Called by the worker and the Outboxes.
import { DurableObject } from 'cloudflare:workers'
import type { Config } from './config.ts'
import { Apps } from './directory/apps.ts'
import { configure } from './directory/configure.ts'
import { Dialects } from './directory/dialects.ts'
import { Endpoints, routing } from './directory/endpoints.ts'
import { Graphs } from './directory/graphs.ts'
import { Keys } from './directory/keys.ts'
import { declared, Ledger } from './directory/ledger.ts'
import { Meter } from './directory/meter.ts'
import { Secrets } from './directory/secrets.ts'
import { Sources } from './directory/sources.ts'
import { Tasks } from './directory/tasks.ts'
import { Types } from './directory/types.ts'
import type { App, Endpoint, Entry, EventType, Graph, Key, Limits, OwnDialect, Refusal, Secret, Source, Task, View } from './model.ts'
import { configOf, type Answered, type DirectoryObject, type Env, type Page, type Signing, type Spent } from './objects.ts'
import { day, prune } from './prune.ts'
import { Seal } from './seal.ts'

/** Milliseconds after which a request that was never answered, as where the relay was stopped, may come again. */
const longest = 60_000
const ofEndpoint = (id: string): string => `endpoint/${id}`
const ofShared = (name: string): string => `shared/${name}`
/** Whose secrets an endpoint signs with. */
const ownerOf = ({ id, shares }: Pick<Endpoint, 'id' | 'shares'>): string => shares === undefined ? ofEndpoint(id) : ofShared(shares)

export class Directory extends DurableObject<Env> implements DirectoryObject {
  readonly #ledger = new Ledger(this.ctx.storage)
  readonly #apps = new Apps(this.#ledger)
  readonly #endpoints = new Endpoints(this.#ledger)
  readonly #secrets = new Secrets(this.#ledger, new Seal(this.env.WAXSEAL_KEY))
  readonly #keys = new Keys(this.#ledger, this.#secrets)
  readonly #sources = new Sources(this.#ledger, this.#secrets)
  readonly #types = new Types(this.#ledger)
  readonly #dialects = new Dialects(this.#ledger)
  readonly #graphs = new Graphs(this.#ledger)
  readonly #tasks = new Tasks(this.#ledger)
  readonly #meter = new Meter()

  configure(config: Config, keyHashes: string[]): Promise<void> {
    return configure(this.#ledger, this.#secrets, this.#endpoints, config, keyHashes, this.env)
  }

  enroll(app: App, keyHashes: string[]): void {
    this.#apps.enroll(app, keyHashes)
  }

  apps(page: Page): App[] {
    return this.#apps.page(page)
  }

  findApp(name: string): App | null {
    return this.#apps.find(name)
  }

  /** @param was  what it takes the place of: refused where that is another by now */
  putApp(app: App, by: string, was?: App): App | Refusal {
    return this.#ledger.change(by, 'app.put', app.id, () => this.#apps.put(app, was))
  }

  removeApp(id: string, by: string): void {
    this.#ledger.change(by, 'app.delete', id, () => this.#apps.leave(id))
  }

  leaving(): string[] {
    return this.#apps.leaving()
  }

  left(id: string): void {
    this.#apps.remove(id)
  }

  /** Takes the app's own record over from the root, unless it has a newer one. */
  found(app: App): void {
    if ((this.#apps.find(app.id)?.updatedAt ?? -1) < app.updatedAt) this.#ledger.change('root', 'app.put', app.id, () => this.#apps.put(app))
  }

  async erase(): Promise<void> {
    await this.#ledger.erase()
  }

  /** null: there is no such app, or nothing has changed since `known`. */
  async view(known?: number): Promise<View | null> {
    const revision = this.#ledger.revision
    if (revision === known) return null
    const [app = null] = this.#apps.page({ limit: 1 })
    const view = { revision, app, endpoints: this.#endpoints.all().map(routing), types: this.#types.all(), dialects: this.#dialects.files() }
    return { ...view, keys: await this.#keys.all(), sources: await this.#sources.all() }
  }

  endpoints(page: Page): Endpoint[] {
    return this.#endpoints.page(page)
  }

  endpointsAt(revision: number): Endpoint[] {
    return this.#endpoints.at(revision)
  }

  findEndpoint(name: string): Endpoint | null {
    return this.#endpoints.find(name)
  }

  /** @param secrets  its own, in the place of those that it has or shares; left out: it keeps them */
  async putEndpoint({ shares, ...endpoint }: Endpoint, by: string, secrets?: string[], limits?: Limits): Promise<Endpoint | Refusal> {
    const sealed = secrets && await this.#secrets.seal(ofEndpoint(endpoint.id), secrets)
    return this.#ledger.change(by, 'endpoint.put', endpoint.id, () => {
      const put = this.#dialects.missing(configOf(this.env), endpoint.dialect, endpoint.policy) ?? this.#endpoints.put({ ...endpoint, ...shares !== undefined && !sealed && { shares } }, limits)
      if (sealed && !('refused' in put)) this.#secrets.replace(sealed)
      return put
    })
  }

  removeEndpoint(id: string, by: string): Refusal | null {
    const endpoint = this.#endpoints.find(id)
    if (!endpoint) return { refused: 'not_found', detail: `no endpoint ${id}` }
    if (endpoint.configured) return declared(`endpoint ${id}`)
    this.#ledger.change(by, 'endpoint.delete', id, () => {
      this.#endpoints.remove(id)
      this.#secrets.drop(ofEndpoint(id))
    })
    return null
  }

  /** Stops deliveries to an endpoint until somebody enables it. @return whether it was not stopped already */
  disable(id: string, reason: string): boolean {
    const endpoint = this.#endpoints.find(id)
    if (!endpoint || endpoint.status === 'disabled') return false
    this.#ledger.change('relay', 'endpoint.disable', id, () => this.#endpoints.put({ ...endpoint, status: 'disabled', reason, updatedAt: Date.now() }))
    return true
  }

  signings(ids: string[]): Promise<(Signing | null)[]> {
    return Promise.all(ids.map(id => this.#signing(this.#endpoints.find(id))))
  }

  async #signing(endpoint: Endpoint | null): Promise<Signing | null> {
    return endpoint && { endpoint, secrets: await this.#secrets.open(ownerOf(endpoint)), dialects: this.#dialects.files([endpoint.dialect, endpoint.policy]) }
  }

  alone(): string[] {
    return this.#endpoints.alone()
  }

  together(id: string): void {
    this.#endpoints.together(id)
  }

  /** The endpoint that had this URL and was deleted. */
  formerEndpoint(url: string): string | null {
    return this.#endpoints.former(url)
  }

  /** @param grace  milliseconds for which the old secrets sign beside the new one */
  async rotate(id: string, secret: string, grace: number, by: string): Promise<void> {
    const sealed = await this.#secrets.seal(ownerOf(this.#endpoints.find(id) ?? { id }), [secret])
    this.#ledger.change(by, 'endpoint.secret.rotate', id, () => this.#secrets.rotate(sealed, Date.now() + grace))
  }

  /** The newest secret; that it was read stands in the audit log. */
  async readSecret(id: string, by: string): Promise<string | null> {
    const [newest] = await this.#secrets.open(ownerOf(this.#endpoints.find(id) ?? { id }))
    this.note(by, 'endpoint.secret.read', id)
    return newest?.value ?? null
  }

  /** Gives the app the secret of that name which endpoints may share, should it have none. */
  async share(name: string, secret: string, by: string): Promise<void> {
    if (this.#secrets.has(ofShared(name))) return
    const sealed = await this.#secrets.seal(ofShared(name), [secret])
    if (!this.#secrets.has(ofShared(name))) this.#ledger.change(by, 'secret.create', name, () => this.#secrets.replace(sealed))
  }

  /** The newest first; that they were read stands in the audit log. */
  shared(name: string, by: string): Promise<Secret[]> {
    this.note(by, 'secret.read', name)
    return this.#secrets.open(ofShared(name))
  }

  /** @param grace  milliseconds for which the old one signs too */
  async rotateShared(name: string, secret: string, grace: number, by: string): Promise<void> {
    const sealed = await this.#secrets.seal(ofShared(name), [secret])
    this.#ledger.change(by, 'secret.rotate', name, () => this.#secrets.rotate(sealed, Date.now() + grace))
  }

  endGrace(name: string, by: string): void {
    this.#ledger.change(by, 'secret.grace.end', name, () => this.#secrets.endGrace(ofShared(name)))
  }

  /** @param secrets  left out: it keeps those that it has @param fresh  there must be none of this name */
  putSource(source: Source, by: string, secrets?: string[], fresh = false): Promise<Source | Refusal> {
    return this.#sources.put(source, by, secrets, fresh, () => this.#dialects.missing(configOf(this.env), source.dialect))
  }

  removeSource(name: string, by: string): Refusal | null {
    return this.#sources.remove(name, by)
  }

  /** @param flags  those with another feature flag are not shown; left out: all are */
  types(page: Page, archived: boolean, flags?: string[]): EventType[] {
    return this.#types.page(page, archived, flags)
  }

  /** @param was  what it takes the place of; null: there must be none but an archived one */
  putType(type: EventType, by: string, was?: EventType | null): EventType | Refusal {
    return this.#ledger.change(by, 'event-type.put', type.name, () => this.#types.put(type, was))
  }

  removeType(name: string, by: string): void {
    this.#ledger.change(by, 'event-type.delete', name, () => this.#types.remove(name))
  }

  dialects(page: Page): OwnDialect[] {
    return this.#dialects.page(page)
  }

  findDialect(name: string): OwnDialect | null {
    return this.#dialects.find(name)
  }

  addDialect(dialect: OwnDialect, by: string): OwnDialect | Refusal {
    return this.#ledger.change(by, 'dialect.create', dialect.name, () => this.#dialects.add(dialect))
  }

  /** Refused while an endpoint or a source uses it. */
  removeDialect(name: string, by: string): Refusal | null {
    return this.#ledger.change(by, 'dialect.delete', name, () => this.#dialects.remove(name))
  }

  graphs(page: Page): Graph[] {
    return this.#graphs.page(page)
  }

  findGraph(id: string): Graph | null {
    return this.#graphs.find(id)
  }

  putGraph(graph: Graph, by: string): void {
    this.#ledger.change(by, 'graph.put', graph.id, () => this.#graphs.put(graph))
  }

  removeGraph(id: string, by: string): Refusal | null {
    return this.#ledger.change(by, 'graph.delete', id, () => this.#graphs.remove(id))
  }

  /** @param secret  of a key that signs */
  putKey(key: Key, by: string, secret?: string): Promise<void> {
    return this.#keys.put(key, by, secret)
  }

  removeKey(id: string, by: string): Refusal | null {
    return this.#keys.remove(id, by)
  }

  /** Customers' tokens are good no longer than until then. */
  expirePortal(sessions: string[] | null, until: number, by: string): void {
    this.#keys.expire(sessions, until, by)
  }

  putTask(task: Task): void {
    this.#tasks.put(task)
  }

  findTask(id: string): Task | null {
    return this.#tasks.find(id)
  }

  tasks(page: Page): Task[] {
    return this.#tasks.page(page)
  }

  audit({ limit, after }: Page): Entry[] {
    return this.#ledger.audit(limit, after)
  }

  note(by: string, action: string, target: string): void {
    this.#ledger.note(by, action, target)
  }

  /** Counts a request of a key. */
  spend(key: string): Spent {
    return this.#meter.spend(key, Date.now())
  }

  /** What was answered to a request with this key, with status 0 while nothing is; null: nobody came with it, and now it is the caller's. */
  claim(key: string, print: string): Answered | null {
    const now = Date.now()
    const [first] = this.#ledger.rows<Answered>('SELECT print, status, body FROM answer WHERE key = ? AND at > CASE status WHEN 0 THEN ? ELSE ? END', key, now - longest, now - day)
    if (!first) this.remember(key, print, 0, '')
    return first ?? null
  }

  /** A request that came to nothing may come again. */
  disclaim(key: string): void {
    this.#ledger.rows('DELETE FROM answer WHERE key = ?', key)
  }

  remember(key: string, print: string, status: number, body: string): void {
    this.#ledger.rows('INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)', key, Date.now(), print, status, body)
  }

  /** Forgets what is old. */
  async sweep(days: number): Promise<void> {
    const now = Date.now()
    this.#secrets.prune(now)
    this.#endpoints.prune(now - days * day)
    await prune(most => this.#ledger.prune(now, most))
    this.#keys.prune(now)
    this.#tasks.prune(now - days * day)
  }
}
