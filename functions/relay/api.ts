// The management API under `/api/v1`, in the shapes of Svix's, with what Svix has no noun for beside
// it; and `/openapi.json`, made of the same schemas. Called by worker.ts.
import { onceOnly } from './api/again.ts'
import { apps } from './api/apps.ts'
import { attempts } from './api/attempts.ts'
import { authenticate, findApp, takeBody } from './api/auth.ts'
import { answerTo, notFound, router } from './api/base.ts'
import { calls } from './api/calls.ts'
import { deliveries } from './api/deliveries.ts'
import { dialects } from './api/dialects.ts'
import { endpoints } from './api/endpoints.ts'
import { eventTypes } from './api/eventtypes.ts'
import { graphs } from './api/graphs.ts'
import { keys } from './api/keys.ts'
import { messages } from './api/messages.ts'
import { portal } from './api/portal.ts'
import { recovery } from './api/recovery.ts'
import { secrets } from './api/secrets.ts'
import { sources } from './api/sources.ts'
import { tasks } from './api/tasks.ts'
import { trial } from './api/trial.ts'

const at = '/api/v1'
export const api = router()

for (const path of ['/health', '/health/ping']) api.get(at + path, () => new Response(null, { status: 204 }))
api.use(`${at}/*`, authenticate)
for (const path of ['/app/:app_id', '/app/:app_id/*', '/auth/app-portal-access/:app_id', '/auth/app/:app_id/*']) api.use(at + path, findApp)
api.use(`${at}/*`, takeBody)
api.use(`${at}/*`, onceOnly)
for (const part of [apps, endpoints, secrets, recovery, calls, trial, eventTypes, messages, attempts, sources, graphs, keys, portal, deliveries, dialects, tasks]) api.route(at, part)
api.all(`${at}/*`, () => { throw notFound() })
api.onError(answerTo)

api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer', description: 'A key of the app, wx_<app>_…, or the operator\'s. Each route says in x-scope which scope it needs.' })
let document: string | undefined
api.get('/openapi.json', () => {
  document ??= JSON.stringify(api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Waxseal relay', version: '1', description: 'Messages, endpoints, event types and deliveries in the shapes of the Svix API; sources, keys, dialects and the audit log beside it.' },
  }))
  return new Response(document, { headers: { 'content-type': 'application/json' } })
})
