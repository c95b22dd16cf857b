// Trying an endpoint out: the example of an event type goes to it alone, as every message does.
import { example } from '../../../js/testing.ts'
import { dialectOf } from '../dialects.ts'
import { showAnswer } from '../kept.ts'
import { own, type Endpoint } from '../model.ts'
import { outboxOf } from '../objects.ts'
import { publish } from '../publish.ts'
import { states, type Attempt } from '../traffic.ts'
import { answers, configFor, invalid, iso, Problem, route, router, sends, z, type Call } from './base.ts'
import { findEndpoint } from './endpoints.ts'
import { json, messageOut, MessageOut, typeOf } from './messages.ts'
import { endpointPath, typeName } from './shapes.ts'

/** Milliseconds that a trial waits for the destination's answer. */
const patience = 35_000
const EventExampleIn = z.object({ eventType: typeName }).openapi('EventExampleIn')
const TrialOut = z.object({
  msgId: z.string(), attemptId: z.string().nullable(), eventType: z.string(), timestamp: z.string().datetime(), delivered: z.boolean().nullable(), responseStatusCode: z.number().int().nullable(),
  responseHeaders: z.record(z.string(), z.string()).nullable(), response: z.string().nullable(), responseDurationMs: z.number().int().nullable(),
}).openapi('EndpointTestOut')

export const trial = router()
const path = '/app/{app_id}/endpoint/{endpoint_id}'

trial.openapi(route('send', { method: 'post', path: `${path}/send-example`, summary: 'Send the example of an event type to this endpoint, subscribed or not', request: { params: endpointPath, body: sends(EventExampleIn) }, responses: { 200: answers(MessageOut, 'The message') } }), async context => {
  const endpoint = await findEndpoint(context)
  const { eventType } = context.req.valid('json')
  const { id, at, payload } = await sendExample(context, endpoint, eventType)
  return json(messageOut({ id, at, source: own, type: eventType, event: null, channels: null, content: 'json', dedupe: 'none', revision: 0, body: payload }, true)) as never
})

trial.openapi(route('send', { method: 'post', path: `${path}/test`, summary: 'Send the example of an event type to this endpoint, and answer what it answered', request: { params: endpointPath, body: sends(EventExampleIn) }, responses: { 200: answers(TrialOut, 'Its answer; null where there is none within 35 seconds') } }), async context => {
  const endpoint = await findEndpoint(context)
  const { eventType } = context.req.valid('json')
  const { id, at, attempt } = await tryOut(context, endpoint, eventType)
  return context.json({
    msgId: id, attemptId: attempt?.id ?? null, eventType, timestamp: iso(at), delivered: attempt && attempt.state === states.success, responseStatusCode: attempt?.status || null,
    responseHeaders: attempt?.answer ? showAnswer(attempt.answer) : null, response: attempt?.response ?? null, responseDurationMs: attempt?.took ?? null,
  }, 200, { 'cache-control': 'no-store' })
})

/** Sends an example and waits for the end of the first attempt; null: it has not ended yet. */
export async function tryOut(context: Call, endpoint: Endpoint, eventType: string): Promise<{ id: string; at: number; attempt: Attempt | null }> {
  if (endpoint.status !== 'active') throw new Problem(409, 'conflict', 'The endpoint is not active: nothing is sent to it')
  const { id, at } = await sendExample(context, endpoint, eventType)
  const outbox = outboxOf(context.env, context.get('app').id, endpoint.id)
  for (const late = Date.now() + patience; Date.now() < late; await new Promise(wake => setTimeout(wake, 50))) {
    const [attempt] = await outbox.attempts({ message: id, limit: 1, kept: true })
    if (attempt && attempt.state !== states.sending) return { id, at, attempt }
  }
  return { id, at, attempt: null }
}

/** Sends the example of an event type to this endpoint alone, subscribed or not. */
async function sendExample(context: Call, endpoint: Endpoint, eventType: string): Promise<{ id: string; at: number; payload: string }> {
  const payload = JSON.stringify(await exampleOf(context, endpoint.dialect, eventType))
  const only = { ...context.get('view'), endpoints: [{ ...endpoint, sources: null, events: null, channels: null, filters: [], status: 'active' as const }] }
  const { id, at } = await publish(context.env, context.get('app').id, only, { type: eventType, eventId: null, channels: null, payload, keys: [] })
  return { id, at, payload }
}

async function exampleOf(context: Call, dialect: string, name: string): Promise<unknown> {
  const type = await typeOf(context, name)
  if (type?.example) return type.example
  const file = dialectOf(configFor(context), dialect)
  try {
    if (file) return example(file, name)
  } catch { /* said below */ }
  throw invalid(['body', 'eventType'], `there is no example of ${name}: give the event type one`)
}
