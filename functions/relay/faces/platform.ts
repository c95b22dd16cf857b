// Platform Core's face: the five calls of its document under `/platform-core/v2/webhooks`, with its
// errors and its rate limit. The endpoints are those of every other face. Called by the worker.
//
// The document shows requests and no answers; the error body, its codes and the X-RateLimit headers
// are those of the overview and the rate limits guide of the same set. A code that neither names is
// the status and a zero (4000, 4090, 4130).
import { HTTPException } from 'hono/http-exception'
import { authenticate, takeBody } from '../api/auth.ts'
import { answers, configFor, Invalid, iso, notFound, Problem, route, router, sends, z, type Call } from '../api/base.ts'
import { hostOf, makeSecret } from '../api/destination.ts'
import { change, create, remove } from '../api/endpoints.ts'
import { typeName, typePattern, url } from '../api/shapes.ts'
import { tryOut } from '../api/trial.ts'
import { appOf } from '../keys.ts'
import type { Endpoint } from '../model.ts'
import { configOf, directoryOf } from '../objects.ts'
import { states } from '../traffic.ts'
import { enter } from './enter.ts'
import { eventsOf, namesIn, sameNames, unknownOf } from './events.ts'

const dialect = 'platform-core'
const at = '/platform-core/v2'
/** Seconds of a rate window; requests in it, unless the configuration tells. */
const hour = 3600
const tier = 1000

const settings = z.object({ url, events: z.array(typePattern).min(1).max(500), active: z.boolean() })
const Given = settings.partial({ active: true })
const Changes = settings.partial()
const Trial = z.object({ webhook_id: z.string().min(1).max(256), event: typeName })
const Webhook = z.object({ id: z.string(), ...settings.shape, created_at: z.string(), updated_at: z.string(), secret: z.string().optional() })
const Webhooks = z.object({ webhooks: z.array(Webhook) })
const Outcome = z.object({
  webhook_id: z.string(), event: z.string(), message_id: z.string(), delivered: z.boolean().nullable(), status_code: z.number().nullable(),
  response_body: z.string().nullable(), duration_ms: z.number().nullable(), timestamp: z.string(),
})
const path = z.object({ id: z.string().min(1).max(256).openapi({ param: { name: 'id', in: 'path' } }) })

export const platform = router()
platform.use(`${at}/*`, authenticate, meter, enter, takeBody)

platform.openapi(route('manage', { method: 'post', path: `${at}/webhooks`, request: { body: sends(Given) }, responses: { 201: answers(Webhook, 'Registered; the secret is shown this once') } }), async context => {
  const { url, events, active = true } = context.req.valid('json')
  await checkEvents(context, events)
  const [secret] = makeSecret(configOf(context.env), { dialect })
  const made = await create(context, { url, dialect, eventTypes: [...new Set(events)], disabled: !active, secret })
  return context.json(shown(context, made, secret), 201)
})

platform.openapi(route('read', { method: 'get', path: `${at}/webhooks`, responses: { 200: answers(Webhooks, 'All of them') } }), async context => {
  const endpoints = await directoryOf(context.env, context.get('app').id).endpoints({ limit: 10_000 })
  return context.json({ webhooks: endpoints.map(endpoint => shown(context, endpoint)) }, 200)
})

// Before `{id}`, which would take it for an id.
platform.openapi(route('send', { method: 'post', path: `${at}/webhooks/test`, request: { body: sends(Trial) }, responses: { 200: answers(Outcome, 'What the destination answered') } }), async context => {
  const { webhook_id, event } = context.req.valid('json')
  const endpoint = await find(context, webhook_id)
  const { id, at, attempt } = await tryOut(context, endpoint, event)
  return context.json({
    webhook_id: endpoint.id, event, message_id: id, delivered: attempt && attempt.state === states.success, status_code: attempt?.status || null,
    response_body: attempt?.response ?? null, duration_ms: attempt?.took ?? null, timestamp: iso(at),
  }, 200)
})

platform.openapi(route('manage', { method: 'put', path: `${at}/webhooks/{id}`, request: { params: path, body: sends(Changes) }, responses: { 200: answers(Webhook, 'Changed; what was not given stays') } }), async context => {
  const { url, events, active } = context.req.valid('json')
  const old = await find(context, context.req.valid('param').id)
  if (events) await checkEvents(context, events, shown(context, old).events)
  // Another host gets a secret of its own, which only this answer shows.
  const moved = url !== undefined && hostOf(configOf(context.env), url) !== hostOf(configOf(context.env), old.url)
  const [secret] = moved ? makeSecret(configFor(context), old) : []
  const changed = await change(context, old, {
    ...url !== undefined && { url }, ...events && !sameNames(events, shown(context, old).events) && { eventTypes: [...new Set(events)] }, ...active !== undefined && { disabled: !active }, ...secret !== undefined && { secret },
  })
  return context.json(shown(context, changed, secret), 200)
})

platform.openapi(route('manage', { method: 'delete', path: `${at}/webhooks/{id}`, request: { params: path }, responses: { 204: { description: 'Deleted' } } }), async context => {
  await remove(context, await find(context, context.req.valid('param').id))
  return context.body(null, 204)
})

platform.all('*', () => { throw notFound() })
platform.onError(refuse)

const shown = (context: Call, { id, url, events, status, createdAt, updatedAt }: Endpoint, secret?: string) => ({
  id, url, events: namesIn(events, eventsOf(context, dialect)), active: status === 'active', created_at: iso(createdAt), updated_at: iso(updatedAt), ...secret !== undefined && { secret },
})

async function find(context: Call, name: string): Promise<Endpoint> {
  const endpoint = await directoryOf(context.env, context.get('app').id).findEndpoint(name)
  if (!endpoint) throw new Problem(404, 'not_found', `There is no webhook ${name}`)
  return endpoint
}

/** @param there  those that it has, wherever they came from */
async function checkEvents(context: Call, events: string[], there: string[] = []): Promise<void> {
  const unknown = (await unknownOf(context, dialect, events)).filter(name => !there.includes(name))
  if (unknown.length) throw new Problem(400, 'malformed', `events: there is no event ${unknown.join(', ')}`)
}

/** Counts the request and says how many are left. */
async function meter(context: Call, next: () => Promise<void>): Promise<void> {
  const limit = configOf(context.env).requestsPerHour ?? tier
  const { count, until } = await directoryOf(context.env, context.get('holder')).spend(context.get('key').id)
  const wait = Math.ceil((until - Date.now()) / 1000)
  const headers = { Limit: limit, Remaining: Math.max(0, limit - count), Reset: Math.ceil(until / 1000), Window: hour }
  for (const [name, value] of Object.entries(headers)) context.header(`X-RateLimit-${name}`, String(value))
  if (count > limit) throw new Problem(429, 'rate_limit_exceeded', `More than ${limit} requests in an hour`, wait)
  await next()
}

const words: Record<number, string> = {
  4000: 'invalid_request', 4010: 'authentication_required', 4011: 'invalid_token', 4012: 'malformed_token', 4030: 'insufficient_permissions', 4040: 'not_found',
  4090: 'conflict', 4130: 'payload_too_large', 4290: 'rate_limit_exceeded', 5000: 'internal_error',
}

/** The answer to whatever a handler threw: `{error, error_description, error_code, timestamp}`. */
function refuse(error: Error, context: Call): Response {
  const told = error instanceof Invalid ? new Problem(400, 'invalid', error.detail.map(({ loc, msg }) => `${loc.slice(1).join('.') || 'body'}: ${msg}`).join('; '))
    : error instanceof HTTPException ? new Problem(error.status, 'malformed', 'The body is not JSON') : error
  const { status, retryAfter } = told instanceof Problem ? told : new Problem(500, 'internal', '')
  if (status === 500) console.error(`platform-core: ${error.message}`)
  const code = status === 401 ? tokenCode(context) : words[status * 10] ? status * 10 : 4000
  const description = status === 500 ? 'Internal error' : told.message
  if (retryAfter !== undefined) context.header('Retry-After', String(retryAfter))
  context.header('Cache-Control', 'no-store')
  const body = { error: words[code], error_description: description, error_code: code, timestamp: iso(Date.now()), ...retryAfter !== undefined && { retry_after: retryAfter } }
  return context.json(body, status as 400)
}

/** 4010: none was sent; 4012: it is none; 4011: it is not valid, or no longer. */
function tokenCode({ req }: Call): number {
  const sent = req.header('authorization')
  if (sent === undefined) return 4010
  const [, token = ''] = /^Bearer (\S{1,256})$/.exec(sent) ?? []
  return appOf(token) === undefined ? 4012 : 4011
}
