// Reads a request for a verifier: its raw body, counted while it streams, and its header lines.
// Called by handler.ts and by the relay's worker.

/** Header lines as they arrived, for the requests that a platform file made from raw pairs. */
const lines = new WeakMap<Request, [string, string][]>()

/** Remembers the header lines of `request`, so that a header sent twice is still seen as two. */
export function withLines(request: Request, pairs: [string, string][]): Request {
  lines.set(request, pairs)
  return request
}

/** The header lines of `request`; Fetch has joined equal names where no platform file knew better. */
export const headerLines = (request: Request): [string, string][] => lines.get(request) ?? [...request.headers]

/** The raw body, or null as soon as it is longer than `limit` bytes, whatever Content-Length says. */
export async function readBody(from: Request | Response, limit: number): Promise<Uint8Array | null> {
  if (Number(from.headers.get('content-length')) > limit) return await from.body?.cancel(), null
  if (!from.body) return new Uint8Array()
  const reader = from.body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > limit) return await reader.cancel(), null
    chunks.push(value)
  }
  if (chunks.length === 1) return chunks[0]!
  const body = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) body.set(chunk, at), at += chunk.length
  return body
}

/** Whether the body came compressed: its signature is over other bytes, and it could be a bomb. */
export const isEncoded = (request: Request): boolean =>
  !/^(identity)?$/i.test(request.headers.get('content-encoding')?.trim() ?? '')
