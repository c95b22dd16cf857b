// `POST /in/<source>`: verifies a webhook, stores it once and says so; by GET only answers the handshake of
// a provider that asks so. Called by the worker.
import { describe, type Dialect } from '../../js/index.ts'
import { headerLines, isEncoded, readBody } from '../read.ts'
import { challenge, outcomeOf, respond, statuses } from '../respond.ts'
import { demoSecrets } from './demo.ts'
import { dialectOf, withOwn } from './dialects.ts'
import { tooFast } from './intake.ts'
import type { View } from './model.ts'
import { configOf, inboxOf, shareOf, type Env } from './objects.ts'
import { takersOf } from './routing.ts'
import { ownHeaders } from './sign.ts'
import { sealTokens } from './tokens.ts'
import { traceReceived } from './trace.ts'
import { fetchesKeys, verifierOf } from './verifier.ts'
import { valid, viewOf } from './views.ts'

const maxBody = 1 << 20
const week = 7 * 24 * 3600

type Source = View['sources'][number]

export async function receive(request: Request, app: string, name: string, env: Env): Promise<Response> {
  const view = await viewOf(env, app)
  const source = view?.sources.find(source => source.name === name)
  const dialect = source && dialectOf(withOwn(configOf(env), view?.dialects), source.dialect)
  const refuse = async (answer: Response): Promise<Response> => (await request.body?.cancel(), answer)
  if (!source || !dialect) return refuse(respond('not_found'))
  const asked = describe(dialect).handshake
  const byGet = request.method === 'GET' && asked?.method === 'GET'
  if (request.method !== 'POST' && !byGet) return refuse(respond('method'))
  if (isEncoded(request)) return refuse(respond('content_encoding'))
  const secrets = valid(source.secrets)
  const open = !secrets.length ? fetchesKeys(dialect) : (env.WAXSEAL_DEMO === 'yes' || !secrets.some(secret => demoSecrets.includes(secret)))
  if (!open) {
    console.error(`source ${name}: ${secrets.length ? 'its secret is a public demo secret' : 'no secret is set'}`)
    return refuse(respond('misconfigured'))
  }
  const body = await readBody(request, maxBody)
  if (!body) return respond('too_large')
  const lines = headerLines(request)
  const { tolerance, settings } = source
  const hook = verifierOf(configOf(env), `${app}/${name}`, dialect, { secrets, settings, tolerance, maxBody })
  const shaken = asked && (byGet || asked.signed === false) ? hook.handshake(body, lines, request) : null
  if (shaken && !shaken.secret) return challenge(shaken)!
  if (byGet) return respond('unauthenticated')
  const how = { url: request.url, method: request.method }
  const result = secrets.length ? hook.check(body, lines, how) : await hook.checkAsync(body, lines, how)
  const trace = configOf(env).debug ? (stored?: { id: string; duplicate: boolean }) => traceReceived({ app, source: name, dialect, secrets, headers: lines, body }, result, stored) : undefined
  if (!result.ok) return trace?.(), respond(outcomeOf(result.code), dialect)
  const { event } = result
  const answered = challenge(event.handshake)
  if (answered) return trace?.(), answered

  const wait = tooFast(configOf(env), `${app}/${name}`, source.rate, Date.now())
  if (wait) return respond('too_fast', dialect, wait)

  const byBody = !event.dedupe && source.dedupe === 'body'
  const key = byBody ? await digest(body) : event.dedupe?.key
  const dedupe = byBody ? 'body' : !event.dedupe ? 'none' : event.dedupe.signed ? 'signed' : 'unsigned'
  const { type } = event
  const routed = { source: name, type, channels: null, body }
  try {
    const { id, duplicate } = await inboxOf(env, app, name, shardOf(key, source.shards)).accept({
      app, source: name, keys: key === undefined ? [] : [{ key, window: Math.max(week, 2 * longest(source, dialect)) }], dedupe,
      type, eventId: event.id, channels: null, content: event.content, headers: await sealTokens(env, dialect, ownHeaders(hook, lines)), body,
      endpoints: takersOf(view!.endpoints, routed), revision: view!.revision,
    })
    trace?.({ id, duplicate })
    return Response.json({ id, duplicate }, { status: statuses.stored })
  } catch (error) {
    console.error(`source ${name}: not stored: ${error}`)
    return respond('storage')
  }
}

/** Equal keys go to the same shard; what has none goes anywhere. */
const shardOf = (key: string | undefined, shards = 1): number => key === undefined ? Math.floor(Math.random() * shards) : shareOf(key, shards)

function longest(source: Source, dialect: Dialect): number {
  type Timed = { timestamp?: { tolerance?: { past: number; future: number } } }
  const file = describe(dialect)
  const own = [file, file.signature].flat().map(part => (part as Timed).timestamp?.tolerance).find(Boolean)
  return source.tolerance ?? Math.max(own?.past ?? 0, own?.future ?? 0)
}

async function digest(body: Uint8Array): Promise<string> {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', body as BufferSource))))
}
