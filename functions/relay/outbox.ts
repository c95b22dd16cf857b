// The Outbox: one endpoint's queue, its attempts, its rate windows and its retry schedule. Called
// by the Inbox, the sweep and its alarm; what follows an attempt is the core's decision.
import { DurableObject } from 'cloudflare:workers'
import { DeliveryPolicy, describe } from '../../js/index.ts'
import { GroupCommit } from './commit.ts'
import { configOf, endpointSecrets, secretsOf, type Env } from './config.ts'
import { dialectOf, policyOf } from './dialects.ts'
import type { Endpoint } from './directory.ts'
import { newId } from './ids.ts'
import { Pace, remembered, seen } from './pace.ts'
import { migrate } from './schema.ts'
import { send, type Answer } from './send.ts'
import { headersOf } from './sign.ts'

export interface Delivery {
  message: string
  source: string
  type: string | null
  endpoint: string
  headers: [string, string][]
  body: Uint8Array
}
export interface Attempt {
  id: string; message: string; at: number; took: number; status: number; response: string; state: number; url: string
}

/** As Svix numbers them. */
export const states = { success: 0, pending: 1, fail: 2, sending: 3 } as const

const steps = [`
  CREATE TABLE self (app TEXT NOT NULL, endpoint TEXT NOT NULL);
  CREATE TABLE delivery (message TEXT PRIMARY KEY, source TEXT NOT NULL, type TEXT, headers TEXT, body BLOB,
    state INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX queue ON delivery (state, due);
  CREATE TABLE attempt (id TEXT PRIMARY KEY, message TEXT NOT NULL, at INTEGER NOT NULL, took INTEGER NOT NULL,
    status INTEGER NOT NULL, response TEXT NOT NULL, state INTEGER NOT NULL, url TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX of_message ON attempt (message);
`]
const safety = 30_000

type Row = { message: string; source: string; type: string | null; headers: string; body: ArrayBuffer; attempts: number }
/** `widest`: the largest limit of a rate window; `longest`: milliseconds, more than any delay. */
type Settings = { endpoint: Endpoint; policy: DeliveryPolicy; widest: number; longest: number }
type Finished = { row: Row; attempt: string; at: number; outcome: Answer; state: number; due: number; took: number }

export class Outbox extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql
  readonly #finish = new GroupCommit<Finished, void>(this.ctx.storage, item => this.#record(item))
  readonly #pace: Pace
  #alarmAt: number | null = null
  #known: { at: number; text: string | undefined; settings: Settings | null } | null = null
  #pumping = false
  #again = false

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    migrate(ctx.storage, steps)
    this.#pace = new Pace(this.#sql.exec<{ at: number; took: number }>('SELECT at, took FROM attempt ORDER BY id DESC LIMIT ?', remembered).toArray().map(({ at, took }) => seen(at, took)))
    this.#recover()
    void ctx.blockConcurrencyWhile(async () => { this.#alarmAt = await ctx.storage.getAlarm() })
  }

  /** Where nothing is in flight, what is marked so was cut off: whether it arrived is unknown, so it goes out again. */
  #recover(): void {
    if (this.#pace.flying) return
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec("UPDATE attempt SET state = ?, response = 'unknown: the relay stopped during this attempt' WHERE state = ?", states.fail, states.sending)
      this.#sql.exec('UPDATE delivery SET state = ?, due = ? WHERE state = ?', states.pending, Date.now(), states.sending)
    })
  }

  /** Takes deliveries, once each however often they are handed over; resolves when they are on disk. */
  async enqueue(app: string, endpoint: string, deliveries: Delivery[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      if (!this.#self()) this.#sql.exec('INSERT INTO self VALUES (?, ?)', app, endpoint)
      for (const { message, source, type, headers, body } of deliveries) {
        this.#sql.exec('INSERT OR IGNORE INTO delivery VALUES (?, ?, ?, ?, ?, ?, 0, ?)', message, source, type, JSON.stringify(headers), body, states.pending, Date.now())
      }
    })
    await this.#arm(Date.now() + safety)
    await this.ctx.storage.sync()
    void this.#pump()
  }

  /** From the sweep: goes on with what is due, should an alarm have been lost. */
  async sweep(): Promise<void> {
    this.#recover()
    // A clock that was set back must not put a retry off by more than its delay.
    const latest = Date.now() + ((await this.#settings())?.longest ?? Infinity)
    if (latest < Infinity) this.#sql.exec('UPDATE delivery SET due = ? WHERE state = ? AND due > ?', latest, states.pending, latest)
    await this.alarm()
  }

  /** Never throws, and arms itself again while anything is to be sent. */
  override async alarm(): Promise<void> {
    this.#alarmAt = null
    await this.#pump()
  }

  /** Starts every attempt that is due and that the rate windows allow, then arms the alarm for the next. */
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
    const settings = await this.#settings()
    if (!settings || settings.endpoint.disabled) return null
    const { endpoint, policy, widest } = settings
    const now = Date.now()
    const room = (endpoint.concurrency ?? 8) - this.#pace.flying
    const due = room <= 0 ? [] : this.#sql.exec<Row>(
      'SELECT message, source, type, headers, body, attempts FROM delivery WHERE state = ? AND due <= ? ORDER BY due LIMIT ?', states.pending, now, room).toArray()
    const started: { row: Row; attempt: string }[] = []
    let gate: number | null = null
    for (const row of due) {
      const earliest = widest ? policy.earliestAttempt(this.#pace.times(now, widest), now) : now
      if (earliest > now) { gate = earliest; break }
      const attempt = newId('atmpt', now)
      this.#pace.began(attempt, now)
      started.push({ row, attempt })
    }
    this.ctx.storage.transactionSync(() => {
      for (const { row, attempt } of started) {
        this.#sql.exec('UPDATE delivery SET state = ? WHERE message = ?', states.sending, row.message)
        this.#sql.exec("INSERT INTO attempt VALUES (?, ?, ?, 0, 0, '', ?, ?)", attempt, row.message, now, states.sending, endpoint.url)
      }
    })
    for (const { row, attempt } of started) void this.#attempt(row, attempt, settings)
    if (gate !== null) return gate
    if (this.#pace.flying) return now + safety
    const [next] = this.#sql.exec<{ due: number | null }>('SELECT min(due) AS due FROM delivery WHERE state = ? AND due > ?', states.pending, now).toArray()
    return next?.due ?? null
  }

  async #attempt(row: Row, attempt: string, { endpoint, policy }: Settings): Promise<void> {
    try {
      const at = Date.now()
      const outcome = await this.#send(row, endpoint, policy.timeout)
      const decision = policy.nextAttempt(row.attempts + 1, outcome.ended)
      const state = decision.next === 'delivered' ? states.success : decision.next === 'retry' ? states.pending : states.fail
      const now = Date.now()
      await this.#finish.add({ row, attempt, at, outcome, state, due: decision.next === 'retry' ? now + decision.delay : 0, took: now - at })
      if (decision.next === 'disable') {
        await this.#directory().disable(endpoint.name)
        this.#known = null
      }
    } catch (error) {
      // The record failed, not the endpoint: the next sweep takes the delivery up again.
      console.error(`outbox attempt: ${error}`)
      await this.#arm(Date.now() + safety).catch(() => {})
    } finally {
      this.#pace.ended(attempt, Date.now())
      void this.#pump()
    }
  }

  async #send(row: Row, endpoint: Endpoint, seconds: number): Promise<Answer> {
    try {
      const name = endpoint.dialect ?? 'standard-webhooks'
      const dialect = name === 'as-received' ? null : dialectOf(configOf(this.env), name) ?? null
      const body = new Uint8Array(row.body)
      const secrets = secretsOf(this.env, endpointSecrets(endpoint.name, endpoint))
      const headers = headersOf(dialect, secrets, endpoint.url, { ...row, endpoint: endpoint.name, headers: JSON.parse(row.headers), body })
      return await send(endpoint.url, body, headers, seconds)
    } catch (error) {
      return { ended: { unreachable: true }, status: 0, response: `not sent: ${(error as Error).message}` }
    }
  }

  /** The attempt and the change of state, in one transaction; a body is kept no longer than it is needed. */
  #record({ row, attempt, at, outcome, state, due, took }: Finished): void {
    this.#sql.exec('UPDATE attempt SET at = ?, took = ?, status = ?, response = ?, state = ? WHERE id = ?',
      at, took, outcome.status, outcome.response, state === states.success ? states.success : states.fail, attempt)
    this.#sql.exec('UPDATE delivery SET state = ?, attempts = attempts + 1, due = ? WHERE message = ?', state, due, row.message)
    if (state !== states.pending) this.#sql.exec('UPDATE delivery SET body = NULL, headers = NULL WHERE message = ?', row.message)
  }

  /** Never later than asked, and never moves an earlier alarm. */
  async #arm(at: number): Promise<void> {
    if (this.#alarmAt !== null && this.#alarmAt <= at) return
    this.#alarmAt = at
    await this.ctx.storage.setAlarm(at)
  }

  #self(): { app: string; endpoint: string } | undefined {
    return this.#sql.exec<{ app: string; endpoint: string }>('SELECT app, endpoint FROM self').toArray()[0]
  }

  #directory() {
    return this.env.DIRECTORY.get(this.env.DIRECTORY.idFromName(this.#self()!.app))
  }

  /** The endpoint's settings, asked for once a second; null: there is no such endpoint. */
  async #settings(): Promise<Settings | null> {
    const self = this.#self()
    if (!self) return null
    if (this.#known && Date.now() - this.#known.at < 1000) return this.#known.settings
    const endpoint = (await this.#directory().endpoints()).find(({ name }) => name === self.endpoint)
    const text = JSON.stringify(endpoint)
    if (this.#known?.text !== text) this.#known = { at: 0, text, settings: endpoint ? this.#read(endpoint) : null }
    this.#known!.at = Date.now()
    return this.#known!.settings
  }

  #read(endpoint: Endpoint): Settings {
    const rules = policyOf(configOf(this.env), endpoint)
    if (!rules) throw new Error(`endpoint ${endpoint.name}: no dialect is called ${endpoint.policy}`)
    const { rate = [], retry: { delays = [], jitter_percent = 0, retry_after_cap = 0 } = {} } = describe(rules).delivery ?? {}
    const longest = Math.max(0, retry_after_cap, ...delays) * (1000 + 10 * jitter_percent)
    return { endpoint, policy: new DeliveryPolicy(rules), widest: Math.max(0, ...rate.map(({ limit }) => limit)), longest }
  }

  attempts(message: string): Attempt[] {
    return this.#sql.exec<Attempt>('SELECT * FROM attempt WHERE message = ? ORDER BY id DESC', message).toArray()
  }

  /** How many deliveries are in each state. */
  counts(): Record<string, number> {
    const rows = this.#sql.exec<{ state: number; n: number }>('SELECT state, count(*) AS n FROM delivery GROUP BY state').toArray()
    return Object.fromEntries(Object.entries(states).map(([name, number]) => [name, rows.find(row => row.state === number)?.n ?? 0]))
  }
}
