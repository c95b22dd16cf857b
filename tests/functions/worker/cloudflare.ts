// The worker of cloudflare.test.ts: one path for each way of receiving.
import { cloudflare, handler } from '../../../functions/cloudflare.ts'
import { durable, Handled } from '../../../functions/durable.ts'
import { cosmo } from '../../../js/dialects/cosmo.ts'
import { platformCore } from '../../../js/dialects/platform-core.ts'

export { Handled }

interface Env { SECRET: string; DESTINATION: string; HANDLED: Parameters<typeof durable>[0] }

const inline = cloudflare({
  dialect: cosmo,
  secrets: (env: Env) => [env.SECRET],
  on(event) {
    // The event's type narrows its data: this compiles only while it does.
    if (event.type === 'FEDERATED_GRAPH_SCHEMA_UPDATED') event.data.federated_graph.name satisfies string
  },
  forward: (env: Env) => env.DESTINATION,
}).fetch

const background = handler({
  dialect: platformCore,
  secrets: (env: Env) => [env.SECRET],
  mode: 'background',
  store: (env: Env) => durable(env.HANDLED),
  // The destination answers when the test lets it.
  on: async (event, { env }) => {
    const answer = await fetch(env.DESTINATION, { method: 'POST', body: event.id })
    if (!answer.ok) throw new Error(`${answer.status}`)
  },
})

const shared = handler({ dialect: platformCore, secrets: (env: Env) => [env.SECRET], store: (env: Env) => durable(env.HANDLED, 'shared'), forward: (env: Env) => env.DESTINATION })

export default {
  fetch(request: Request, env: Env, ctx: { waitUntil(promise: Promise<unknown>): void }): Promise<Response> {
    const path = new URL(request.url).pathname
    return (path === '/inline' ? inline : path === '/shared' ? shared : background)(request, env, ctx)
  },
}
