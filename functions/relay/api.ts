// The read side of the management API, in Svix's shapes: messages and attempts, behind a bearer
// key. Called by worker.ts. Departures are listed in docs/relay.md.
import { Hono } from 'hono'
import { idAt } from './ids.ts'
import { findKey, sha256, appOf } from './keys.ts'
import { operational, own } from './model.ts'
import { directoryOf, inboxOf, outboxOf, type Env } from './objects.ts'
import type { Attempt, Message } from './traffic.ts'
import { viewOf } from './views.ts'

type Problem = { loc: string[]; msg: string; type: string }
const most = 250
const names = ['success', 'pending', 'fail', 'sending']

export const api = new Hono<{ Bindings: Env }>()

const error = (status: number, code: string, detail: unknown): Response =>
  Response.json(code ? { code, detail } : { detail }, { status, headers: { 'cache-control': 'no-store' } })
const notFound = (): Response => error(404, 'not_found', 'Entity not found')

/** The tenant comes from the key alone; another app's paths are not found. */
api.use('/app/:app/*', async (context, next) => {
  const key = /^Bearer (\S+)$/.exec(context.req.header('authorization') ?? '')?.[1] ?? ''
  const app = appOf(key)
  const view = app && await viewOf(context.env, app)
  if (!view || !findKey(view.keys, await sha256(key), Date.now())) return error(401, 'authentication_failed', 'Invalid token')
  return context.req.param('app') === app ? next() : notFound()
})

api.get('/app/:app/msg', async context => {
  const app = context.req.param('app')
  const query = read(new URL(context.req.url).searchParams, ['limit', 'iterator', 'channel', 'before', 'after', 'with_content', 'event_types'])
  if (query.problems.length) return error(422, '', query.problems)
  const sources = query.channel ? [] : await inboxes(context.env, app)
  const before = [query.iterator, query.before && idAt('msg', query.before)].filter(Boolean).sort()[0] || undefined
  const after = query.after ? idAt('msg', query.after + 1) : undefined
  const { types, content } = query
  const found = await Promise.all(sources.map(name => inboxOf(context.env, app, name).list({ limit: query.limit + 1, before, after, types, content })))
  const messages = found.flat().sort((a, b) => a.id < b.id ? 1 : -1)
  return page(messages.slice(0, query.limit).map(messageOut), messages.length <= query.limit)
})

api.get('/app/:app/msg/:msg', async context => {
  const { app, msg } = context.req.param()
  const query = read(new URL(context.req.url).searchParams, ['with_content'])
  if (query.problems.length) return error(422, '', query.problems)
  const message = await find(context.env, app, msg, query.content)
  return message ? json(messageOut(message)) : notFound()
})

api.get('/app/:app/attempt/msg/:msg', async context => {
  const { app, msg } = context.req.param()
  const query = read(new URL(context.req.url).searchParams, ['limit', 'iterator', 'status', 'status_code_class', 'channel', 'endpoint_id', 'before', 'after', 'with_content', 'event_types'])
  if (query.problems.length) return error(422, '', query.problems)
  const message = await find(context.env, app, msg, false)
  if (!message) return notFound()
  const endpoints = (await directoryOf(context.env, app).endpoints({ limit: most })).filter(({ id }) => !query.endpoint || id === query.endpoint)
  const found = query.channel ? [] : await Promise.all(endpoints.map(async ({ id }) =>
    (await outboxOf(context.env, app, id).attempts({ message: msg, limit: query.limit + 1, below: query.iterator, state: query.status, statusClass: query.statusClass, before: query.before, after: query.after, types: query.types }))
      .map(attempt => attemptOut(attempt, id, query.content))))
  const attempts = found.flat().sort((a, b) => a.id < b.id ? 1 : -1)
  return page(attempts.slice(0, query.limit).map(item => ({ id: item.id, text: JSON.stringify(item) })), attempts.length <= query.limit)
})

api.get('/health', () => new Response(null, { status: 204 }))
api.get('/health/ping', () => new Response(null, { status: 204 }))
api.all('*', notFound)

const inboxes = async (env: Env, app: string): Promise<string[]> => [own, operational, ...(await viewOf(env, app))!.sources.map(({ name }) => name)]

async function find(env: Env, app: string, id: string, content: boolean): Promise<Message | undefined> {
  const sources = await inboxes(env, app)
  return (await Promise.all(sources.map(name => inboxOf(env, app, name).get(id, content)))).find(message => message !== null) ?? undefined
}

interface Item { id: string; text: string }

/** The payload stands in the answer as it was received: no number is rounded on its way. */
function messageOut({ id, type, event, content, dedupe, at, body }: Message): Item {
  const payload = body === null ? '{}' : content === 'json' && /^\s*\{/.test(body) ? body
    : content === 'json' ? `{"value":${body}}` : JSON.stringify({ base64: body })
  const eventId = event && /^[a-zA-Z0-9\-_.]{1,256}$/.test(event) ? event : null
  const head = JSON.stringify({ channels: null, dedupe, eventId, eventType: type ?? 'unknown', id, timestamp: new Date(at).toISOString() })
  return { id, text: `${head.slice(0, -1)},"payload":${payload}}` }
}

function attemptOut(attempt: Attempt, endpointId: string, content: boolean) {
  return {
    endpointId, id: attempt.id, msgId: attempt.message, response: content ? attempt.response : '', responseDurationMs: attempt.took,
    responseStatusCode: attempt.status, status: attempt.state, statusText: names[attempt.state], timestamp: new Date(attempt.at).toISOString(),
    triggerType: attempt.manual, url: attempt.url,
  }
}

const json = ({ text }: Item): Response => new Response(text, { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } })
const page = (items: Item[], done: boolean): Response => json({
  id: '', text: `{"data":[${items.map(({ text }) => text).join()}],"done":${done},"iterator":${JSON.stringify(items.at(-1)?.id ?? null)},"prevIterator":null}`,
})

/** Reads the query; what is wrong with it stands in `problems`. */
function read(given: URLSearchParams, allowed: string[]) {
  const problems: Problem[] = []
  const value = <T>(name: string, pattern: RegExp, to: (text: string) => T): T | undefined => {
    const text = allowed.includes(name) ? given.get(name) : null
    if (text === null || text === '') return undefined
    const result = pattern.test(text) ? to(text) : undefined
    if (result === undefined || Number.isNaN(result)) problems.push({ loc: ['query', name], msg: `${name} is malformed`, type: 'value_error' })
    return result
  }
  const token = /^[a-zA-Z0-9\-_.]{1,256}$/
  const types = given.getAll('event_types').flatMap(text => text.split(',')).filter(Boolean)
  return {
    limit: Math.min(value('limit', /^[1-9]\d{0,8}$/, Number) ?? 50, most),
    iterator: value('iterator', token, String),
    channel: value('channel', token, String),
    before: value('before', /^\d{4}-/, Date.parse),
    after: value('after', /^\d{4}-/, Date.parse),
    endpoint: value('endpoint_id', token, String),
    status: value('status', /^[0-3]$/, Number),
    statusClass: value('status_code_class', /^[0-5]00$|^0$/, Number),
    content: value('with_content', /^(true|false)$/, text => text === 'true') ?? true,
    types: types.length ? types : undefined,
    problems,
  }
}
