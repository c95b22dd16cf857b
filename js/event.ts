// Event: what a verified webhook says. Made by webhook.ts while the core's result is fresh; the data
// is parsed when it is first asked for.
import { answer, bigIntegers, flag, text, word } from './core.ts'
import { codes, WaxsealError, type Code } from './error.ts'

/** What the body is made of. `form` is a non-JSON body whose Content-Type says so. */
export type Content = 'json' | 'form' | 'bytes'

/** Whether the body keeps to its schema. `at` is a JSON Pointer of the first problem; of a missing member the pointer it would have. */
export type SchemaVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly at: string; readonly code: 'schema' | 'bad_json' | 'bad_utf8' | 'too_deep' | 'duplicate_key' }

/**
 * The name of an event that the dialect does not list: at run time the plain name as it was sent.
 * The type is spelled like this so that TypeScript tells it from the listed names: only then does
 * `switch (event.type)` narrow `event.data`.
 */
export type UnlistedType = `${string} (not listed)`

/** What a provider that asks whether an endpoint is ours wants to hear: a 200 with this body, or that `visit` is visited. */
export interface Handshake {
  /** what it sent for us to give back, or to keep */
  readonly challenge: string
  readonly body: string
  readonly contentType: string
  /** the header that gives the challenge back; null where none does */
  readonly header: string | null
  /** the challenge is the secret of the webhooks that follow: keep it */
  readonly secret: boolean
  /** an address of the provider's: fetch it to say yes, since nothing here does; null where the answer does */
  readonly visit: string | null
}

interface Common {
  /** the name as it was sent, where that is another than `type` */
  readonly alias: string | null
  readonly id: string | null
  /** Unix seconds */
  readonly timestamp: number | null
  readonly version: string | null
  readonly content: Content
  /** the bytes as they arrived */
  readonly body: Uint8Array
  readonly schema: SchemaVerdict
  /** `verified`: signed; `authenticated`: only a static token came along, which does not cover the body */
  readonly authenticity: 'verified' | 'authenticated'
  /** index of the secret that matched */
  readonly secret: number
  /** what tells a repeated webhook; not `signed`: an attacker can replay the body under another key */
  readonly dedupe: { readonly key: string; readonly signed: boolean } | null
  /** the provider asks whether this endpoint is ours, and how it is answered */
  readonly handshake: Handshake | null
}

interface Listed<Type, Data> extends Common {
  /** the dialect's name of the event */
  readonly type: Type
  readonly known: true
  /**
   * The event's data, not its envelope; parsed when it is first asked for. An integer beyond
   * ±(2^53 - 1) is a bigint: a member is typed `number | bigint` unless its schema bounds it.
   *
   * @throws WaxsealError `bad_json`, `bad_utf8`, `too_deep` or `duplicate_key`
   */
  readonly data: Data
}

interface Unlisted extends Common {
  readonly type: UnlistedType | null
  readonly known: false
  readonly data: unknown
}

/**
 * An authentic webhook. `switch (event.type)` narrows `event.data`; events that the dialect does not
 * list have `known: false`.
 */
export type Event<Events extends object = Record<string, unknown>> =
  | { [Type in keyof Events & string]: Listed<Type, Events[Type]> }[keyof Events & string]
  | Unlisted

const contents: readonly Content[] = ['json', 'form', 'bytes']
const kept: SchemaVerdict = Object.freeze({ ok: true })

/** What the core keeps of the event it has just read, beside the result. */
interface Read {
  handshake(): Handshake
  form(): string | null
}

/** The class behind `Event`; its fields are typed there. */
export class VerifiedEvent {
  readonly type: string | null
  readonly alias: string | null
  readonly id: string | null
  readonly timestamp: number | null
  readonly version: string | null
  readonly known: boolean
  readonly content: Content
  readonly body: Uint8Array
  readonly schema: SchemaVerdict
  readonly authenticity: 'verified' | 'authenticated'
  readonly secret: number
  readonly dedupe: { key: string; signed: boolean } | null
  readonly handshake: Handshake | null
  #data: unknown
  #start: number // of the data's text in the body; -1 once it is parsed
  readonly #length: number
  readonly #form: string | null // its fields as JSON, where the core has read it
  readonly #bigIntegers: boolean

  /** Reads the core's result: call it before anything else calls the core. */
  constructor(body: Uint8Array, events: readonly string[], read: Read) {
    const flags = word(answer.flags)
    const index = word(answer.index)
    this.known = index >= 0
    this.type = index >= 0 ? events[index]! : text(answer.type)
    this.alias = text(answer.alias)
    this.id = text(answer.id)
    this.timestamp = flags & flag.timestamp ? word(answer.timestamp) + word(answer.timestamp + 1) * 4294967296 + (word(answer.timestamp) < 0 ? 4294967296 : 0) : null
    this.version = text(answer.version)
    this.content = contents[flags & 3]!
    this.body = body
    this.schema = word(answer.schema) === 0 ? kept : broken()
    this.authenticity = flags & flag.authenticated ? 'authenticated' : 'verified'
    this.secret = word(answer.secret)
    this.dedupe = flags & flag.dedupe ? { key: dedupeKey(this.id), signed: (flags & flag.dedupeSigned) !== 0 } : null
    this.handshake = flags & flag.handshake ? read.handshake() : null
    this.#start = word(answer.data)
    this.#length = word(answer.data + 1)
    this.#form = this.content === 'form' ? read.form() : null
    this.#bigIntegers = (flags & flag.bigIntegers) !== 0
  }

  get data(): unknown {
    if (this.#start >= 0) {
      this.#data = this.#parse()
      this.#start = -1
    }
    return this.#data
  }

  #parse(): unknown {
    if (this.content === 'form' && this.#form === null) return parseForm(decode(this.body))
    if (!this.schema.ok && this.schema.code !== 'schema') throw new WaxsealError(this.schema.code)
    if (this.content === 'bytes') throw new WaxsealError('bad_json')
    if (this.#form !== null) return parseJson(this.#form)
    if (this.#length === 0) return undefined
    const json = this.body.subarray(this.#start, this.#start + this.#length)
    return this.#bigIntegers ? parseExact(json) : parseJson(decode(json))
  }
}

function broken(): SchemaVerdict {
  const code = codes[word(answer.schema)] as 'schema'
  return { ok: false, at: text(answer.at) ?? '', code }
}

/** The key is mostly the id, which is decoded already. */
function dedupeKey(id: string | null): string {
  return word(answer.dedupe) === word(answer.id) && id !== null ? id : (text(answer.dedupe) ?? '')
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    throw new WaxsealError('bad_utf8')
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw new WaxsealError('bad_json')
  }
}

/** Parses JSON whose integers a number cannot hold: those become strings behind an unguessable mark, then bigints. */
function parseExact(json: Uint8Array): unknown {
  const mark = `${crypto.getRandomValues(new BigUint64Array(2)).join('-')}:`
  const places = bigIntegers(json)
  let marked = ''
  let from = 0
  for (let at = 0; at < places.length; at += 2) {
    const start = places[at]!
    const end = start + places[at + 1]!
    marked += `${decode(json.subarray(from, start))}"${mark}${decode(json.subarray(start, end))}"`
    from = end
  }
  marked += decode(json.subarray(from))
  try {
    return JSON.parse(marked, (_, value) =>
      typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
    )
  } catch {
    throw new WaxsealError('bad_json')
  }
}

/** A form as an object of strings without a prototype; a name that stands twice is refused. */
function parseForm(form: string): Record<string, string> {
  const fields: Record<string, string> = Object.create(null)
  for (const pair of form.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeForm(equals < 0 ? pair : pair.slice(0, equals))
    if (name in fields) throw new WaxsealError('duplicate_key')
    fields[name] = equals < 0 ? '' : decodeForm(pair.slice(equals + 1))
  }
  return fields
}

function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new WaxsealError('bad_utf8')
  }
}
