// OST's face: the five WebHook calls of its API under `/ost/{testnet|mainnet}/v2/webhooks`, and the
// secret of its Developers page. The endpoints are those of every other face; an app is one client,
// on testnet or on mainnet. Called by the worker.
import { Hono } from 'hono'
import { DeliveryPolicy } from '../../../js/index.ts'
import { admit, authenticate, takeBody } from '../api/auth.ts'
import { invalid, needs, notFound, Problem, type Bindings, type Call } from '../api/base.ts'
import { makeSecret } from '../api/destination.ts'
import { change, fresh, put, remove } from '../api/endpoints.ts'
import { dialectOf } from '../dialects.ts'
import type { Endpoint, Limits } from '../model.ts'
import { configOf, directoryOf, outboxOf } from '../objects.ts'
import { enter } from './enter.ts'
import { eventsOf, namesIn, sameNames, typesOf } from './events.ts'
import { answer, refuse, result } from './ost/answer.ts'
import { isSigned, pairsOf, single, type Pair } from './ost/request.ts'
import { Creation, dialect, isUuid, Listing, read, shown, topicsOf, Update, uuidOf } from './ost/shapes.ts'

const most: Limits = { active: 10 }
const webhooks = '/ost/:network{testnet|mainnet}/v2/webhooks'
const developer = '/ost/:network{testnet|mainnet}/api/developer'

export const ost = new Hono<Bindings>()
for (const path of [webhooks, `${webhooks}/*`]) ost.use(path, takeBody, authenticateRequest, enter)
ost.use(`${developer}/*`, authenticate, enter, takeBody)

ost.post(webhooks, needs('manage'), async context => {
  const { topics, status, url } = read(Creation, parametersOf(context))
  const events = topicsOf(topics, [...eventsOf(context, dialect), ...await typesOf(context)])
  const directory = directoryOf(context.env, context.get('app').id)
  // The URL of a webhook that was deleted gets its id again.
  const former = await directory.formerEndpoint(url)
  const endpoint: Endpoint = { ...await fresh(context, url, dialect), ...former !== null && { id: await uuidOf(former) }, events, status, shares: dialect }
  const [secret] = makeSecret(configOf(context.env), endpoint)
  await directory.share(dialect, secret!, context.get('by'))
  return result('webhook', await shown(context, await put(context, endpoint, undefined, { ...most, url: true })))
})

ost.get(webhooks, needs('read'), async context => {
  const { limit: asked, pagination_identifier } = read(Listing, parametersOf(context))
  const { page, limit } = pagination_identifier ?? { page: 1, limit: asked }
  const all = (await directoryOf(context.env, context.get('app').id).endpoints({ limit: 10_000 })).sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
  const list = await Promise.all(all.slice((page - 1) * limit, page * limit).map(endpoint => shown(context, endpoint)))
  const next = list.length < limit ? {} : { pagination_identifier: btoa(JSON.stringify({ page: page + 1, limit })) }
  return result('webhooks', list, { next_page_payload: next })
})

ost.get(`${webhooks}/:id`, needs('read'), async context => result('webhook', await shown(context, await find(context))))

ost.post(`${webhooks}/:id`, needs('manage'), async context => {
  const { topics, status } = read(Update, parametersOf(context))
  const old = await find(context)
  const names = namesIn(old.events, eventsOf(context, dialect))
  const events = topicsOf(topics, [...eventsOf(context, dialect), ...await typesOf(context), ...names])
  const changed = await change(context, old, { ...!sameNames(events, names) && { eventTypes: events }, disabled: status === 'inactive' }, most)
  return result('webhook', await shown(context, changed))
})

ost.delete(`${webhooks}/:id`, needs('manage'), async context => {
  const old = await find(context)
  await remove(context, old)
  return result('webhook', { ...await shown(context, old), status: 'delete' })
})

ost.get(`${developer}/webhook-secrets`, needs('secrets'), async context => answer(200, { success: true, data: await secretsOf(context) }))

ost.post(`${developer}/webhook-secrets`, needs('secrets'), async context => {
  if ((await secretsOf(context)).webhook_grace_secret !== null) throw new Problem(422, 'grace', 'The old secret is still valid: delete it before you make another.')
  const config = configOf(context.env)
  const [secret] = makeSecret(config, { dialect })
  const { grace } = new DeliveryPolicy(dialectOf(config, dialect)!)
  await directoryOf(context.env, context.get('app').id).rotateShared(dialect, secret!, grace * 1000, context.get('by'))
  await wake(context)
  return answer(200, { success: true, data: await secretsOf(context) })
})

ost.post(`${developer}/delete-webhook-secrets`, needs('secrets'), async context => {
  await secretsOf(context)
  await directoryOf(context.env, context.get('app').id).endGrace(dialect, context.get('by'))
  await wake(context)
  return answer(200, { success: true, data: await secretsOf(context) })
})

ost.notFound(() => refuse(notFound()))
ost.onError(refuse)

/** The key that `api_key` names has signed the request: its parameters, wherever the signature stands among them. */
async function authenticateRequest(context: Call, next: () => Promise<void>): Promise<void> {
  const pairs = parametersOf(context)
  await admit(context, single(pairs, 'api_key') ?? '', secret => isSigned(context.req.path, pairs, secret))
  await next()
}

/** Of the query or of the form, whichever is signed; the other is not looked at. */
function parametersOf(context: Call): Pair[] {
  const query = pairsOf(new URL(context.req.url).search)
  return query.some(([name]) => name === 'api_signature') ? query : pairsOf(context.get('text') ?? '')
}

async function find(context: Call): Promise<Endpoint> {
  const id = context.req.param('id')!
  const directory = directoryOf(context.env, context.get('app').id)
  const wanted = async (): Promise<Endpoint | undefined> => {
    const ids = await Promise.all(context.get('view').endpoints.map(async ({ id: own }) => [own, await uuidOf(own)] as const))
    const own = ids.find(([, shown]) => shown === id)?.[0]
    return own === undefined ? undefined : await directory.findEndpoint(own) ?? undefined
  }
  const endpoint = isUuid(id) ? await wanted() : undefined
  if (!endpoint) throw invalid(['path', 'webhook_id'], 'Webhook not found with this id.')
  return endpoint
}

/** The app's secret as OST's Developers page shows it. */
async function secretsOf(context: Call): Promise<{ webhook_secret: string; webhook_grace_secret: string | null; grace_expiry_at: number | null }> {
  const [current, old] = await directoryOf(context.env, context.get('app').id).shared(dialect, context.get('by'))
  if (!current) throw new Problem(422, 'no_secret', 'Webhooks secret key is not generated for your account. You need to create at least one webhook subscription to get your webhook secret key.')
  return { webhook_secret: current.value, webhook_grace_secret: old?.value ?? null, grace_expiry_at: old?.until ? Math.floor(old.until / 1000) : null }
}

/** The endpoints that share the secret sign with what it is now. */
async function wake(context: Call): Promise<void> {
  const { id } = context.get('app')
  const sharing = (await directoryOf(context.env, id).endpoints({ limit: 10_000 })).filter(({ shares }) => shares === dialect)
  await Promise.all(sharing.map(endpoint => outboxOf(context.env, id, endpoint.id).changed()))
}
