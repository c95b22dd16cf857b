// Cosmo's delivery rows, made of the attempts that an Outbox keeps: one for a delivery that has ended,
// and one for each time that it was sent again. Used by cosmo.ts.
import { z, type Call } from '../../api/base.ts'
import { dialectOf } from '../../dialects.ts'
import { describe } from '../../../../js/index.ts'
import type { Endpoint } from '../../model.ts'
import { configOf, directoryOf, inboxesOf, outboxOf } from '../../objects.ts'
import { requestOf } from '../../sign.ts'
import { states, type Attempt, type AttemptQuery, type Message } from '../../traffic.ts'
import { valid } from '../../views.ts'
import { Refused } from './answer.ts'

const day = 24 * 3600_000
/** What the relay keeps. */
const retention = 90 * day
/** Attempts of one endpoint that are looked through. */
const most = 10_000

const time = z.string().datetime({ offset: true }).transform(text => Date.parse(text))
const count = z.number().int().min(0)
export const History = z.object({
  pagination: z.object({ limit: count.max(50).default(0), offset: count.default(0) }).default({ limit: 0, offset: 0 }),
  dateRange: z.object({ start: time, end: time }).optional(), filterByType: z.string().optional(),
})

/** Attempts that belong together, the oldest first; its id is the first one's. */
export interface Row { id: string; endpoint: string; attempts: [Attempt, ...Attempt[]] }

/** @throws Refused where it is none that is kept */
export function rangeOf(range: { start: number; end: number } | undefined, now: number): { start: number; end: number } {
  const oldest = now - retention
  const { start, end } = range ? { start: Math.max(range.start, oldest), end: range.end } : { start: oldest, end: now }
  if (start > end) throw new Refused('ERR', 'Invalid date range')
  return { start, end }
}

const endOf = ({ attempts }: Row): number => { const last = attempts.at(-1)!; return last.at + last.took }

/** The rows of deliveries that ended within the range, the newest first. */
export async function rowsIn(context: Call, { start, end }: { start: number; end: number }): Promise<Row[]> {
  const rows = await Promise.all(context.get('view').endpoints.map(({ id }) => rowsOf(context, id, {})))
  return rows.flat().filter(row => endOf(row) >= start && endOf(row) <= end).sort((a, b) => endOf(b) - endOf(a) || (a.id < b.id ? 1 : -1))
}

/** @throws Refused where there is no such row */
export async function findRow(context: Call, id: string): Promise<Row> {
  for (const { id: endpoint } of context.get('view').endpoints) {
    const [attempt] = await outboxOf(context.env, context.get('app').id, endpoint).attempts({ id, limit: 1 })
    const row = attempt && (await rowsOf(context, endpoint, { message: attempt.message })).find(row => row.id === id)
    if (row) return row
  }
  throw new Refused('ERR_NOT_FOUND', 'Could not find webhook delivery')
}

async function rowsOf(context: Call, endpoint: string, query: Pick<AttemptQuery, 'message'>): Promise<Row[]> {
  const outbox = outboxOf(context.env, context.get('app').id, endpoint)
  const [attempts, deliveries] = await Promise.all([outbox.attempts({ ...query, limit: most }), outbox.deliveries({ ...query, limit: most })])
  const open = new Set(deliveries.filter(({ state }) => state === states.pending || state === states.sending).map(({ message }) => message))
  const last = new Map<string, Row>()
  const rows: Row[] = []
  for (const attempt of attempts.reverse()) {
    const before = last.get(attempt.message)
    // Sent again by hand after it had been delivered or had failed: a row of its own.
    if (before && before.attempts.at(-1)!.state !== states.success && before.attempts[0].manual === attempt.manual) before.attempts.push(attempt)
    else rows.push({ id: attempt.id, endpoint, attempts: [attempt] }), last.set(attempt.message, rows.at(-1)!)
  }
  return rows.filter(row => !open.has(row.attempts[0].message) || last.get(row.attempts[0].message) !== row)
}

/** Rows as Cosmo shows them. What was sent is made again, without its signature: the key may be another by now. */
export async function shown(context: Call, rows: Row[]): Promise<object[]> {
  const { id: app } = context.get('app')
  const ids = rows.map(({ attempts }) => attempts[0].message)
  const messages = (await Promise.all(inboxesOf(context.env, app, context.get('view').sources).map(inbox => inbox.many(ids, true)))).flat()
  return Promise.all(rows.map(async row => {
    const [first] = row.attempts
    const last = row.attempts.at(-1)!
    const message = messages.find(({ id }) => id === first.message)
    return {
      id: row.id, createdAt: new Date(endOf(row)).toISOString(), type: 'webhook', endpoint: last.url, eventName: first.type ?? '', ...await sent(context, row, message),
      ...last.status ? { responseStatusCode: last.status, responseBody: last.response } : { responseErrorCode: /^no answer in/.test(last.response) ? 'ECONNABORTED' : 'ERR_NETWORK', errorMessage: last.response },
      retryCount: row.attempts.length - 1, duration: endOf(row) - first.at, isRedelivery: first.manual === 1,
    }
  }))
}

async function sent(context: Call, { endpoint: id }: Row, message: Message | undefined): Promise<{ payload: string; requestHeaders: string }> {
  const signing = await directoryOf(context.env, context.get('app').id).signing(id)
  if (!message || message.body === null || !signing) return { payload: '', requestHeaders: '{}' }
  const { endpoint, secrets } = signing
  const body = message.content === 'json' ? new TextEncoder().encode(message.body) : Uint8Array.from(atob(message.body), character => character.charCodeAt(0))
  const { id: name, source, type, event } = message
  const dialect = endpoint.dialect === 'as-received' ? null : dialectOf(configOf(context.env), endpoint.dialect)!
  const request = await requestOf(dialect, valid(secrets), endpoint, { message: name, source, type, eventId: event, endpoint: id, headers: [], body, manual: false })
  return { payload: new TextDecoder().decode(request.body), requestHeaders: JSON.stringify(Object.fromEntries(request.headers.filter(([header]) => !secret(dialect, endpoint, header)))) }
}

/** Signatures, and headers of the endpoint's own, which may be credentials. */
function secret(dialect: Parameters<typeof describe>[0] | null, endpoint: Endpoint, header: string): boolean {
  const signatures = dialect ? [describe(dialect).signature].flat().map(part => (part as { header?: string }).header?.toLowerCase()) : []
  return signatures.includes(header.toLowerCase()) || Object.keys(endpoint.headers).some(name => name.toLowerCase() === header.toLowerCase())
}

/** Sends a row's message to its endpoint once more, and waits until that has ended, at most 30 seconds. */
export async function redeliver(context: Call, { endpoint, attempts: [{ message }] }: Row): Promise<void> {
  const { id: app } = context.get('app')
  const before = (await rowsOf(context, endpoint, { message })).length
  const counts = await Promise.all(inboxesOf(context.env, app, context.get('view').sources).map(inbox => inbox.replay({ app, endpoint, ids: [message] })))
  if (!counts.some(Boolean)) throw new Refused('ERR_NOT_FOUND', 'Could not find webhook delivery')
  await directoryOf(context.env, app).note(context.get('by'), 'message.resend', `${message} to ${endpoint}`)
  for (const late = Date.now() + 30_000; Date.now() < late; await new Promise(wake => setTimeout(wake, 50))) {
    if ((await rowsOf(context, endpoint, { message })).length > before) return
  }
}
