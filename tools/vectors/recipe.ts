// What a vector is, what a recipe says of a system, and how openssl signs by it. Used by the files of
// the systems beside this one.
import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'

export type Header = [name: string, value: string]
export type Tolerance = { past: number; future: number }
export type Patch = { op: 'add' | 'remove' | 'replace'; path: string; value?: unknown }[]
export type Expect = { code: string } & Record<string, unknown>

export interface Vector {
  name: string
  source: string
  secrets: string[]
  settings?: Record<string, string>
  /** The secrets are what was fetched from the URL that the request names. */
  fetched?: true
  now: number
  tolerance?: Tolerance | null
  mode?: 'enforce' | 'off'
  headers: Header[]
  url?: string
  method?: string
  body?: string
  body_base64?: string
  expect: Expect
  /** Laxer dialect under which this refusal, and no other of its file, verifies. */
  remove?: Patch
}

/** What may differ from one signed request to the next; every field has the recipe's default. */
export interface How {
  /** Those that sign, in the header's order. */
  signers?: string[]
  id?: string
  timestamp?: string
  type?: string
  version?: string
  contentType?: string
}

/** How one system signs, as its documents say it. */
export interface Recipe {
  dialect: string
  secret: string
  /** Another secret of the same form. */
  other: string
  now: number
  /** A valid body with a known event. */
  body: string
  /** A valid body with a further member `extra` in an object that the schemas name, and the depth of that object. */
  extended(extra: string): string
  depth: number
  /** The header that carries the signature. */
  header: string
  encoding: 'hex' | 'base64' | 'base64url'
  algorithm?: string
  /** The secret itself is sent, and nothing is signed. */
  token?: boolean
  /** Seconds as the dialect writes a time; decimal digits unless told. */
  clock?(seconds: number): string
  /** What the request was sent to, and how, where that is signed. */
  url?: string
  method?: string
  key(secret: string): Buffer
  /** Signs with the private half of a public key, in place of an HMAC. */
  signature?(secret: string, message: Buffer): Buffer
  /** A third secret, where not any text is one. */
  third?: string
  /** The bytes that are signed. */
  message(body: Buffer, how: How): Buffer
  /** The header's value around encoded signatures. */
  value(signatures: string[], how: How): string
  /** All headers, in the order they are sent. */
  headers(signature: string, how: How, body: Buffer): Header[]
  /** What is expected of `type`, `id`, `timestamp`, `version` and `dedupe` where the body cannot be read. */
  unread: Record<string, unknown>
  /** For requests whose body has no type: what keeps the headers from naming one. */
  bare?: How
  /** Whether the dialect knows the event of `body` and `extended`; true unless told. */
  known?: boolean
}

export const computed = 'computed by tools/vectors.ts'

const digests = new Map<string, Buffer>()

// --check asks node:crypto, which takes microseconds where the command takes milliseconds, and so
// compares the two as well.
const checking = process.argv.includes('--check')

/** HMAC by the `openssl` command. */
export function hmac(algorithm: string, key: Buffer, message: Buffer): Buffer {
  const name = [algorithm, key.toString('hex'), message.toString('hex')].join(' ')
  let digest = digests.get(name)
  if (!digest) {
    const options = ['dgst', `-${algorithm}`, '-mac', 'HMAC', '-macopt', `hexkey:${key.toString('hex')}`, '-binary']
    digest = checking ? createHmac(algorithm, key).update(message).digest() : execFileSync('openssl', options, { input: message })
    digests.set(name, digest)
  }
  return digest
}

export function digest(recipe: Recipe, body: string | Buffer, how: How = {}, secret = recipe.secret): Buffer {
  return signed(recipe, secret, recipe.message(Buffer.from(body), how))
}

/** The signature of any bytes with one secret. */
export function signed(recipe: Recipe, secret: string, message: Buffer): Buffer {
  return recipe.signature ? recipe.signature(secret, message) : hmac(recipe.algorithm ?? 'sha256', recipe.key(secret), message)
}

/** Headers of a properly signed request. */
export function sign(recipe: Recipe, body: string | Buffer, how: How = {}): Header[] {
  const signers = how.signers ?? [recipe.secret]
  const signatures = signers.map((secret) => (recipe.token ? secret : digest(recipe, body, how, secret).toString(recipe.encoding)))
  return recipe.headers(recipe.value(signatures, how), how, Buffer.from(body))
}

/** Headers with `value` in place of the signature header's. */
export function forge(recipe: Recipe, value: string, how: How = {}): Header[] {
  return recipe.headers(value, how, Buffer.from(recipe.body))
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()
export const without = (headers: Header[], name: string) => headers.filter(([other]) => !same(other, name))
export const set = (headers: Header[], name: string, value: string): Header[] =>
  headers.map(([other, old]) => [other, same(other, name) ? value : old])
export const rename = (headers: Header[], name: string, to: string): Header[] =>
  headers.map(([other, value]) => [same(other, name) ? to : other, value])
export const value = (headers: Header[], name: string): string => {
  const found = headers.find(([other]) => same(other, name))
  if (!found) throw new Error(`no header ${name}`)
  return found[1]
}
/** A further line of the header `name`, right behind it. */
export const twice = (headers: Header[], name: string, second = value(headers, name)): Header[] =>
  headers.flatMap((header): Header[] => (same(header[0], name) ? [header, [header[0], second]] : [header]))

export type Rest = Partial<Omit<Vector, 'name' | 'headers' | 'expect' | 'body'>>

/** A vector of any verdict, for `body` with `headers`. */
export function vector(recipe: Recipe, name: string, body: string | Buffer, headers: Header[], expect: Expect, rest: Rest = {}): Vector {
  const { source = computed, secrets = [recipe.secret], now = recipe.now, tolerance, mode, remove } = rest
  const text = typeof body === 'string' ? { body } : { body_base64: body.toString('base64') }
  return { name, source, secrets, now, tolerance, mode, headers, url: recipe.url, method: recipe.method, ...text, expect, remove }
}

/** A properly signed request that verifies. */
export function accept(recipe: Recipe, name: string, body: string | Buffer, expect: Record<string, unknown>, rest: Rest & How = {}): Vector {
  return vector(recipe, name, body, sign(recipe, body, rest), { code: 'ok', ...expect }, rest)
}

/** A request with the recipe's body that is refused. */
export function refuse(recipe: Recipe, name: string, code: string, headers: Header[], rest: Rest & { body?: string | Buffer } = {}): Vector {
  return vector(recipe, name, rest.body ?? recipe.body, headers, { code }, rest)
}
