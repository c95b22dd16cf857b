// Hands an Inbox's deliveries to the Outboxes that they are for, to each in the order in which they came;
// what an Outbox refuses stays owed, and nothing overtakes it. Used by inbox.ts.
import { inParts, type MessageTable, type Owed } from './messages.ts'
import { outboxAt, outboxNumber, type Env } from './objects.ts'
import type { Delivery } from './traffic.ts'

/** Outboxes that are handed deliveries at the same time, and so many at once: between them the answers to those who sent them leave. */
const atOnce = 4, most = 512

/** Milliseconds that what was handed over waits for a commit that comes anyway. */
const soon = 50

/** What an Outbox is to be given next, in the order in which it came. */
interface List { app: string; number: number; deliveries: Delivery[]; /** resolved once it was given, or refused */ given: PromiseWithResolvers<void> }

/** What the hand-over needs of its Inbox. */
export interface Owing {
  env: Env
  messages: MessageTable
  /** Sees to it that the alarm rings within half a minute. */
  arm(): Promise<void>
  /** Commits what `taken` tells. */
  settle(): Promise<unknown>
}

/** Deliveries of an app. */
export interface Batch { app: string; deliveries: Delivery[] }

export class HandOver {
  readonly #owing: Owing
  readonly #taken: { endpoint: string; message: string }[] = []
  #handing = 0
  #settling: Promise<void> | undefined
  /** By the Outbox's name; and to which something is given now. */
  readonly #lists = new Map<string, List>()
  readonly #giving = new Set<string>()
  /** Outboxes that have yet to get something older: for them all waits for the alarm, which keeps the order. */
  #behind = new Set<string>()
  #refused = new Set<string>()
  /** Whether what is owed is being gone through, and has to be once more. */
  #passing = false
  #anew = false

  constructor(owing: Owing) {
    this.#owing = owing
    this.#fallBehind()
  }

  /** What Outboxes have taken since this was last asked. */
  taken(): { endpoint: string; message: string }[] {
    return this.#taken.splice(0)
  }

  /** The endpoint's Outbox waits for the alarm. */
  delay(app: string, endpoint: string): void {
    this.#behind.add(nameOf(app, outboxNumber(endpoint)))
  }

  /**
   * Hands what was just committed to the Outboxes; what fails stays owed, for the alarm.
   *
   * @param late  it was owed already, to Outboxes that are behind
   */
  async hand(batches: Batch[], late = false): Promise<void> {
    const lists = new Set<List>()
    for (const { app, deliveries } of batches) {
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
    await this.#owing.arm()
    if (!late) await new Promise(wake => setTimeout(wake, 0)) // the answers to those who sent them leave first
    await Promise.all(Array.from({ length: atOnce }, () => this.#giveAll()))
    await Promise.all([...lists].map(({ given }) => given.promise))
    this.#handing--
    if (!late) await (this.#settling ??= this.#settleSoon())
  }

  /** The next commit says what was handed over; where none comes soon, one of its own does. */
  async #settleSoon(): Promise<void> {
    await new Promise(wake => setTimeout(wake, soon))
    this.#settling = undefined
    if (this.#taken.length) await this.#owing.settle().catch(() => {})
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
    const outbox = outboxAt(this.#owing.env, app, number)
    try {
      for (const part of inParts(deliveries, most)) {
        await outbox.enqueue(app, part)
        this.#taken.push(...part.map(({ endpoint, message }) => ({ endpoint, message })))
      }
    } catch (error) {
      this.#behind.add(name)
      this.#refused.add(name)
      this.#lists.get(name)?.given.resolve()
      this.#lists.delete(name)
      console.error(`the Outbox ${name} did not take what it is owed, the alarm tries again: ${error}`)
    }
  }

  /** What is owed by now waits for the alarm, and what comes for the same Outboxes meanwhile. */
  #fallBehind(): void {
    for (const { app, endpoint } of this.#owing.messages.owedTo()) this.delay(app, endpoint)
  }

  /** Hands over what is owed to Outboxes that are behind; what is being handed over at this moment is owed too, and is not. */
  async catchUp(): Promise<void> {
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
      const owed: Owed[] = this.#owing.messages.owed(last)
      if (!owed.length) break
      last = owed.at(-1)!
      await this.hand(owed.map(({ id, app, endpoint, source, type, event, headers, body, manual, again, task, ordering }) => ({
        app, deliveries: [{ message: id, source, type, eventId: event, endpoint, headers: JSON.parse(headers), body: new Uint8Array(body), orderingKey: ordering, manual: manual === 1, ...again !== null && { again }, ...task !== null && { task } }],
      })), true)
      await this.#owing.settle()
    }
    if (!this.#anew) this.#behind = this.#refused
  }
}

const nameOf = (app: string, number: number): string => `${app}/${number}`
