// A webhook that `waxseal listen` caught, and the file that keeps them: a line of JSON each. Bodies are
// text where they are UTF-8, else base64. Used by listen.ts, replay.ts and the view.
import type { Cause } from '../../js/explain.ts'

export interface Caught {
  /** Counted from 1, over the whole file */
  number: number
  /** ISO 8601 */
  at: string
  method: string
  /** Path and query, as they came */
  path: string
  headers: [string, string][]
  body: Uint8Array
  /** `ok`, the code of the refusal, or null where nothing was verified */
  verdict: string | null
  type: string | null
  /** The event's id */
  id: string | null
  /** What is wrong with it, in a sentence; null where nothing is */
  reason: string | null
  /** Of a refusal the likeliest cause, or those that only together explain it; null of what was not explained */
  causes: Cause[] | null
  /** From the request's arrival to its answer */
  milliseconds: number
  /** The status that it was answered with */
  answer: number
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a body, or null where it is no UTF-8. */
export function textOf(body: Uint8Array): string | null {
  try {
    return strict.decode(body)
  } catch {
    return null
  }
}

export function toLine({ body, ...rest }: Caught): string {
  const text = textOf(body)
  return JSON.stringify({ ...rest, ...(text === null ? { base64: Buffer.from(body).toString('base64') } : { body: text }) })
}

/** @throws TypeError with the number of the line that is not one of this file's */
export function fromLines(text: string): Caught[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      const { body, base64, ...rest } = JSON.parse(line) as Caught & { body?: string; base64?: string }
      if (!Array.isArray(rest.headers) || typeof (body ?? base64) !== 'string') throw new Error()
      return [{ ...rest, body: Buffer.from((base64 ?? body)!, base64 === undefined ? 'utf8' : 'base64') }]
    } catch {
      throw new TypeError(`line ${index + 1} is no webhook that waxseal listen kept`)
    }
  })
}

/** `text` for a terminal: what could move its cursor, or turn the text's direction, is written as `?`. */
export const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '?')

const noCause = 'No known cause fits. Is the secret that of this endpoint and of its mode (test or live)?'

/** Why one was refused, and what to do; nothing where it was not. */
export function advice({ causes }: Caught): string[] {
  if (!causes) return []
  if (!causes.length) return [noCause]
  return causes.flatMap(({ code, certainty, sentence, remedy, line }) =>
    [`${certainty === 'possible' ? 'Perhaps: ' : ''}${sentence} (${code})`, remedy, ...(line ? [`    ${line}`] : [])]).map(clean)
}

/** Headers and body, indented, for a reader; JSON is laid out, without changing its numbers. */
export function details({ headers, body }: Caught, limit = 400): string[] {
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  const text = textOf(body)
  const shown = text === null ? [`${body.length} bytes that are no UTF-8: ${Buffer.from(body.subarray(0, 48)).toString('hex')}${body.length > 48 ? '…' : ''}`] : pretty(text).split('\n')
  const cut = shown.length > limit ? [...shown.slice(0, limit), `… ${shown.length - limit} lines more`] : shown
  return [...lines, '', ...cut].map(clean)
}

/** JSON over several lines. Only white space is put in: JSON.parse would change large numbers. */
function pretty(text: string): string {
  try {
    JSON.parse(text)
  } catch {
    return text
  }
  let made = ''
  let depth = 0
  const line = (): string => `\n${'  '.repeat(depth)}`
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    if (token === '{' || token === '[') { depth++; made += token + line() }
    else if (token === '}' || token === ']') { depth--; made = /[{[]\s*$/.test(made) ? made.trimEnd() + token : made + line() + token }
    else if (token === ',') made += token + line()
    else made += token === ':' ? ': ' : token
  }
  return made
}
