// The Webhooks behind the faces: people hand a secret in with every call, and opening a verifier costs
// more than a verification.
import type { Dialect } from '../dialect.ts'
import { Webhook } from '../webhook.ts'

const most = 32
const kept = new Map<string, Webhook<any>>()

/** A Webhook without regard to schemas, the one of an earlier call where there was one. @param tolerance  seconds; null: any age */
export function open(dialect: Dialect<any>, secret: string, tolerance?: number | null): Webhook<any> {
  const key = `${dialect.name} ${tolerance} ${secret}`
  let hook = kept.get(key)
  if (!hook) {
    hook = new Webhook(dialect, { secrets: secret, schema: 'off', ...(tolerance !== undefined && { tolerance }) })
    const [oldest] = kept.keys()
    if (kept.size === most) {
      kept.get(oldest!)!.close()
      kept.delete(oldest!)
    }
    kept.set(key, hook)
  }
  return hook
}
