// Finds the secrets of a request and keeps one verifier for each set of them. Called by handler.ts.
import { describe, Webhook, type Dialect, type KeySource } from '../js/index.ts'

/** What is known of a request before it is verified, to choose secrets by. None of it is proved. */
export interface Hint {
  url: string
  headers: Headers
}

type List = (string | undefined | null)[]
export type Secrets<Env = any> = List | ((env: Env, hint: Hint) => List | Promise<List>)

const verifiers = 64

/** Makes the function that gives a request's verifier; without a secret it throws. */
export function hooks<Events extends object, Env>(dialect: Dialect<Events>, secrets: Secrets<Env> | undefined, keys: KeySource | undefined, options: object) {
  if (keys) {
    if (secrets) throw new TypeError('Give secrets or keys, not both: where secrets are given nothing is fetched.')
    const fetching = { hook: new Webhook(dialect, { ...options, keys }), secrets: [] as string[] }
    return async () => fetching
  }
  const made = new Map<string, { hook: Webhook<Events>; secrets: string[] }>()
  const open = (list: List | undefined) => {
    const given = (list ?? []).filter(secret => typeof secret === 'string' && secret.trim() !== '') as string[]
    // Until a handshake has brought the secret there is none; the verifier then refuses all else.
    if (!given.length && !describe(dialect).handshake?.secret) throw new TypeError(`no secret for ${dialect.name}: set one; without it every webhook is refused`)
    const key = JSON.stringify(given)
    let found = made.get(key)
    if (!found) {
      found = { hook: new Webhook(dialect, { ...options, secrets: given }), secrets: given }
      made.set(key, found)
      if (made.size > verifiers) {
        const [oldest, { hook }] = made.entries().next().value!
        made.delete(oldest)
        hook.close()
      }
    }
    return found
  }
  if (typeof secrets === 'function') return async (env: Env, hint: Hint) => open(await secrets(env, hint))
  const only = open(secrets)
  return async () => only
}
