// Deliveries across an app's endpoints.
import { outboxOf } from '../objects.ts'
import { answers, date, listOf, page, paging, route, router, z } from './base.ts'
import { some, stateOut } from './attempts.ts'
import { everywhere } from './messages.ts'
import { appPath, types } from './shapes.ts'

const DeliveryOut = z.object({
  id: z.string(), msgId: z.string(), endpointId: z.string(), eventType: z.string(), attempts: z.number().int(), status: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  statusText: z.enum(['success', 'pending', 'fail', 'sending']), nextAttempt: z.string().datetime().nullable(),
}).openapi('DeliveryOut')
const listing = paging.extend({
  endpoint_id: z.string().optional(), status: z.coerce.number().int().min(0).max(3).optional(), before: date.optional(), after: date.optional(), event_types: types,
  text: z.string().min(1).max(256).optional().openapi({ description: 'stands in the payload' }),
})
/** Messages that a search looks through. */
const searched = 1000

export const deliveries = router()

deliveries.openapi(route('read', { method: 'get', path: '/app/{app_id}/delivery', summary: 'What became of every message at every endpoint, the newest first', request: { params: appPath, query: listing }, responses: { 200: answers(listOf('DeliveryOut', DeliveryOut), 'A page of them') } }), async context => {
  const { limit, iterator, endpoint_id, status, before, after, event_types, text } = context.req.valid('query')
  const [message, behind = ''] = iterator?.split('.') ?? []
  const found = text === undefined ? undefined : new Set((await everywhere(context, inbox => inbox.list({ limit: searched, text, content: false }))).map(({ id }) => id))
  const endpoints = context.get('view').endpoints.filter(({ id }) => !endpoint_id || id === endpoint_id)
  // The iterator's own message may have deliveries at further endpoints.
  const below = message && `${message}~`
  const all = await Promise.all(endpoints.map(async ({ id: endpoint }) => (await outboxOf(context.env, context.get('app').id, endpoint)
    .deliveries({ limit: text === undefined ? limit + 2 : 10_000, ...some({ below, state: status, before, after, types: event_types }) })).map(state => ({ ...state, endpoint, id: `${state.message}.${endpoint}` }))))
  const items = all.flat().filter(one => (!found || found.has(one.message)) && (one.message !== message || one.endpoint > behind))
    .sort((a, b) => a.message === b.message ? a.endpoint < b.endpoint ? -1 : 1 : a.message < b.message ? 1 : -1)
  return context.json(page(items, limit, one => one.id, one => ({ id: one.id, msgId: one.message, endpointId: one.endpoint, eventType: one.type ?? 'unknown', attempts: one.attempts, ...stateOut(one) })), 200)
})
