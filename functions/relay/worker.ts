// The relay's worker: `POST /in/<source>` takes webhooks in, `/api/v1` shows what became of them.
// The same code runs on Cloudflare's network and under plain workerd.
import { Hono } from 'hono'
import { WorkerEntrypoint } from 'cloudflare:workers'
import { Webhook, describe } from '../../js/index.ts'
import { headerLines, isEncoded, readBody } from '../read.ts'
import { challenge, outcomeOf, respond, statuses } from '../respond.ts'
import { api, directoryOf, inboxOf, outboxOf } from './api.ts'
import { configOf, secretsOf, sourceSecrets, type Env } from './config.ts'
import { demoSecrets } from './demo.ts'
import { dialectOf } from './dialects.ts'
import type { Endpoint, Source } from './directory.ts'
import { ownHeaders } from './sign.ts'

export { Directory } from './directory.ts'
export { Inbox } from './inbox.ts'
export { Outbox } from './outbox.ts'

const maxBody = 1 << 20
const week = 7 * 24 * 3600

const app = new Hono<{ Bindings: Env }>()
app.route('/api/v1', api)
app.post('/in/:source', async context => receive(context.req.raw, context.req.param('source'), context.env))
app.all('/in/:source', () => respond('method'))
app.notFound(() => respond('not_found'))
app.onError(error => (console.error(error), respond('temporary')))

async function receive(request: Request, name: string, env: Env): Promise<Response> {
  const { sources, endpoints } = await directory(env)
  const source = sources.find(source => source.name === name)
  const dialect = source && dialectOf(configOf(env), source.dialect)
  const refuse = async (answer: Response): Promise<Response> => (await request.body?.cancel(), answer)
  if (!source || !dialect) return refuse(respond('not_found'))
  if (isEncoded(request)) return refuse(respond('content_encoding'))
  const secrets = secretsOf(env, sourceSecrets(name, source))
  const open = secrets.length && (env.WAXSEAL_DEMO === 'yes' || !secrets.some(secret => demoSecrets.includes(secret)))
  if (!open) {
    console.error(secrets.length ? `source ${name}: its secret is a public demo secret` : `source ${name}: no secret is set (${sourceSecrets(name, source).join(', ')})`)
    return refuse(respond('misconfigured'))
  }
  const body = await readBody(request, maxBody)
  if (!body) return respond('too_large')
  const lines = headerLines(request)
  const result = hookOf(source, dialect, secrets).check(body, lines, { url: request.url, method: request.method })
  if (!result.ok) return respond(outcomeOf(result.code), dialect)
  const { event } = result
  if (event.handshake) return challenge(event.handshake.challenge, dialect)

  const byBody = !event.dedupe && source.dedupe === 'body'
  const key = byBody ? await digest(body) : event.dedupe?.key ?? null
  const dedupe = byBody ? 'body' : !event.dedupe ? 'none' : event.dedupe.signed ? 'signed' : 'unsigned'
  try {
    const accepted = await inboxOf(env, configOf(env).app, name).accept({
      app: configOf(env).app, source: name, key, dedupe, window: Math.max(week, 2 * tolerance(source, dialect)),
      type: event.type, eventId: event.id, content: event.content, headers: ownHeaders(dialect, lines), body,
      endpoints: endpoints.filter(endpoint => wants(endpoint, name, event.type)).map(endpoint => endpoint.name),
    })
    return Response.json(accepted, { status: statuses.stored })
  } catch (error) {
    console.error(`source ${name}: not stored: ${error}`)
    return respond('storage')
  }
}

const wants = ({ disabled, sources, events }: Endpoint, source: string, type: string | null): boolean =>
  !disabled && (!sources || sources.includes(source)) && (!events || (type !== null && events.includes(type)))

type Dialect = NonNullable<ReturnType<typeof dialectOf>>

function tolerance(source: Source, dialect: Dialect): number {
  const own = (describe(dialect).timestamp as { tolerance?: { past: number; future: number } } | undefined)?.tolerance
  return source.tolerance ?? Math.max(own?.past ?? 0, own?.future ?? 0)
}

const hooks = new Map<string, Webhook>()

function hookOf(source: Source, dialect: Dialect, secrets: string[]): Webhook {
  const key = JSON.stringify([source, dialect.json.length, secrets])
  if (!hooks.has(key)) hooks.set(key, new Webhook(dialect, { secrets, maxBody, ...(source.tolerance !== undefined && { tolerance: source.tolerance }) }))
  return hooks.get(key)!
}

async function digest(body: Uint8Array): Promise<string> {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', body as BufferSource))))
}

// The Directory's answer. One request a second asks anew; the others go on with what is known.
let known: { sources: Source[]; endpoints: Endpoint[]; at: number } | undefined

async function directory(env: Env): Promise<{ sources: Source[]; endpoints: Endpoint[] }> {
  if (known && Date.now() - known.at < 1000) return known
  const config = configOf(env)
  const object = directoryOf(env, config.app)
  if (known) known.at = Date.now()
  else await object.configure(config, (env.WAXSEAL_KEY_HASHES ?? '').split(/\s+/).filter(Boolean))
  const [sources, endpoints] = await Promise.all([object.sources(), object.endpoints()])
  known = { sources, endpoints, at: Date.now() }
  return known
}

/** Wakes every object, so that nothing due is forgotten, whatever became of its alarm. */
async function sweep(env: Env): Promise<void> {
  const { sources, endpoints } = await directory(env)
  const { app } = configOf(env)
  await Promise.allSettled([
    ...sources.map(({ name }) => inboxOf(env, app, name).sweep()),
    ...endpoints.map(({ name }) => outboxOf(env, app, name).sweep()),
  ])
}

/** What the launcher calls every 30 seconds, on a socket of its own. */
export class Sweep extends WorkerEntrypoint<Env> {
  override async fetch(): Promise<Response> {
    await sweep(this.env)
    return new Response('swept\n')
  }
}

export default {
  fetch: app.fetch,
  /** The cron trigger on Cloudflare's network. */
  scheduled: (_event: unknown, env: Env): Promise<void> => sweep(env),
}
