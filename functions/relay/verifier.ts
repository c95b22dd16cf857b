// The verifier of a source: by its secrets, or, where it has none and the dialect says from where, by keys
// that are fetched. Called by receive.ts; the launcher and the API open one to see that it can be.
import { checkDestination, describe, fetchKeys, Webhook, type Dialect, type KeySource } from '../../js/relay.ts'
import type { Config, SourceConfig } from './config.ts'

const most = 1000
const hooks = new Map<string, Webhook>()

export interface Opened extends Pick<SourceConfig, 'tolerance' | 'settings'> {
  /** None: the keys are fetched. */
  secrets: string[]
  maxBody?: number
}

/** Whether the dialect says from where its keys are fetched, so that a source of it needs no secret. */
export const fetchesKeys = (dialect: Dialect): boolean => 'key' in describe(dialect)

/** @throws TypeError with the core's sentence: what is missing, unfit or unknown */
export function open(dialect: Dialect, { secrets, settings, tolerance, maxBody }: Opened, keys: KeySource = noKeys): Webhook {
  return new Webhook(dialect, {
    ...(secrets.length || !fetchesKeys(dialect) ? { secrets } : { keys }),
    ...(settings && { settings }), ...(tolerance !== undefined && { tolerance }), ...(maxBody && { maxBody }),
  })
}

const noKeys: KeySource = async () => { throw new Error('nothing is fetched here') }

/**
 * The verifier of a source, kept for its next webhook; so are the keys that it fetched.
 *
 * @param name  the source's, unlike any other's: what is sent to one uses up no other's fetches
 */
export function verifierOf(config: Config, name: string, dialect: Dialect, opened: Opened): Webhook {
  const key = JSON.stringify([dialect.name, opened, !opened.secrets.length && name])
  const known = hooks.get(key)
  if (known?.dialect === dialect) return known
  if (hooks.size >= most) hooks.clear()
  const hook = open(dialect, opened, guarded(config))
  hooks.set(key, hook)
  return hook
}

/** An app's own dialect may say anything: a key comes from where deliveries may go, and from nowhere else. */
const guarded = (config: Config): KeySource => fetchKeys({
  fetch: async (url, init) => {
    const destination = checkDestination(url, config)
    if (!destination.ok) throw new Error(destination.advice)
    return fetch(url, init)
  },
})
