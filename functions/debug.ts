// The line that debug mode prints of a request: headers, body and verdict, without secrets. Called by
// handler.ts and, for what the relay receives and sends, by relay/trace.ts.
import { describe, type Dialect } from '../js/index.ts'

type Way = Extract<ReturnType<typeof describe>['signature'], { scheme: string }>

const sensitive = /authorization|cookie|secret|password|token|api-?key/i
/** Headers that never hold a signature. */
const harmless = /^(content-type|content-length|user-agent|accept.*|host|date|server)$/i
const bodyLimit = 16_384
const fieldLimit = 1024

/**
 * One line of JSON. Of a signature it shows the first eight characters wherever it stands, of a secret
 * nothing.
 *
 * @param dialect  null: not known, and every header that could hold a signature or a secret is redacted
 * @param inner  whose body it is, where that is another's, with a signature of its own
 */
export function debugLine(dialect: Dialect<any> | null, secrets: string[], headers: [string, string][], body: Uint8Array, verdict: object, inner?: Dialect<any>): string {
  const bytes = body.subarray(0, bodyLimit)
  const ways = dialect && [describe(dialect).signature].flat()
  const shown = headers.map(([name, value]) => [name, redact(ways, name, value)])
  const text = new TextDecoder().decode(bytes)
  const line = JSON.stringify({ at: new Date().toISOString(), ...dialect && { dialect: dialect.name }, headers: shown, body: text, ...(body.length > bytes.length && { length: body.length }), ...verdict })
  const signatures = [...headers.filter(([name]) => signs(ways, name)).flatMap(([, value]) => value.match(run) ?? []), ...inBody([ways ?? [], inner ? describe(inner).signature : []].flat(), new TextDecoder().decode(body))]
  // What was sent may come back in an answer.
  const credentials = headers.filter(([name, value]) => sensitive.test(name) && !signs(ways, name) && value.length > 5).map(([, value]) => value)
  return plain(without(without(line, [...secrets, ...credentials], hide), signatures, holdsSecret(ways) ? hide : shorten))
}

/** An answer's headers, but for what is sensitive in them. */
export const redacted = (headers: [string, string][]): [string, string][] => headers.map(([name, value]) => [name, sensitive.test(name) ? hide() : value.slice(0, fieldLimit)])

const signs = (ways: Way[] | null, name: string): boolean =>
  ways === null ? !harmless.test(name) : ways.some(({ header = [] }) => [header].flat().some(one => one.toLowerCase() === name.toLowerCase()))

/** Whether what stands in the place of a signature may be the secret itself. */
const holdsSecret = (ways: Way[] | null): boolean => ways === null || ways.some(({ scheme }) => scheme === 'static-token' || scheme === 'http-basic')

function redact(ways: Way[] | null, name: string, value: string): string {
  if (!signs(ways, name)) return sensitive.test(name) ? hide() : value.slice(0, fieldLimit)
  if (holdsSecret(ways)) return hide()
  return value.replace(run, shorten).slice(0, fieldLimit)
}

const hide = (): string => '[redacted]'
/** What may be a signature in a header's value. */
const run = /[A-Za-z0-9+/_-]{9,}={0,2}/g
/** A signature's first eight characters; a timestamp beside it stays. */
const shorten = (run: string): string => /^\d{10,13}$/.test(run) ? run : `${run.slice(0, 8)}…`

/** Signatures that stand in the body, as they may be written there. */
function inBody(ways: Way[], text: string): string[] {
  const found = ways.flatMap(({ pointer, field, items }) => {
    if (typeof field === 'string') return [new URLSearchParams(text).get(field)]
    if (typeof pointer !== 'string') return []
    const body = parsed(text)
    return typeof items === 'string' ? [at(body, items)].flat().map(item => at(item, pointer)) : [at(body, pointer)]
  })
  return found.filter(value => typeof value === 'string').filter(value => value.length > 8).flatMap(value => [value, value.replaceAll('/', '\\/'), encodeURIComponent(value)])
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const at = (value: unknown, pointer: string): unknown =>
  pointer.split('/').slice(1).reduce<unknown>((at, name) => typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Record<string, unknown>)[name] : undefined, value)

/** A line of JSON without these texts. */
const without = (line: string, texts: string[], instead: (text: string) => string): string =>
  texts.reduce((line, text) => {
    const quoted = JSON.stringify(text).slice(1, -1)
    return quoted ? line.replaceAll(quoted, () => instead(text)) : line
  }, line)

/** Escapes what JSON leaves bare and a terminal or a log reader would act on. */
export const plain = (text: string): string => text.replace(/[\u007f-\u009f\u2028\u2029]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
