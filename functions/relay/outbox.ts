// The Outbox: sends one endpoint's deliveries, in time. Called by the Inbox, the sweep and its alarm;
// queue.ts holds its tables, pace.ts what was sent when; what begins, and what follows an attempt, the core decides.
import { DurableObject } from 'cloudflare:workers'
import { checkDestination, type Aftermath, type Decision } from '../../js/relay.ts'
import { callRule, wrongWith, type Called } from './calls.ts'
import { GroupCommit } from './commit.ts'
import { count } from './counts.ts'
import { withOwn } from './dialects.ts'
import { newId } from './ids.ts'
import { keep, keepAnswer, sendAgain } from './kept.ts'
import { Log } from './log.ts'
import { operational } from './model.ts'
import { configOf, directoryOf, type Env, type OutboxObject } from './objects.ts'
import { Pace, remembered } from './pace.ts'
import { prune } from './prune.ts'
import { announce } from './publish.ts'
import { Queue, type Begun } from './queue.ts'
import { rulesOf, type Rules } from './rules.ts'
import { proxyOf, send, type Answer } from './send.ts'
import { requestOf } from './sign.ts'
import { slackBody } from './slack.ts'
import { isStopping, underWay } from './stopping.ts'
import { openTokens } from './tokens.ts'
import { traceSent } from './trace.ts'
import { states, type Attempt, type AttemptQuery, type Delivery, type DeliveryQuery, type Progress, type State, type Stats } from './traffic.ts'
import { valid, viewOf } from './views.ts'

/** Milliseconds after which the alarm looks again while something is in hand. */
const safety = 30_000
const disabled = { gone: 'it answered 410 Gone', failing: 'every attempt failed for too long' } as const

/** An answer, and the request it is to, in the form of kept.ts. */
type Sent = Answer & { request: string | null }
/** An attempt that has ended, before it is decided what follows; `error`: what is wrong with the answer to a call. */
interface Ending { begun: Begun; rules: Rules; answer: Sent; at: number; now: number; error: string | null }

const stateAfter = ({ next }: Decision): number => next === 'delivered' ? states.success : next === 'retry' ? states.pending : states.fail

export class Outbox extends DurableObject<Env> implements OutboxObject {
  readonly #queue = new Queue(this.ctx.storage)
  readonly #log = new Log(this.ctx.storage)
  readonly #end = new GroupCommit<Ending, Aftermath>(this.ctx.storage, ending => this.#conclude(ending))
  readonly #pace = new Pace(this.#queue.times(remembered))
  /** Who waits for the end of a delivery, by its message. */
  readonly #awaited = new Map<string, (called: Called) => void>()
  #alarmAt: number | null = null
  #known: { at: number; text: string | undefined; rules: Rules | null } | null = null
  #pumping = false
  #again = false

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#queue.resume(Date.now())
    void ctx.blockConcurrencyWhile(async () => { this.#alarmAt = await ctx.storage.getAlarm() })
  }

  /** Takes deliveries, once each however often they are handed over; resolves when they are on disk. */
  async enqueue(app: string, endpoint: string, deliveries: Delivery[]): Promise<void> {
    await this.#rules().catch(() => null) // asked before, so that what is taken and what begins at once share a commit
    this.#queue.put(app, endpoint, deliveries, Date.now())
    void this.#pump()
    await this.#arm(Date.now() + safety)
    await this.ctx.storage.sync()
  }

  /** Sends a delivery as all others, and waits until it has ended. @return null: it has not within `seconds`, and goes on */
  async call(app: string, delivery: Delivery, seconds: number): Promise<Called | null> {
    const { message } = delivery
    let late: ReturnType<typeof setTimeout> | undefined
    const ended = new Promise<Called | null>(resolve => {
      this.#awaited.set(message, resolve)
      late = setTimeout(() => resolve(null), seconds * 1000)
    })
    try {
      await this.enqueue(app, delivery.endpoint, [delivery])
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
  async sweep(days?: number): Promise<void> {
    this.#known = null
    if (!this.#pace.flying.length) this.#queue.resume(Date.now())
    const rules = await this.#rules().catch(() => null)
    if (rules) this.#queue.hasten(Date.now() + rules.policy.longestDelay)
    await this.alarm()
    if (days === undefined) return
    const now = Date.now()
    await prune(most => this.#queue.prune(now, days, most))
  }

  /** Never throws, and arms itself again while anything is to be sent. */
  override async alarm(): Promise<void> {
    this.#alarmAt = null
    await this.#pump()
  }

  attempts(query: AttemptQuery): Attempt[] {
    return this.#log.attempts(query)
  }

  deliveries(query: DeliveryQuery): State[] {
    return this.#log.deliveries(query)
  }

  stats(since: number, until: number): Stats {
    return this.#log.stats(since, until)
  }

  progress(task: string): Progress {
    return this.#log.progress(task)
  }

  async recover(since: number, until: number, task: string): Promise<number> {
    const count = this.#queue.recover(since, until, task, Date.now())
    await this.#arm(Date.now() + safety)
    await this.ctx.storage.sync()
    void this.#pump()
    return count
  }

  clear(attempt: string): boolean {
    return this.#queue.clear(attempt)
  }

  forget(message: string): void {
    this.#queue.forget(message)
  }

  async erase(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
    this.#alarmAt = null
    this.#known = null
    await this.#queue.erase()
  }

  /** Starts every attempt that may be made, then arms the alarm for the next. Never throws. */
  async #pump(): Promise<void> {
    if (this.#pumping) return void (this.#again = true)
    this.#pumping = true
    try {
      do {
        this.#again = false
        const next = await this.#start()
        if (next !== null) await this.#arm(Math.max(next, Date.now()))
      } while (this.#again)
    } catch (error) {
      console.error(`outbox: ${error}`)
      await this.#arm(Date.now() + safety).catch(() => {})
    } finally {
      this.#pumping = false
    }
  }

  /** @return when there will be something to do, in Unix milliseconds; null: nothing waits for time */
  async #start(): Promise<number | null> {
    const rules = await this.#rules()
    if (!rules || rules.endpoint.status !== 'active') return null
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
  #admit({ endpoint: { concurrency }, policy }: Rules, now: number): { begun: Begun[]; again: number | null } {
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
    try {
      const { due, attempt } = begun
      const at = Date.now()
      const answer = await this.#send(begun, rules)
      const rule = callRule(rules.dialect, due.type)
      const error = rule ? wrongWith(rule, answer) : null
      const now = Date.now()
      const { decision, disable, since } = await this.#end.add({ begun, rules, answer, at, now, error })
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
      this.#pace.ended(begun.attempt, Date.now())
      void this.#pump()
    }
  }

  /** Records how an attempt ended and what follows, by what the endpoint has come to by now; inside one transaction. */
  #conclude({ begun, rules: { endpoint, policy }, answer: { ended, status, response, headers, request }, at, now, error }: Ending): Aftermath {
    const health = { failing: this.#queue.failing(), changed: endpoint.updatedAt, patience: endpoint.disableAfter }
    const after = policy.conclude(begun.due.attempts + 1, 'status' in ended ? { ...ended, valid: error === null } : ended, health, at, now)
    const { decision, failing } = after
    const next = decision.next === 'retry' ? now + decision.delay : now
    this.#queue.end({ ...begun, at, took: now - at, status, response, state: stateAfter(decision), next, request, answer: keepAnswer(headers), error, failing })
    return after
  }

  async #disable(id: string, reason: string, since: number): Promise<void> {
    const changed = await directoryOf(this.env, this.#queue.self()!.app).disable(id, reason)
    this.#known = null
    if (changed) await this.#announce('endpoint.disabled', { failSince: new Date(since).toISOString() })
  }

  async #announce(type: string, data: object): Promise<void> {
    const { app, endpoint } = this.#queue.self()!
    const view = await viewOf(this.env, app)
    if (view) await announce(this.env, app, view, type, { appId: app, endpointId: endpoint, ...data })
  }

  async #send({ due, attempt }: Begun, { endpoint, secrets, dialect, dialects, policy }: Rules): Promise<Sent> {
    const sent = due.again === null ? undefined : this.#queue.sent(due.again)
    const url = sent?.url ?? endpoint.url
    try {
      const config = withOwn(configOf(this.env), dialects)
      const destination = checkDestination(url, config)
      if (!destination.ok) throw new Error(destination.advice)
      const { message, source, type, event, manual } = due
      const delivery: Delivery = { message, source, type, eventId: event, manual: manual === 1, endpoint: endpoint.id, headers: await openTokens(this.env, JSON.parse(due.headers)), body: new Uint8Array(due.body) }
      const made = sent ? await sendAgain(config, sent, valid(secrets), endpoint, delivery) : await requestOf(dialect, valid(secrets), endpoint, delivery, endpoint.format ? await slackBody(this.env, this.#queue.self()!.app, delivery) : undefined)
      const request = sent?.request ?? await keep(dialect, endpoint, made)
      const answer = await send(url, made.body, made.headers, policy.timeout, proxyOf(this.env, endpoint), callRule(dialect, type) ?? (this.#awaited.has(message) ? {} : undefined))
      if (config.debug) await traceSent(this.env, this.#queue.self()!.app, { endpoint, attempt, message, source, dialect, secrets: valid(secrets), url, ...made }, answer).catch(error => console.error(`debug: ${error}`))
      return { ...answer, request }
    } catch (error) {
      return { ended: { unreachable: true }, status: 0, response: `not sent: ${(error as Error).message}`, request: null }
    }
  }

  /** Never later than asked, and never moves an earlier alarm. */
  async #arm(at: number): Promise<void> {
    if (this.#alarmAt !== null && this.#alarmAt <= at) return
    this.#alarmAt = at
    await this.ctx.storage.setAlarm(at)
  }

  /** The endpoint's rules, asked for once a second; null: there is no such endpoint. */
  async #rules(): Promise<Rules | null> {
    const self = this.#queue.self()
    if (!self) return null
    if (this.#known && Date.now() - this.#known.at < 1000) return this.#known.rules
    const signing = await directoryOf(this.env, self.app).signing(self.endpoint)
    const text = JSON.stringify(signing)
    const rules = this.#known?.text === text ? this.#known.rules : signing ? rulesOf(withOwn(configOf(this.env), signing.dialects), signing) : null
    this.#known = { at: Date.now(), text, rules }
    return rules
  }
}
