// The Outbox: a share of an app's endpoints, and all that is to be sent to them and was. One commit, one
// alarm and one question for rules serve many endpoints; each has a sender.ts of its own, which sends.
// Called by the Inbox, the API, the sweep and its alarm.
import { DurableObject } from 'cloudflare:workers'
import type { Called } from './calls.ts'
import { GroupCommit } from './commit.ts'
import { counted, Log } from './log.ts'
import { Moving, partOf } from './moving.ts'
import { idOfOutbox, type Env, type OutboxObject, type Row, type Table, type Whose } from './objects.ts'
import { prune } from './prune.ts'
import { Queue } from './queue.ts'
import { Rulebook } from './rulebook.ts'
import { safety, Sender, type Step } from './sender.ts'
import { Tables, type Place } from './tables.ts'
import type { Attempt, AttemptQuery, Delivery, DeliveryQuery, Progress, State, Stats } from './traffic.ts'

export class Outbox extends DurableObject<Env> implements OutboxObject {
  readonly #tables = new Tables(this.ctx.storage)
  readonly #moving = new Moving(this.ctx, this.env, this.#tables)
  readonly #rules = new Rulebook(this.env)
  readonly #senders = new Map<string, Sender>()
  readonly #shared = {
    env: this.env, storage: this.ctx.storage, rules: this.#rules,
    commit: new GroupCommit<Step, void>(this.ctx.storage, step => step.write(), { written: steps => steps.forEach(step => step.goOn()) }),
    arm: (at: number) => this.#arm(at),
  }
  #alarmAt: number | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#wake()
    void ctx.blockConcurrencyWhile(async () => { this.#alarmAt = await ctx.storage.getAlarm() })
  }

  /** Takes deliveries, once each however often they are handed over; resolves when they are on disk. */
  async enqueue(app: string, deliveries: Delivery[]): Promise<void> {
    const given = Map.groupBy(deliveries, ({ endpoint }) => endpoint)
    const places = await Promise.all([...given.keys()].map(id => this.#moving.enter(app, id)))
    const senders = places.map(place => this.#sender(place))
    for (const sender of senders) sender.expecting++
    try {
      await Promise.all(senders.map(sender => sender.rules().catch(() => null))) // asked before, so that what is taken and what begins at once share a commit
      await this.#arm(Date.now() + safety)
      await this.#shared.commit.add({
        write: () => { for (const [each, { id }] of places.entries()) senders[each]!.put(given.get(id)!) },
        goOn: () => { for (const sender of senders) void sender.pump() },
      })
    } finally {
      for (const sender of senders) sender.expecting--
    }
  }

  /** Sends a delivery as all others, and waits until it has ended. @return null: it has not within `seconds`, and goes on */
  async call({ app, endpoint }: Whose, delivery: Delivery, seconds: number): Promise<Called | null> {
    const sender = this.#sender(await this.#moving.enter(app, endpoint))
    return sender.ending(delivery.message, seconds, () => this.enqueue(app, [delivery]))
  }

  /** From the sweep: goes on with all that is due, and forgets what is old. */
  async sweep(app: string, days: number): Promise<void> {
    await this.#moving.finish(app)
    this.#wake()
    for (const [id, sender] of this.#senders) {
      this.#rules.expire(id)
      if (sender.idle) this.#drop(id)
    }
    await Promise.all([...this.#senders.values()].map(sender => sender.resume()))
    const now = Date.now()
    await prune(most => this.#tables.prune(now, days, most))
  }

  /** The endpoint or its rules have changed. */
  async changed({ app, endpoint }: Whose): Promise<void> {
    this.#rules.expire(endpoint)
    await this.#sender(await this.#moving.enter(app, endpoint)).resume()
  }

  /** Never throws, and arms itself again while anything is to be sent. */
  override async alarm(): Promise<void> {
    this.#alarmAt = null
    const now = Date.now(), senders = [...this.#senders.values()]
    await Promise.all(senders.filter(({ wakeAt }) => wakeAt !== null && wakeAt <= now).map(sender => sender.pump()))
    const later = senders.map(({ wakeAt }) => wakeAt).filter(at => at !== null && at > now) as number[]
    if (later.length) await this.#arm(Math.min(...later)).catch(error => console.error(`outbox: ${error}`))
  }

  async attempts(whose: Whose, query: AttemptQuery): Promise<Attempt[]> {
    return (await this.#log(whose)).attempts(query)
  }

  async deliveries(whose: Whose, query: DeliveryQuery): Promise<State[]> {
    return (await this.#log(whose)).deliveries(query)
  }

  async stats(whose: Whose, since: number, until: number): Promise<Stats> {
    return (await this.#log(whose)).stats(since, until)
  }

  async progress(whose: Whose, task: string): Promise<Progress> {
    return (await this.#log(whose)).progress(task)
  }

  totals(): Stats {
    return counted(this.#tables.totals())
  }

  async recover({ app, endpoint }: Whose, since: number, until: number, task: string): Promise<number> {
    const sender = this.#sender(await this.#moving.enter(app, endpoint))
    const count = sender.recover(since, until, task)
    await this.#arm(Date.now() + safety)
    await this.ctx.storage.sync()
    void sender.pump()
    return count
  }

  async clear({ app, endpoint }: Whose, attempt: string): Promise<boolean> {
    return new Queue(this.ctx.storage, (await this.#moving.enter(app, endpoint)).number).clear(attempt)
  }

  async forget({ app, endpoint }: Whose, message: string): Promise<void> {
    new Queue(this.ctx.storage, (await this.#moving.enter(app, endpoint)).number).forget(message)
  }

  async erase({ app, endpoint }: Whose): Promise<void> {
    await this.#moving.enter(app, endpoint)
    this.#senders.get(endpoint)?.stop()
    this.#drop(endpoint)
    this.#tables.leave(endpoint)
    await prune(most => this.#tables.clear(most))
  }

  part(table: Table, after: string): Row[] {
    return partOf(this.ctx.storage, table, after)
  }

  async wipe(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
    this.#alarmAt = null
    this.#senders.clear()
    await this.#tables.wipe()
  }

  async #log({ app, endpoint }: Whose): Promise<Log> {
    return new Log(this.ctx.storage, (await this.#moving.enter(app, endpoint)).number)
  }

  /** What has something to send has a sender; unless it is to be moved to another Outbox, which sends it. */
  #wake(): void {
    for (const place of this.#tables.busy()) if (idOfOutbox(this.env, place.app, place.id).equals(this.ctx.id)) this.#sender(place)
  }

  #sender(place: Place): Sender {
    const known = this.#senders.get(place.id) ?? new Sender(this.#shared, place)
    this.#senders.set(place.id, known)
    return known
  }

  #drop(id: string): void {
    this.#senders.delete(id)
    this.#rules.forget(id)
  }

  /** Never later than asked, and never moves an earlier alarm. */
  async #arm(at: number): Promise<void> {
    if (this.#alarmAt !== null && this.#alarmAt <= at) return
    this.#alarmAt = at
    await this.ctx.storage.setAlarm(at)
  }
}
