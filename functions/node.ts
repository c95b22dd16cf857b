// Node: `node({ … })` is a listener for http.createServer and a handler for express.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { handler, type HandlerOptions } from './handler.ts'
import { withLines } from './read.ts'

export * from './public.ts'

type Incoming = IncomingMessage & { body?: unknown; originalUrl?: string }

/** A listener that receives webhooks. It wants the raw body: mount it before any body parser, or after `express.raw()`. */
export function node<Events extends object>(options: HandlerOptions<Events, NodeJS.ProcessEnv>) {
  const handle = handler(options)
  return async (request: Incoming, response: ServerResponse, next?: (error: unknown) => void): Promise<void> => {
    try {
      const answer = await handle(toRequest(request), process.env, { waitUntil: () => {} })
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
    } catch (error) {
      if (next) return next(error)
      console.error(error)
      response.writeHead(500).end()
    }
  }
}

function toRequest(request: Incoming): Request {
  const { method, rawHeaders, body: read } = request
  if (read !== undefined && !(read instanceof Uint8Array)) {
    throw new TypeError("the body was parsed already: mount this before express.json(), or use express.raw({ type: '*/*' }) on this path")
  }
  const pairs = rawHeaders.flatMap((name, i) => i % 2 ? [] : [[name, rawHeaders[i + 1]!] as [string, string]])
  const base = URL.canParse(`http://${request.headers.host}`) ? `http://${request.headers.host}` : 'http://localhost'
  const path = request.originalUrl ?? request.url ?? '/'
  const url = URL.canParse(path, base) ? new URL(path, base) : base
  if (method !== 'POST') return new Request(url) // refused alike, and not every method makes a Request
  return withLines(new Request(url, { method, headers: pairs, body: read ?? Readable.toWeb(request), duplex: 'half' } as RequestInit), pairs)
}
