// Node: `node({ … })` is a listener for http.createServer and a handler for express.
import type { ServerResponse } from 'node:http'
import { handler, type HandlerOptions } from './handler.ts'
import { hasEndlessRest, toRequest, type Incoming } from './incoming.ts'

export * from './public.ts'

/** A listener that receives webhooks. It wants the raw body: mount it before any body parser, or after `express.raw()`. */
export function node<Events extends object>(options: HandlerOptions<Events, NodeJS.ProcessEnv>) {
  const handle = handler(options)
  return async (request: Incoming, response: ServerResponse, next?: (error: unknown) => void): Promise<void> => {
    try {
      const answer = await handle(toRequest(request), process.env, { waitUntil: () => {} })
      if (hasEndlessRest(request)) response.setHeader('connection', 'close')
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(new Uint8Array(await answer.arrayBuffer()))
    } catch (error) {
      if (next) return next(error)
      console.error(error)
      response.writeHead(500).end()
    }
  }
}
