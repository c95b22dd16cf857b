// Cosmo's delivery rows, made of the attempts that an Outbox keeps: one for a delivery that has ended,
// and one for each time that it was sent again. Used by cosmo.ts.
import { configFor, z, type Call } from '../../api/base.ts'
import { showAnswer, showRequest } from '../../kept.ts'
import type { Endpoint } from '../../model.ts'
import { directoryOf, inboxesOf, outboxOf } from '../../objects.ts'
import { day } from '../../prune.ts'
import { states, type Attempt, type AttemptQuery, type Delivery, type Message } from '../../traffic.ts'
import { Refused } from './answer.ts'

/** Attempts of one endpoint that are looked through. */
const most = 10_000
/** Milliseconds for which a redelivery is waited for; the rest of it runs on. */
const patience = 30_000

const time = z.string().datetime({ offset: true }).transform(text => Date.parse(text))
const count = z.number().int().min(0)
export const History = z.object({
  pagination: z.object({ limit: count.max(50).default(0), offset: count.default(0) }).default({ limit: 0, offset: 0 }),
  dateRange: z.object({ start: time, end: time }).optional(), filterByType: z.string().optional(),
})

/** Attempts that belong together, the oldest first; its id is the first one's. */
export interface Row { id: string; endpoint: string; slack: boolean; attempts: [Attempt, ...Attempt[]] }

/** @param days  that are kept @throws Refused where it is none that is kept */
export function rangeOf(range: { start: number; end: number } | undefined, now: number, days: number): { start: number; end: number } {
  const oldest = now - days * day
  const { start, end } = range ? { start: Math.max(range.start, oldest), end: range.end } : { start: oldest, end: now }
  if (start > end) throw new Refused('ERR', 'Invalid date range')
  return { start, end }
}

const endOf = ({ attempts }: Row): number => { const last = attempts.at(-1)!; return last.at + last.took }

/** The rows of deliveries that ended within the range, the newest first. */
export async function rowsIn(context: Call, { start, end }: { start: number; end: number }): Promise<Row[]> {
  const rows = await Promise.all((await directoryOf(context.env, context.get('app').id).endpoints({ limit: 10_000 })).map(endpoint => rowsOf(context, endpoint, {})))
  return rows.flat().filter(row => endOf(row) >= start && endOf(row) <= end).sort((a, b) => endOf(b) - endOf(a) || (a.id < b.id ? 1 : -1))
}

/** @throws Refused where there is no such row */
export async function findRow(context: Call, id: string): Promise<Row> {
  for (const endpoint of await directoryOf(context.env, context.get('app').id).endpoints({ limit: 10_000 })) {
    const [attempt] = await outboxOf(context.env, context.get('app').id, endpoint.id).attempts({ id, limit: 1 })
    const row = attempt && (await rowsOf(context, endpoint, { message: attempt.message })).find(row => row.id === id)
    if (row) return row
  }
  throw new Refused('ERR_NOT_FOUND', 'Could not find webhook delivery')
}

async function rowsOf(context: Call, { id: endpoint, format }: Pick<Endpoint, 'id' | 'format'>, query: Pick<AttemptQuery, 'message'>): Promise<Row[]> {
  const outbox = outboxOf(context.env, context.get('app').id, endpoint)
  const [attempts, deliveries] = await Promise.all([outbox.attempts({ ...query, limit: most }), outbox.deliveries({ ...query, limit: most })])
  const open = new Set(deliveries.filter(({ state }) => state === states.pending || state === states.sending).map(({ round }) => round))
  const rows = new Map<string, Row>()
  for (const attempt of attempts.reverse()) {
    const row = rows.get(attempt.round)
    if (row) row.attempts.push(attempt)
    else rows.set(attempt.round, { id: attempt.round, endpoint, slack: format === 'slack', attempts: [attempt] })
  }
  return [...rows.values()].filter(row => !open.has(row.id))
}

/** Rows as Cosmo shows them, with the request and the answer of the last attempt. */
export async function shown(context: Call, rows: Row[]): Promise<object[]> {
  const { id: app } = context.get('app')
  const ids = rows.map(({ attempts }) => attempts[0].message)
  const messages = (await Promise.all(inboxesOf(context.env, app, context.get('view').sources).map(inbox => inbox.many(ids, true)))).flat()
  return Promise.all(rows.map(async row => {
    const [first] = row.attempts
    const last = row.attempts.at(-1)!
    const message = messages.find(({ id }) => id === first.message)
    return {
      id: row.id, createdAt: new Date(endOf(row)).toISOString(), type: typeOf(row), endpoint: last.url, eventName: first.type ?? '', ...await requestOf(context, row, message),
      ...outcomeOf(last),
      retryCount: row.attempts.length - 1, duration: endOf(row) - first.at, isRedelivery: first.manual === 1,
    }
  }))
}

const kinds: Record<string, string> = { VALIDATE_CONFIG: 'admission', SUBGRAPH_CHECK_EXTENSION: 'check-extension' }

/** One of Cosmo's types of deliveries. */
export const typeOf = ({ slack, attempts: [{ type }] }: Row): string => slack ? 'slack' : kinds[type ?? ''] ?? 'webhook'

/** The answer, and what was wrong in the words of Cosmo's HTTP client, unless the answer has its own. */
function outcomeOf({ status, response, error, state }: Attempt): object {
  if (!status) return { responseErrorCode: /^no answer in/.test(response) ? 'ECONNABORTED' : 'ERR_NETWORK', errorMessage: error ?? response }
  const answer = { responseStatusCode: status, responseBody: response }
  if (state === states.success) return answer
  return { ...answer, ...status > 299 && { responseErrorCode: status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_BAD_RESPONSE' }, errorMessage: error ?? `Request failed with status code ${status}` }
}

/** Attempts that were not sent have none. */
async function requestOf(context: Call, { endpoint, attempts }: Row, message: Message | undefined): Promise<{ payload: string; requestHeaders: string; responseHeaders?: string }> {
  const last = attempts.findLast(({ kept }) => kept)
  const [sent] = last ? await outboxOf(context.env, context.get('app').id, endpoint).attempts({ id: last.id, limit: 1, kept: true }) : []
  if (!sent?.request) return { payload: '', requestHeaders: '{}' }
  const { headers, body } = await showRequest(configFor(context), sent.request, message && message.body !== null ? deliveryOf(message, message.body, endpoint) : undefined)
  return { payload: body, requestHeaders: JSON.stringify(headers), ...sent.answer && { responseHeaders: JSON.stringify(showAnswer(sent.answer)) } }
}

function deliveryOf({ id, source, type, event, content }: Message, body: string, endpoint: string): Delivery {
  const bytes = content === 'json' ? new TextEncoder().encode(body) : Uint8Array.from(atob(body), character => character.charCodeAt(0))
  return { message: id, source, type, eventId: event, endpoint, headers: [], body: bytes, manual: false }
}

/** Sends a row's last request once more, as it was, and waits until that has ended, at most 30 seconds. */
export async function redeliver(context: Call, { endpoint, attempts }: Row): Promise<void> {
  const { id: app } = context.get('app')
  const [{ message }] = attempts
  const outbox = outboxOf(context.env, app, endpoint)
  const [delivery] = await outbox.deliveries({ message, limit: 1 })
  if (delivery?.state === states.sending) throw new Refused('ERR', 'This delivery is being sent at this moment: try again when that has ended')
  const before = new Set((await rowsOf(context, { id: endpoint }, { message })).map(({ id }) => id)).add(delivery?.round ?? '')
  const again = attempts.findLast(({ kept }) => kept)?.id
  const counts = await Promise.all(inboxesOf(context.env, app, context.get('view').sources).map(inbox => inbox.replay({ app, endpoint, ids: [message], ...again !== undefined && { again } })))
  if (!counts.some(Boolean)) throw new Refused('ERR_NOT_FOUND', 'Could not find webhook delivery')
  await directoryOf(context.env, app).note(context.get('by'), 'message.resend', `${message} to ${endpoint}`)
  for (const late = Date.now() + patience; Date.now() < late; await new Promise(wake => setTimeout(wake, 50))) {
    if ((await rowsOf(context, { id: endpoint }, { message })).some(({ id }) => !before.has(id))) return
  }
}
