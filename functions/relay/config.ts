// The relay's configuration, as waxseal.config.json says it and waxseal.config.schema.json checks
// it. Read by the launcher, by the worker and by its objects.
import type { Dialect } from '../../js/index.ts'

export interface SourceConfig {
  /** A dialect's name, or the path of a dialect file. */
  dialect: string
  /** `env:NAME` each; `env:WAXSEAL_SECRET_<SOURCE>` unless told. */
  secrets?: string[]
  /** Seconds, or null for any age; the dialect's unless told. */
  tolerance?: number | null
  /** `body`: a dialect without ids deduplicates by the bytes. */
  dedupe?: 'id' | 'body'
}

export interface EndpointConfig {
  url: string
  /** Which sources' events it gets; all unless told. */
  sources?: string[]
  /** Which event types; all unless told. */
  events?: string[]
  /** Sign in this dialect, or hand on `as-received`; `standard-webhooks` unless told. */
  dialect?: string
  /** `env:NAME` each; `env:WAXSEAL_ENDPOINT_<NAME>` unless told. */
  secrets?: string[]
  /** The dialect whose delivery rules hold: `platform-core` unless told. */
  policy?: string
  /** Takes the place of parts of those rules, in the words of a dialect's `delivery`. */
  delivery?: Record<string, unknown>
  /** Attempts at the same time; 8 unless told. */
  concurrency?: number
}

export interface Config {
  app: string
  sources: Record<string, SourceConfig>
  endpoints: Record<string, EndpointConfig>
  /** Dialects of one's own, by name; the launcher puts the files' contents here. */
  dialects?: Record<string, Dialect>
}

/** What only the launcher reads. */
export interface FileConfig extends Config {
  listen?: string
  state?: string
  /** Networks that endpoints may be in, as workerd names them: `public` unless told. */
  network?: string[]
}

export interface Env {
  CONFIG: Config | string
  DIRECTORY: DurableObjectNamespace<import('./directory.ts').Directory>
  INBOX: DurableObjectNamespace<import('./inbox.ts').Inbox>
  OUTBOX: DurableObjectNamespace<import('./outbox.ts').Outbox>
  /** SHA-256 of each API key, in hex, separated by spaces. */
  WAXSEAL_KEY_HASHES?: string
  /** `yes` only where the launcher listens on loopback: there demo secrets are accepted. */
  WAXSEAL_DEMO?: string
  [secret: string]: unknown
}

const upper = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
export const sourceSecrets = (name: string, source: SourceConfig): string[] => source.secrets ?? [`env:WAXSEAL_SECRET_${upper(name)}`]
export const endpointSecrets = (name: string, endpoint: EndpointConfig): string[] => endpoint.secrets ?? [`env:WAXSEAL_ENDPOINT_${upper(name)}`]
export const configOf = (env: Env): Config => typeof env.CONFIG === 'string' ? JSON.parse(env.CONFIG) as Config : env.CONFIG

/** Looks `env:NAME` up; names that are unset or blank give nothing. */
export const secretsOf = (env: Record<string, unknown>, names: string[]): string[] => names
  .map(name => env[name.replace(/^env:/, '')])
  .filter((value): value is string => typeof value === 'string' && value.trim() !== '')
