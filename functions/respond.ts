// The one table of answers: which HTTP status and body each outcome gets. Called by handler.ts
// and by the relay; HTTP statuses exist nowhere else in the library.
import { describe, type Code, type Dialect, type Handshake } from '../js/index.ts'

/** Every way a request can end, and its status. */
export const statuses = {
  accepted: 200,
  acknowledged: 204,
  stored: 202,
  malformed: 400,
  permanent: 400,
  unauthenticated: 401,
  not_found: 404,
  method: 405,
  in_progress: 409,
  too_large: 413,
  content_encoding: 415,
  schema: 422,
  too_fast: 429,
  temporary: 500,
  misconfigured: 500,
  forward_failed: 502,
  storage: 503,
  stopping: 503,
} as const
export type Outcome = keyof typeof statuses

/** What each verdict of the core means to the sender. Malformed and wrong signatures are one answer. */
const verdicts: Record<Code, Outcome> = {
  missing_signature: 'unauthenticated',
  bad_signature: 'unauthenticated',
  missing_timestamp: 'unauthenticated',
  bad_timestamp: 'unauthenticated',
  too_old: 'unauthenticated',
  too_new: 'unauthenticated',
  missing_id: 'unauthenticated',
  too_many_signatures: 'unauthenticated',
  bad_id: 'malformed',
  duplicate_header: 'malformed',
  contradiction: 'malformed',
  bad_encoding: 'malformed',
  bad_utf8: 'malformed',
  bad_json: 'malformed',
  too_deep: 'malformed',
  duplicate_key: 'malformed',
  body_too_large: 'too_large',
  schema: 'schema',
  key_unavailable: 'temporary',
  internal: 'temporary',
}

const sentences: Record<Outcome, string> = {
  accepted: 'OK',
  acknowledged: '',
  stored: 'Accepted',
  malformed: 'Malformed webhook',
  permanent: 'Permanent error, do not retry',
  unauthenticated: 'Invalid signature',
  not_found: 'Unknown source',
  method: 'Send a POST request',
  in_progress: 'This webhook is being handled, please retry',
  too_large: 'Body too large',
  content_encoding: 'Send the body without a Content-Encoding',
  schema: 'The event does not keep to its schema',
  too_fast: 'Too many webhooks, please retry later',
  temporary: 'Temporary error, please retry',
  misconfigured: 'Temporary error, please retry',
  forward_failed: 'Could not forward, please retry',
  storage: 'Storage unavailable, please retry',
  stopping: 'Restarting, please retry',
}

const extra: Partial<Record<Outcome, Record<string, string>>> = {
  method: { allow: 'POST' },
  in_progress: { 'retry-after': '1' },
  storage: { 'retry-after': '5' },
  stopping: { 'retry-after': '5' },
}

/** The outcome of a request that the core refused with `code`. */
export const outcomeOf = (code: Code): Outcome => verdicts[code] ?? 'temporary'

/** The answer for `outcome`: in the dialect's own words where its documents name them. @param retryAfter  seconds */
export function respond(outcome: Outcome, dialect?: Dialect<any>, retryAfter?: number): Response {
  const answers = dialect && describe(dialect).answers
  const own = outcome === 'accepted' ? answers?.accepted : outcome === 'unauthenticated' ? answers?.refused : undefined
  if (own === '' && outcome === 'accepted') return respond('acknowledged')
  // A sender that takes every 4xx as final would never come back for what is only in progress, or too fast.
  const final = (dialect && describe(dialect).delivery?.final as { client_errors?: boolean } | undefined)?.client_errors
  const status = (outcome === 'in_progress' || outcome === 'too_fast') && final ? statuses.storage : statuses[outcome]
  return text(own ?? sentences[outcome], status, { ...extra[outcome], ...(retryAfter && { 'retry-after': String(retryAfter) }) })
}

/** Answers a provider's handshake in its own words; null where there is none, or only a visit answers it. */
export function challenge(handshake: Handshake | null): Response | null {
  if (!handshake || handshake.visit !== null) return null
  const { body, contentType, header, challenge: echoed } = handshake
  return text(body, statuses.accepted, { 'content-type': contentType, ...(header && { [header]: echoed }) })
}

function text(body: string, status: number, headers: Record<string, string> = {}): Response {
  return new Response(body || null, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', ...headers },
  })
}
