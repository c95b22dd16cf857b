// Attempts, and what became of a message at each endpoint.
import type { Attempt, AttemptQuery, Message, State } from '../traffic.ts'
import { stateNames, states } from '../traffic.ts'
import { showAnswer, showHeaders } from '../kept.ts'
import { directoryOf, inboxesOf, outboxOf } from '../objects.ts'
import { answers, date, iso, listOf, notFound, nothing, page, paging, Problem, route, router, z, type Call } from './base.ts'
import { EndpointOut, endpointOut, findEndpoint } from './endpoints.ts'
import { everywhere, findMessage, messageOut, MessageOut, pageOfTexts } from './messages.ts'
import { appPath, attemptPath, channel, endpointPath, flag, messageEndpointPath, messagePath, types } from './shapes.ts'

const status = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)])
const statusText = z.enum(['success', 'pending', 'fail', 'sending'])
const MessageAttemptOut = z.object({
  id: z.string(), endpointId: z.string(), msgId: z.string(), url: z.string(), timestamp: z.string().datetime(), response: z.string(), responseDurationMs: z.number().int(),
  responseStatusCode: z.number().int(), status, statusText, triggerType: z.union([z.literal(0), z.literal(1)]),
}).openapi('MessageAttemptOut')
const MessageEndpointOut = EndpointOut.extend({ status, statusText, nextAttempt: z.string().datetime().nullable() }).openapi('MessageEndpointOut')
const EndpointMessageOut = MessageOut.extend({ status, statusText, nextAttempt: z.string().datetime().nullable() }).openapi('EndpointMessageOut')

const AttemptHeadersOut = z.object({ sentHeaders: z.record(z.string(), z.string()), sensitive: z.array(z.string()), responseHeaders: z.record(z.string(), z.string()).nullable() }).openapi('MessageAttemptHeadersOut')

const number = (most: number) => z.coerce.number().int().min(0).max(most)
const listing = paging.extend({
  status: number(3).optional(), status_code_class: number(500).refine(code => code % 100 === 0, 'a multiple of 100').optional(), channel: channel.optional(),
  before: date.optional(), after: date.optional(), with_content: flag.optional(), event_types: types, endpoint_id: z.string().optional(),
})
type Listing = z.infer<typeof listing>

export const attempts = router()

attempts.openapi(route('read', {
  method: 'get', path: '/app/{app_id}/attempt/msg/{msg_id}', summary: 'The attempts to deliver a message, the newest first', request: { params: messagePath, query: listing }, responses: { 200: answers(listOf('MessageAttemptOut', MessageAttemptOut), 'A page of them') },
}), async context => {
  const query = context.req.valid('query')
  const { id, channels } = await findMessage(context, false)
  const { id: app } = context.get('app')
  const wanted = context.get('view').endpoints.filter(endpoint => !query.endpoint_id || endpoint.id === query.endpoint_id)
  const endpoints = !query.channel || channels?.includes(query.channel) ? wanted : []
  const found = await Promise.all(endpoints.map(async endpoint => (await outboxOf(context.env, app, endpoint.id).attempts({ ...asked(query), message: id })).map(attempt => ({ ...attempt, endpoint: endpoint.id }))))
  return context.json(page(found.flat().sort((a, b) => a.id < b.id ? 1 : -1), query.limit, attempt => attempt.id, attempt => out(attempt, attempt.endpoint, query.with_content)), 200)
})

attempts.openapi(route('read', {
  method: 'get', path: '/app/{app_id}/attempt/endpoint/{endpoint_id}', summary: 'The attempts made to an endpoint, the newest first', request: { params: endpointPath, query: listing.omit({ endpoint_id: true }) }, responses: { 200: answers(listOf('MessageAttemptOut', MessageAttemptOut), 'A page of them') },
}), async context => {
  const query = context.req.valid('query')
  const endpoint = await findEndpoint(context)
  const found = await outboxOf(context.env, context.get('app').id, endpoint.id).attempts(asked(query))
  return context.json(page(found, query.limit, attempt => attempt.id, attempt => out(attempt, endpoint.id, query.with_content)), 200)
})

attempts.openapi(route('read', { method: 'get', path: '/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}', summary: 'Get an attempt', request: { params: attemptPath }, responses: { 200: answers(MessageAttemptOut, 'The attempt') } }), async context => {
  const { attempt, endpoint } = await findAttempt(context)
  return context.json(out(attempt, endpoint), 200)
})

attempts.openapi(route('read', { method: 'get', path: '/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}/headers', summary: 'The headers that were sent, and those of the answer', request: { params: attemptPath }, responses: { 200: answers(AttemptHeadersOut, 'Those whose values may be shown, and the names of the others') } }), async context => {
  const { attempt, endpoint } = await findAttempt(context)
  const [kept] = await outboxOf(context.env, context.get('app').id, endpoint).attempts({ id: attempt.id, limit: 1, kept: true })
  const sent = kept?.request ? showHeaders(kept.request) : { sentHeaders: {}, sensitive: [] }
  return context.json({ ...sent, responseHeaders: kept?.answer ? showAnswer(kept.answer) : null }, 200)
})

attempts.openapi(route('manage', { method: 'delete', path: '/app/{app_id}/msg/{msg_id}/attempt/{attempt_id}/content', summary: 'Delete what the endpoint answered', request: { params: attemptPath }, responses: nothing }), async context => {
  const { attempt, endpoint } = await findAttempt(context)
  const { id: app } = context.get('app')
  await outboxOf(context.env, app, endpoint).clear(attempt.id)
  await directoryOf(context.env, app).note(context.get('by'), 'attempt.content.delete', attempt.id)
  return context.body(null, 204)
})

attempts.openapi(route('manage', {
  method: 'post', path: '/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend', summary: 'Send a message to an endpoint once more', request: { params: messageEndpointPath },
  responses: { 202: answers(z.object({}).openapi('EmptyResponse'), 'It is owed to the endpoint') },
}), async context => {
  const { id } = await findMessage(context, false)
  const endpoint = await findEndpoint(context)
  const { id: app } = context.get('app')
  const [delivery] = await outboxOf(context.env, app, endpoint.id).deliveries({ message: id, limit: 1 })
  if (delivery?.state === states.sending) throw new Problem(409, 'conflict', 'An attempt to deliver this message to this endpoint is on its way: resend it when that has ended')
  const counts = await Promise.all(inboxesOf(context.env, app, context.get('view').sources).map(inbox => inbox.replay({ app, endpoint: endpoint.id, ids: [id] })))
  if (!counts.some(Boolean)) throw new Problem(409, 'conflict', 'The message\'s payload was deleted')
  await directoryOf(context.env, app).note(context.get('by'), 'message.resend', `${id} to ${endpoint.id}`)
  return context.json({}, 202)
})

attempts.openapi(route('read', { method: 'get', path: '/app/{app_id}/msg/{msg_id}/endpoint', summary: 'The endpoints that a message goes to, and how far it is', request: { params: messagePath, query: paging }, responses: { 200: answers(listOf('MessageEndpointOut', MessageEndpointOut), 'A page of them') } }), async context => {
  const query = context.req.valid('query')
  const { id } = await findMessage(context, false)
  const { id: app } = context.get('app')
  const endpoints = await directoryOf(context.env, app).endpoints({ limit: 10_000, ...(query.iterator && { after: query.iterator }) })
  const found = await Promise.all(endpoints.map(async endpoint => ({ endpoint, state: (await outboxOf(context.env, app, endpoint.id).deliveries({ message: id, limit: 1 }))[0] })))
  const known = found.filter((one): one is { endpoint: typeof one.endpoint; state: State } => one.state !== undefined)
  return context.json(page(known, query.limit, ({ endpoint }) => endpoint.id, ({ endpoint, state }) => ({ ...endpointOut(endpoint), ...stateOut(state) })), 200)
})

attempts.openapi(route('read', { method: 'get', path: '/app/{app_id}/endpoint/{endpoint_id}/msg', summary: 'The messages that an endpoint got or gets, the newest first', request: { params: endpointPath, query: listing.omit({ status_code_class: true, endpoint_id: true }) }, responses: { 200: answers(listOf('EndpointMessageOut', EndpointMessageOut), 'A page of them') } }), async context => {
  const { limit, iterator, status, before, after, event_types, with_content = true, channel } = context.req.valid('query')
  const { id } = await findEndpoint(context)
  const states = await outboxOf(context.env, context.get('app').id, id).deliveries({ limit: limit + 1, ...some({ below: iterator, state: status, before, after, types: event_types }) })
  const found = await everywhere(context, inbox => inbox.many(states.map(({ message }) => message), with_content))
  const known = new Map(found.map(message => [message.id, message]))
  const items = states.map(state => ({ ...state, id: state.message, found: known.get(state.message) })).filter((one): one is typeof one & { found: Message } => one.found !== undefined)
  return pageOfTexts(channel ? items.filter(one => one.found.channels?.includes(channel)) : items, limit, one => messageOut(one.found, with_content, stateOut(one))) as never
})

async function findAttempt(context: Call): Promise<{ attempt: Attempt; endpoint: string }> {
  const { msg_id: message, attempt_id: id } = context.req.param() as { msg_id: string; attempt_id: string }
  const found = await Promise.all(context.get('view').endpoints.map(async endpoint =>
    (await outboxOf(context.env, context.get('app').id, endpoint.id).attempts({ message, id, limit: 1 })).map(attempt => ({ attempt, endpoint: endpoint.id }))))
  const [one] = found.flat()
  if (!one) throw notFound()
  return one
}

const asked = ({ limit, iterator, status, status_code_class, before, after, event_types }: Omit<Listing, 'endpoint_id'>): AttemptQuery =>
  ({ limit: limit + 1, ...some({ below: iterator, state: status, statusClass: status_code_class, before, after, types: event_types }) })

/** Without what is undefined. */
export const some = <Values extends object>(values: Values): { [Name in keyof Values]?: NonNullable<Values[Name]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never

export const stateOut = ({ state, next }: State) => ({ status: state as 0 | 1 | 2 | 3, statusText: stateNames[state]!, nextAttempt: next === null ? null : iso(next) })

const out = ({ id, message, at, took, status, response, state, url, manual }: Attempt, endpointId: string, content = true) => ({
  id, endpointId, msgId: message, url, timestamp: iso(at), response: content ? response : '', responseDurationMs: took, responseStatusCode: status,
  status: state as 0 | 1 | 2 | 3, statusText: stateNames[state]!, triggerType: manual as 0 | 1,
})
