// `Idempotency-Key`: a POST that is repeated is answered as it was the first time. Messages and calls have
// their own way, in the commit that stores them. Called by api.ts.
import { root } from '../model.ts'
import { directoryOf } from '../objects.ts'
import { sha256 } from '../keys.ts'
import { Problem, type Call } from './base.ts'

export async function onceOnly(context: Call, next: () => Promise<void>): Promise<Response | void> {
  const given = context.req.header('idempotency-key')
  const { path, method } = context.req
  if (method !== 'POST' || given === undefined) return next()
  if (given.length === 0 || given.length > 256) throw new Problem(400, 'malformed', 'An Idempotency-Key has 1 to 256 characters')
  // An answer that shows a key is not kept, nor one of megabytes.
  if (/\/msg(\/batch)?$|\/call$|\/key$|\/app-portal-access\/[^/]+$/.test(path)) return next()
  const directory = directoryOf(context.env, context.get('app')?.id ?? root)
  // The key that called is part of it: another one may not have the scope to see the answer.
  const key = await sha256(`${context.get('by')}\n${path}\n${given}`)
  const print = await sha256(context.get('text') ?? '')
  const first = await directory.claim(key, print)
  if (first && first.print !== print) throw new Problem(409, 'conflict', 'This Idempotency-Key came with another request')
  if (first?.status === 0) throw new Problem(409, 'in_progress', 'The first request with this Idempotency-Key is not answered yet', 1)
  if (first) return new Response(first.status === 204 ? null : first.body, { status: first.status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } })
  let status = 500
  try {
    await next()
    ;({ status } = context.res)
  } finally {
    const done = status >= 200 && status < 300
    await (done ? directory.remember(key, print, status, status === 204 ? '' : await context.res.clone().text()) : directory.disclaim(key))
  }
}
