// Who may call: a key tells the app, and another app's things are not found. Called by api.ts before
// every route.
import { readBody } from '../../read.ts'
import { appOf, findKey, sha256 } from '../keys.ts'
import { root } from '../model.ts'
import { directoryOf } from '../objects.ts'
import { viewOf } from '../views.ts'
import { limitOf } from './limits.ts'
import { Backoff } from './backoff.ts'
import { notFound, Problem, type Call } from './base.ts'

const failures = new Backoff()
type Next = () => Promise<void>

/** Tells who calls, by a bearer token. */
export async function authenticate(context: Call, next: Next): Promise<void> {
  const text = /^Bearer (\S{1,256})$/.exec(context.req.header('authorization') ?? '')?.[1] ?? ''
  await admit(context, text)
  await next()
}

/**
 * Finds the key of a call and what it is for. After failures the key and the address wait, each
 * longer than before.
 *
 * @param proves  for a key that signs: whether this secret made the call's signature; left out: the
 *   key's text is the proof
 */
export async function admit(context: Call, text: string, proves?: (secret: string) => boolean): Promise<void> {
  const now = Date.now()
  const hash = await sha256(text)
  const address = addressOf(context)
  // A key that signs is no secret: whoever knows its name shall not make its owner wait.
  const callers = [...proves ? [] : [`key ${hash}`], ...address ? [`address ${address}`] : []]
  const wait = failures.wait(callers, now)
  const patience = new Problem(429, 'too_many_failures', 'Too many failed calls', Math.ceil(wait / 1000))
  // A proxy on this machine speaks for many: who has a valid key does not wait for the others.
  if (wait > 0 && !/^(127\.|::1$)/.test(address ?? '')) throw patience
  const holder = appOf(text)
  const view = holder === undefined ? null : await viewOf(context.env, holder)
  const key = view && findKey(view.keys, hash, now, proves !== undefined)
  if (!key || (proves && !proves(key.secret!))) {
    if (wait > 0) throw patience
    failures.failed(callers, now)
    throw new Problem(401, 'authentication_failed', 'Invalid token')
  }
  failures.succeeded(callers)
  context.set('key', key)
  context.set('by', key.id)
  context.set('holder', holder!)
  if (holder !== root) context.set('view', view)
}

/** Finds the path's app by its id or uid; to a key of another app there is none. */
export async function findApp(context: Call, next: Next): Promise<void> {
  const name = context.req.param('app_id')!
  const holder = context.get('holder')
  const id = holder === root ? (await directoryOf(context.env, root).findApp(name))?.id : holder
  const view = id === undefined ? null : await viewOf(context.env, id)
  const app = view?.app
  if (app && (app.id === name || app.uid === name)) {
    context.set('app', app)
    context.set('view', view)
  } else if (!createsApp(context, name)) {
    throw notFound()
  }
  await next()
}

/** The operator may create an app by PUT, or with its first message or its customer's first token, by a uid of its own choice. */
const createsApp = ({ req, get }: Call, name: string): boolean =>
  get('holder') === root && /^(PUT .*\/app\/[^/]+|POST .*\/auth\/app-portal-access\/[^/]+|POST .*\/app\/[^/]+\/msg)$/.test(`${req.method} ${req.path}`) && !/^app_[0-9A-Za-z]{27}$/.test(name)

/** Reads the body once, and no more of it than the route allows. */
export async function takeBody(context: Call, next: Next): Promise<void> {
  if (!context.req.raw.body) return next()
  const most = limitOf(context)
  const body = await readBody(context.req.raw, most)
  if (!body) throw new Problem(413, 'payload_too_large', `The request is longer than ${most} bytes`)
  const { url, method, headers, cf } = context.req.raw as Request & { cf?: object }
  context.set('text', new TextDecoder().decode(body))
  context.req.raw = new Request(url, { method, headers, body: body as BodyInit, ...cf && { cf } } as RequestInit)
  await next()
}

/** The caller's address, as Cloudflare's network or workerd's own socket tells it; never what the caller says. */
function addressOf({ req }: Call): string | undefined {
  const { cf } = req.raw as Request & { cf?: { clientIp?: string; colo?: string } }
  // workerd tells the port too, and the next connection has another.
  const [, six, four] = /^(?:\[(.*)\]|([\d.]+)):\d+$/.exec(cf?.clientIp ?? '') ?? []
  return six ?? four ?? cf?.clientIp ?? (cf?.colo ? req.header('cf-connecting-ip') : undefined)
}
