// The Webhooks behind the faces: people hand a secret in with every call, and opening a verifier costs
// more than a verification.
import type { Body } from '../bytes.ts'
import type { Dialect } from '../dialect.ts'
import { WaxsealError, type Code } from '../error.ts'
import { Webhook, type VerifyOptions } from '../webhook.ts'

const most = 32
const kept = new Map<string, Webhook<any>>()

/** A Webhook, the one of an earlier call where there was one. @param tolerance  seconds; null: any age */
export function open(dialect: Dialect<any>, secret: string, tolerance?: number | null): Webhook<any> {
  const key = `${dialect.name} ${tolerance} ${secret}`
  let hook = kept.get(key)
  if (!hook) {
    hook = new Webhook(dialect, { secrets: secret, ...(tolerance !== undefined && { tolerance }) })
    const [oldest] = kept.keys()
    if (kept.size === most) {
      kept.get(oldest!)!.close()
      kept.delete(oldest!)
    }
    kept.set(key, hook)
  }
  return hook
}

/** Why a webhook is refused for its signature; null: it is authentic. */
export function refusal(hook: Webhook<any>, body: Body, headers: Record<string, string>, options?: VerifyOptions): Code | null {
  try {
    hook.authenticate(body, headers, options)
    return null
  } catch (error) {
    if (error instanceof WaxsealError) return error.code
    throw error
  }
}
