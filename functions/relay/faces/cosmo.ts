// Cosmo's face: the calls of wg.cosmo.platform.v1.PlatformService that are about webhooks, as JSON
// over the Connect protocol. The endpoints are those of every other face. Called by the worker.
import { Hono } from 'hono'
import { authenticate, takeBody } from '../api/auth.ts'
import { Invalid, needs, Problem, type Bindings, type Call, type z } from '../api/base.ts'
import { hostOf } from '../api/destination.ts'
import { change, fresh, put, remove } from '../api/endpoints.ts'
import type { Endpoint, Scope } from '../model.ts'
import { configOf, directoryOf } from '../objects.ts'
import { retentionOf } from '../prune.ts'
import { ok, Refused, refuse } from './cosmo/answer.ts'
import { camel, Creation, dialect, metaOf, Named, Nothing, selectionsOf, Update } from './cosmo/configs.ts'
import { findRow, History, rangeOf, redeliver, rowsIn, shown, typeOf } from './cosmo/history.ts'
import { createIntegration, findIntegration, IntegrationUpdate, integrationOut, integrations, NewIntegration } from './cosmo/integrations.ts'
import { enter } from './enter.ts'
import { eventsOf, namesIn, sameNames } from './events.ts'

interface Method { scope: Scope; run(context: Call): Promise<Response> }
const method = <Schema extends z.ZodType>(scope: Scope, schema: Schema, run: (context: Call, given: z.infer<Schema>) => Promise<Response>): Method =>
  ({ scope, run: context => run(context, read(context, schema)) })

const methods = new Map<string, Method>(Object.entries({
  CreateOrganizationWebhookConfig: method('manage', Creation, async (context, { endpoint: url, key, events, eventsMeta }) => {
    checkUrl(url)
    const selections = await selectionsOf(context, eventsMeta)
    const made = await put(context, { ...await fresh(context, url, dialect), id: crypto.randomUUID(), events: [...new Set(events)], selections }, key ? [key] : [])
    return ok({ webhookConfigId: made.id })
  }),
  GetOrganizationWebhookConfigs: method('read', Nothing, async context => {
    const endpoints = await directoryOf(context.env, context.get('app').id).endpoints({ limit: 10_000 })
    const newest = endpoints.filter(({ format }) => !format).sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
    return ok({ configs: newest.map(({ id, url, events }) => ({ id, endpoint: url, events: namesIn(events, eventsOf(context, dialect)) })) })
  }),
  GetOrganizationWebhookMeta: method('read', Named, async (context, { id }) => ok({ eventsMeta: metaOf(await find(context, id)) })),
  UpdateOrganizationWebhookConfig: method('manage', Update, async (context, { id, endpoint: url, key, events, eventsMeta, shouldUpdateKey }) => {
    const old = await find(context, id)
    checkUrl(url)
    const selections = await selectionsOf(context, eventsMeta)
    const moved = hostOf(configOf(context.env), url) !== hostOf(configOf(context.env), old.url)
    if (moved && !shouldUpdateKey && await hasKey(context, old)) throw new Refused('ERR', 'The endpoint moves to another host: give its secret key again, or another')
    const same = sameNames(events, namesIn(old.events, eventsOf(context, dialect)))
    const secrets = shouldUpdateKey ? key ? [key] : [] : moved ? [] : undefined
    await change(context, old, { url, selections, ...!same && { eventTypes: [...new Set(events)] } }, undefined, secrets)
    return ok()
  }),
  DeleteOrganizationWebhookConfig: method('manage', Named, async (context, { id }) => {
    await remove(context, await find(context, id))
    return ok()
  }),
  GetOrganizationWebhookHistory: method('read', History, async (context, { pagination: { limit, offset }, dateRange, filterByType }) => {
    const range = rangeOf(dateRange, Date.now(), retentionOf(configOf(context.env), context.get('app')))
    const rows = (await rowsIn(context, range)).filter(row => !filterByType || typeOf(row) === filterByType)
    return ok({ deliveries: await shown(context, rows.slice(offset, offset + limit)), totalCount: rows.length })
  }),
  GetWebhookDeliveryDetails: method('read', Named, async (context, { id }) => ok({ delivery: (await shown(context, [await findRow(context, id)]))[0] })),
  CreateIntegration: method('manage', NewIntegration, async (context, given) => {
    await createIntegration(context, given)
    return ok()
  }),
  GetOrganizationIntegrations: method('read', Nothing, async context => ok({ integrations: (await integrations(context)).map(integrationOut) })),
  UpdateIntegrationConfig: method('manage', IntegrationUpdate, async (context, { id, endpoint: url, events, eventsMeta }) => {
    const old = await findIntegration(context, id)
    if (url) checkUrl(url)
    const selections = await selectionsOf(context, eventsMeta)
    await change(context, old, { ...url && { url }, selections, eventTypes: [...new Set(events)] }, undefined, [])
    return ok()
  }),
  DeleteIntegration: method('manage', Named, async (context, { id }) => {
    await remove(context, await findIntegration(context, id))
    return ok()
  }),
  RedeliverWebhook: method('manage', Named, async (context, { id }) => {
    await redeliver(context, await findRow(context, id))
    return ok()
  }),
}))

export const cosmo = new Hono<Bindings>()
cosmo.use('*', authenticate, enter, takeBody)
cosmo.post('/cosmo/wg.cosmo.platform.v1.PlatformService/:method', async context => {
  const called = methods.get(context.req.param('method'))
  if (!called) throw unimplemented()
  let answer: Response | undefined
  await needs(called.scope)(context, async () => { answer = await called.run(context) })
  return answer!
})
cosmo.notFound(() => refuse(unimplemented()))
cosmo.onError(refuse)

const unimplemented = (): Problem => new Problem(404, 'unimplemented', 'This relay has no such call')

/** The request's message. */
function read<Schema extends z.ZodType>(context: Call, schema: Schema): z.infer<Schema> {
  let given: unknown
  try {
    given = camel(JSON.parse(context.get('text') || '{}'))
  } catch {
    throw new Problem(400, 'malformed', 'The body is not JSON')
  }
  const result = schema.safeParse(given)
  if (!result.success) throw new Invalid(result.error.issues.map(({ path, message, code }) => ({ loc: ['body', ...path.map(String)], msg: message, type: code })))
  return result.data
}

function checkUrl(url: string): void {
  if (!URL.canParse(url)) throw new Refused('ERR', 'The endpoint is not a valid URL')
}

async function find(context: Call, id: string): Promise<Endpoint> {
  if (!id) throw new Refused('ERR', 'Webhook config id is required')
  const endpoint = await directoryOf(context.env, context.get('app').id).findEndpoint(id)
  if (!endpoint || endpoint.format) throw new Refused('ERR_NOT_FOUND', 'Webhook config not found')
  return endpoint
}

const hasKey = async (context: Call, { id }: Endpoint): Promise<boolean> => ((await directoryOf(context.env, context.get('app').id).signings([id]))[0]?.secrets.length ?? 0) > 0
