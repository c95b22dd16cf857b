// Endpoints: where an app's events go, signed how, filtered by what.
import { newId, idIn } from '../ids.ts'
import { describe } from '../../../js/index.ts'
import { dialectOf } from '../dialects.ts'
import { patience, type Endpoint, type Limits, type Selection } from '../model.ts'
import { sensitive } from '../headers.ts'
import { directoryOf, outboxOf } from '../objects.ts'
import { forget } from '../views.ts'
import { answers, configFor, iso, kept, listOf, notFound, nothing, ordered, page, pageOf, Problem, route, router, sends, z, type Call } from './base.ts'
import { checkEndpoint, hostOf, makeSecret } from './destination.ts'
import { edit } from './edit.ts'
import { appPath, channel, deliveryRules, endpointPath, metadata, orderBy, throttleRate, typePattern, uid, unique, url } from './shapes.ts'

const value = z.union([z.string(), z.number(), z.boolean(), z.null()])
const settings = {
  url,
  description: z.string(),
  disabled: z.boolean(),
  eventTypes: unique(typePattern, 500).nullable(),
  channels: unique(channel, 10).nullable(),
  uid: uid.nullable(),
  metadata,
  throttleRate: throttleRate.nullable(),
  dialect: z.string(),
  envelope: z.boolean(),
  format: z.enum(['slack']).nullable(),
  policy: z.string(),
  delivery: deliveryRules.nullable(),
  sources: unique(z.string(), 500).nullable(),
  filters: z.array(z.object({ pointer: z.string().regex(/^(\/.*)?$/).max(1024), values: z.array(value).max(1000) })).max(20),
  concurrency: z.number().int().min(1).max(100),
  ordered: z.boolean(),
  orderBy: orderBy.nullable(),
  disableAfter: z.number().int().min(1).nullable(),
}
const secret = z.string().min(1).max(1024)
export const EndpointIn = z.object({ ...settings, secret: secret.nullish() }).partial().required({ url: true }).openapi('EndpointIn')
const EndpointUpdate = EndpointIn.openapi('EndpointUpdate')
const EndpointPatch = z.object({ ...settings, secret: secret.nullish() }).partial().openapi('EndpointPatch')
const dated = { createdAt: z.string().datetime(), updatedAt: z.string().datetime() }
export const EndpointOut = z.object({ id: z.string(), ...settings, status: z.enum(['active', 'inactive', 'disabled']), reason: z.string().nullable(), configured: z.boolean(), ...dated }).openapi('EndpointOut')
type Given = z.infer<typeof EndpointPatch>
/** An id that the relay makes, in whichever dialect's form: nobody chooses such a one. */
const madeId = /^(ep_[0-9A-Za-z]{27}|[a-z]+_[0-9A-Za-z]{24}|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})$/

export const endpointOut = ({ events, format = null, headers: _, shares: __, proxy: ___, createdAt, updatedAt, orderBy = null, ...rest }: Endpoint) =>
  ({ ...rest, format, orderBy, eventTypes: events, disabled: rest.status !== 'active', createdAt: iso(createdAt), updatedAt: iso(updatedAt) })

export const endpoints = router()

endpoints.openapi(route('read', {
  method: 'get', path: '/app/{app_id}/endpoint', summary: 'List endpoints', request: { params: appPath, query: ordered }, responses: { 200: answers(listOf('EndpointOut', EndpointOut), 'A page of them') },
}), async context => {
  const query = context.req.valid('query')
  return context.json(page(await directoryOf(context.env, context.get('app').id).endpoints(pageOf(query)), query.limit, one => one.id, endpointOut), 200)
})

endpoints.openapi(route('manage', {
  method: 'post', path: '/app/{app_id}/endpoint', summary: 'Create an endpoint', request: { params: appPath, body: sends(EndpointIn) }, responses: { 201: answers(EndpointOut, 'Created') },
}), async context => context.json(endpointOut(await create(context, context.req.valid('json'))), 201))

endpoints.openapi(route('read', {
  method: 'get', path: '/app/{app_id}/endpoint/{endpoint_id}', summary: 'Get an endpoint', request: { params: endpointPath }, responses: { 200: answers(EndpointOut, 'The endpoint') },
}), async context => context.json(endpointOut(await findEndpoint(context)), 200))

endpoints.openapi(route('manage', {
  method: 'put', path: '/app/{app_id}/endpoint/{endpoint_id}', summary: 'Update an endpoint, or create it', request: { params: endpointPath, body: sends(EndpointUpdate) },
  responses: { 200: answers(EndpointOut, 'Updated'), 201: answers(EndpointOut, 'Created') },
}), async context => {
  const given = context.req.valid('json')
  const { endpoint_id: name } = context.req.valid('param')
  const find = () => directoryOf(context.env, context.get('app').id).findEndpoint(name)
  let old = await find()
  if (!old && madeId.test(name)) throw notFound()
  if (!old) {
    try {
      return context.json(endpointOut(await create(context, { ...given, uid: given.uid ?? name })), 201)
    } catch (error) {
      old = await find()
      if (!old) throw error // else somebody made it meanwhile
    }
  }
  const cleared = { description: '', eventTypes: null, channels: null, uid: null, metadata: {}, throttleRate: null, disabled: false }
  return context.json(endpointOut(await change(context, old, { ...cleared, ...given })), 200)
})

endpoints.openapi(route('manage', {
  method: 'patch', path: '/app/{app_id}/endpoint/{endpoint_id}', summary: 'Change an endpoint', request: { params: endpointPath, body: sends(EndpointPatch) }, responses: { 200: answers(EndpointOut, 'Changed') },
}), async context => context.json(endpointOut(await change(context, await findEndpoint(context), context.req.valid('json'))), 200))

endpoints.openapi(route('manage', { method: 'delete', path: '/app/{app_id}/endpoint/{endpoint_id}', summary: 'Delete an endpoint', request: { params: endpointPath }, responses: nothing }), async context => {
  await remove(context, await findEndpoint(context))
  return context.body(null, 204)
})

/** The path's endpoint, by its id or uid. */
export async function findEndpoint(context: Call): Promise<Endpoint> {
  const endpoint = await directoryOf(context.env, context.get('app').id).findEndpoint(context.req.param('endpoint_id')!)
  if (!endpoint) throw notFound()
  return endpoint
}

/** Makes an endpoint of what is given. */
export async function create(context: Call, given: Given & { url?: string }): Promise<Endpoint> {
  const endpoint = merge(await fresh(context, given.url!, given.dialect), given)
  return put(context, endpoint, given.secret ? [given.secret] : makeSecret(configFor(context), endpoint))
}

/** An endpoint that nothing is said of but where it is and how it is signed, with an id in its dialect's form. */
export async function fresh(context: Call, url: string, dialect?: string): Promise<Endpoint> {
  const now = Date.now()
  const signs = dialect ?? 'standard-webhooks'
  const form = signs === 'as-received' ? undefined : describe(dialectOf(configFor(context), signs) ?? missing(signs)).delivery?.ids?.endpoint
  return {
    id: form ? await idIn(form, crypto.randomUUID()) : newId('ep', now), uid: null, url, description: '', dialect: signs, envelope: dialect !== undefined, policy: signs === 'as-received' ? 'standard-webhooks' : signs,
    delivery: null, concurrency: 8, ordered: false, orderBy: null, disableAfter: patience, sources: null, events: null, channels: null, filters: [], headers: {}, metadata: {},
    throttleRate: null, status: 'active', reason: null, configured: false, createdAt: now, updatedAt: now,
  }
}

/** A new host gets a new secret and no credentials: whoever may change URLs shall not have what was meant for another. */
export async function change(context: Call, old: Endpoint, given: Given & { selections?: Selection[] }, limits?: Limits, secrets?: string[]): Promise<Endpoint> {
  return again(context, old, old => {
    const endpoint = merge(old, given)
    if (old.configured && declared(endpoint) !== declared(old)) throw new Problem(409, 'conflict', `endpoint ${old.id} is declared in the configuration file: change it there`)
    const config = configFor(context)
    checkEndpoint(config, endpoint)
    const elsewhere = hostOf(config, endpoint.url) !== hostOf(config, old.url)
    if (elsewhere) endpoint.headers = Object.fromEntries(Object.entries(old.headers).filter(([name]) => !sensitive.test(name)))
    return { endpoint, secrets: secrets ?? (given.secret ? [given.secret] : elsewhere || endpoint.dialect !== old.dialect || (endpoint.format ?? null) !== (old.format ?? null) ? makeSecret(config, endpoint) : undefined) }
  }, limits)
}

/** Changes an endpoint as it is when it is stored. @param old  as it was read first */
export async function again(context: Call, old: Endpoint, make: (old: Endpoint) => { endpoint: Endpoint; secrets?: string[] | undefined }, limits?: Limits): Promise<Endpoint> {
  const directory = directoryOf(context.env, context.get('app').id)
  let first: Endpoint | null = old
  const find = async (): Promise<Endpoint> => {
    const found = first ?? await directory.findEndpoint(old.id) ?? undefined
    first = null
    if (!found) throw notFound()
    return found
  }
  return stored(context, await edit(find, old => {
    const { endpoint, secrets } = make(old)
    checkEndpoint(configFor(context), endpoint, secrets)
    return directory.putEndpoint(endpoint, context.get('by'), secrets, { ...limits, was: old })
  }))
}

function merge(old: Endpoint, { disabled, eventTypes, secret: _, ...given }: Given & { selections?: Selection[] }): Endpoint {
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<Endpoint>
  const status = disabled === undefined ? {} : { status: disabled ? old.status === 'disabled' ? 'disabled' as const : 'inactive' as const : 'active' as const, reason: disabled ? old.reason : null }
  return { ...old, ...known, ...eventTypes !== undefined && { events: eventTypes }, ...status, updatedAt: Date.now() }
}

/** What the configuration file says of an endpoint, and therefore nobody else. */
const declared = ({ url, dialect, policy, delivery, sources, events, filters, selections, concurrency, ordered, orderBy = null, disableAfter }: Endpoint): string =>
  JSON.stringify([url, dialect, policy, delivery, sources, events, filters, selections, concurrency, ordered, orderBy, disableAfter])

/** Deletes an endpoint with its deliveries. */
export async function remove(context: Call, { id }: Endpoint): Promise<void> {
  const app = context.get('app').id
  kept(await directoryOf(context.env, app).removeEndpoint(id, context.get('by')))
  forget(app)
  await outboxOf(context.env, app, id).erase()
}

/** Stores an endpoint that is new. */
export async function put(context: Call, endpoint: Endpoint, secrets?: string[], limits?: Limits): Promise<Endpoint> {
  checkEndpoint(configFor(context), endpoint, secrets)
  return stored(context, kept<Endpoint>(await directoryOf(context.env, context.get('app').id).putEndpoint(endpoint, context.get('by'), secrets, limits)))
}

/** Tells the worker and the Outbox that it has changed. */
async function stored(context: Call, endpoint: Endpoint): Promise<Endpoint> {
  const { id: app } = context.get('app')
  forget(app)
  await outboxOf(context.env, app, endpoint.id).changed()
  return endpoint
}

function missing(dialect: string): never {
  throw new Problem(422, 'invalid', `no dialect is called ${JSON.stringify(dialect)}`)
}
