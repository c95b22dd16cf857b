// Messages: what an app sends, and what its sources took in.
import type { Endpoint, View } from '../model.ts'
import { own, root } from '../model.ts'
import { idAt } from '../ids.ts'
import { directoryOf, inboxesOf, outboxOf, type inboxOf } from '../objects.ts'
import { publishAll, type Own } from '../publish.ts'
import { reasons, reasonsOf, type Reason } from '../routing.ts'
import { schemaOf } from '../schemas.ts'
import type { Accepted, Message } from '../traffic.ts'
import { viewOf } from '../views.ts'
import { ApplicationIn, ensure } from './apps.ts'
import { answers, date, invalid, listOf, notFound, nothing, page, paging, Problem, route, router, sends, z, type Call } from './base.ts'
import { payloadsOf } from './exact.ts'
import { mostInBatch, payloadLimit } from './limits.ts'
import { appPath, channel, flag, messagePath, orderingKey, typeName, types, uid, unique } from './shapes.ts'

const members = {
  eventType: typeName, payload: z.record(z.string(), z.unknown()), eventId: uid.nullish(), channels: unique(channel, 5).nullish(), orderingKey: orderingKey.nullish(),
  payloadRetentionPeriod: z.number().int().min(5).max(90).default(90),
}
const MessageIn = z.object({ ...members, application: ApplicationIn.nullish() }).openapi('MessageIn')
const BatchedIn = z.object(members).openapi('BatchedMessageIn')
export const MessageOut = z.object({
  id: z.string(), eventType: z.string(), eventId: z.string().nullable(), channels: z.array(channel).nullable(), orderingKey: z.string().nullable(), payload: z.record(z.string(), z.unknown()),
  timestamp: z.string().datetime(), dedupe: z.enum(['signed', 'unsigned', 'body', 'none']), source: z.string().nullable(),
}).openapi('MessageOut')
const Skipped = z.object({ endpointId: z.string(), reason: z.enum(reasons as [Reason, ...Reason[]]) }).openapi('SkippedEndpointOut')
type Given = z.infer<typeof BatchedIn>

const week = 7 * 24 * 3600
const content = z.object({ with_content: flag.optional() })
export const listing = paging.extend({ channel: channel.optional(), before: date.optional(), after: date.optional(), with_content: flag.optional(), event_types: types })

export const messages = router()

messages.openapi(route('send', {
  method: 'post', path: '/app/{app_id}/msg', summary: 'Send a message', request: { params: appPath, query: content, body: sends(MessageIn) }, responses: { 202: answers(MessageOut, 'It is on disk') },
}), async context => {
  const { application, ...given } = context.req.valid('json')
  await ensure(context, application)
  const [payload] = payloadsOf(context.get('text'), context.req.valid('json'))
  await checkPayload(context, given, payload!, ['body'])
  const key = context.req.header('idempotency-key')
  const [accepted] = await take(context, [given], [payload!], key === undefined ? undefined : () => `idempotency ${key}`)
  return json(messageOut(asMessage(given, payload!, accepted!), context.req.valid('query').with_content ?? true), 202) as never
})

messages.openapi(route('send', {
  method: 'post', path: '/app/{app_id}/msg/batch', summary: `Send up to ${mostInBatch} messages: all of them, or none where one is not valid`,
  request: { params: appPath, query: content, body: sends(z.object({ messages: z.array(BatchedIn).min(1).max(mostInBatch) })) },
  responses: { 202: answers(z.object({ data: z.array(MessageOut) }).openapi('MessageBatchOut'), 'They are on disk') },
}), async context => {
  const { messages: given } = context.req.valid('json')
  const payloads = payloadsOf(context.get('text'), given)
  for (const [i, one] of given.entries()) await checkPayload(context, one, payloads[i]!, ['body', 'messages', String(i)])
  const key = context.req.header('idempotency-key')
  const accepted = await take(context, given, payloads, key === undefined ? undefined : i => `idempotency ${key} ${i}`)
  const out = given.map((one, i) => messageOut(asMessage(one, payloads[i]!, accepted[i]!), context.req.valid('query').with_content ?? true))
  return json(`{"data":[${out.join()}]}`, 202) as never
})

messages.openapi(route('read', {
  method: 'get', path: '/app/{app_id}/msg', summary: 'List messages, the newest first', request: { params: appPath, query: listing }, responses: { 200: answers(listOf('MessageOut', MessageOut), 'A page of them') },
}), async context => {
  const { limit, iterator, channel, before, after, with_content = true, event_types } = context.req.valid('query')
  const below = [iterator, before && idAt('msg', before)].filter(Boolean).sort()[0] || undefined
  const found = await everywhere(context, inbox => inbox.list({ limit: limit + 1, content: with_content, ...(below && { before: below }), ...(after && { after: idAt('msg', after + 1) }), ...(event_types && { types: event_types }), ...(channel && { channel }) }))
  return pageOfTexts(found, limit, message => messageOut(message, with_content)) as never
})

messages.openapi(route('read', { method: 'get', path: '/app/{app_id}/msg/{msg_id}', summary: 'Get a message', request: { params: messagePath, query: content }, responses: { 200: answers(MessageOut, 'The message') } }), async context => {
  const { with_content = true } = context.req.valid('query')
  return json(messageOut(await findMessage(context, with_content), with_content)) as never
})

messages.openapi(route('manage', { method: 'delete', path: '/app/{app_id}/msg/{msg_id}/content', summary: 'Delete a message\'s payload', request: { params: messagePath }, responses: nothing }), async context => {
  const { id } = await findMessage(context, false)
  const app = context.get('app').id
  await Promise.all(inboxesOf(context.env, app, context.get('view').sources).map(inbox => inbox.clear(id)))
  await Promise.all(context.get('view').endpoints.map(endpoint => outboxOf(context.env, app, endpoint.id).forget(id)))
  await directoryOf(context.env, app).note(context.get('by'), 'message.content.delete', id)
  return context.body(null, 204)
})

messages.openapi(route('read', {
  method: 'get', path: '/app/{app_id}/msg/{msg_id}/skipped', summary: 'The endpoints that did not get a message, each with the reason', request: { params: messagePath },
  responses: { 200: answers(z.object({ data: z.array(Skipped) }).openapi('SkippedEndpointsOut'), 'Them') },
}), async context => {
  const { source, type, channels, body, revision } = await findMessage(context, true)
  const endpoints: Endpoint[] = await directoryOf(context.env, context.get('app').id).endpointsAt(revision)
  // Of a payload that was deleted nobody knows any more what filters said.
  const asked = body === null ? endpoints.map(endpoint => ({ ...endpoint, filters: [], selections: endpoint.selections?.filter(({ values }) => !values.length) ?? [] })) : endpoints
  const why = reasonsOf(asked, { source, type, channels, body: body ?? '' })
  return context.json({ data: asked.flatMap(({ id }, each) => why[each] ? [{ endpointId: id, reason: why[each] }] : []) }, 200)
})

/** The path's message, in whichever Inbox it is. */
export async function findMessage(context: Call, content: boolean): Promise<Message> {
  const id = context.req.param('msg_id')!
  const [message] = await everywhere(context, async inbox => [await inbox.get(id, content)].filter(one => one !== null))
  if (!message) throw notFound()
  return message
}

/** Asks every Inbox of the app; the newest first. */
export async function everywhere(context: Call, ask: (inbox: ReturnType<typeof inboxOf>) => Promise<Message[]>): Promise<Message[]> {
  const { id } = context.get('app')
  const found = await Promise.all(inboxesOf(context.env, id, context.get('view').sources).map(ask))
  return found.flat().sort((a, b) => a.id < b.id ? 1 : -1)
}

/** @throws Problem or Invalid where a payload is too large, or breaks the schema of its event type */
export async function checkPayload(context: Call, { eventType }: Pick<Given, 'eventType'>, payload: string, at: string[]): Promise<void> {
  const limit = payloadLimit(context)
  if (new TextEncoder().encode(payload).length > limit) throw new Problem(413, 'payload_too_large', `A payload has at most ${limit} bytes`)
  const type = await typeOf(context, eventType)
  if (type?.archived) throw invalid([...at, 'eventType'], `the event type ${eventType} is archived`)
  const broken = type && schemaOf(type)?.check(payload)
  if (broken) throw invalid([...at, 'payload', ...broken.at.split('/').slice(1)], `breaks the schema of ${eventType} at ${broken.at || 'its root'}`, broken.code)
}

/** The app's own type of that name, or the operator's. */
export async function typeOf(context: Call, name: string) {
  const isIt = (type: View['types'][number]): boolean => type.name === name
  return context.get('view').types.find(isIt) ?? (await viewOf(context.env, root))?.types.find(isIt)
}

/** @param again  the key by which the message of this place is told when it comes once more */
async function take(context: Call, given: Given[], payloads: string[], again?: (place: number) => string): Promise<Accepted[]> {
  const messages = given.map(({ eventType, eventId = null, channels = null, orderingKey = null, payloadRetentionPeriod }, i): Own => ({
    type: eventType, eventId, channels, orderingKey, payload: payloads[i]!, retention: payloadRetentionPeriod,
    keys: [...again ? [again(i)] : [], ...eventId ? [`event ${eventId}`] : []].map(key => ({ key, window: week })),
  }))
  let accepted: Accepted[]
  try {
    accepted = await publishAll(context.env, context.get('app').id, context.get('view'), messages)
  } catch (error) {
    console.error(`a message was not stored: ${error}`)
    throw new Problem(503, 'storage', 'Storage unavailable, please retry', 5)
  }
  for (const [i, { duplicate, key, same }] of accepted.entries()) {
    if (duplicate && again && key === 0 && !same) throw new Problem(409, 'conflict', 'This Idempotency-Key came with another message')
    if (duplicate && !(again && key === 0)) throw new Problem(409, 'conflict', `There is a message with the eventId ${given[i]!.eventId}`)
  }
  return accepted
}

const asMessage = ({ eventType, eventId = null, channels = null, orderingKey = null }: Given, payload: string, { id, at }: Accepted): Message =>
  ({ id, source: own, type: eventType, event: eventId, channels, orderingKey, content: 'json', dedupe: 'none', at, revision: 0, body: payload })

/** The payload stands in the answer as it was received: no number is rounded on its way. */
export function messageOut({ id, type, event, channels, orderingKey = null, content, dedupe, source, at, body }: Message, withContent: boolean, more: object = {}): string {
  const payload = !withContent || body === null ? '{}' : content === 'json' && /^\s*\{/.test(body) ? body
    : content === 'json' ? `{"value":${body}}` : JSON.stringify({ base64: body })
  const eventId = event && /^[a-zA-Z0-9\-_.]{1,256}$/.test(event) ? event : null
  const head = JSON.stringify({ channels, dedupe, eventId, eventType: type ?? 'unknown', id, orderingKey, source: source.startsWith('_') ? null : source, timestamp: new Date(at).toISOString(), ...more })
  return `${head.slice(0, -1)},"payload":${payload}}`
}

export const json = (text: string, status = 200): Response => new Response(text, { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } })

export function pageOfTexts<Item extends { id: string }>(items: Item[], limit: number, out: (item: Item) => string): Response {
  const { data, done, iterator } = page(items, limit, item => item.id, out)
  return json(`{"data":[${data.join()}],"done":${done},"iterator":${JSON.stringify(iterator)},"prevIterator":null}`)
}
