// OST's answers: `{success, data}` and `{success, err}`. Used by ost.ts.
import { HTTPException } from 'hono/http-exception'
import { Invalid, Problem } from '../../api/base.ts'

/** `result_type` names the member of `data` that is the result. */
export const result = (type: string, value: unknown, meta?: object): Response => answer(200, { success: true, data: { result_type: type, [type]: value, ...meta && { meta } } })

export const answer = (status: number, body: object, headers: Record<string, string> = {}): Response => Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })

interface Said { status: number; code: string; msg: string }
const said: Record<number, Said> = {
  400: { status: 400, code: 'BAD_REQUEST', msg: 'At least one parameter is invalid or missing. See "err.error_data" for more details.' },
  401: { status: 401, code: 'UNAUTHORIZED', msg: 'We could not authenticate the request. Please review your credentials and authentication method.' },
  403: { status: 403, code: 'FORBIDDEN', msg: 'We understood the request, but are refusing to fulfill it. Please recheck your request parameters.' },
  404: { status: 404, code: 'NOT_FOUND', msg: 'The requested resource could not be located. Please check the information provided.' },
  422: { status: 422, code: 'UNPROCESSABLE_ENTITY', msg: 'An error occurred while processing the request.' },
  429: { status: 429, code: 'TOO_MANY_REQUESTS', msg: 'Too many requests recieved. Please make sure your system makes requests within the rate limit.' },
  500: { status: 500, code: 'INTERNAL_SERVER_ERROR', msg: 'Something went wrong.' },
}
/** Sentences of OST's own for what the relay calls otherwise. */
const own: Record<string, string> = {
  url_taken: 'The URL is already registered.',
  too_many: 'Max endpoints reached. Contact our support team to increase this limit.',
}

/** The answer to whatever a handler threw: `{code, msg, error_data, internal_id}`. */
export function refuse(error: Error): Response {
  const data = error instanceof Invalid ? error.detail.map(({ loc, msg }) => ({ parameter: loc[1] ?? loc[0]!, msg })) : []
  const { status, code: kind, retryAfter, message } = error instanceof Invalid ? new Problem(400, 'invalid', '') : error instanceof Problem ? error
    : error instanceof HTTPException ? new Problem(400, 'malformed', '') : new Problem(500, 'internal', '')
  if (status === 500) console.error(`ost: ${error.message}`)
  const { status: told, code, msg } = said[status === 409 ? 422 : status] ?? said[400]!
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return answer(told, { success: false, err: { code, msg: told === 422 ? own[kind] ?? message : msg, error_data: data, internal_id: `relay_${kind}` } }, headers)
}
