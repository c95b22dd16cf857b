// What is done with an endpoint's deliveries: how many there are, sending those again that failed,
// replaying a range, trying the endpoint out.
import { example } from '../../../js/testing.ts'
import { dialectOf } from '../dialects.ts'
import { newId } from '../ids.ts'
import { own, type Endpoint } from '../model.ts'
import { configOf, directoryOf, inboxesOf, outboxOf } from '../objects.ts'
import { publish } from '../publish.ts'
import { answers, date, invalid, iso, route, router, sends, z, type Call } from './base.ts'
import { findEndpoint } from './endpoints.ts'
import { json, messageOut, MessageOut, typeOf } from './messages.ts'
import { endpointPath, typeName, unique } from './shapes.ts'

const count = z.number().int()
const EndpointStats = z.object({ success: count, pending: count, fail: count, sending: count, canceled: count }).openapi('EndpointStats')
const RecoverIn = z.object({ since: date, until: date.nullish() }).openapi('RecoverIn')
const RecoverOut = z.object({ id: z.string(), status: z.literal('running'), task: z.literal('endpoint.recover'), updatedAt: z.string().datetime() }).openapi('RecoverOut')
const ReplayIn = z.object({ since: date, until: date.nullish(), eventTypes: unique(typeName, 500).nullish() }).openapi('ReplayIn')
const ReplayOut = z.object({ count }).openapi('ReplayOut')
const EventExampleIn = z.object({ eventType: typeName }).openapi('EventExampleIn')

export const recovery = router()
const path = '/app/{app_id}/endpoint/{endpoint_id}'

recovery.openapi(route('read', { method: 'get', path: `${path}/stats`, summary: 'How many deliveries there are in each state', request: { params: endpointPath, query: z.object({ since: date.optional(), until: date.optional() }) }, responses: { 200: answers(EndpointStats, 'Counts') } }), async context => {
  const { since = 0, until = Date.now() + 1000 } = context.req.valid('query')
  const { id } = await findEndpoint(context)
  return context.json({ ...await outboxOf(context.env, context.get('app').id, id).stats(since, until), canceled: 0 }, 200)
})

recovery.openapi(route('manage', { method: 'post', path: `${path}/recover`, summary: 'Send what has failed between two times again', request: { params: endpointPath, body: sends(RecoverIn) }, responses: { 202: answers(RecoverOut, 'They are due') } }), async context => {
  const { since, until } = context.req.valid('json')
  const { id } = await findEndpoint(context)
  const { id: app } = context.get('app')
  const number = await outboxOf(context.env, app, id).recover(since, until ?? Date.now() + 1000)
  await directoryOf(context.env, app).note(context.get('by'), 'endpoint.recover', `${id}: ${number}`)
  const now = Date.now()
  return context.json({ id: newId('qtask', now), status: 'running' as const, task: 'endpoint.recover' as const, updatedAt: iso(now) }, 202)
})

recovery.openapi(route('manage', { method: 'post', path: `${path}/replay`, summary: 'Send all messages of a range, or those of some types, to an endpoint, whether it had them or not', request: { params: endpointPath, body: sends(ReplayIn) }, responses: { 202: answers(ReplayOut, 'So many are owed to it') } }), async context => {
  const { since, until, eventTypes } = context.req.valid('json')
  const { id } = await findEndpoint(context)
  const { id: app } = context.get('app')
  const counts = await Promise.all(inboxesOf(context.env, app, context.get('view').sources).map(inbox => inbox.replay({ app, endpoint: id, since, ...(until && { until }), ...(eventTypes && { types: eventTypes }) })))
  const number = counts.reduce((sum, one) => sum + one, 0)
  await directoryOf(context.env, app).note(context.get('by'), 'endpoint.replay', `${id}: ${number}`)
  return context.json({ count: number }, 202)
})

recovery.openapi(route('send', { method: 'post', path: `${path}/send-example`, summary: 'Send the example of an event type to this endpoint, subscribed or not', request: { params: endpointPath, body: sends(EventExampleIn) }, responses: { 200: answers(MessageOut, 'The message') } }), async context => {
  const endpoint = await findEndpoint(context)
  const { eventType } = context.req.valid('json')
  const { id, at, payload } = await sendExample(context, endpoint, eventType)
  return json(messageOut({ id, at, source: own, type: eventType, event: null, channels: null, content: 'json', dedupe: 'none', revision: 0, body: payload }, true)) as never
})

/** Sends the example of an event type to this endpoint alone, subscribed or not. */
export async function sendExample(context: Call, endpoint: Endpoint, eventType: string): Promise<{ id: string; at: number; payload: string }> {
  const payload = JSON.stringify(await exampleOf(context, endpoint.dialect, eventType))
  const only = { ...context.get('view'), endpoints: [{ ...endpoint, sources: null, events: null, channels: null, filters: [], status: 'active' as const }] }
  const { id, at } = await publish(context.env, context.get('app').id, only, { type: eventType, eventId: null, channels: null, payload, keys: [] })
  return { id, at, payload }
}

async function exampleOf(context: Call, dialect: string, name: string): Promise<unknown> {
  const type = await typeOf(context, name)
  if (type?.example) return type.example
  const file = dialectOf(configOf(context.env), dialect)
  try {
    if (file) return example(file, name)
  } catch { /* said below */ }
  throw invalid(['body', 'eventType'], `there is no example of ${name}: give the event type one`)
}
