// The Dialect type: how one system signs, shapes and delivers, compiled for the core, with the types
// of its events. js/dialects/ holds the generated ones; full.ts compiles a user's own.
import { decode } from './load/base64.ts'

declare const eventTypes: unique symbol

/**
 * A dialect. `Events` maps the name of each event to the type of its data.
 *
 * Import one from `waxseal/dialects/<name>`, or make one of your own file: by `loadDialect` of
 * `waxseal/full`, or ahead of time by `waxseal dialects --compile FILE`.
 */
export interface Dialect<Events extends object = Record<string, unknown>> {
  /** kebab-case */
  readonly name: string
  /** the name people use */
  readonly title: string
  /** names of the events, in the file's order */
  readonly events: readonly (keyof Events & string)[]
  /** what the core reads: the compiled dialect, in base64 */
  readonly image: string
  /** its file, but for what is compiled; see `describe` */
  readonly file: DialectFile
  /** never there: carries the types */
  readonly [eventTypes]?: Events
}

/** One way of signing. */
export interface Way {
  scheme: string
  header?: string | string[]
  [keyword: string]: unknown
}

/** What `describe` reads of a dialect's file; docs/dialects.md says what each part means. */
export interface DialectFile {
  name: string
  title: string
  /** one way of signing, or several, the strongest first */
  signature: Way | Way[]
  timestamp?: { unit?: 'seconds' | 'milliseconds' | 'date-time'; [keyword: string]: unknown }
  event?: { form?: boolean; [keyword: string]: unknown }
  events?: Record<string, { aliases?: string[]; [keyword: string]: unknown }>
  delivery?: {
    headers?: Record<string, string>
    envelope?: unknown
    ids?: { event?: string; delivery?: string; endpoint?: string }
    retry?: { delays?: number[]; jitter_percent?: number; retry_after_cap?: number }
    final?: { client_errors?: boolean; timeouts?: boolean; statuses?: number[] }
    timeout?: number
    rate?: { limit: number; seconds: number }[]
    grace?: number
    unsigned?: boolean
    calls?: Record<string, { statuses?: number[]; error?: string; bytes?: number; answer?: object }>
    [keyword: string]: unknown
  }
  handshake?: { method?: string; signed?: boolean; secret?: boolean; [keyword: string]: unknown }
  answers?: { accepted?: string; refused?: string }
  [keyword: string]: unknown
}

/** The parts of a dialect's file, for what stands around verifying: answers, delivery, hand-shakes. */
export function describe(dialect: Dialect<any>): DialectFile {
  return dialect.file
}

const images = new WeakMap<object, Uint8Array>()

/**
 * The bytes that the core reads, decoded when they are first asked for.
 *
 * @throws TypeError where `dialect` is none, with what to write instead
 */
export function imageOf(dialect: Dialect<any>): Uint8Array {
  let image = typeof dialect === 'object' && dialect ? images.get(dialect) : undefined
  if (image) return image
  if (typeof dialect?.image !== 'string') throw new TypeError(notCompiled(dialect))
  images.set(dialect, (image = decode(dialect.image)))
  return image
}

function notCompiled(dialect: unknown): string {
  const isFile = typeof dialect === 'string' ? dialect.trimStart().startsWith('{') : typeof dialect === 'object' && dialect && 'signature' in dialect
  return isFile
    ? "This is a dialect's file, which must be compiled: by loadDialect(file) of 'waxseal/full', or ahead of time by `waxseal dialects --compile FILE`."
    : "The dialect must be one of 'waxseal/dialects/…', or made by loadDialect() of 'waxseal/full'."
}
