// A request of Node's http as a Fetch Request: raw body, header lines as they came. Used by node.ts.
import type { IncomingMessage } from 'node:http'
import { withLines } from './read.ts'

/** Express sets `originalUrl`, and `body` where a parser ran. */
export type Incoming = IncomingMessage & { body?: unknown; originalUrl?: string }

/** @throws TypeError where a parser has taken the raw body */
export function toRequest(request: Incoming): Request {
  const { method, rawHeaders, body: read } = request
  if (read !== undefined && !(read instanceof Uint8Array)) {
    throw new TypeError("the body was parsed already: mount this before express.json(), or use express.raw({ type: '*/*' }) on this path")
  }
  const pairs = rawHeaders.flatMap((name, i) => i % 2 ? [] : [[name, rawHeaders[i + 1]!] as [string, string]])
  const base = URL.canParse(`http://${request.headers.host}`) ? `http://${request.headers.host}` : 'http://localhost'
  const path = request.originalUrl ?? request.url ?? '/'
  const url = URL.canParse(path, base) ? new URL(path, base) : base
  if (method === 'GET') return withLines(new Request(url, { headers: pairs }), pairs) // may be a handshake
  if (method !== 'POST') return new Request(url) // refused alike, and not every method makes a Request
  return withLines(new Request(url, { method, headers: pairs, body: read ?? stream(request), duplex: 'half' } as RequestInit), pairs)
}

/** The body, of which the rest may be left unread: that does not end the connection before the answer. */
function stream(request: Incoming): ReadableStream<Uint8Array> {
  const chunks = request.iterator({ destroyOnReturn: false })
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value as Uint8Array)
    },
    cancel: async () => void await chunks.return?.(),
  })
}

const bearable = 16 << 20

/** Whether what is left of the body is too much, or of unknown length, to be read past. */
export const hasEndlessRest = ({ complete, headers }: Incoming): boolean => !complete && !(Number(headers['content-length']) <= bearable)
