// Netlify: `export default netlify({ … })` is a function, and an edge function, of Netlify.
import { handler, type HandlerOptions } from './handler.ts'

export * from './public.ts'

type Env = Record<string, string | undefined>
interface Context { waitUntil?(promise: Promise<unknown>): void }
const global = globalThis as { Netlify?: { env: { toObject(): Env } }; process?: { env: Env } }

/** A function that receives webhooks; `secrets` is usually `env => [env.SECRET]`, which reads the site's variables. */
export function netlify<Events extends object>(options: HandlerOptions<Events, Env>) {
  const handle = handler(options)
  let env: Env | undefined
  return (request: Request, context?: Context): Promise<Response> => {
    env ??= global.Netlify?.env.toObject() ?? global.process?.env ?? {}
    return handle(request, env, { waitUntil: promise => context?.waitUntil?.(promise) })
  }
}
