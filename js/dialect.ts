// The Dialect type: how one system signs, shapes and delivers, as the text that the core reads, with
// the types of its events. js/dialects/ holds the generated ones; loadDialect takes a user's own.
import { kind, textsOf } from './core.ts'
import { load, Place } from './place.ts'

declare const eventTypes: unique symbol

/**
 * A dialect. `Events` maps the name of each event to the type of its data.
 *
 * Import one from `waxseal/dialects/<name>`, or make one of your own file with `loadDialect`.
 */
export interface Dialect<Events extends object = Record<string, unknown>> {
  /** kebab-case */
  readonly name: string
  /** the name people use */
  readonly title: string
  /** names of the events, in the file's order */
  readonly events: readonly (keyof Events & string)[]
  /** the dialect's file, as the core reads it */
  readonly json: string
  /** never there: carries the types */
  readonly [eventTypes]?: Events
}

/** What `describe` reads of a dialect's file; docs/dialects.md says what each part means. */
export interface DialectFile {
  name: string
  title: string
  signature: { scheme: string; header: string; [keyword: string]: unknown }
  events?: Record<string, { aliases?: string[]; [keyword: string]: unknown }>
  delivery?: {
    headers?: Record<string, string>
    envelope?: unknown
    ids?: { event?: string; delivery?: string; endpoint?: string }
    retry?: { delays?: number[]; jitter_percent?: number; retry_after_cap?: number }
    timeout?: number
    rate?: { limit: number; seconds: number }[]
    grace?: number
    unsigned?: boolean
    [keyword: string]: unknown
  }
  handshake?: { when: { pointer: string; equals: unknown }; answer: { pointer: string; content_type?: string } }
  answers?: { accepted?: string; refused?: string }
  [keyword: string]: unknown
}

const described = new WeakMap<object, DialectFile>()

/** The parts of a dialect's file, for what stands around verifying: answers, delivery, hand-shakes. */
export function describe(dialect: Dialect<any>): DialectFile {
  let file = described.get(dialect)
  if (!file) described.set(dialect, (file = JSON.parse(dialect.json) as DialectFile))
  return file
}

/**
 * Makes a dialect of your own file.
 *
 * @param file  the text of the file, or the object that it holds
 * @throws TypeError with the core's sentence, which names the place and what is allowed there
 */
export function loadDialect<Events extends object = Record<string, unknown>>(file: string | object): Dialect<Events> {
  const json = typeof file === 'string' ? file : JSON.stringify(file)
  const place = new Place()
  const events = textsOf(load(new TextEncoder().encode(json), place), kind.event)
  place.close()
  const { name, title } = JSON.parse(json) as DialectFile
  return Object.freeze({ name, title, events: events as (keyof Events & string)[], json })
}
