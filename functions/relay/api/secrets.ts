// An endpoint's secret and its own headers.
import { DeliveryPolicy } from '../../../js/index.ts'
import { dialectOf } from '../dialects.ts'
import { sensitive } from '../headers.ts'
import { directoryOf, outboxOf } from '../objects.ts'
import { answers, configFor, notFound, nothing, route, router, sends, z, type Call } from './base.ts'
import { checkEndpoint, checkHeaders, makeSecret } from './destination.ts'
import { again, findEndpoint } from './endpoints.ts'
import { endpointPath } from './shapes.ts'

const EndpointSecretOut = z.object({ key: z.string() }).openapi('EndpointSecretOut')
const EndpointSecretRotateIn = z.object({ key: z.string().min(1).max(1024).nullish(), gracePeriodSeconds: z.number().int().min(0).max(604800).nullish() }).openapi('EndpointSecretRotateIn')
const HeadersIn = z.object({ headers: z.record(z.string(), z.string()) }).openapi('EndpointHeadersIn')
const HeadersPatchIn = z.object({ headers: z.record(z.string(), z.string().nullable()) }).openapi('EndpointHeadersPatchIn')
const HeadersOut = z.object({ headers: z.record(z.string(), z.string()), sensitive: z.array(z.string()) }).openapi('EndpointHeadersOut')

export const secrets = router()
const path = '/app/{app_id}/endpoint/{endpoint_id}'

secrets.openapi(route('secrets', { method: 'get', path: `${path}/secret`, summary: 'Read the secret; the audit log says who did', request: { params: endpointPath }, responses: { 200: answers(EndpointSecretOut, 'The newest one') } }), async context => {
  const { id } = await findEndpoint(context)
  const key = await directoryOf(context.env, context.get('app').id).readSecret(id, context.get('by'))
  if (key === null) throw notFound()
  return context.json({ key }, 200, { 'cache-control': 'no-store' })
})

secrets.openapi(route('secrets', { method: 'post', path: `${path}/secret/rotate`, summary: 'Sign with a new secret, and for a time with the old one beside it', request: { params: endpointPath, body: sends(EndpointSecretRotateIn) }, responses: nothing }), async context => {
  const endpoint = await findEndpoint(context)
  const { key, gracePeriodSeconds } = context.req.valid('json')
  const config = configFor(context)
  const [secret] = key ? [key] : makeSecret(config, endpoint)
  if (secret === undefined) throw notFound()
  checkEndpoint(config, endpoint, [secret])
  const app = context.get('app').id
  const grace = gracePeriodSeconds ?? (new DeliveryPolicy(dialectOf(config, endpoint.dialect)!).grace || 86400)
  await directoryOf(context.env, app).rotate(endpoint.id, secret, grace * 1000, context.get('by'))
  await outboxOf(context.env, app, endpoint.id).changed()
  return context.body(null, 204)
})

secrets.openapi(route('read', { method: 'get', path: `${path}/headers`, summary: 'The headers sent beside the dialect\'s own', request: { params: endpointPath }, responses: { 200: answers(HeadersOut, 'Those whose values may be shown, and the names of the others') } }), async context => {
  const { headers } = await findEndpoint(context)
  const shown = Object.entries(headers).filter(([name]) => !sensitive.test(name))
  return context.json({ headers: Object.fromEntries(shown), sensitive: Object.keys(headers).filter(name => sensitive.test(name)) }, 200)
})

secrets.openapi(route('manage', { method: 'put', path: `${path}/headers`, summary: 'Set the headers', request: { params: endpointPath, body: sends(HeadersIn) }, responses: nothing }), async context => {
  await setHeaders(context, () => context.req.valid('json').headers)
  return context.body(null, 204)
})

secrets.openapi(route('manage', { method: 'patch', path: `${path}/headers`, summary: 'Set some headers; null takes one away', request: { params: endpointPath, body: sends(HeadersPatchIn) }, responses: nothing }), async context => {
  const given = Object.entries(context.req.valid('json').headers)
  const names = new Set(given.map(([name]) => name.toLowerCase()))
  await setHeaders(context, headers => {
    const left = Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase()))
    return Object.fromEntries([...left, ...given.filter((pair): pair is [string, string] => pair[1] !== null)])
  })
  return context.body(null, 204)
})

async function setHeaders(context: Call, make: (old: Record<string, string>) => Record<string, string>): Promise<void> {
  await again(context, await findEndpoint(context), old => {
    const headers = make(old.headers)
    checkHeaders(headers)
    return { endpoint: { ...old, headers, updatedAt: Date.now() } }
  })
}
