// Deno: `export default deno({ … })` is a server for `deno serve`, and for Deno Deploy.
import { handler, type HandlerOptions } from './handler.ts'

export * from './public.ts'

type Env = Record<string, string | undefined>
declare const Deno: { env: { get(name: string): string | undefined } }

/** The variables, each read when it is asked for: `--allow-env=SECRET` is permission enough. */
const env: Env = new Proxy({}, { get: (_, name) => typeof name === 'string' ? Deno.env.get(name) : undefined })

/** A server that receives webhooks; `secrets` is usually `env => [env.SECRET]`. Its `fetch` is a handler of `Deno.serve`. */
export function deno<Events extends object>(options: HandlerOptions<Events, Env>) {
  const handle = handler(options)
  return { fetch: (request: Request): Promise<Response> => handle(request, env) }
}
