// API keys of an app: what each may do, and the log of what was done.
import { makeKey, randomHex } from '../keys.ts'
import { root, scopes, type Key, type Scope } from '../model.ts'
import { directoryOf } from '../objects.ts'
import { forget } from '../views.ts'
import { answers, iso, kept, listOf, nothing, page, paging, Problem, route, router, sends, z } from './base.ts'
import { appPath, keyPath } from './shapes.ts'

const scope = z.enum(scopes)
const KeyIn = z.object({ name: z.string().min(1).max(256), scopes: z.array(scope).min(1), expiresInSeconds: z.number().int().min(60).nullish(), signed: z.boolean().default(false) }).openapi('KeyIn')
const shown = { id: z.string(), name: z.string(), scopes: z.array(scope), expiresAt: z.string().datetime().nullable(), configured: z.boolean(), signed: z.boolean(), createdAt: z.string().datetime() }
const KeyOut = z.object(shown).openapi('KeyOut')
const KeyMade = z.object({ ...shown, key: z.string(), secret: z.string().optional() }).openapi('KeyCreatedOut')
const AuditOut = z.object({ id: z.string(), timestamp: z.string().datetime(), actor: z.string(), action: z.string(), target: z.string() }).openapi('AuditEntryOut')

const out = ({ id, name, scopes, until, configured, signed = false, createdAt }: Key) => ({ id, name, scopes, configured, signed, expiresAt: until === null ? null : iso(until), createdAt: iso(createdAt) })
export const keys = router()

keys.openapi(route('manage', { method: 'get', path: '/app/{app_id}/key', summary: 'List keys', request: { params: appPath, query: paging }, responses: { 200: answers(listOf('KeyOut', KeyOut), 'A page of them') } }), context => {
  const { limit, iterator = '' } = context.req.valid('query')
  const found = context.get('view').keys.filter(key => key.id > iterator && !key.portal).sort((a, b) => a.id < b.id ? -1 : 1)
  return context.json(page(found, limit, key => key.id, out), 200)
})

keys.openapi(route('manage', { method: 'post', path: '/app/{app_id}/key', summary: 'Make a key; it is shown this once', request: { params: appPath, body: sends(KeyIn) }, responses: { 201: answers(KeyMade, 'Made') } }), async context => {
  const { name, scopes, expiresInSeconds, signed } = context.req.valid('json')
  const beyond = scopes.filter((one: Scope) => !context.get('key').scopes.includes(one))
  if (beyond.length) throw new Problem(403, 'forbidden', `This key has not the scope ${beyond.join(', ')}, and so cannot give it`)
  const { id: app } = context.get('app')
  const { text, key } = await makeKey(app, name, [...new Set(scopes)], expiresInSeconds ? Date.now() + expiresInSeconds * 1000 : null, signed)
  const secret = signed ? randomHex(32) : undefined
  await directoryOf(context.env, app).putKey(key, context.get('by'), secret)
  forget(app)
  return context.json({ ...out(key), key: text, ...secret !== undefined && { secret } }, 201, { 'cache-control': 'no-store' })
})

keys.openapi(route('manage', { method: 'delete', path: '/app/{app_id}/key/{key_id}', summary: 'Revoke a key', request: { params: keyPath }, responses: nothing }), async context => {
  const { id: app } = context.get('app')
  kept(await directoryOf(context.env, app).removeKey(context.req.valid('param').key_id, context.get('by')))
  forget(app)
  return context.body(null, 204)
})

keys.openapi(route('read', { method: 'post', path: '/auth/logout', summary: 'Revoke the key of this call', responses: nothing }), async context => {
  const holder = context.get('holder')
  if (holder === root) throw new Problem(409, 'conflict', 'The operator\'s key is revoked by its hash in the environment')
  kept(await directoryOf(context.env, holder).removeKey(context.get('key').id, context.get('by')))
  forget(holder)
  return context.body(null, 204)
})

keys.openapi(route('manage', { method: 'get', path: '/app/{app_id}/audit', summary: 'Who did what, and when; the newest first', request: { params: appPath, query: paging }, responses: { 200: answers(listOf('AuditEntryOut', AuditOut), 'A page of entries') } }), async context => {
  const { limit, iterator } = context.req.valid('query')
  const found = await directoryOf(context.env, context.get('app').id).audit({ limit: limit + 1, ...(iterator && { after: iterator }) })
  return context.json(page(found, limit, entry => entry.id, ({ id, at, by, action, target }) => ({ id, timestamp: iso(at), actor: by, action, target })), 200)
})
