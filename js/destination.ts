// Destinations: which URLs webhooks may be sent to. Part of `waxseal/relay`; the relay asks it whenever
// an endpoint changes and before each attempt. The rules are the core's.
import * as core from './core.ts'
import { WaxsealError } from './error.ts'

/** What development may relax. */
export interface DestinationRules {
  /** `http://` too */
  http?: boolean
  /** addresses and names of the machine and its networks too, at any port */
  private?: boolean
}

/** Why a URL is refused. */
export type DestinationFault = 'too_long' | 'bad_character' | 'not_https' | 'userinfo' | 'fragment' | 'bad_host' | 'bad_port' | 'local_name' | 'not_public'

export type Destination =
  | { readonly ok: true; /** as written; an IPv6 address without its brackets */ readonly host: string; readonly port: number }
  | { readonly ok: false; readonly code: DestinationFault; /** what to write instead */ readonly advice: string }

const longest = 2048 // characters; the core looks at one more and says that there are too many

/**
 * Checks a URL as it was typed; nothing is repaired first.
 *
 * A host must be a public address in its one usual spelling, or a name: to what the name resolves is
 * for whoever connects to check.
 */
export function checkDestination(url: string, rules: DestinationRules = {}): Destination {
  const bytes = new TextEncoder().encode(url.slice(0, longest + 1))
  let port = 0
  let told = null as string | null
  const code = core.run((abi) => {
    if (!core.writeParts([bytes])) throw new RangeError('no room for a URL')
    port = abi.waxseal_check_destination!(bytes.length, (rules.http ? 1 : 0) | (rules.private ? 2 : 0))
    told = core.textOf(-1, core.kind.made, 0)
    return 0
  })
  if (code !== 0 || told === null) throw new WaxsealError('internal')
  return port ? { ok: true, host: told, port } : { ok: false, code: told as DestinationFault, advice: core.sentence() }
}
