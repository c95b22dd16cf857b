// Event types: what an app's messages may be, with a schema and an example each. The operator's are
// shared by all apps; an app's own take their place.
import { root, type EventType, type Refusal } from '../model.ts'
import { directoryOf } from '../objects.ts'
import { problemOf, schemaOf } from '../schemas.ts'
import { forget } from '../views.ts'
import { answers, invalid, iso, kept, listOf, notFound, nothing, ordered, page, pageOf, route, router, sends, z, type Call } from './base.ts'
import { edit } from './edit.ts'
import { flag, typeName, typePath, uid } from './shapes.ts'

const settings = { description: z.string(), archived: z.boolean(), deprecated: z.boolean(), schemas: z.record(z.string(), z.record(z.string(), z.unknown())).nullable(), featureFlag: uid.nullable(), example: z.unknown() }
const EventTypeIn = z.object({ name: typeName, ...settings }).partial().required({ name: true, description: true }).openapi('EventTypeIn')
const EventTypeUpdate = z.object(settings).partial().required({ description: true }).openapi('EventTypeUpdate')
const EventTypePatch = z.object(settings).partial().openapi('EventTypePatch')
const EventTypeOut = z.object({ name: typeName, ...settings, createdAt: z.string().datetime(), updatedAt: z.string().datetime() }).openapi('EventTypeOut')

const out = ({ createdAt, updatedAt, ...type }: EventType) => ({ ...type, createdAt: iso(createdAt), updatedAt: iso(updatedAt) })
/** Those that a customer's token shows. */
const flags = (context: Call): string[] | undefined => context.get('key').portal?.flags
const directory = (context: Call) => directoryOf(context.env, context.get('holder'))
export const eventTypes = router()

eventTypes.openapi(route('read', {
  method: 'get', path: '/event-type', summary: 'List event types', request: { query: ordered.extend({ include_archived: flag.optional(), with_content: flag.optional() }) },
  responses: { 200: answers(listOf('EventTypeOut', EventTypeOut), 'A page of them') },
}), async context => {
  const query = context.req.valid('query')
  const found = await directory(context).types(pageOf(query), query.include_archived ?? false, flags(context))
  return context.json(page(found, query.limit, type => type.name, type => out(query.with_content === false ? { ...type, schemas: null } : type)), 200)
})

eventTypes.openapi(route('manage', { method: 'post', path: '/event-type', summary: 'Create an event type', request: { body: sends(EventTypeIn) }, responses: { 201: answers(EventTypeOut, 'Created') } }), async context => {
  const given = context.req.valid('json')
  return context.json(out(await save(context, { ...fresh(given.name), ...given }, null)), 201)
})

eventTypes.openapi(route('read', { method: 'get', path: '/event-type/{event_type_name}', summary: 'Get an event type', request: { params: typePath }, responses: { 200: answers(EventTypeOut, 'The event type') } }),
  async context => context.json(out(await get(context)), 200))

eventTypes.openapi(route('manage', { method: 'put', path: '/event-type/{event_type_name}', summary: 'Update an event type, or create it', request: { params: typePath, body: sends(EventTypeUpdate) }, responses: { 200: answers(EventTypeOut, 'Updated'), 201: answers(EventTypeOut, 'Created') } }), async context => {
  const name = typeName.safeParse(context.req.valid('param').event_type_name)
  if (!name.success) throw invalid(['path', 'event_type_name'], 'malformed')
  const old = await find(context, name.data)
  const saved = await save(context, { ...fresh(name.data), ...context.req.valid('json'), ...(old && { createdAt: old.createdAt }) })
  return old ? context.json(out(saved), 200) : context.json(out(saved), 201)
})

eventTypes.openapi(route('manage', { method: 'patch', path: '/event-type/{event_type_name}', summary: 'Change an event type', request: { params: typePath, body: sends(EventTypePatch) }, responses: { 200: answers(EventTypeOut, 'Changed') } }),
  async context => context.json(out(await edit(() => get(context), old => put(context, { ...old, ...context.req.valid('json') }, old))), 200))

eventTypes.openapi(route('manage', { method: 'delete', path: '/event-type/{event_type_name}', summary: 'Archive an event type, or with expunge delete it', request: { params: typePath, query: z.object({ expunge: flag.optional() }) }, responses: nothing }), async context => {
  const type = await get(context)
  if (context.req.valid('query').expunge) await directory(context).removeType(type.name, context.get('by'))
  else await edit(() => get(context), old => put(context, { ...old, archived: true }, old))
  forget(context.get('holder'))
  return context.body(null, 204)
})

const fresh = (name: string): EventType =>
  ({ name, description: '', schemas: null, example: null, archived: false, deprecated: false, featureFlag: null, createdAt: Date.now(), updatedAt: Date.now() })

const find = async (context: Call, name: string): Promise<EventType | undefined> =>
  (await directory(context).types({ limit: 1, after: name.slice(0, -1) + String.fromCharCode(name.charCodeAt(name.length - 1) - 1) + '~' }, true, flags(context))).find(type => type.name === name)

async function get(context: Call): Promise<EventType> {
  const type = await find(context, context.req.param('event_type_name')!)
  if (!type) throw notFound()
  return type
}

const save = async (context: Call, type: EventType, was?: null): Promise<EventType> => kept<EventType>(await put(context, type, was))

/** @param was  what it takes the place of: refused where that is another by now; null: there must be none */
async function put(context: Call, type: EventType, was?: EventType | null): Promise<EventType | Refusal> {
  for (const [version, schema] of Object.entries(type.schemas ?? {})) {
    const problem = problemOf(schema)
    if (problem) throw invalid(['body', 'schemas', version], problem)
  }
  const broken = type.example === null || type.example === undefined ? null : schemaOf(type)?.check(JSON.stringify(type.example))
  if (broken) throw invalid(['body', 'example', ...broken.at.split('/').slice(1)], `the example breaks the schema: ${broken.code}`)
  const saved = await directory(context).putType({ ...type, updatedAt: Date.now() }, context.get('by'), was)
  forget(context.get('holder'))
  return saved
}
