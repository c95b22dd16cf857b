// Tokens for an app's customers: each opens one app for a time, and of it what open.ts lists.
import { makeKey } from '../keys.ts'
import { scopes } from '../model.ts'
import { directoryOf } from '../objects.ts'
import { forget } from '../views.ts'
import { ApplicationIn, ensure } from './apps.ts'
import { answers, nothing, route, router, sends, z } from './base.ts'
import { appPath, uid } from './shapes.ts'

/** Seconds. */
const [hour, week] = [3600, 604800]
const PortalIn = z.object({
  application: ApplicationIn.nullish(), featureFlags: z.array(uid).max(100).refine(list => new Set(list).size === list.length, 'each may stand there once').default([]),
  expiry: z.number().int().min(1).max(week).nullish(), readOnly: z.boolean().nullish(), sessionId: z.string().min(1).max(256).nullish(),
}).strict().openapi('AppPortalAccessIn')
const PortalOut = z.object({ token: z.string(), url: z.string() }).openapi('AppPortalAccessOut')
const ExpireIn = z.object({ expiry: z.number().int().min(0).max(86400).nullish(), sessionIds: z.array(z.string().min(1).max(256)).max(100).default([]) }).strict().openapi('ApplicationTokenExpireIn')

export const portal = router()

portal.openapi(route('manage', { method: 'post', path: '/auth/app-portal-access/{app_id}', summary: 'Make a token for the app\'s customer; without an app the operator may make it by the same call', request: { params: appPath, body: sends(PortalIn) }, responses: { 200: answers(PortalOut, 'The token, shown this once') } }), async context => {
  const { application, featureFlags, expiry, readOnly, sessionId = null } = context.req.valid('json')
  const { id: app } = await ensure(context, application)
  const given = context.get('key').scopes.filter(scope => !readOnly || scope === 'read')
  const until = Date.now() + (expiry ?? hour) * 1000
  const { text, key } = await makeKey(app, 'portal', scopes.filter(scope => given.includes(scope)), until)
  await directoryOf(context.env, app).putKey({ ...key, portal: { flags: featureFlags, session: sessionId } }, context.get('by'))
  forget(app)
  return context.json({ token: text, url: `${new URL(context.req.url).origin}/#key=${text}` }, 200, { 'cache-control': 'no-store' })
})

portal.openapi(route('manage', { method: 'post', path: '/auth/app/{app_id}/expire-all', summary: 'End all tokens of the app\'s customers, or those of some sessions', request: { params: appPath, body: sends(ExpireIn) }, responses: nothing }), async context => {
  const { expiry, sessionIds } = context.req.valid('json')
  const { id: app } = context.get('app')
  await directoryOf(context.env, app).expirePortal(sessionIds.length ? sessionIds : null, Date.now() + (expiry ?? 0) * 1000, context.get('by'))
  forget(app)
  return context.body(null, 204)
})
