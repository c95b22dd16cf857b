// Cloudflare Workers: `export default cloudflare({ … })` is a whole worker.
import { handler, type HandlerOptions } from './handler.ts'

export * from './public.ts'

/** A worker that receives webhooks; `secrets` is usually `env => [env.SECRET]`. */
export function cloudflare<Events extends object, Env = any>(options: HandlerOptions<Events, Env>) {
  return { fetch: handler(options) }
}
