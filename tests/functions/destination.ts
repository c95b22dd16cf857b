// A local HTTP destination for tests: records each request, answers as told. Used by the groups
// functions, relay and examples.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received { method: string; path: string; headers: IncomingHttpHeaders; rawHeaders: string[]; body: Buffer; at: number }
export type Answer = number | ((request: Received, response: ServerResponse, count: number) => void)

/** @param answer a status, or what writes the answer; may be changed while it runs */
export async function destination(answer: Answer = 200) {
  const received: Received[] = []
  const waiting: (() => void)[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // it broke off, and was not received
    }
    const { method, url, headers, rawHeaders } = request
    const one = { method: method!, path: url!, headers, rawHeaders, body: Buffer.concat(chunks), at: Date.now() }
    received.push(one)
    if (typeof self.answer === 'number') response.writeHead(self.answer).end('thank you')
    else self.answer(one, response, received.length)
    waiting.splice(0).forEach(wake => wake())
  })
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  const self = {
    answer,
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    /** Waits until `count` requests have come. */
    async until(count: number, milliseconds = 10_000): Promise<Received[]> {
      const late = Date.now() + milliseconds
      while (received.length < count) {
        if (Date.now() > late) throw new Error(`${received.length} of ${count} requests came within ${milliseconds} ms`)
        await Promise.race([new Promise<void>(wake => waiting.push(wake)), new Promise(wake => setTimeout(wake, 100))])
      }
      return received
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise(closed => server.close(closed))
    },
  }
  return self
}

/** Waits, for what must not happen. */
export const pause = (milliseconds: number): Promise<void> => new Promise(wake => setTimeout(wake, milliseconds))
