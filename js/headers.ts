// Headers in, whatever shape a platform gives them: finds the lines of the headers that a dialect
// wants. Called by webhook.ts. Nothing here judges a header; the core does.

/**
 * The headers of a webhook: a Headers object; an object of strings or lists of strings, such as
 * Node's `req.headers`; a list of `[name, value]` pairs; or Node's flat `req.rawHeaders`.
 * Names in any case. A header that the shape shows twice is seen as a duplicate.
 */
export type HeaderSource =
  | Headers
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [string, string]>
  | readonly string[]

/** Alternately the position of a wanted header and one of its values. */
export type Lines = (number | string)[]

/** The wanted headers of a dialect, found again by any spelling of their names. */
export class Wanted {
  readonly names: readonly string[]
  readonly #positions = new Map<string, number>()
  readonly #lengths: number // bit n: there is a name of n letters, or of n and 32, and so on

  /** @param names  in lower case, in the core's order */
  constructor(names: readonly string[]) {
    this.names = names
    names.forEach((name, position) => this.#positions.set(name, position))
    this.#lengths = names.reduce((bits, { length }) => bits | (1 << length), 0)
  }

  lines(headers: HeaderSource): Lines {
    const lines: Lines = []
    if (headers === null || typeof headers !== 'object') throw unusable(headers)
    if (typeof (headers as Headers).get === 'function' && typeof (headers as Headers).append === 'function') {
      for (let position = 0; position < this.names.length; position++) {
        const value = (headers as Headers).get(this.names[position]!)
        if (value !== null) lines.push(position, value)
      }
    } else if (Array.isArray(headers) && typeof headers[0] === 'string') {
      for (let at = 0; at + 1 < headers.length; at += 2) this.#add(lines, headers[at], headers[at + 1])
    } else if (typeof (headers as Iterable<unknown>)[Symbol.iterator] === 'function') {
      for (const [name, value] of headers as Iterable<[string, string]>) this.#add(lines, name, value)
    } else {
      const record = headers as Record<string, string | string[] | undefined>
      for (const name of Object.keys(record)) this.#add(lines, name, record[name])
    }
    return lines
  }

  #add(lines: Lines, name: string, value: string | readonly string[] | undefined): void {
    if (!((this.#lengths >> name.length) & 1)) return // so are most headers told apart
    const position = this.#positions.get(name) ?? this.#positions.get(name.toLowerCase())
    if (position === undefined || value === undefined || value === null) return
    if (typeof value === 'string') lines.push(position, value)
    else if (Array.isArray(value)) for (const one of value) lines.push(position, `${one}`)
    else throw unusable(value)
  }
}

/** All lines of `headers`, each a name and a value. */
export function allLines(headers: HeaderSource): [name: string, value: string][] {
  if (headers === null || typeof headers !== 'object') throw unusable(headers)
  const lines: [string, string][] = []
  const add = (name: string, value: unknown) => {
    if (Array.isArray(value)) for (const one of value) lines.push([name, `${one}`])
    else if (value !== undefined && value !== null) lines.push([name, `${value}`])
  }
  if (Array.isArray(headers) && typeof headers[0] === 'string') {
    for (let at = 0; at + 1 < headers.length; at += 2) add(headers[at], headers[at + 1])
  } else if (typeof (headers as Iterable<unknown>)[Symbol.iterator] === 'function') {
    for (const [name, value] of headers as Iterable<[string, string]>) add(name, value)
  } else {
    for (const [name, value] of Object.entries(headers)) add(name, value)
  }
  return lines
}

function unusable(what: unknown): TypeError {
  return new TypeError(
    `Headers must be a Headers object, an object of strings such as req.headers, or a list such as req.rawHeaders; this is ${what === null ? 'null' : typeof what}.`,
  )
}
