// By what rules an endpoint is delivered to. Called by the Outbox.
import { DeliveryPolicy, describe } from '../../js/index.ts'
import type { Config } from './config.ts'
import { policyOf } from './dialects.ts'
import type { Endpoint } from './directory.ts'

export interface Rules {
  endpoint: Endpoint
  policy: DeliveryPolicy
  /** The largest limit of a rate window; 0: there is none. */
  widest: number
  /** Milliseconds; no delay is longer. */
  longest: number
}

export function rulesOf(config: Config, endpoint: Endpoint): Rules {
  const dialect = policyOf(config, endpoint)
  if (!dialect) throw new Error(`endpoint ${endpoint.name}: no dialect is called ${endpoint.policy}`)
  const { rate = [], retry: { delays = [], jitter_percent = 0, retry_after_cap = 0 } = {} } = describe(dialect).delivery ?? {}
  return {
    endpoint,
    policy: new DeliveryPolicy(dialect),
    widest: Math.max(0, ...rate.map(({ limit }) => limit)),
    longest: Math.max(0, retry_after_cap, ...delays) * (1000 + 10 * jitter_percent),
  }
}
