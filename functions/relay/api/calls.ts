// Calls: an event whose answer the app waits for, as where a destination is asked to judge something.
import { Webhook } from '../../../js/relay.ts'
import { callRule, type Called } from '../calls.ts'
import { dialectOf } from '../dialects.ts'
import { own, type Endpoint } from '../model.ts'
import { outboxOf } from '../objects.ts'
import { publish } from '../publish.ts'
import { stateNames, states } from '../traffic.ts'
import { answers, configFor, invalid, iso, Problem, route, router, sends, z, type Call } from './base.ts'
import { makeSecret } from './destination.ts'
import { findEndpoint } from './endpoints.ts'
import { payloadsOf } from './exact.ts'
import { checkPayload } from './messages.ts'
import { endpointPath, typeName } from './shapes.ts'

const week = 7 * 24 * 3600
const CallIn = z.object({
  eventType: typeName, payload: z.record(z.string(), z.unknown()),
  waitSeconds: z.number().int().min(1).max(600).default(600),
}).openapi('CallIn')
const number = z.number().int()
const CallOut = z.object({
  id: z.string(), endpointId: z.string(), eventType: z.string(), timestamp: z.string().datetime(), status: z.union([z.literal(0), z.literal(1), z.literal(2)]), statusText: z.enum(['success', 'pending', 'fail']),
  attemptId: z.string().nullable(), attempts: number, error: z.string().nullable(), responseStatusCode: number, response: z.string(), responseDurationMs: number,
}).openapi('CallOut')

export const calls = router()

calls.openapi(route('send', {
  method: 'post', path: '/app/{app_id}/endpoint/{endpoint_id}/call', summary: 'Send an event to this endpoint, subscribed or not, and wait for its answer', request: { params: endpointPath, body: sends(CallIn) },
  responses: { 200: answers(CallOut, 'It has ended: what the endpoint answered, and what is wrong with that'), 202: answers(CallOut, 'It has not ended in time, and goes on') },
}), async context => {
  const endpoint = await findEndpoint(context)
  const { eventType, payload: given, waitSeconds } = context.req.valid('json')
  const [payload] = payloadsOf(context.get('text'), { payload: given })
  await checkPayload(context, { eventType }, payload!, ['body'])
  checkEvent(context, endpoint, eventType, payload!)
  if (endpoint.status !== 'active') throw new Problem(409, 'conflict', 'The endpoint is not active: nothing is sent to it')
  const { id: app } = context.get('app')
  const key = context.req.header('idempotency-key')
  const { id, at, duplicate } = await publish(context.env, app, { ...context.get('view'), endpoints: [] }, { type: eventType, eventId: null, channels: null, payload: payload!, keys: key === undefined ? [] : [{ key: `call ${endpoint.id} ${key}`, window: week }] })
  if (duplicate) throw new Problem(409, 'conflict', `This call was made before, as ${id}: its attempts say how it ended`)
  const delivery = { message: id, source: own, type: eventType, eventId: null, endpoint: endpoint.id, headers: [], body: new TextEncoder().encode(payload), manual: false }
  const called = await outboxOf(context.env, app, endpoint.id).call(delivery, waitSeconds)
  const status = !called ? states.pending : called.delivered ? states.success : states.fail
  const head = { id, endpointId: endpoint.id, eventType, status, statusText: stateNames[status] }
  return context.json({ ...head, ...called ? out(called) : { ...nothing, timestamp: iso(at) } }, called ? 200 : 202)
})

const nothing = { attemptId: null, attempts: 0, error: null, responseStatusCode: 0, response: '', responseDurationMs: 0 }
const out = ({ attempt, at, took, attempts, status, body, error }: Called) =>
  ({ timestamp: iso(at), attemptId: attempt, attempts, error, responseStatusCode: status, response: body ? new TextDecoder().decode(body) : '', responseDurationMs: took })

/** @throws Invalid where the endpoint's dialect knows the call, and it is another event or breaks its schema */
function checkEvent(context: Call, endpoint: Endpoint, type: string, payload: string): void {
  const config = configFor(context)
  const dialect = endpoint.dialect === 'as-received' ? undefined : dialectOf(config, endpoint.dialect)
  if (!dialect || !callRule(dialect, type)) return
  // The core checks what it verifies: so it is signed first, with a secret of no worth.
  const hook = new Webhook(dialect, { secrets: makeSecret(config, endpoint) })
  const event = hook.verify(payload, hook.sign(payload, { id: 'none', type }))
  hook.close()
  if (event.type !== type) throw invalid(['body', 'payload'], `this is not the payload of ${type}`)
  if (!event.schema.ok) throw invalid(['body', 'payload', ...event.schema.at.split('/').slice(1)], `breaks the schema of ${type} at ${event.schema.at || 'its root'}`, event.schema.code)
}
