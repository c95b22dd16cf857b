// What is accepted as the body of a webhook, and how a body is read from a Request. Called by webhook.ts.
import { WaxsealError } from './error.ts'

/** The raw body as it arrived. A string stands for its UTF-8 bytes. */
export type Body = Uint8Array | ArrayBuffer | ArrayBufferView | string

const encoder = new TextEncoder()

/** The bytes of `body`, not copied where they are bytes already. */
export function toBytes(body: Body): Uint8Array {
  if (body instanceof Uint8Array) return body
  if (typeof body === 'string') return encoder.encode(body)
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  if (body instanceof ArrayBuffer || Object.prototype.toString.call(body) === '[object ArrayBuffer]') {
    return new Uint8Array(body)
  }
  throw new TypeError(parsedBody(body))
}

function parsedBody(body: unknown): string {
  const what = body === null ? 'null' : Array.isArray(body) ? 'an array' : typeof body === 'object' ? 'an object' : `${body}`
  return `The body is ${what}, but a signature covers the raw bytes as they arrived, which parsing loses. Give them as Uint8Array, Buffer, ArrayBuffer or string:
  Express           app.post(path, express.raw({ type: '*/*' }), (req, res) => hook.verify(req.body, req.headers)), before any express.json()
  Fastify           fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (req, body, done) => done(null, body))
  Next.js app       const event = await hook.receive(request) in route.ts
  Next.js pages     export const config = { api: { bodyParser: false } }, then collect the chunks of req
  NestJS            NestFactory.create(AppModule, { rawBody: true }), then req.rawBody
  Koa               const chunks = []; for await (const chunk of ctx.req) chunks.push(chunk); Buffer.concat(chunks), before any body parser
  AWS Lambda        Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8')
  Google Functions  req.rawBody`
}

/**
 * Reads the raw body of `request` once.
 *
 * @param most  bytes; a longer body is `body_too_large`, and no more of it is read
 */
export async function readBody(request: Request, most: number): Promise<Uint8Array> {
  if (typeof request?.headers?.get !== 'function' || !('body' in request)) {
    throw new TypeError(
      'receive() takes a fetch Request. With Node\'s http or Express, collect the raw body and call verify(body, req.headers).',
    )
  }
  if (request.bodyUsed) {
    throw new TypeError(
      'The body of this Request has been read already: call receive(request) before request.json() or text(), or give it request.clone().',
    )
  }
  if (Number(request.headers.get('content-length')) > most) throw new WaxsealError('body_too_large')
  return readStream(request.body, most)
}

/** All of `stream`. @throws WaxsealError `body_too_large` where it holds more than `most` bytes */
export async function readStream(stream: ReadableStream | null, most: number): Promise<Uint8Array> {
  if (!stream) return new Uint8Array(0)
  const reader = (stream as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length
    if (length > most) {
      reader.cancel().catch(() => {})
      throw new WaxsealError('body_too_large')
    }
    chunks.push(next.value)
  }
  return chunks.length === 1 ? chunks[0]! : joined(chunks, length)
}

/** The chunks one after the other. */
export function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

/** Each part as `u32 length, bytes`. */
export function packed(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0))
  const lengths = new DataView(all.buffer)
  let at = 0
  for (const part of parts) {
    lengths.setUint32(at, part.length, true)
    all.set(part, at + 4)
    at += 4 + part.length
  }
  return all
}
