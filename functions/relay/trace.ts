// Debug mode: a line of JSON for each webhook that is received and for each attempt, without secrets and
// signatures. Called by receive.ts and by the Outbox, where the configuration asks for it.
import type { Dialect, Result } from '../../js/index.ts'
import { debugLine, redacted } from '../debug.ts'
import { dialectOf, withOwn } from './dialects.ts'
import type { Endpoint } from './model.ts'
import { configOf, type Env } from './objects.ts'
import type { Answer } from './send.ts'
import { valid, viewOf } from './views.ts'

export interface Came { app: string; source: string; dialect: Dialect; secrets: string[]; headers: [string, string][]; body: Uint8Array }

/** @param stored  the message that was made of it, or that it repeats */
export function traceReceived({ app, source, dialect, secrets, headers, body }: Came, result: Result, stored?: { id: string; duplicate: boolean }): void {
  const verdict = result.ok ? { ok: true, type: result.event.type, id: result.event.id, authenticity: result.event.authenticity, schema: result.event.schema } : { ok: false, code: result.code }
  console.log(debugLine(dialect, secrets, headers, body, { direction: 'in', app, source, ...verdict, ...stored && { message: stored.id, duplicate: stored.duplicate } }))
}

export interface Went { endpoint: Endpoint; attempt: string; message: string; /** by which the message came */ source: string; dialect: Dialect | null; secrets: string[]; url: string; headers: [string, string][]; body: Uint8Array }

export async function traceSent(env: Env, app: string, { endpoint, attempt, message, source, dialect, secrets, url, headers, body }: Went, { status, response, headers: answered }: Answer): Promise<void> {
  const view = await viewOf(env, app)
  const from = view?.sources.find(({ name }) => name === source)
  const inner = from && dialectOf(withOwn(configOf(env), view?.dialects), from.dialect)
  const { origin, pathname } = new URL(url)
  // The path of a Slack URL is its secret, and so may a query be.
  const to = endpoint.format === undefined ? `${origin}${pathname}` : origin
  const verdict = { direction: 'out', app, endpoint: endpoint.id, message, attempt, url: to, status, response, ...answered && { answer: redacted(answered) } }
  console.log(debugLine(dialect ?? inner ?? null, [...secrets, ...from ? valid(from.secrets) : []], headers, body, verdict, inner))
}
