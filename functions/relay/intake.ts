// How fast a source may send: its rate windows, counted in this process. Called by receive.ts for what
// is authentic, so that nobody without the secret uses a source's rate up.
import { QueuePolicy } from '../../js/relay.ts'
import type { Config } from './config.ts'
import { policyOf } from './dialects.ts'
import type { Rate } from './model.ts'

interface Windows { policy: QueuePolicy; widest: number; longest: number }
const windows = new Map<string, Windows>()
/** When each source's newest webhooks came, in Unix milliseconds, ascending. */
const seen = new Map<string, number[]>()
const most = 1000

/**
 * Counts one more webhook where the windows allow it.
 *
 * @param name  the source's, unlike any other's
 * @return seconds until the next is allowed; 0: this one is
 */
export function tooFast(config: Config, name: string, rate: Rate[] | undefined, now: number): number {
  if (!rate?.length) return 0
  const { policy, widest, longest } = windowsOf(config, rate)
  let times = seen.get(name) ?? []
  if (times.length && times.at(-1)! > now) times = [] // the clock was set back
  const earliest = policy.earliestAttempt(times.slice(-widest), now)
  if (earliest > now) return Math.min(longest, Math.ceil((earliest - now) / 1000))
  times.push(now)
  if (times.length > 2 * widest) times.splice(0, times.length - widest)
  if (!seen.has(name) && seen.size >= most) seen.clear()
  seen.set(name, times)
  return 0
}

function windowsOf(config: Config, rate: Rate[]): Windows {
  const key = JSON.stringify(rate)
  let found = windows.get(key)
  if (!found) {
    if (windows.size >= most) windows.clear()
    const policy = new QueuePolicy(policyOf(config, { policy: 'standard-webhooks', delivery: { rate } })!)
    windows.set(key, found = { policy, widest: Math.max(...rate.map(({ limit }) => limit)), longest: Math.max(...rate.map(({ seconds }) => seconds)) })
  }
  return found
}
