// `waxseal listen`: an HTTP server for a developer's machine that shows each webhook, verifies it where
// it was told the dialect, says why it refuses, hands on, and keeps it in a file. Called by main.ts.
import { appendFile, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { fetchKeys, loadDialect, Webhook, type Cause, type KeySource } from '../../js/explain.ts'
import { deadline, endToEnd, post } from '../forward.ts'
import { toRequest } from '../incoming.ts'
import { headerLines, isEncoded, readBody } from '../read.ts'
import { challenge, outcomeOf, respond } from '../respond.ts'
import { toLine, type Caught } from './record.ts'

export interface ListenSettings {
  port: number
  host: string
  /** The text of a dialect's file */
  dialect?: string
  secrets?: string[]
  /** In place of secrets: the keys are fetched from where each webhook says */
  fetch?: boolean
  /** What the dialect asks for beside them */
  settings?: Record<string, string>
  forward?: string
  /** Path of the file that keeps them */
  file: string
  details: boolean
  plain: boolean
}

const maxBody = 32 << 20
const forwardSeconds = 30

/** Listens until the server is closed. @param show  told of each webhook when it has been answered */
export async function listen(settings: ListenSettings, show: (caught: Caught) => void): Promise<Server> {
  const judge = judgeOf(settings)
  let number = (await readFile(settings.file, 'utf8').catch(() => '')).split('\n').filter(Boolean).length
  let kept = Promise.resolve()
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = new Date()
    const began = performance.now()
    const request = toRequest(incoming)
    const body = incoming.method === 'POST' ? await readBody(request, maxBody).catch(() => null) : new Uint8Array()
    const verdict = body ? await judge(request, body) : { verdict: 'body_too_large', type: null, id: null, reason: 'the body is longer than 32 MiB, or it broke off', answer: respond('too_large') }
    const answer = await answered(verdict.answer, request, body, settings.forward)
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(new Uint8Array(await answer.arrayBuffer()))
    const { verdict: code, type, id, reason, explain } = verdict
    const milliseconds = performance.now() - began
    const caught: Caught = {
      number: ++number, at: at.toISOString(), method: incoming.method ?? '', path: incoming.url ?? '/', headers: headerLines(request),
      body: body ?? new Uint8Array(), verdict: code, type, id, reason: reason ?? forwardReason(answer, settings.forward, verdict.answer),
      causes: explain ? await explain() : null, // the sender has its answer by now
      milliseconds, answer: answer.status,
    }
    kept = kept.then(() => appendFile(settings.file, `${toLine(caught)}\n`, { mode: 0o600 }))
    await kept
    show(caught)
  }
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(error => {
      if (!response.headersSent) response.writeHead(500)
      response.end()
      server.emit('problem', error)
    })
  })
  server.listen(settings.port, settings.host)
  await once(server, 'listening')
  return server
}

interface Judged {
  verdict: string | null
  type: string | null
  id: string | null
  reason: string | null
  /** null where it is to be handed on or thanked for */
  answer: Response | null
  /** of one that is refused */
  explain?: () => Promise<Cause[] | null>
}

/** The function that judges a request. */
function judgeOf({ dialect: file, secrets = [], fetch, settings }: ListenSettings): (request: Request, body: Uint8Array) => Promise<Judged> {
  const nothing = { verdict: null, type: null, id: null, reason: null, answer: null }
  const dialect = file === undefined ? undefined : loadDialect(file)
  const fetched: string[] = []
  const hook = dialect && new Webhook(dialect, { ...(fetch ? { keys: noting(fetchKeys(), fetched) } : { secrets }), ...(settings && { settings }) })
  return async (request, body) => {
    if (request.method !== 'POST') return { ...nothing, reason: 'not a POST', answer: respond('method') }
    if (isEncoded(request)) return { ...nothing, reason: 'the body is compressed', answer: respond('content_encoding') }
    if (!dialect || !hook) return nothing
    const headers = headerLines(request)
    const how = { url: publicUrl(request), method: request.method, now: Math.floor(Date.now() / 1000) }
    const result = await hook.checkAsync(body, headers, how)
    if (!result.ok) {
      const explain = async () => {
        const known = fetch ? new Webhook(dialect, { secrets: fetched, ...(settings && { settings }) }) : hook
        const { ok, causes } = known.explain(body, headers, { ...how, others: await shipped() })
        if (fetch) known.close()
        return ok ? null : leading(causes) // with the right key it verifies: the address of its key was wrong
      }
      return { ...nothing, verdict: result.code, reason: result.error.message, answer: respond(outcomeOf(result.code), dialect), ...((!fetch || fetched.length) && { explain }) }
    }
    const { type, id, schema, handshake } = result.event
    const reason = handshake?.visit ? `to say yes, visit ${handshake.visit}`
      : schema.ok ? null : `breaks its schema at ${schema.at || 'its root'} (${schema.code})`
    return { verdict: 'ok', type, id, reason, answer: challenge(handshake) }
  }
}

/** `keys`, with the newest that it gave put into `into`: refusals are explained by them. */
const noting = (keys: KeySource, into: string[]): KeySource => async url => {
  const key = await keys(url)
  if (!into.includes(key)) into.splice(0, Math.max(0, into.length - 3)), into.push(key)
  return key
}

/** The likeliest cause; more where only several together explain it. */
const leading = (causes: Cause[]): Cause[] => causes.filter(({ certainty }, index) => index === 0 || certainty === 'together')

/** Every dialect of the package, one of which may have signed what another refuses. */
const shipped = async () => Object.values((await import('../../js/dialects/index.ts')).dialects)

/** The URL as the sender wrote it, where a tunnel or proxy on this machine says so. */
function publicUrl(request: Request): string {
  const url = new URL(request.url)
  const host = request.headers.get('x-forwarded-host')
  if (host && URL.canParse(`http://${host}`)) url.host = host
  if (request.headers.get('x-forwarded-proto') === 'https') url.protocol = 'https:'
  return url.href
}

async function answered(own: Response | null, request: Request, body: Uint8Array | null, forward: string | undefined): Promise<Response> {
  if (own) return own
  if (!forward) return respond('accepted')
  try {
    return await deadline(forwardSeconds, async signal => {
      const answer = await post(forward, body!, endToEnd(headerLines(request)), signal)
      const content = await answer.arrayBuffer()
      return new Response(content.byteLength ? content : null, { status: answer.status, headers: { 'content-type': answer.headers.get('content-type') ?? 'text/plain' } })
    })
  } catch {
    return respond('forward_failed')
  }
}

const forwardReason = (answer: Response, forward: string | undefined, own: Response | null): string | null =>
  own || !forward || answer.ok ? null : `${forward} answered ${answer.status}`
