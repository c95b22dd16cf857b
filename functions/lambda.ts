// AWS Lambda: `export const handler = lambda({ … })`, behind a function URL, an HTTP API, a REST API or
// an Application Load Balancer. The translation is all that this file does; gateway.ts reads the events.
import { answerOf, toRequest, type GatewayAnswer, type GatewayEvent } from './gateway.ts'
import { handler, type HandlerOptions } from './handler.ts'
import { respond } from './respond.ts'

export * from './public.ts'
export type { GatewayAnswer, GatewayEvent } from './gateway.ts'

type Env = Record<string, string | undefined>

/** A Lambda function that receives webhooks; `secrets` is usually `env => [env.SECRET]`. */
export function lambda<Events extends object>(options: HandlerOptions<Events, Env>) {
  const handle = handler(options)
  return async (event: GatewayEvent): Promise<GatewayAnswer> => {
    const request = toRequest(event)
    if (!request) return answerOf(respond('malformed'), event)
    // Lambda stops the process at the answer: what would go on behind it is waited for.
    const rest: Promise<unknown>[] = []
    const answer = await handle(request, process.env, { waitUntil: promise => void rest.push(promise) })
    await Promise.allSettled(rest)
    return answerOf(answer, event)
  }
}
