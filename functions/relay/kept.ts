// What is kept of an attempt's request and of its answer's headers, so that they can be shown and the
// request sent once more as it was. Used by the Outbox and by Cosmo's face.
import type { Dialect } from '../../js/index.ts'
import type { Config } from './config.ts'
import { dialectOf } from './dialects.ts'
import { sensitive } from './headers.ts'
import { sha256 } from './keys.ts'
import type { Endpoint } from './model.ts'
import { bodyOf, requestOf } from './sign.ts'
import { tokenHeaders } from './tokens.ts'
import type { Delivery } from './traffic.ts'

export interface Request { headers: [string, string][]; body: Uint8Array }

/** A request as it is kept. Its body is the message's, from which it is made again; a value that is a secret is null. */
interface Kept {
  /** By which the body was made; null: it is the message's own. */
  dialect: string | null
  envelope: boolean
  /** SHA-256 of the body, in hex. */
  body: string
  headers: [string, string | null][]
  /** The body itself, where it cannot be made of the message alone. */
  text?: string
}

/** Characters of an answer's headers. */
const most = 4096

export async function keep(dialect: Dialect | null, endpoint: Endpoint, { headers, body }: Request): Promise<string> {
  const tokens = tokenHeaders(dialect)
  const kept: Kept = {
    dialect: dialect && endpoint.dialect, envelope: endpoint.envelope, body: await sha256(body),
    headers: headers.map(([name, value]) => [name, sensitive.test(name) || tokens.includes(name.toLowerCase()) ? null : value]),
    ...endpoint.format && { text: new TextDecoder().decode(body) },
  }
  return JSON.stringify(kept)
}

/** The start of an answer's headers. */
export function keepAnswer(headers: [string, string][] | undefined): string | null {
  if (!headers) return null
  const shown = headers.map(([name, value]): [string, string] => [name, name.toLowerCase() === 'set-cookie' ? '[redacted]' : value])
  while (JSON.stringify(shown).length > most) shown.pop()
  return JSON.stringify(shown)
}

/**
 * A kept request once more: the same bytes and headers. A secret that was not kept is the endpoint's of
 * now, and left out where the endpoint is at another host by now.
 *
 * @param url  where it went
 * @throws Error where the dialect makes other bytes by now, which its signature would not cover
 */
export async function sendAgain(config: Config, { url, request }: { url: string; request: string }, secrets: string[], endpoint: Endpoint, delivery: Delivery): Promise<Request> {
  const kept = JSON.parse(request) as Kept
  const body = await bodyKept(config, kept, delivery)
  if (!body || await sha256(body) !== kept.body) throw new Error(`the dialect ${kept.dialect} makes another body now: replay the message in its place`)
  const dialect = kept.dialect === null ? null : dialectOf(config, kept.dialect)!
  const here = kept.headers.some(([, value]) => value === null) && new URL(url).host === new URL(endpoint.url).host
  const fresh = here ? (await requestOf(dialect, secrets, endpoint, delivery)).headers : []
  const now = new Map(fresh.map(([name, value]) => [name.toLowerCase(), value]))
  const headers = kept.headers.map(([name, value]) => [name, value ?? now.get(name.toLowerCase())] as const)
  return { body, headers: headers.filter((pair): pair is [string, string] => pair[1] !== undefined) }
}

async function bodyKept(config: Config, { dialect, envelope, text }: Kept, delivery: Delivery): Promise<Uint8Array | null> {
  if (text !== undefined) return new TextEncoder().encode(text)
  const known = dialect === null ? null : dialectOf(config, dialect)
  return known === undefined ? null : bodyOf(known, envelope, delivery)
}

/** A kept request as it is shown: headers by name, and the body as text where it can still be made. */
export async function showRequest(config: Config, request: string, delivery: Delivery | undefined): Promise<{ headers: Record<string, string>; body: string }> {
  const kept = JSON.parse(request) as Kept
  const body = delivery && await bodyKept(config, kept, delivery)
  return { headers: Object.fromEntries(kept.headers.map(([name, value]) => [name, value ?? '[redacted]'])), body: body ? new TextDecoder().decode(body) : '' }
}

/** The headers of a kept request: those that may be shown, and the names of the others. */
export function showHeaders(request: string): { sentHeaders: Record<string, string>; sensitive: string[] } {
  const { headers } = JSON.parse(request) as Kept
  return { sentHeaders: Object.fromEntries(headers.filter((pair): pair is [string, string] => pair[1] !== null)), sensitive: headers.filter(([, value]) => value === null).map(([name]) => name) }
}

export const showAnswer = (answer: string): Record<string, string> => Object.fromEntries(JSON.parse(answer) as [string, string][])
