// The Inbox: a source's accepted events, their durable deduplication, and the list of endpoints
// that have yet to be handed each one. Called by the worker; calls the Outboxes.
import { DurableObject } from 'cloudflare:workers'
import { plain } from '../debug.ts'
import { GroupCommit } from './commit.ts'
import { HandOver } from './handover.ts'
import { newId } from './ids.ts'
import { messageOf, MessageTable, untold } from './messages.ts'
import { prune } from './prune.ts'
import type { Env, InboxObject } from './objects.ts'
import { underWay } from './stopping.ts'
import type { Accepted, Delivery, Incoming, Message, MessageQuery, Replay } from './traffic.ts'

type Written = Accepted & { deliveries: Delivery[]; app: string }

export class Inbox extends DurableObject<Env> implements InboxObject {
  readonly #messages = new MessageTable(this.ctx.storage)
  readonly #commit = new GroupCommit<Incoming | null, Written | null>(this.ctx.storage, item => this.#settle(item), {
    committed: results => void underWay(this.#handOver.hand(results.filter(item => item !== null))),
  })
  readonly #handOver = new HandOver({ env: this.env, messages: this.#messages, arm: () => this.#arm(Date.now() + 30_000), settle: () => this.#commit.add(null) })

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    if (this.#messages.owes()) void ctx.blockConcurrencyWhile(() => ctx.storage.setAlarm(Date.now()))
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

  /** Strikes out what the Outboxes have, and writes the event if there is one, inside the transaction that is open. */
  #settle(event: Incoming | null): Written | null {
    this.#messages.paid(this.#handOver.taken())
    return event && this.#write(event)
  }

  async #arm(at: number): Promise<void> {
    if (await this.ctx.storage.getAlarm() === null) await this.ctx.storage.setAlarm(at)
  }

  /** Hands over what is still owed, and arms the alarm again while anything is. Never throws. */
  override async alarm(): Promise<void> {
    try {
      await this.#handOver.catchUp()
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

  async replay(replay: Replay): Promise<number> {
    const count = this.#messages.owe(replay)
    this.#handOver.delay(replay.app, replay.endpoint)
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

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
