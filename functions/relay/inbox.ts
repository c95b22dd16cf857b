// The Inbox: a source's accepted events, their durable deduplication, and the list of endpoints
// that have yet to be handed each one. Called by the worker; calls the Outboxes.
import { DurableObject } from 'cloudflare:workers'
import { plain } from '../debug.ts'
import { GroupCommit } from './commit.ts'
import { newId } from './ids.ts'
import { inParts, messageOf, MessageTable, untold, type Owed } from './messages.ts'
import { prune } from './prune.ts'
import { outboxAt, outboxNumber, type Env, type InboxObject } from './objects.ts'
import { underWay } from './stopping.ts'
import type { Accepted, Delivery, Incoming, Message, MessageQuery, Replay } from './traffic.ts'

type Written = Accepted & { deliveries: Delivery[]; app: string }

/** Outboxes that are handed deliveries at the same time, and so many at once: between them the answers to those who sent them leave. */
const atOnce = 4, most = 64

/** What an Outbox is to be given next, in the order in which it came. */
interface List { app: string; number: number; deliveries: Delivery[]; /** resolved once it was given, or refused */ given: PromiseWithResolvers<void> }

export class Inbox extends DurableObject<Env> implements InboxObject {
  readonly #messages = new MessageTable(this.ctx.storage)
  readonly #commit = new GroupCommit<Incoming | null, Written | null>(this.ctx.storage, item => this.#settle(item), results => void underWay(this.#hand(results)))
  #handed: { endpoint: string; message: string }[] = []
  #handing = 0
  /** By the Outbox's name; and to which something is given now. */
  readonly #lists = new Map<string, List>()
  readonly #giving = new Set<string>()
  /** Outboxes that have yet to get something older: for them all waits for the alarm, which keeps the order. */
  #behind = new Set<string>()
  #refused = new Set<string>()
  /** Whether what is owed is being gone through, and has to be once more. */
  #passing = false
  #anew = false

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#fallBehind()
    if (this.#behind.size) void ctx.blockConcurrencyWhile(() => ctx.storage.setAlarm(Date.now()))
  }

  /** Stores an event; resolves when it is on disk, or was already. */
  async accept(event: Incoming): Promise<Accepted> {
    const { id, at, duplicate, key, same } = (await this.#commit.add(event))!
    return { id, at, duplicate, key, same }
  }

  acceptAll(events: Incoming[]): Promise<Accepted[]> {
    return Promise.all(events.map(event => this.accept(event)))
  }

  #write(event: Incoming): Written {
    const now = Date.now()
    for (const [place, { key }] of event.keys.entries()) {
      const seen = this.#messages.seen(key, now)
      if (seen) return this.#duplicate(seen, event, place)
    }
    const id = newId('msg', now)
    this.#messages.insert(id, event, now, event.retention ?? untold)
    const { source, type, eventId, headers, body, app, orderingKey = null } = event
    const deliveries = event.endpoints.map(endpoint => ({ message: id, source, type, eventId, headers, body, endpoint, orderingKey, manual: false }))
    return { id, at: now, duplicate: false, key: -1, same: true, app, deliveries }
  }

  #duplicate(id: string, event: Incoming, key: number): Written {
    const first = this.#messages.first(id)
    const same = !first?.body || (first.type === event.type && sameBytes(new Uint8Array(first.body), event.body))
    if (!same) console.warn(plain(JSON.stringify({ conflict: id, source: event.source, key: event.keys[key]!.key, reason: 'the same key came with another body' })))
    return { id, at: first?.at ?? Date.now(), duplicate: true, key, same, app: event.app, deliveries: [] }
  }

  /**
   * Hands what was just committed to the Outboxes; what fails stays owed, for the alarm.
   *
   * @param late  it was owed already, to Outboxes that are behind
   */
  async #hand(written: (Written | null)[], late = false): Promise<void> {
    const lists = new Set<List>()
    for (const { app, deliveries } of written.filter(item => item !== null)) {
      for (const delivery of deliveries) {
        const number = outboxNumber(delivery.endpoint), name = nameOf(app, number)
        if (this.#behind.has(name) !== late || (late && this.#refused.has(name))) continue
        const list = this.#lists.get(name) ?? { app, number, deliveries: [], given: Promise.withResolvers<void>() }
        list.deliveries.push(delivery)
        this.#lists.set(name, list)
        lists.add(list)
      }
    }
    if (!lists.size) return
    this.#handing++
    await this.#arm(Date.now() + 30_000)
    if (!late) await new Promise(wake => setTimeout(wake, 0)) // the answers to those who sent them leave first
    await Promise.all(Array.from({ length: atOnce }, () => this.#giveAll()))
    await Promise.all([...lists].map(({ given }) => given.promise))
    this.#handing--
    // Nothing else will commit soon: say now what was handed over. Otherwise the next commit says it.
    if (!late && !this.#handing && this.#handed.length) await this.#commit.add(null).catch(() => {})
  }

  /** Gives lists until there is none; to an Outbox one after the other, so that what came first is there first. */
  async #giveAll(): Promise<void> {
    for (let name = this.#next(); name !== undefined; name = this.#next()) {
      const list = this.#lists.get(name)!
      this.#lists.delete(name)
      this.#giving.add(name)
      await this.#give(name, list)
      this.#giving.delete(name)
      list.given.resolve()
    }
  }

  /** The Outbox to be given to next. */
  #next(): string | undefined {
    for (const name of this.#lists.keys()) if (!this.#giving.has(name)) return name
    return undefined
  }

  async #give(name: string, { app, number, deliveries }: List): Promise<void> {
    const outbox = outboxAt(this.env, app, number)
    try {
      for (const part of inParts(deliveries, most)) {
        await outbox.enqueue(app, part)
        this.#handed.push(...part.map(({ endpoint, message }) => ({ endpoint, message })))
      }
    } catch (error) {
      this.#behind.add(name)
      this.#refused.add(name)
      this.#lists.get(name)?.given.resolve()
      this.#lists.delete(name)
      console.error(`the Outbox ${name} did not take what it is owed, the alarm tries again: ${error}`)
    }
  }

  /** Strikes out what the Outboxes have, and writes the event if there is one, inside the transaction that is open. */
  #settle(event: Incoming | null): Written | null {
    for (const { endpoint, message } of this.#handed.splice(0)) this.#messages.paid(endpoint, message)
    return event && this.#write(event)
  }

  async #arm(at: number): Promise<void> {
    if (await this.ctx.storage.getAlarm() === null) await this.ctx.storage.setAlarm(at)
  }

  /** Hands over what is still owed, and arms the alarm again while anything is. Never throws. */
  override async alarm(): Promise<void> {
    try {
      await this.#handOwed()
    } catch (error) {
      console.error(`inbox alarm: ${error}`)
    }
    await this.ctx.storage.setAlarm(Date.now() + 30_000).catch(() => {})
    if (!this.#messages.owes()) await this.ctx.storage.deleteAlarm().catch(() => {})
  }

  /** From the sweep: hands over what a stopped process left, and forgets what is old. */
  async sweep(days: number): Promise<void> {
    await this.alarm()
    const now = Date.now()
    await prune(most => this.#messages.prune(now, days, most))
  }

  /** What is owed by now waits for the alarm, and what comes for the same Outboxes meanwhile. */
  #fallBehind(): void {
    for (const { app, endpoint } of this.#messages.owedTo()) this.#behind.add(nameOf(app, outboxNumber(endpoint)))
  }

  /** Hands over what is owed to Outboxes that are behind; what is being handed over at this moment is owed too, and is not. */
  async #handOwed(): Promise<void> {
    if (this.#passing) return void (this.#anew = true)
    this.#passing = true
    try {
      do {
        this.#anew = false
        if (!this.#handing) this.#fallBehind()
        await this.#pass()
      } while (this.#anew)
    } finally {
      this.#passing = false
    }
  }

  /** Goes once through what is owed, oldest first, a part at a time. */
  async #pass(): Promise<void> {
    if (!this.#behind.size) return
    this.#refused = new Set()
    for (let last = { id: '', endpoint: '' }; ;) {
      const owed: Owed[] = this.#messages.owed(last)
      if (!owed.length) break
      last = owed.at(-1)!
      await this.#hand(owed.map(({ id, app, endpoint, source, type, event, headers, body, manual, again, task, ordering }) => ({
        id, at: 0, app, duplicate: false, key: -1, same: true,
        deliveries: [{ message: id, source, type, eventId: event, endpoint, headers: JSON.parse(headers), body: new Uint8Array(body), orderingKey: ordering, manual: manual === 1, ...again !== null && { again }, ...task !== null && { task } }],
      })), true)
      await this.#commit.add(null)
    }
    if (!this.#anew) this.#behind = this.#refused
  }

  async replay(replay: Replay): Promise<number> {
    const count = this.#messages.owe(replay)
    this.#behind.add(nameOf(replay.app, outboxNumber(replay.endpoint)))
    await this.#arm(Date.now() + 30_000)
    await this.ctx.storage.sync()
    void this.alarm()
    return count
  }

  /** How much of a task is still owed. */
  owing(task: string): number {
    return this.#messages.owing(task)
  }

  /** Newest first. */
  list(query: MessageQuery): Message[] {
    return this.#messages.list(query).map(messageOf)
  }

  many(ids: string[], content: boolean): Message[] {
    return this.#messages.many(ids, content).map(messageOf)
  }

  get(id: string, content: boolean): Message | null {
    return this.many([id], content)[0] ?? null
  }

  clear(id: string): void {
    this.#messages.clear(id)
  }

  async erase(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
    await this.#messages.erase()
  }
}

const nameOf = (app: string, number: number): string => `${app}/${number}`
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
