// Sends one endpoint's deliveries, in time: storage and sending, while the core decides what begins and
// what follows an attempt. queue.ts holds its rows, pace.ts what was sent when. Used by outbox.ts.
import { checkDestination, type Aftermath, type Decision } from '../../js/relay.ts'
import { callRule, wrongWith, type Called } from './calls.ts'
import type { GroupCommit } from './commit.ts'
import { count } from './counts.ts'
import { withOwn } from './dialects.ts'
import { newId } from './ids.ts'
import { keep, keepAnswer, sendAgain } from './kept.ts'
import { operational } from './model.ts'
import { configOf, directoryOf, type Env } from './objects.ts'
import { Pace, remembered } from './pace.ts'
import { announce } from './publish.ts'
import { Queue, type Begun } from './queue.ts'
import type { Rulebook } from './rulebook.ts'
import type { Rules } from './rules.ts'
import { proxyOf, send, type Answer } from './send.ts'
import { requestOf } from './sign.ts'
import { slackBody } from './slack.ts'
import { isStopping, underWay } from './stopping.ts'
import type { Place } from './tables.ts'
import { openTokens } from './tokens.ts'
import { traceSent } from './trace.ts'
import { states, type Delivery } from './traffic.ts'
import { valid, viewOf } from './views.ts'

/** Milliseconds after which the alarm looks again while something is in hand. */
export const safety = 30_000
const disabled = { gone: 'it answered 410 Gone', failing: 'every attempt failed for too long' } as const

/** An answer, and the request it is to, in the form of kept.ts. */
type Sent = Answer & { request: string | null }
/** An attempt that has ended, before it is decided what follows; `error`: what is wrong with the answer to a call. */
interface Ending { begun: Begun; rules: Rules; answer: Sent; at: number; now: number; error: string | null }

const stateAfter = ({ next }: Decision): number => next === 'delivered' ? states.success : next === 'retry' ? states.pending : states.fail

/** What an Outbox writes, inside the transaction that is open, and what goes on at once, so that what begins then is in the same commit. */
export interface Step { write(): void; goOn(): void }

/** What the senders of an Outbox share. */
export interface Shared {
  env: Env
  storage: DurableObjectStorage
  rules: Rulebook
  /** What is taken and what ends at the same time is in one commit. */
  commit: GroupCommit<Step, void>
  /** Sees to it that the alarm rings at that time or before. */
  arm(at: number): Promise<void>
}

export class Sender {
  readonly #shared: Shared
  readonly #place: Place
  readonly #queue: Queue
  readonly #pace = new Pace()
  /** Who waits for the end of a delivery, by its message. */
  readonly #awaited = new Map<string, (called: Called) => void>()
  #stopped = false
  #pumping = false
  #again = false
  /** When there is something to do, in Unix milliseconds; null: nothing waits for time. */
  wakeAt: number | null = 0
  /** Calls that are about to put deliveries. */
  expecting = 0

  constructor(shared: Shared, place: Place) {
    this.#shared = shared
    this.#place = place
    this.#queue = new Queue(shared.storage, place.number)
    this.#queue.resume(Date.now())
  }

  /** Whether nothing is on its way, waits for time, is waited for or about to come. */
  get idle(): boolean {
    return this.wakeAt === null && !this.expecting && !this.#pumping && !this.#pace.flying.length && !this.#awaited.size
  }

  /** Begins nothing any more: its endpoint is deleted. */
  stop(): void {
    this.#stopped = true
  }

  rules(): Promise<Rules | null> {
    return this.#shared.rules.of(this.#place.app, this.#place.id)
  }

  put(deliveries: Delivery[]): void {
    if (!this.#stopped) this.#queue.put(deliveries, Date.now())
  }

  /** Tells the end of a delivery that is about to be put, or null where that takes longer than so many seconds. */
  async ending(message: string, seconds: number, put: () => Promise<void>): Promise<Called | null> {
    let late: ReturnType<typeof setTimeout> | undefined
    const ended = new Promise<Called | null>(resolve => {
      this.#awaited.set(message, resolve)
      late = setTimeout(() => resolve(null), seconds * 1000)
    })
    try {
      await put()
      return await ended
    } finally {
      clearTimeout(late)
      this.#awaited.delete(message)
    }
  }

  #tell(called: Called, message: string): void {
    this.#awaited.get(message)?.(called)
  }

  /** Goes on with what is due, should an alarm have been lost, a record failed or the clock been set back. */
  async resume(): Promise<void> {
    if (!this.#pace.flying.length) this.#queue.resume(Date.now())
    const rules = await this.rules().catch(() => null)
    if (rules) this.#queue.hasten(Date.now() + rules.policy.longestDelay)
    await this.pump()
  }

  recover(since: number, until: number, task: string): number {
    return this.#queue.recover(since, until, task, Date.now())
  }

  /** Starts every attempt that may be made, then arms the alarm for the next. Never throws. */
  async pump(): Promise<void> {
    if (this.#pumping) return void (this.#again = true)
    this.#pumping = true
    try {
      do {
        const rules = await this.rules()
        this.#again = false // who asked until here is seen to now
        this.wakeAt = rules && this.#start(rules)
        if (this.wakeAt !== null) await this.#shared.arm(Math.max(this.wakeAt, Date.now()))
      } while (this.#again)
    } catch (error) {
      console.error(`outbox: ${error}`)
      this.wakeAt = Date.now() + safety
      await this.#shared.arm(this.wakeAt).catch(() => {})
    } finally {
      this.#pumping = false
    }
  }

  /** @return when there will be something to do, in Unix milliseconds; null: nothing waits for time */
  #start(rules: Rules): number | null {
    if (this.#stopped || rules.endpoint.status !== 'active') return null
    const now = Date.now()
    if (isStopping()) return now + safety
    this.#queue.follow(rules.ordering)
    const { begun, again } = this.#admit(rules, now)
    try {
      this.#queue.begin(begun, rules.endpoint.url, now)
    } catch (error) {
      for (const { attempt } of begun) this.#pace.ended(attempt, now)
      throw error
    }
    for (const one of begun) void underWay(this.#attempt(one, rules))
    const times = [again, this.#pace.flying.length ? now + safety : null].filter(time => time !== null)
    return times.length ? Math.min(...times) : null
  }

  /** What begins now, as the core chooses; `again` is when more may. */
  #admit({ endpoint: { concurrency }, policy, window }: Rules, now: number): { begun: Begun[]; again: number | null } {
    this.#pace.reach(window, now, since => this.#queue.times(since, remembered))
    const { flying } = this.#pace
    const heads = this.#queue.heads(concurrency + 1)
    const lines = new Map<string, number>()
    const numbered = (line: string | null): number => line === null ? 0 : lines.get(line) ?? (lines.set(line, lines.size + 1), lines.size)
    const { begins, again } = policy.admit({
      concurrency, now, past: this.#pace.newest(policy.widest), open: flying.map(({ began, line }) => ({ began, line: numbered(line) })),
      waiting: heads.map(({ due, line }) => ({ due, line: numbered(line) })),
    })
    const begun = begins.map(place => ({ due: this.#queue.due(heads[place]!.message), attempt: newId('atmpt', now) }))
    for (const { due, attempt } of begun) this.#pace.began(attempt, now, due.line)
    return { begun, again }
  }

  async #attempt(begun: Begun, rules: Rules): Promise<void> {
    let over = false
    const goOn = (): void => {
      if (over) return
      over = true
      this.#pace.ended(begun.attempt, Date.now())
      void this.pump()
    }
    try {
      const { due, attempt } = begun
      const at = Date.now()
      const answer = await this.#send(begun, rules)
      const rule = callRule(rules.dialect, due.type)
      const error = rule ? wrongWith(rule, answer) : null
      const now = Date.now()
      let after!: Aftermath
      await this.#shared.commit.add({
        write: () => { after = this.#conclude({ begun, rules, answer, at, now, error }) },
        goOn: () => { if (!after.disable) goOn() },
      })
      const { decision, disable, since } = after
      const state = stateAfter(decision), { status, response, body } = answer
      if (state !== states.pending) this.#tell({ attempt, at, took: now - at, attempts: due.attempts + 1, delivered: state === states.success, status, error: error ?? (state === states.success ? null : status ? `it answered ${status}` : response), ...body && { body } }, due.message)
      count(`waxseal_attempts_total{outcome="${decision.next}"}`)
      if (disable) await this.#disable(rules.endpoint.id, disabled[disable], since)
      if (state === states.fail && due.source !== operational) {
        await this.#announce('message.attempt.exhausted', { msgId: due.message, msgEventId: due.event, lastAttempt: { id: attempt, responseStatusCode: status, timestamp: new Date(at).toISOString() } })
      }
    } catch (error) {
      // The record failed, not the endpoint: the sweep takes the delivery up again.
      console.error(`outbox attempt: ${error}`)
    } finally {
      goOn()
    }
  }

  /** Records how an attempt ended and what follows, by what the endpoint has come to by now; inside one transaction. */
  #conclude({ begun, rules: { endpoint, policy }, answer: { ended, status, response, headers, request }, at, now, error }: Ending): Aftermath {
    const health = { failing: this.#queue.failing(), changed: endpoint.updatedAt, patience: endpoint.disableAfter }
    const after = policy.conclude(begun.due.attempts + 1, 'status' in ended ? { ...ended, valid: error === null } : ended, health, at, now)
    const { decision, failing } = after
    const next = decision.next === 'retry' ? now + decision.delay : now
    this.#queue.end({ ...begun, at, took: now - at, status, response, state: stateAfter(decision), next, request, answer: keepAnswer(headers), error, failing: failing === health.failing ? null : failing })
    return after
  }

  async #disable(id: string, reason: string, since: number): Promise<void> {
    const changed = await directoryOf(this.#shared.env, this.#place.app).disable(id, reason)
    this.#shared.rules.expire(id)
    if (changed) await this.#announce('endpoint.disabled', { failSince: new Date(since).toISOString() })
  }

  async #announce(type: string, data: object): Promise<void> {
    const { app, id: endpoint } = this.#place
    const view = await viewOf(this.#shared.env, app)
    if (view) await announce(this.#shared.env, app, view, type, { appId: app, endpointId: endpoint, ...data })
  }

  async #send({ due, attempt }: Begun, { endpoint, secrets, dialect, dialects, policy }: Rules): Promise<Sent> {
    const sent = due.again === null ? undefined : this.#queue.sent(due.again)
    const url = sent?.url ?? endpoint.url
    try {
      const config = withOwn(configOf(this.#shared.env), dialects)
      const destination = checkDestination(url, config)
      if (!destination.ok) throw new Error(destination.advice)
      const { message, source, type, event, manual } = due
      const delivery: Delivery = { message, source, type, eventId: event, manual: manual === 1, endpoint: endpoint.id, headers: await openTokens(this.#shared.env, JSON.parse(due.headers)), body: new Uint8Array(due.body) }
      const made = sent ? await sendAgain(config, sent, valid(secrets), endpoint, delivery) : await requestOf(dialect, valid(secrets), endpoint, delivery, endpoint.format ? await slackBody(this.#shared.env, this.#place.app, delivery) : undefined)
      const request = sent?.request ?? await keep(dialect, endpoint, made)
      const answer = await send(url, made.body, made.headers, policy.timeout, proxyOf(this.#shared.env, endpoint), callRule(dialect, type) ?? (this.#awaited.has(message) ? {} : undefined))
      if (config.debug) await traceSent(this.#shared.env, this.#place.app, { endpoint, attempt, message, source, dialect, secrets: valid(secrets), url, ...made }, answer).catch(error => console.error(`debug: ${error}`))
      return { ...answer, request }
    } catch (error) {
      return { ended: { unreachable: true }, status: 0, response: `not sent: ${(error as Error).message}`, request: null }
    }
  }
}
