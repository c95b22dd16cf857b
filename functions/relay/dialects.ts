// The dialects that a configuration may name: the package's own and the user's. Called by the
// worker, the Outbox and the launcher.
import { describe, loadDialect, type Dialect } from '../../js/relay.ts'
import { dialects as own } from '../../js/dialects/index.ts'
import type { Config, EndpointConfig } from './config.ts'

const most = 1000
const loaded = new Map<string, Dialect>()
const known = new WeakMap<object, Dialect>()

/** The configuration with an app's own dialects among those that it may name. */
export const withOwn = (config: Config, own: Record<string, object> | undefined): Config =>
  own && Object.keys(own).length ? { ...config, dialects: { ...own as Record<string, Dialect>, ...config.dialects } } : config

/** The dialect of that name, or undefined. */
export function dialectOf(config: Config, name: string): Dialect | undefined {
  const file = config.dialects?.[name]
  return file ? load(file) : (own as Record<string, Dialect>)[name]
}

/** The names of all. */
export const namesOf = (config: Config): string[] => [...Object.keys(own), ...Object.keys(config.dialects ?? {})]

/** The dialect whose delivery rules hold for an endpoint, with the endpoint's own in their place. */
export function policyOf(config: Config, endpoint: Pick<EndpointConfig, 'policy' | 'delivery'>): Dialect | undefined {
  const dialect = dialectOf(config, endpoint.policy ?? 'platform-core')
  if (!dialect || !endpoint.delivery) return dialect
  const file = describe(dialect), own = file.delivery ?? {}, given: typeof own = endpoint.delivery
  const delivery = { ...own, ...given }
  for (const part of ['retry', 'final'] as const) if (given[part] && own[part]) delivery[part] = { ...own[part], ...given[part] }
  return load({ ...file, delivery })
}

/** A dialect's file, compiled once. @throws TypeError with the core's sentence */
export function load(file: object): Dialect {
  const found = known.get(file)
  if (found) return found
  const text = JSON.stringify(file)
  if (loaded.size >= most) loaded.clear()
  if (!loaded.has(text)) loaded.set(text, loadDialect(text))
  known.set(file, loaded.get(text)!)
  return loaded.get(text)!
}
