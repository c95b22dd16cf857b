// By what rules an endpoint is delivered to. Called by the Outbox and by the API, which checks them.
import { describe, QueuePolicy, type Dialect, type Ordering } from '../../js/relay.ts'
import type { Config } from './config.ts'
import { dialectOf, policyOf } from './dialects.ts'
import type { Endpoint } from './model.ts'
import type { Signing } from './objects.ts'

export interface Rules extends Signing {
  /** null: handed on as received. */
  dialect: Dialect | null
  policy: QueuePolicy
  /** Milliseconds: no rate window is longer. */
  window: number
  ordering: Ordering
}

/** @throws Error whose sentence says what is wrong with the endpoint's dialect, policy or delivery */
export function rulesOf(config: Config, signing: Signing): Rules {
  const { endpoint } = signing
  const policy = policyFor(config, endpoint)
  return {
    ...signing,
    dialect: endpoint.dialect === 'as-received' ? null : known(dialectOf(config, endpoint.dialect), endpoint.dialect),
    policy: new QueuePolicy(policy),
    window: Math.max(0, ...(describe(policy).delivery?.rate ?? []).map(({ seconds }) => seconds * 1000)),
    ordering: endpoint.orderBy ?? (endpoint.ordered ? 'all' : 'none'),
  }
}

/** The rules in force for an endpoint, as data: its policy's, with its own in their place and what neither says. */
export function deliveryOf(config: Config, endpoint: Endpoint) {
  const policy = policyFor(config, endpoint)
  const { retry: { delays = [], jitter_percent = 0, retry_after_cap = 0 } = {}, rate = [], final = {} } = describe(policy).delivery ?? {}
  const { timeout, grace } = new QueuePolicy(policy)
  return { retry: { delays, jitter_percent, retry_after_cap }, timeout, final: final as Record<string, unknown>, rate, grace }
}

function policyFor(config: Config, { policy, delivery, throttleRate }: Endpoint): Dialect {
  const named = known(policyOf(config, { policy, delivery: delivery ?? undefined }), policy)
  if (throttleRate === null) return named
  const rate = [...describe(named).delivery?.rate ?? [], { limit: throttleRate, seconds: 1 }]
  return policyOf(config, { policy, delivery: { ...delivery, rate } })!
}

function known(dialect: Dialect | undefined, name: string): Dialect {
  if (!dialect) throw new Error(`no dialect is called ${JSON.stringify(name)}`)
  return dialect
}
