// What is done with an endpoint's deliveries: by which rules, how many there are, sending those again
// that failed, replaying a range.
import { inboxesOf, outboxOf } from '../objects.ts'
import { deliveryOf } from '../rules.ts'
import { answers, configFor, date, iso, route, router, sends, z } from './base.ts'
import { findEndpoint } from './endpoints.ts'
import { endpointPath, typeName, unique } from './shapes.ts'
import { begin } from './tasks.ts'

const count = z.number().int()
const EndpointStats = z.object({ success: count, pending: count, fail: count, sending: count, canceled: count }).openapi('EndpointStats')
const RecoverIn = z.object({ since: date, until: date.nullish() }).openapi('RecoverIn')
const RecoverOut = z.object({ id: z.string(), status: z.literal('running'), task: z.literal('endpoint.recover'), updatedAt: z.string().datetime() }).openapi('RecoverOut')
const ReplayIn = z.object({ since: date, until: date.nullish(), eventTypes: unique(typeName, 500).nullish() }).openapi('ReplayIn')
const ReplayOut = z.object({ id: z.string(), status: z.literal('running'), task: z.literal('endpoint.replay'), updatedAt: z.string().datetime(), count }).openapi('ReplayOut')
const PolicyOut = z.object({
  policy: z.string(), attempts: count,
  delivery: z.object({
    retry: z.object({ delays: z.array(z.number()), jitter_percent: z.number(), retry_after_cap: z.number() }), timeout: z.number(),
    final: z.record(z.string(), z.unknown()), rate: z.array(z.object({ limit: z.number(), seconds: z.number() })), grace: z.number(),
  }),
}).openapi('EndpointPolicyOut')

export const recovery = router()
const path = '/app/{app_id}/endpoint/{endpoint_id}'

recovery.openapi(route('read', { method: 'get', path: `${path}/stats`, summary: 'How many deliveries there are in each state', request: { params: endpointPath, query: z.object({ since: date.optional(), until: date.optional() }) }, responses: { 200: answers(EndpointStats, 'Counts') } }), async context => {
  const { since = 0, until = Date.now() + 1000 } = context.req.valid('query')
  const { id } = await findEndpoint(context)
  return context.json({ ...await outboxOf(context.env, context.get('app').id, id).stats(since, until), canceled: 0 }, 200)
})

recovery.openapi(route('read', { method: 'get', path: `${path}/policy`, summary: 'The rules of delivery in force: the policy\'s, with the endpoint\'s own in their place', request: { params: endpointPath }, responses: { 200: answers(PolicyOut, 'Them; times in seconds') } }), async context => {
  const endpoint = await findEndpoint(context)
  const delivery = deliveryOf(configFor(context), endpoint)
  return context.json({ policy: endpoint.policy, attempts: delivery.retry.delays.length + 1, delivery }, 200)
})

recovery.openapi(route('manage', { method: 'post', path: `${path}/recover`, summary: 'Send what has failed between two times again', request: { params: endpointPath, body: sends(RecoverIn) }, responses: { 202: answers(RecoverOut, 'They are due') } }), async context => {
  const { since, until } = context.req.valid('json')
  const endpoint = await findEndpoint(context)
  const { id, createdAt } = await begin(context, endpoint, 'endpoint.recover', task => outboxOf(context.env, context.get('app').id, endpoint.id).recover(since, until ?? Date.now() + 1000, task))
  return context.json({ id, status: 'running' as const, task: 'endpoint.recover' as const, updatedAt: iso(createdAt) }, 202)
})

recovery.openapi(route('manage', { method: 'post', path: `${path}/replay`, summary: 'Send all messages of a range, or those of some types, to an endpoint, whether it had them or not', request: { params: endpointPath, body: sends(ReplayIn) }, responses: { 202: answers(ReplayOut, 'So many are owed to it') } }), async context => {
  const { since, until, eventTypes } = context.req.valid('json')
  const endpoint = await findEndpoint(context)
  const { id: app } = context.get('app')
  const { id, total, createdAt } = await begin(context, endpoint, 'endpoint.replay', async task => {
    const range = { app, endpoint: endpoint.id, task, since, ...(until && { until }), ...(eventTypes && { types: eventTypes }) }
    const counts = await Promise.all(inboxesOf(context.env, app, context.get('view').sources).map(inbox => inbox.replay(range)))
    return counts.reduce((sum, one) => sum + one, 0)
  })
  return context.json({ id, status: 'running' as const, task: 'endpoint.replay' as const, updatedAt: iso(createdAt), count: total }, 202)
})
