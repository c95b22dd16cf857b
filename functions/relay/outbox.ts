// The Outbox: sends one endpoint's deliveries, in time. Called by the Inbox, the sweep and its alarm;
// queue.ts holds its tables, pace.ts its rate windows, and what follows an attempt is the core's decision.
import { DurableObject } from 'cloudflare:workers'
import { checkDestination } from '../../js/full.ts'
import { callRule, wrongWith, type Called } from './calls.ts'
import { GroupCommit } from './commit.ts'
import { count } from './counts.ts'
import { withOwn } from './dialects.ts'
import { newId } from './ids.ts'
import { keep, keepAnswer, sendAgain } from './kept.ts'
import { Log } from './log.ts'
import { operational } from './model.ts'
import { configOf, directoryOf, type Env, type OutboxObject } from './objects.ts'
import { Pace, remembered, seen } from './pace.ts'
import { prune } from './prune.ts'
import { announce } from './publish.ts'
import { Queue, type Begun, type Ended } from './queue.ts'
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

export class Outbox extends DurableObject<Env> implements OutboxObject {
  readonly #queue = new Queue(this.ctx.storage)
  readonly #log = new Log(this.ctx.storage)
  readonly #end = new GroupCommit<Ended, void>(this.ctx.storage, ended => this.#queue.end(ended))
  readonly #pace = new Pace(this.#queue.times(remembered).map(({ at, took }) => seen(at, took)))
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
    if (!this.#pace.flying) this.#queue.resume(Date.now())
    const rules = await this.#rules().catch(() => null)
    if (rules) this.#queue.hasten(Date.now() + rules.longest)
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
    const { begun, gate } = this.#admit(rules, now)
    try {
      this.#queue.begin(begun, rules.endpoint.url, now)
    } catch (error) {
      for (const { attempt } of begun) this.#pace.ended(attempt, now)
      throw error
    }
    for (const one of begun) void underWay(this.#attempt(one, rules))
    const times = [gate, this.#queue.next(now), this.#pace.flying ? now + safety : null].filter(time => time !== null)
    return times.length ? Math.min(...times) : null
  }

  /** What is due, as far as order, concurrency and the rate windows allow; `gate` is when they allow the next. */
  #admit({ endpoint, policy, widest }: Rules, now: number): { begun: Begun[]; gate: number | null } {
    const room = (endpoint.ordered ? 1 : endpoint.concurrency) - this.#pace.flying
    const begun: Begun[] = []
    for (const due of room > 0 ? this.#queue.due(now, room, endpoint.ordered) : []) {
      const earliest = widest ? policy.earliestAttempt(this.#pace.times(now, widest), now) : now
      if (earliest > now) return { begun, gate: earliest }
      const attempt = newId('atmpt', now)
      this.#pace.began(attempt, now)
      begun.push({ due, attempt })
    }
    return { begun, gate: null }
  }

  async #attempt(begun: Begun, rules: Rules): Promise<void> {
    try {
      const { endpoint, policy } = rules
      const at = Date.now()
      const answer = await this.#send(begun, rules)
      const { ended, status, response, headers, request, body } = answer
      const rule = callRule(rules.dialect, begun.due.type)
      const error = rule ? wrongWith(rule, answer) : null
      const decision = policy.nextAttempt(begun.due.attempts + 1, ended)
      // An answer that is none, though its status is good, would be the same once more.
      const state = decision.next === 'delivered' ? error === null ? states.success : states.fail : decision.next === 'retry' ? states.pending : states.fail
      const now = Date.now()
      await this.#end.add({ ...begun, at, took: now - at, status, response, state, next: decision.next === 'retry' ? now + decision.delay : now, request, answer: keepAnswer(headers), error })
      if (state !== states.pending) this.#tell({ attempt: begun.attempt, at, took: now - at, attempts: begun.due.attempts + 1, delivered: state === states.success, status, error: error ?? (state === states.success ? null : status ? `it answered ${status}` : response), ...body && { body } }, begun.due.message)
      count(`waxseal_attempts_total{outcome="${decision.next}"}`)
      if (state === states.success) return
      const since = Math.max(this.#queue.failing(), endpoint.updatedAt)
      if (decision.next === 'disable') await this.#disable(endpoint.id, 'it answered 410 Gone', since)
      else if (endpoint.disableAfter !== null && policy.givesUp(since, now, endpoint.disableAfter)) await this.#disable(endpoint.id, 'every attempt failed for too long', since)
      if (state === states.fail && begun.due.source !== operational) {
        await this.#announce('message.attempt.exhausted', { msgId: begun.due.message, msgEventId: begun.due.event, lastAttempt: { id: begun.attempt, responseStatusCode: status, timestamp: new Date(at).toISOString() } })
      }
    } catch (error) {
      // The record failed, not the endpoint: the sweep takes the delivery up again.
      console.error(`outbox attempt: ${error}`)
    } finally {
      this.#pace.ended(begun.attempt, Date.now())
      void this.#pump()
    }
  }

  async #disable(id: string, reason: string, since: number): Promise<void> {
    const disabled = await directoryOf(this.env, this.#queue.self()!.app).disable(id, reason)
    this.#known = null
    if (disabled) await this.#announce('endpoint.disabled', { failSince: new Date(since).toISOString() })
  }

  async #announce(type: string, data: object): Promise<void> {
    const { app, endpoint } = this.#queue.self()!
    const view = await viewOf(this.env, app)
    if (view) await announce(this.env, app, view, type, { appId: app, endpointId: endpoint, ...data })
  }

  async #send({ due, attempt }: Begun, { endpoint, secrets, dialect, dialects, policy }: Rules): Promise<Answer & { request: string | null }> {
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
