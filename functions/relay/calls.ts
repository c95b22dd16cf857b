// Events whose answer is part of the protocol, as a dialect's `calls` says: what a valid answer is, and
// what it says where it is none. Used by the Outbox, and by the API, which hands the answer back.
import { describe, type Dialect } from '../../js/index.ts'
import { checkSchema } from './schemas.ts'
import type { Answer } from './send.ts'

export interface CallRule { statuses?: number[]; error?: string; bytes?: number; answer?: object }

/** How a call ended. */
export interface Called {
  /** The last attempt's. */
  attempt: string
  at: number
  took: number
  attempts: number
  delivered: boolean
  status: number
  /** The whole answer; left out where there was none. */
  body?: Uint8Array
  /** Why it is no valid answer; null: it is. */
  error: string | null
}

/** What holds for answers to events of this type; undefined: only their status counts. */
export const callRule = (dialect: Dialect | null, type: string | null): CallRule | undefined => {
  const { calls } = dialect && type !== null ? describe(dialect).delivery ?? {} : {}
  return calls && Object.hasOwn(calls, type!) ? calls[type!] : undefined
}

/** What is wrong with an answer, in its own words where it has some. @return null: nothing that its status does not say */
export function wrongWith({ statuses, error, answer: schema }: CallRule, { status, body, fault }: Answer): string | null {
  if (!body) return null
  const said = error === undefined ? undefined : wordsAt(body, error)
  if (said !== undefined || status < 200 || status > 299) return said ?? null
  if (statuses && !statuses.includes(status)) return `it answered ${status}, but only ${statuses.join(' and ')} are answers`
  if (fault) return `its answer ${fault}`
  const broken = schema && status !== 204 ? checkSchema(schema, body.length ? body : empty) : null
  return broken && (broken.code === 'bad_json' ? 'its answer is not JSON' : `its answer is not as it must be at ${broken.at || 'its root'} (${broken.code})`)
}

/** Where there is no body nothing is said. */
const empty = new TextEncoder().encode('{}')

/** The text at a JSON Pointer, through objects; undefined where there is none. */
function wordsAt(body: Uint8Array, pointer: string): string | undefined {
  try {
    const value = pointer.split('/').slice(1).reduce((at, name) => Object.hasOwn(at, name) ? at[name] : undefined, JSON.parse(new TextDecoder().decode(body)))
    return typeof value === 'string' ? value.slice(0, 2048) : undefined
  } catch {
    return undefined
  }
}
