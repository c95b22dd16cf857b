// How a plain dialect signs, read out of its file: a recipe with a secret, a body and headers made up
// by the forms that the file states. Used by plain.ts.
import { createHash } from 'node:crypto'
import { dialectFile } from './events.ts'
import { pem, signBy, spki, type Scheme } from './pairs.ts'
import { digest, value, type Header, type How, type Recipe } from './recipe.ts'

type Json = any
type Place = { header?: string; pointer?: string }

export const now = 1700000000
const moment = new Date(now * 1000).toISOString().replace('.000', '')

/** A time as `unit` writes it. */
export function clock(unit: string | undefined): (seconds: number) => string {
  if (unit === 'date-time') return (seconds) => new Date(seconds * 1000).toISOString().replace('.000', '')
  return (seconds) => String(unit === 'milliseconds' ? seconds * 1000 : seconds)
}

/** A text with its placeholders filled; undefined where one has no value. */
function fill(template: string, values: Record<string, string | undefined>): string | undefined {
  let whole = true
  const text = template.replace(/\{([^}]+)\}/g, (_, name: string) => {
    if (!values[name]) whole = false
    return values[name] ?? ''
  })
  return whole ? text : undefined
}

/** A JSON value with its strings "{data}" and the like replaced. */
function fillEnvelope(part: Json, values: Record<string, Json>): Json {
  if (typeof part === 'string') return /^\{[a-z-]+\}$/.test(part) && part.slice(1, -1) in values ? values[part.slice(1, -1)] : part
  if (Array.isArray(part)) return part.map((item) => fillEnvelope(item, values))
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(Object.entries(part).map(([name, item]) => [name, fillEnvelope(item, values)]))
}

/** Puts `what` where `pointer` says, making objects and arrays on the way. */
export function put(body: Json, pointer: string, what: Json): Json {
  const [step, ...rest] = pointer.split('/').slice(1)
  if (step === undefined) return what
  const made = body ?? (/^\d+$/.test(step) ? [] : {})
  made[step] = put(made[step], rest.map((each) => '/' + each).join(''), what)
  return made
}

export interface Derived extends Recipe {
  file: Json
  id: string
  type: string
  covers(header: string | undefined): boolean
  /** The body of `event` with `data`, where the data stands in it, and what the request says. */
  wrap(event: string, data: Json): { body: Json; at: string; how: How; expect?: Record<string, unknown> }
}

/** The recipe of the dialect `name`, whose scheme is an HMAC, a static token, Ed25519 or ECDSA. */
export function derive(name: string): Derived {
  const file: Json = dialectFile(name)
  const { signature, secret = {}, timestamp = {}, event = {}, delivery = {} } = file
  if (!/^(hmac-|static-token|ed25519|ecdsa-)/.test(signature.scheme)) throw new Error(`${name}: ${signature.scheme} needs a recipe, tools/vectors/${name}.ts`)
  const places: Place[] = [event.id, event.type, event.version, event.dedupe].filter(Boolean)
  const [first] = Object.keys(file.events ?? {})
  const type = first ?? 'sample.event'
  const id = delivery.ids?.event?.replace('{uuid}', '0f9f3c9e-0b4a-4e0e-8c1b-6c2f8d3a7e55').replace('{random}', '2Lh9KRb0pzN4LePd3XiA4v7J') ?? 'evt_1'
  const write = clock(timestamp.unit)
  const template: string = signature.signed ?? '{body}'
  const said: Record<string, string> = delivery.headers ?? {}

  const values = (how: How, signed?: string): Record<string, string | undefined> => ({
    id: how.id ?? id, type: how.type ?? type, timestamp: how.timestamp ?? write(now), delivery: 'delivery_1', signature: signed,
    url: 'https://example.com/hook', method: 'POST',
  })
  const headers = (text: string, how: How): Header[] => {
    const all = Object.entries(said).flatMap(([header, form]): Header[] => {
      const filled = fill(form, values(how, text))
      // An empty signature or id is sent where a vector asks for it.
      if (filled === undefined && !/^\{(signature|id|timestamp)\}$/.test(form)) return []
      return [[header, header.toLowerCase() === 'content-type' && how.contentType ? how.contentType : filled ?? '']]
    })
    const missing = (header: string | undefined) => header && !all.some(([other]) => other.toLowerCase() === header.toLowerCase())
    for (const header of [...places.map((place) => place.header), timestamp.header, signature.header]) {
      if (missing(header)) throw new Error(`${name}: /delivery/headers does not send ${header}`)
    }
    return all
  }
  const covers = (header: string | undefined): boolean => header !== undefined &&
    ((template.includes('{id}') && event.id?.header === header) || (template.includes('{timestamp}') && timestamp.header === header) ||
      template.includes(`{header:${header}}`))
  const wrap = (which: string, data: Json) => {
    const values = { id, type: which, timestamp: Number(write(now)) || now, 'date-time': moment, endpoint: 'ep_1', data }
    const body = delivery.envelope === undefined || file.events?.[which]?.recognised_by ? data : fillEnvelope(delivery.envelope, values)
    // Where a body is an array of events, it is they that have types.
    if (event.items) return { body, at: '/0', how: { type: which }, expect: { type: null, known: false } }
    return { body, at: body === data ? '' : event.data ?? '', how: { type: which } }
  }

  const before = (signature.value ?? '{sig}').split('{sig}')[0], after = (signature.value ?? '{sig}').split('{sig}')[1]
  const encode = (which: string, text: string) => which === 'hex' ? text : Buffer.from(text, 'hex').toString('base64')
  const secrets = (seed: number) => {
    const bytes = createHash('sha512').update(`${name} ${seed}`).digest('hex').slice(0, 2 * Math.max(24, Math.ceil((secret.min_bytes ?? 0) / 3) * 3))
    return (secret.prefix ?? '') + (secret.decode === 'base64' ? encode('base64', bytes) : bytes)
  }
  const scheme: Scheme | undefined = /^(ed25519|ecdsa-)/.test(signature.scheme) ? signature.scheme : undefined
  /** Public keys as the provider shows them, by the number of their key. */
  const shown = [1, 2, 3].map((index) => {
    if (!scheme) return ''
    if (!secret.decode) return pem(scheme, index)
    const bytes = spki(scheme, index)
    return (secret.prefix ?? '') + bytes.subarray(scheme === 'ed25519' ? -32 : 0).toString(secret.decode)
  })
  let seed = 0
  const recipe: Derived = {
    file, id, type, covers, wrap,
    dialect: name,
    secret: '',
    other: '',
    now,
    clock: write,
    body: '',
    extended: () => { throw new Error('the rules of bodies are not derived') },
    depth: 0,
    header: signature.header,
    encoding: signature.encoding ?? 'hex',
    algorithm: signature.scheme.replace('hmac-', ''),
    token: signature.scheme === 'static-token',
    url: template.includes('{url}') ? 'https://example.com/hook' : undefined,
    method: template.includes('{method}') ? 'POST' : undefined,
    ...(scheme && {
      third: shown[2],
      signature: (text, message) => signBy(scheme, 1 + shown.indexOf(text), message),
    }),
    key: (text) => Buffer.from(text.startsWith(secret.prefix) ? text.slice(secret.prefix.length) : text, secret.decode ?? 'utf8'),
    message: (body, how) => signedBytes(template, body, (part) => part.startsWith('header:') ? value(headers('x', how), part.slice(7)) : values(how)[part] ?? ''),
    value: (signatures, how) => {
      const fields: string[] = (signature.list?.fields ?? []).map((form: string) => form.replace('{timestamp}', how.timestamp ?? write(now)))
      const entries = signatures.map((one) => before + one + after)
      return signature.list ? [...fields, ...entries].join(signature.list.separator) : entries[0]!
    },
    headers,
    unread: {},
    known: file.events !== undefined && type in file.events && !event.items,
  }
  recipe.body = JSON.stringify(sampleBody(recipe, places))
  // The two base64 alphabets can be told apart only by a signature that has one of their last letters.
  if (scheme) [recipe.secret, recipe.other] = shown as [string, string]
  else do {
    recipe.secret = secrets(seed)
    recipe.other = secrets(++seed + 1000)
  } while (!recipe.token && /^base64/.test(recipe.encoding) && !/[+/]/.test(digest(recipe, recipe.body).toString('base64')))
  return recipe
}

/** The bytes that `template` says are signed, with `read` for what is not the body. */
export function signedBytes(template: string, body: Buffer, read: (part: string) => string): Buffer {
  return Buffer.concat(template.split(/(\{[^}]+\})/).map((part) =>
    part === '{body}' ? body : Buffer.from(/^\{.*\}$/.test(part) ? read(part.slice(1, -1)) : part)))
}

/** A body that holds whatever the dialect looks for in it. */
function sampleBody({ file, id, type, wrap }: Derived, places: Place[]): Json {
  const { event = {}, timestamp = {}, delivery = {} } = file
  const example = structuredClone(file.events?.[type]?.example)
  let body = wrap(type, example ?? { name: 'Ada', amount: 1200 }).body
  if (example !== undefined || delivery.envelope !== undefined) return body
  if (event.data) body = put({}, event.data, body)
  for (const place of places.filter((each) => each.pointer)) {
    body = put(body, place.pointer!, place === event.type ? type : place === event.version ? '1' : id)
  }
  return timestamp.pointer ? put(body, timestamp.pointer, timestamp.unit === 'date-time' ? moment : Number(clock(timestamp.unit)(now))) : body
}
