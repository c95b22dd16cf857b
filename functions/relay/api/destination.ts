// Whether an endpoint can be delivered to as it says, before it is stored. Called by the API.
import { describe, Webhook } from '../../../js/index.ts'
import type { Config } from '../config.ts'
import { dialectOf } from '../dialects.ts'
import type { Endpoint } from '../model.ts'
import { rulesOf } from '../rules.ts'
import { invalid } from './base.ts'

/** Names that belong to the connection or to the relay; no customer may set them. */
const reserved = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|content-encoding|expect|cookie|set-cookie|authorization-signature)$/

/** Headers whose values are shown to nobody, and go to no other host than the one they were given for. */
export const sensitive = /^(authorization|x-api-key|api-key)$|secret|password|token/i

/** @throws Invalid that names the place */
export function checkEndpoint(config: Config, endpoint: Endpoint, secrets?: string[]): void {
  const { protocol, username, password } = new URL(endpoint.url)
  if (!/^https?:$/.test(protocol)) throw invalid(['body', 'url'], 'the URL must be http or https')
  if (username || password) throw invalid(['body', 'url'], 'the URL must hold no user name and no password')
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

/** @throws Invalid where a header would break the request or stand in for one of ours */
export function checkHeaders(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(name) || reserved.test(name.toLowerCase())) throw invalid(['body', 'headers', name], 'this header cannot be set')
    if (!/^[\t -~]{0,4096}$/.test(value)) throw invalid(['body', 'headers', name], 'a header value holds visible characters, spaces and tabs')
  }
}

/** 32 random bytes, written as the endpoint's dialect wants them. */
export function makeSecret(config: Config, { dialect }: Pick<Endpoint, 'dialect'>): string[] {
  const file = dialect === 'as-received' ? undefined : dialectOf(config, dialect)
  if (!file) return []
  const { prefix = '', decode = 'utf8' } = (describe(file).secret ?? {}) as { prefix?: string; decode?: string }
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const text = decode === 'base64' ? btoa(String.fromCharCode(...bytes)) : [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
  return [prefix + text]
}
