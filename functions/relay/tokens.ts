// Headers of a received webhook that hold its sender's secret itself, in the place of a signature: sealed
// while they are stored. Called where webhooks are taken in, and where they are handed on as received.
import { describe, type Dialect } from '../../js/index.ts'
import type { Env } from './objects.ts'
import { Seal } from './seal.ts'

/** Before a sealed value: no header holds such a character. */
const mark = '\0'
const owner = 'header'
let known: { key: string | undefined; seal: Seal } | undefined

function sealOf({ WAXSEAL_KEY: key }: Env): Seal {
  if (known?.key !== key || !known) known = { key, seal: new Seal(key) }
  return known.seal
}

/** The names, in lower case, of the headers that hold the secret itself. */
export function tokenHeaders(dialect: Dialect | null): string[] {
  const ways = dialect ? [describe(dialect).signature].flat() : []
  return ways.filter(({ scheme }) => scheme === 'static-token' || scheme === 'http-basic').flatMap(({ header = [] }) => header).map(name => name.toLowerCase())
}

/** Headers as they are stored. */
export async function sealTokens(env: Env, dialect: Dialect, lines: [string, string][]): Promise<[string, string][]> {
  const tokens = tokenHeaders(dialect)
  if (!tokens.length) return lines
  return Promise.all(lines.map(async ([name, value]): Promise<[string, string]> => [name, tokens.includes(name.toLowerCase()) ? mark + await sealOf(env).close(value, owner) : value]))
}

/** Stored headers as they came. @throws Error where they were sealed with another key */
export async function openTokens(env: Env, lines: [string, string][]): Promise<[string, string][]> {
  if (!lines.some(([, value]) => value.startsWith(mark))) return lines
  return Promise.all(lines.map(async ([name, value]): Promise<[string, string]> => [name, value.startsWith(mark) ? await sealOf(env).open(value.slice(mark.length), owner) : value]))
}
