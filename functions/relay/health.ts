// /healthz: the process answers. /readyz: storage answers and the configuration is applied. /metrics:
// Prometheus text, for the operator's key. Called by worker.ts.
import { lines } from './counts.ts'
import { appOf, findKey, sha256 } from './keys.ts'
import { root } from './model.ts'
import { configOf, directoryOf, outboxesOf, type Env } from './objects.ts'
import { viewOf } from './views.ts'

const text = (body: string, status = 200): Response =>
  new Response(`${body}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } })

export const healthz = (): Response => text('ok')

export async function readyz(env: Env): Promise<Response> {
  try {
    return await viewOf(env, configOf(env).app) ? text('ready') : text('the configuration is not applied', 503)
  } catch (error) {
    console.error(`not ready: ${(error as Error).message}`)
    return text('storage does not answer', 503)
  }
}

export async function metrics(request: Request, env: Env): Promise<Response> {
  const key = /^Bearer (\S{1,256})$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
  const operator = appOf(key) === root && findKey((await viewOf(env, root))?.keys ?? [], await sha256(key), Date.now())
  if (!operator) return text('give the operator\'s key as a bearer token', 401)
  const sum = { success: 0, pending: 0, fail: 0, sending: 0 }
  let apps = 0, endpoints = 0
  for (let after: string | undefined, more = true; more;) {
    const page = await directoryOf(env, root).apps({ limit: 100, ...(after !== undefined && { after }) })
    for (const { id } of page) {
      const view = await viewOf(env, id)
      apps++
      endpoints += view?.endpoints.length ?? 0
      for (const outbox of outboxesOf(env, id, view?.endpoints ?? [])) {
        const totals = await outbox.totals()
        for (const state of Object.keys(sum) as (keyof typeof sum)[]) sum[state] += totals[state]
      }
    }
    more = page.length === 100
    after = page.at(-1)?.id
  }
  const gauges = [
    '# TYPE waxseal_apps gauge', `waxseal_apps ${apps}`, '# TYPE waxseal_endpoints gauge', `waxseal_endpoints ${endpoints}`,
    '# TYPE waxseal_deliveries gauge', ...Object.entries(sum).map(([state, number]) => `waxseal_deliveries{state="${state}"} ${number}`),
  ]
  const answer = text([...lines(), ...gauges].join('\n'))
  answer.headers.set('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  return answer
}
