// The relay's worker: `POST /in/<source>` takes webhooks in, `/api/v1` is where apps, endpoints and
// messages are managed, the faces are the same in the words of other systems. The same code runs on Cloudflare's network and under plain workerd.
import { Hono } from 'hono'
import { WorkerEntrypoint } from 'cloudflare:workers'
import { respond } from '../respond.ts'
import { api } from './api.ts'
import { count } from './counts.ts'
import { cosmo } from './faces/cosmo.ts'
import { ost } from './faces/ost.ts'
import { platform } from './faces/platform.ts'
import { sha256 } from './keys.ts'
import { healthz, metrics, readyz } from './health.ts'
import { configOf, type Env } from './objects.ts'
import { receive } from './receive.ts'
import { drain, isStopping, underWay } from './stopping.ts'
import { sweep } from './sweep.ts'

export { Directory } from './directory.ts'
export { Inbox } from './inbox.ts'
export { Outbox } from './outbox.ts'

const app = new Hono<{ Bindings: Env }>()
// A router of its own: what takes webhooks in looks through few routes.
for (const path of ['/api/v1/*', '/openapi.json']) app.all(path, ({ req, env }) => api.fetch(req.raw, env))
app.all('/platform-core/*', ({ req, env }) => platform.fetch(req.raw, env))
app.all('/cosmo/*', ({ req, env }) => cosmo.fetch(req.raw, env))
app.all('/ost/*', ({ req, env }) => ost.fetch(req.raw, env))
app.get('/healthz', healthz)
app.get('/readyz', ({ env }) => readyz(env))
app.get('/metrics', ({ req, env }) => metrics(req.raw, env))
app.on(['GET', 'POST'], '/in/:source', ({ req, env }) => counted(receive(req.raw, configOf(env).app, req.param('source'), env)))
app.on(['GET', 'POST'], '/in/:app/:source', ({ req, env }) => counted(receive(req.raw, req.param('app'), req.param('source'), env)))
app.all('/in/:source', () => respond('method'))
app.all('/in/:app/:source', () => respond('method'))
app.notFound(() => respond('not_found'))
app.onError(error => (console.error(error), respond('temporary')))

async function counted(answer: Promise<Response>): Promise<Response> {
  const { status } = await answer
  count(`waxseal_received_total{status="${status}"}`)
  return answer
}

/** What the launcher calls every 30 seconds, on a socket of its own. */
export class Sweep extends WorkerEntrypoint<Env> {
  override async fetch(): Promise<Response> {
    try {
      await sweep(this.env)
      return new Response('swept\n')
    } catch (error) {
      return new Response((error as Error).message, { status: 500 })
    }
  }
}

/** What the launcher calls, on a socket of its own and with its token, before it ends the process. */
export class Stop extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const { WAXSEAL_LAUNCHER: token } = this.env
    const given = request.headers.get('authorization') ?? ''
    if (typeof token !== 'string' || await sha256(given) !== await sha256(`Bearer ${token}`)) return respond('not_found')
    return Response.json({ left: await drain(Number(await request.text()) * 1000) })
  }
}

async function whileStopping(request: Request, env: Env): Promise<Response> {
  await request.body?.cancel()
  const { pathname } = new URL(request.url)
  return pathname === '/healthz' ? healthz() : pathname === '/metrics' ? metrics(request, env) : respond('stopping')
}

export default {
  fetch: (request: Request, env: Env): Promise<Response> => isStopping() ? whileStopping(request, env) : underWay(app.fetch(request, env)),
  /** The cron trigger on Cloudflare's network. */
  scheduled: (_event: unknown, env: Env): Promise<void> => sweep(env),
}
