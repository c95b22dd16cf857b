// Who calls a face, and what it has: its key tells the app. Used by each face before its routes.
import type { Call } from '../api/base.ts'
import { Problem } from '../api/base.ts'
import { root } from '../model.ts'

/** A face shows one app's things; the operator's key speaks for none. */
export async function enter(context: Call, next: () => Promise<void>): Promise<void> {
  const { app } = context.get('holder') === root ? { app: null } : context.get('view')
  if (!app) throw new Problem(403, 'forbidden', "The operator's key speaks for no app: use a key of the app")
  context.set('app', app)
  await next()
}
