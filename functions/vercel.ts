// Vercel: `export const POST = vercel({ … })` is a function of Vercel's Node and edge runtimes, and a
// route handler of Next.js.
import { handler, type HandlerOptions } from './handler.ts'

export * from './public.ts'

type Env = Record<string, string | undefined>
interface RequestContext { waitUntil?(promise: Promise<unknown>): void }

/** A function that receives webhooks; `secrets` is usually `env => [env.SECRET]`, which reads `process.env`. */
export function vercel<Events extends object>(options: HandlerOptions<Events, Env>) {
  const handle = handler(options)
  return (request: Request): Promise<Response> =>
    handle(request, process.env, { waitUntil: promise => requestContext()?.waitUntil?.(promise) })
}

/** Where Vercel's runtimes keep what belongs to a request, as the package @vercel/functions finds it. */
function requestContext(): RequestContext | undefined {
  const holder = (globalThis as Record<symbol, { get?(): RequestContext | undefined } | undefined>)[Symbol.for('@vercel/request-context')]
  return holder?.get?.()
}
