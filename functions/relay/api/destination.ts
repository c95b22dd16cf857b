// Whether an endpoint can be delivered to as it says, before it is stored. Called by the API.
import { checkDestination, describe, Webhook } from '../../../js/relay.ts'
import type { Config } from '../config.ts'
import { dialectOf } from '../dialects.ts'
import { badHeader } from '../headers.ts'
import type { Endpoint } from '../model.ts'
import { rulesOf } from '../rules.ts'
import { slackProblem } from '../slack.ts'
import { invalid } from './base.ts'

/** @throws Invalid that names the place */
export function checkEndpoint(config: Config, endpoint: Endpoint, secrets?: string[]): void {
  const destination = checkDestination(endpoint.url, config)
  if (!destination.ok) throw invalid(['body', 'url'], destination.advice)
  const problem = endpoint.format ? slackProblem(endpoint, secrets) : null
  if (problem) throw invalid(['body', problem.at], problem.sentence)
  let rules
  try {
    rules = rulesOf(config, { endpoint, secrets: [] })
  } catch (error) {
    throw invalid(['body', 'delivery'], (error as Error).message)
  }
  if (!secrets || !rules.dialect || (!secrets.length && describe(rules.dialect).delivery?.unsigned)) return
  try {
    new Webhook(rules.dialect, { secrets }).close()
  } catch (error) {
    throw invalid(['body', 'secret'], (error as Error).message)
  }
}

/** Host and port; null for a URL that the rules no longer allow. */
export function hostOf(config: Config, url: string): string | null {
  const destination = checkDestination(url, config)
  return destination.ok ? `${destination.host.toLowerCase()} ${destination.port}` : null
}

/** @throws Invalid where a header would break the request or stand in for one of ours */
export function checkHeaders(headers: Record<string, string>): void {
  const bad = badHeader(headers)
  if (bad) throw invalid(['body', 'headers', bad.name], bad.sentence)
}

/** 32 random bytes, written as the endpoint's dialect wants them. */
export function makeSecret(config: Config, { dialect, format }: Pick<Endpoint, 'dialect' | 'format'>): string[] {
  if (format) return [] // not signed
  const file = dialect === 'as-received' ? undefined : dialectOf(config, dialect)
  if (!file) return []
  const { prefix = '', decode = 'utf8' } = (describe(file).secret ?? {}) as { prefix?: string; decode?: string }
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const text = decode === 'base64' ? btoa(String.fromCharCode(...bytes)) : [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
  return [prefix + text]
}
