// Cosmo's answers: a `response` with a code of EnumStatusCode in a 200 body; what is wrong with the
// call itself is an error of the Connect protocol. Used by cosmo.ts.
import { Invalid, Problem } from '../../api/base.ts'

/** Of wg.cosmo.common.EnumStatusCode. */
export type Code = 'OK' | 'ERR' | 'ERR_ALREADY_EXISTS' | 'ERR_NOT_FOUND' | 'ERR_BAD_REQUEST' | 'ERROR_NOT_AUTHENTICATED' | 'ERROR_NOT_AUTHORIZED'

/** A refusal in Cosmo's words. */
export class Refused extends Error {
  readonly code: Code

  constructor(code: Code, details: string) {
    super(details)
    this.code = code
  }
}

const json = (status: number, body: object, headers: Record<string, string> = {}): Response => Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })

/** `code` is one of Connect's. */
const broken = (status: number, code: string, message: string, headers?: Record<string, string>): Response => json(status, { code, message }, headers)

export const ok = (more: object = {}): Response => json(200, { response: { code: 'OK' }, ...more })

const codes: Record<number, Code> = { 401: 'ERROR_NOT_AUTHENTICATED', 403: 'ERROR_NOT_AUTHORIZED', 404: 'ERR_NOT_FOUND' }

/** The answer to whatever a call threw. */
export function refuse(error: Error): Response {
  const said = (code: Code, details: string): Response => json(200, { response: { code, details } })
  if (error instanceof Refused) return said(error.code, error.message)
  if (error instanceof Invalid) return said('ERR_BAD_REQUEST', error.detail.map(({ loc, msg }) => `${loc.slice(1).join('.') || 'request'}: ${msg}`).join('; '))
  if (!(error instanceof Problem)) return console.error(`cosmo: ${error.message}`), broken(500, 'internal', 'Internal error')
  const { status, code, message, retryAfter } = error
  if (code === 'unimplemented') return broken(404, code, message)
  if (status === 400) return broken(400, 'invalid_argument', message)
  if (status === 413) return broken(413, 'resource_exhausted', message)
  if (status === 429) return broken(429, 'resource_exhausted', message, { 'retry-after': String(retryAfter) })
  return said(codes[status] ?? 'ERR', message)
}
