// An endpoint's deliveries and attempts, as the API lists them. Used by outbox.ts.
import { idAt } from './ids.ts'
import { states, type Attempt, type AttemptQuery, type DeliveryQuery, type Progress, type State, type Stats } from './traffic.ts'

type Where = [condition: string, value: unknown][]

export class Log {
  readonly #sql: DurableObjectStorage['sql']
  readonly #endpoint: number

  /** @param endpoint  the number by which its rows name it */
  constructor(storage: DurableObjectStorage, endpoint: number) {
    this.#sql = storage.sql
    this.#endpoint = endpoint
  }

  /** Newest first. */
  attempts({ limit, id, kept, message, below, state, statusClass, before, after, types }: AttemptQuery): Attempt[] {
    const where: Where = [['a.endpoint = ?', this.#endpoint]]
    if (id) where.push(['a.id = ?', id])
    if (message) where.push(['a.message = ?', message])
    if (below) where.push(['a.id < ?', below])
    if (state !== undefined) where.push(['a.state = ?', state])
    if (statusClass !== undefined) where.push(['a.status / 100 = ?', statusClass / 100])
    if (before) where.push(['a.at < ?', before])
    if (after) where.push(['a.at > ?', after])
    if (types) where.push(['d.type IN (SELECT value FROM json_each(?))', JSON.stringify(types)])
    const columns = 'a.id, a.message, a.at, a.took, a.status, a.response, a.state, a.url, a.manual, a.round, a.again, a.error, a.request IS NOT NULL AS kept, d.type'
    return this.#select(`SELECT ${columns}${kept ? ', a.request, a.answer' : ''} FROM attempt a JOIN delivery d ON d.endpoint = a.endpoint AND d.message = a.message`, where, 'a.id', limit)
  }

  /** Newest first. */
  deliveries({ limit, message, below, state, before, after, types }: DeliveryQuery): State[] {
    const where: Where = [['endpoint = ?', this.#endpoint]]
    if (message) where.push(['message = ?', message])
    if (below) where.push(['message < ?', below])
    if (state !== undefined) where.push(['state = ?', state])
    if (before) where.push(['message < ?', idAt('msg', before)])
    if (after) where.push(['message > ?', idAt('msg', after)])
    if (types) where.push(['type IN (SELECT value FROM json_each(?))', JSON.stringify(types)])
    return this.#select(`SELECT message, type, state, attempts, CASE state WHEN ${states.pending} THEN due END AS next, round FROM delivery`, where, 'message', limit)
  }

  /** How far a task is. */
  progress(task: string): Progress {
    const rows = this.#sql.exec<{ state: number; count: number; last: number }>('SELECT state, count(*) AS count, max(due) AS last FROM delivery WHERE task = ? GROUP BY state', task).toArray()
    const ended = rows.filter(({ state }) => state === states.success || state === states.fail)
    return { ...counted(rows), last: Math.max(0, ...ended.map(({ last }) => last)) }
  }

  stats(since: number, until: number): Stats {
    const rows = this.#sql.exec<{ state: number; count: number }>('SELECT state, count(*) AS count FROM delivery WHERE endpoint = ? AND message >= ? AND message < ? GROUP BY state', this.#endpoint, idAt('msg', since), idAt('msg', until)).toArray()
    return counted(rows)
  }

  #select<Row>(query: string, where: Where, order: string, limit: number): Row[] {
    const conditions = where.map(([condition]) => condition).join(' AND ')
    return this.#sql.exec<Row>(`${query} WHERE ${conditions} ORDER BY ${order} DESC LIMIT ?`, ...where.map(([, value]) => value), limit).toArray()
  }
}

export function counted(rows: { state: number; count: number }[]): Stats {
  const of = (state: number): number => rows.find(row => row.state === state)?.count ?? 0
  return { success: of(states.success), pending: of(states.pending), fail: of(states.fail), sending: of(states.sending) }
}
