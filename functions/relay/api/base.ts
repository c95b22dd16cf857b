// What every part of the API shares: how a route is declared, how a request is refused, how a list is
// paged. One zod schema checks a request, types its handler and stands in /openapi.json.
import { createRoute, OpenAPIHono, z, type RouteConfig } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Config } from '../config.ts'
import { withOwn } from '../dialects.ts'
import type { App, Key, Refusal, Scope, View } from '../model.ts'
import { isRefusal, root } from '../model.ts'
import { configOf, type Env } from '../objects.ts'
import { open } from './open.ts'

/** What auth.ts leaves behind for the handlers. */
export interface Variables {
  key: Key
  /** Who acts, for the audit log. */
  by: string
  /** The app that the key speaks for; `root`: for all. */
  holder: string
  /** Of the path's app, where the path names one. */
  app: App
  view: View
  /** The body as it was sent. */
  text: string
}
export type Bindings = { Bindings: Env; Variables: Variables }
export type Call = Context<Bindings>

/** The configuration, with the app's own dialects among those that it may name. */
export const configFor = (context: Call): Config => withOwn(configOf(context.env), context.get('view').dialects)

/** A request that is refused, with the answer that says why. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly retryAfter: number | undefined

  constructor(status: number, code: string, detail: string, retryAfter?: number) {
    super(detail)
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }
}

export const notFound = (): Problem => new Problem(404, 'not_found', 'Entity not found')
const refusals = { not_found: 404, conflict: 409, invalid: 422, url_taken: 409, too_many: 409, stale: 409 } as const

/** The record, or the problem that an object found with it. */
export function kept<Item>(put: Item | Refusal | null): Exclude<Item, Refusal | null> {
  if (isRefusal(put)) throw put.refused === 'not_found' ? notFound() : put.refused === 'invalid' ? invalid(['body'], put.detail) : new Problem(refusals[put.refused], put.refused, put.detail)
  return put as Exclude<Item, Refusal | null>
}

/** What is wrong with a request, place by place. */
export class Invalid extends Error {
  readonly detail: { loc: string[]; msg: string; type: string }[]

  constructor(detail: Invalid['detail']) {
    super('the request is not valid')
    this.detail = detail
  }
}
export const invalid = (loc: string[], msg: string, type = 'value_error'): Invalid => new Invalid([{ loc, msg, type }])

const HttpError = z.object({ code: z.string(), detail: z.string() }).openapi('HttpError')
const ValidationError = z.object({ detail: z.array(z.object({ loc: z.array(z.string()), msg: z.string(), type: z.string() })) }).openapi('HTTPValidationError')
const problem = (description: string, schema: z.ZodType = HttpError) => ({ description, content: { 'application/json': { schema } } })
const problems = {
  400: problem('Malformed'), 401: problem('No key, or not a valid one'), 403: problem('The key has not the scope'), 404: problem('There is no such thing'),
  409: problem('Contradicts what there is'), 413: problem('Too large'), 422: problem('The request is not valid', ValidationError), 429: problem('Too many failures: wait as long as Retry-After says'),
}

/** A route that a key with `scope` may call. */
export function route<Config extends RouteConfig>(scope: Scope, config: Config): Config {
  const responses = { ...problems, ...config.responses }
  const portal = open.has(`${config.method} ${config.path}`)
  return createRoute({ ...config, responses, security: [{ bearer: [] }], 'x-scope': scope, ...portal && { 'x-portal': true }, middleware: needs(scope, portal) } as RouteConfig) as unknown as Config
}

/** Lets a key with that scope pass, a customer's only where that is told; of an app that is deactivated only those that read, and the operator. */
export const needs = (scope: Scope, portal = false) => async (context: Call, next: () => Promise<void>): Promise<void> => {
  if (context.get('key').portal && !portal) throw new Problem(403, 'forbidden', 'A token of the portal does not open this call')
  if (!context.get('key').scopes.includes(scope)) throw new Problem(403, 'forbidden', `This key has not the scope ${scope}`)
  if (scope !== 'read' && context.get('holder') !== root && context.get('view').app?.deactivated) throw new Problem(403, 'deactivated', 'This app is deactivated: it can be read and not changed')
  await next()
}

export const answers = <Schema extends z.ZodType>(schema: Schema, description: string) => ({ description, content: { 'application/json': { schema } } })
export const sends = <Schema extends z.ZodType>(schema: Schema) => ({ required: true, content: { 'application/json': { schema } } })
export const nothing = { 204: { description: 'Done' } } as const

/** A router whose refusals have the API's shapes. */
export function router(): OpenAPIHono<Bindings> {
  return new OpenAPIHono<Bindings>({
    defaultHook: result => {
      if (result.success) return
      const at = result.target === 'json' ? 'body' : result.target === 'param' ? 'path' : result.target
      throw new Invalid(result.error.issues.map(({ path, message, code }) => ({ loc: [at, ...path.map(String)], msg: message, type: code })))
    },
  })
}

/** The answer to whatever a handler threw. */
export function answerTo(error: Error): Response {
  const headers = { 'cache-control': 'no-store' }
  if (error instanceof Invalid) return Response.json({ detail: error.detail }, { status: 422, headers })
  const { status, code, retryAfter } = error instanceof Problem ? error
    : error instanceof HTTPException ? { status: error.status, code: 'malformed', retryAfter: undefined } : { status: 500, code: 'internal', retryAfter: undefined }
  if (status === 500) console.error(`api: ${error.message}`)
  const detail = status === 500 ? 'Internal error' : error.message
  return Response.json({ code, detail }, { status, headers: { ...headers, ...(retryAfter && { 'retry-after': String(retryAfter) }) } })
}

const limit = z.coerce.number().int().min(1).transform(value => Math.min(value, 250)).default(50).openapi({ param: { name: 'limit', in: 'query' }, type: 'integer' })
const token = z.string().regex(/^[a-zA-Z0-9\-_./]{1,256}$/)
export const paging = z.object({ limit, iterator: token.optional() })
/** Of a list in the order of its names or ids, which may be the other way round. */
export const ordered = paging.extend({ order: z.enum(['ascending', 'descending']).optional() })
export const pageOf = ({ limit, iterator, order }: Partial<z.infer<typeof ordered>> & { limit: number }) =>
  ({ limit: limit + 1, ...(iterator !== undefined && { after: iterator }), descending: order === 'descending' })

export const listOf = <Schema extends z.ZodType>(name: string, item: Schema) =>
  z.object({ data: z.array(item), done: z.boolean(), iterator: z.string().nullable(), prevIterator: z.string().nullable() }).openapi(`ListResponse_${name}_`)

/** A page of at most `limit`; one more was asked for, which tells whether there is more. */
export function page<Item, Out>(items: Item[], limit: number, id: (item: Item) => string, out: (item: Item) => Out) {
  const shown = items.slice(0, limit)
  const last = shown.at(-1)
  return { data: shown.map(out), done: items.length <= limit, iterator: last === undefined ? null : id(last), prevIterator: null }
}

export const date = z.string().datetime({ offset: true }).transform(text => Date.parse(text)).openapi({ type: 'string', format: 'date-time' })
export const iso = (at: number): string => new Date(at).toISOString()
export { z }
