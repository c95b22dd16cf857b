// Bun: `export default bun({ … })` is a server for `bun run`; `Bun.serve(bun({ … }))` is the same.
import { handler, type HandlerOptions } from './handler.ts'

export * from './public.ts'

type Env = Record<string, string | undefined>

/** A server that receives webhooks; `secrets` is usually `env => [env.SECRET]`. */
export function bun<Events extends object>(options: HandlerOptions<Events, Env>) {
  const handle = handler(options)
  return { fetch: (request: Request): Promise<Response> => handle(request, process.env) }
}
