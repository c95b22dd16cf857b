// The relay's configuration, as waxseal.config.json says it and waxseal.config.schema.json checks
// it. Read by the launcher, by the worker and by its objects.
import type { Dialect } from '../../js/index.ts'
import type { Filter, OrderBy, Rate } from './model.ts'

export interface SourceConfig {
  /** A dialect's name, or the path of a dialect file. */
  dialect: string
  /** `env:NAME` each; `env:WAXSEAL_SECRET_<SOURCE>` unless told. Not needed where the dialect's keys are fetched. */
  secrets?: string[]
  /** What was configured at the provider beside the secret, by the names that the dialect gives it. */
  settings?: Record<string, string>
  /** Seconds, or null for any age; the dialect's unless told. */
  tolerance?: number | null
  /** `body`: a dialect without ids deduplicates by the bytes. */
  dedupe?: 'id' | 'body'
  /** Inboxes that share its events: 1 unless told. May grow, and then a repeat may be taken for new; never shrink. */
  shards?: number
  /** How fast it may send: 429 beyond; as fast as it likes unless told. */
  rate?: Rate[]
}

export interface EndpointConfig {
  url: string
  /** Which sources' events it gets; all unless told. */
  sources?: string[]
  /** Which event types, exact or `user.*`; all unless told. */
  events?: string[]
  /** Values that the body must have; none unless told. */
  filters?: Filter[]
  /** Sent beside the dialect's own. */
  headers?: Record<string, string>
  /** Sign in this dialect, or hand on `as-received`; `standard-webhooks` unless told. */
  dialect?: string
  /** `env:NAME` each; `env:WAXSEAL_ENDPOINT_<NAME>` unless told. */
  secrets?: string[]
  /** The dialect whose delivery rules hold: `platform-core` unless told. */
  policy?: string
  /** Takes the place of parts of those rules, in the words of a dialect's `delivery`. */
  delivery?: Record<string, unknown>
  /** `env:NAME` of a proxy's URL, which its deliveries go through; only the operator can say so. */
  proxy?: string
  /** Attempts at the same time; 8 unless told. */
  concurrency?: number
  /** One after the other, each until it is delivered or has failed. */
  ordered?: boolean
  /** In that order those of one key alone. */
  orderBy?: OrderBy | null
  /** Seconds of failures after which it is disabled; 5 days unless told, null for never. */
  disableAfter?: number | null
}

export interface Config {
  app: string
  sources: Record<string, SourceConfig>
  endpoints: Record<string, EndpointConfig>
  /** Bytes of an own message's payload; 65536 unless told. */
  maxMessage?: number
  /** Days that messages, finished deliveries and their attempts are kept; 90 unless told, or as an app says. */
  retention?: number
  /** Requests that a key may make in an hour at Platform Core's face; 1000 unless told. */
  requestsPerHour?: number
  /** A line of JSON for each webhook received and each attempt, without secrets and signatures. */
  debug?: boolean
  /** `http://` endpoints too: for development. */
  http?: boolean
  /** Endpoints may be named by a private address: for development. The launcher reads it from `network`. */
  private?: boolean
  /** Dialects of one's own, by name; the launcher puts the files' contents here. */
  dialects?: Record<string, Dialect>
}

/** What only the launcher reads. */
export interface FileConfig extends Config {
  listen?: string
  state?: string
  /** Seconds that attempts in flight have to end when the relay stops; 30 unless told. */
  drain?: number
  /** Networks that endpoints may be in, as workerd names them: `public` unless told. */
  network?: string[]
}

const upper = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
export const sourceSecrets = (name: string, source: SourceConfig): string[] => source.secrets ?? [`env:WAXSEAL_SECRET_${upper(name)}`]
export const endpointSecrets = (name: string, endpoint: EndpointConfig): string[] => endpoint.secrets ?? [`env:WAXSEAL_ENDPOINT_${upper(name)}`]

/** Looks `env:NAME` up; names that are unset or blank give nothing. */
export const secretsOf = (env: Record<string, unknown>, names: string[]): string[] => names
  .map(name => env[name.replace(/^env:/, '')])
  .filter((value): value is string => typeof value === 'string' && value.trim() !== '')
