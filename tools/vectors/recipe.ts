// What a vector is, how openssl signs one, and the vectors that every system gets alike. Used by
// the files of the systems beside this one.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type Header = [name: string, value: string]
export type Tolerance = { past: number; future: number }
export type Patch = { op: 'add' | 'remove' | 'replace'; path: string; value?: unknown }[]
export type Expect = { code: string } & Record<string, unknown>

export interface Vector {
  name: string
  source: string
  secrets: string[]
  now: number
  tolerance?: Tolerance | null
  mode?: 'enforce' | 'off'
  headers: Header[]
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
  encoding: 'hex' | 'base64'
  algorithm?: string
  key(secret: string): Buffer
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

/** HMAC by the `openssl` command. */
export function hmac(algorithm: string, key: Buffer, message: Buffer): Buffer {
  const name = [algorithm, key.toString('hex'), message.toString('hex')].join(' ')
  let digest = digests.get(name)
  if (!digest) {
    const options = ['dgst', `-${algorithm}`, '-mac', 'HMAC', '-macopt', `hexkey:${key.toString('hex')}`, '-binary']
    digest = execFileSync('openssl', options, { input: message })
    digests.set(name, digest)
  }
  return digest
}

export function digest(recipe: Recipe, body: string | Buffer, how: How = {}, secret = recipe.secret): Buffer {
  return hmac(recipe.algorithm ?? 'sha256', recipe.key(secret), recipe.message(Buffer.from(body), how))
}

/** Headers of a properly signed request. */
export function sign(recipe: Recipe, body: string | Buffer, how: How = {}): Header[] {
  const signers = how.signers ?? [recipe.secret]
  const signatures = signers.map((secret) => digest(recipe, body, how, secret).toString(recipe.encoding))
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
  return { name, source, secrets, now, tolerance, mode, headers, ...text, expect, remove }
}

/** A properly signed request that verifies. */
export function accept(recipe: Recipe, name: string, body: string | Buffer, expect: Record<string, unknown>, rest: Rest & How = {}): Vector {
  return vector(recipe, name, body, sign(recipe, body, rest), { code: 'ok', ...expect }, rest)
}

/** A request with the recipe's body that is refused. */
export function refuse(recipe: Recipe, name: string, code: string, headers: Header[], rest: Rest & { body?: string | Buffer } = {}): Vector {
  return vector(recipe, name, rest.body ?? recipe.body, headers, { code }, rest)
}

// ---- vectors that every system gets --------------------------------------------------------

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Refusals of the core's own rules on signatures, for a header of one signature. */
export function signatureRules(recipe: Recipe): Vector[] {
  const right = digest(recipe, recipe.body)
  const one = right.toString(recipe.encoding)
  const wrong = Buffer.from(right.map((byte, index) => (index === right.length - 1 ? byte ^ 1 : byte)))
  const header = (signature: string) => forge(recipe, recipe.value([signature], {}))
  const bad = (name: string, signature: string) => refuse(recipe, name, 'bad_signature', header(signature))
  const good = sign(recipe, recipe.body)
  const whole = value(good, recipe.header)
  const common = [
    bad('refuses a signature whose last bit is wrong', wrong.toString(recipe.encoding)),
    bad('refuses a signature without its last byte', right.subarray(0, -1).toString(recipe.encoding)),
    bad('refuses a signature of one byte more', Buffer.concat([right, Buffer.from([0])]).toString(recipe.encoding)),
    ...(recipe.value([''], {}) ? [bad('refuses an empty signature in its grammar', '')] : []),
    bad('refuses text behind a signature', one + 'x'),
    bad('refuses a signature of the right length that is no encoding at all', '!'.repeat(one.length)),
    refuse(recipe, 'refuses a request without the signature header', 'missing_signature', without(good, recipe.header)),
    refuse(recipe, 'refuses an empty signature header', 'missing_signature', set(good, recipe.header, '')),
    refuse(recipe, 'refuses two lines of the signature header', 'duplicate_header', twice(good, recipe.header)),
    refuse(recipe, 'refuses a second line of the signature header that is junk', 'duplicate_header', twice(good, recipe.header, 'x')),
    refuse(recipe, 'refuses the signature header as Fetch joins two lines of it', 'bad_signature', set(good, recipe.header, `${whole}, ${whole}`)),
    refuse(recipe, 'refuses a signature header longer than 4096 bytes', 'too_many_signatures', set(good, recipe.header, whole + 'x'.repeat(4097 - whole.length))),
    refuse(recipe, 'refuses a signature by another secret', 'bad_signature', sign(recipe, recipe.body, { signers: [recipe.other] })),
    refuse(recipe, 'refuses a request when none of several secrets signed it', 'bad_signature', sign(recipe, recipe.body), {
      secrets: [recipe.other, recipe.other + 'AAAA'],
    }),
    vector(recipe, 'finds the signature header whatever the case of its name', recipe.body,
      good.map(([name, text]): Header => [name.toUpperCase(), text]), { code: 'ok', secret: 0 }),
    vector(recipe, 'names the second secret when that one signed', recipe.body, good,
      { code: 'ok', secret: 1 }, { secrets: [recipe.other, recipe.secret] }),
    vector(recipe, 'names the first secret when that one signed', recipe.body, good,
      { code: 'ok', secret: 0 }, { secrets: [recipe.secret, recipe.other] }),
  ]
  return [...common, ...(recipe.encoding === 'hex' ? hexRules(right, bad) : base64Rules(right, bad))]
}

function hexRules(right: Buffer, bad: (name: string, signature: string) => Vector): Vector[] {
  const one = right.toString('hex')
  return [
    bad('refuses upper-case hex', one.toUpperCase()),
    bad('refuses hex of mixed case', one.replace(/[a-f]/, (letter) => letter.toUpperCase())),
    bad('refuses hex with a digit missing', one.slice(0, -1)),
    bad('refuses hex with separators', one.match(/../g)!.join(':')),
    bad('refuses 0x before the hex', '0x' + one),
    bad('refuses zz in place of hex', 'zz'),
  ]
}

function base64Rules(right: Buffer, bad: (name: string, signature: string) => Vector): Vector[] {
  const one = right.toString('base64')
  const last = base64.indexOf(one.at(-2)!)
  if (!/[+/]/.test(one)) throw new Error('choose a body whose signature holds + or /')
  return [
    bad('refuses base64 without its padding', one.slice(0, -1)),
    bad('refuses base64 with too much padding', one + '='),
    bad('refuses base64 whose unused bits are not zero', one.slice(0, -2) + base64[last | 1] + '='),
    bad('refuses the URL-safe alphabet', one.replaceAll('+', '-').replaceAll('/', '_')),
    bad('refuses a space inside base64', one.slice(0, 20) + ' ' + one.slice(20)),
    bad('refuses a tab inside base64', one.slice(0, 20) + '\t' + one.slice(20)),
  ]
}

/** Refusals of what a timestamp header (or field) may not be; each is signed as it is written. */
export function timestampRules(recipe: Recipe, header?: string): Vector[] {
  const now = String(recipe.now)
  const spellings: [name: string, text: string][] = [
    ['with junk behind it', now + 'junk'], ['with a fraction', now + '.9'], ['with a plus sign', '+' + now],
    ['with a minus sign', '-' + now], ['with leading zeros', '000' + now], ['with a space inside', now.slice(0, 5) + ' ' + now.slice(5)],
    ['with an exponent', '1e9'], ['in hexadecimal', '0x' + recipe.now.toString(16)],
    ['of full-width digits', now.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
    ['that is a date', new Date(recipe.now * 1000).toISOString()], ['of forty digits', '1'.repeat(40)],
  ]
  // A separator of the signature's own list would end the field.
  const refused = spellings.map(([name, text]) =>
    refuse(recipe, `refuses a timestamp ${name}`, 'bad_timestamp', sign(recipe, recipe.body, { timestamp: text })))
  if (!header) return refused
  const good = sign(recipe, recipe.body)
  return [
    ...refused,
    refuse(recipe, 'refuses a request without the timestamp header', 'missing_timestamp', without(good, header)),
    refuse(recipe, 'refuses an empty timestamp header', 'missing_timestamp', set(good, header, '')),
    refuse(recipe, 'refuses two lines of the timestamp header', 'duplicate_header', twice(good, header)),
    refuse(recipe, 'refuses the timestamp header as Fetch joins two lines of it', 'bad_timestamp', set(good, header, `${now}, ${now}`)),
    refuse(recipe, 'refuses a timestamp changed after signing', 'bad_signature', set(good, header, String(recipe.now - 1))),
  ]
}

/**
 * The limits of a tolerance of 300 seconds both ways. `pointer`: that of `tolerance` in the dialect
 * file; without it the tolerance is the caller's.
 */
export function toleranceRules(recipe: Recipe, pointer?: string): Vector[] {
  const given: Rest = pointer ? {} : { tolerance: { past: 300, future: 300 } }
  const at = (offset: number): How => ({ timestamp: String(recipe.now + offset) })
  const relaxed = (side: string): Patch | undefined => pointer ? [{ op: 'replace', path: `${pointer}/${side}`, value: 301 }] : undefined
  const old = (offset: number, name: string, remove?: Patch) =>
    refuse(recipe, name, offset < 0 ? 'too_old' : 'too_new', sign(recipe, recipe.body, at(offset)), { ...given, remove })
  return [
    accept(recipe, 'accepts a timestamp 300 seconds old', recipe.body, { timestamp: recipe.now - 300 }, { ...at(-300), ...given }),
    accept(recipe, 'accepts a timestamp 300 seconds ahead', recipe.body, { timestamp: recipe.now + 300 }, { ...at(300), ...given }),
    old(-301, 'refuses a timestamp 301 seconds old', relaxed('past')),
    old(301, 'refuses a timestamp 301 seconds ahead', relaxed('future')),
    old(-86400, 'refuses a timestamp a day old'),
    old(365 * 86400, 'refuses a timestamp a year ahead'),
    accept(recipe, 'accepts a timestamp of any age when the caller asks for no tolerance', recipe.body,
      { timestamp: recipe.now - 86400 }, { ...at(-86400), tolerance: null }),
    refuse(recipe, "keeps to the caller's tolerance", 'too_old', sign(recipe, recipe.body, at(-11)), { tolerance: { past: 10, future: 10 } }),
    accept(recipe, "keeps to the caller's tolerance at its limit", recipe.body, { timestamp: recipe.now - 10 },
      { ...at(-10), tolerance: { past: 10, future: 10 } }),
  ]
}

/** Refusals of an id header that the signature covers; each is signed as it is written. */
export function idRules(recipe: Recipe, header: string): Vector[] {
  const good = sign(recipe, recipe.body)
  const id = value(good, header)
  const spelled = (name: string, text: string) => refuse(recipe, name, 'bad_id', sign(recipe, recipe.body, { id: text }))
  return [
    refuse(recipe, 'refuses a request without the id header', 'missing_id', without(good, header)),
    refuse(recipe, 'refuses an empty id', 'missing_id', sign(recipe, recipe.body, { id: '' })),
    refuse(recipe, 'refuses two lines of the id header', 'duplicate_header', twice(good, header)),
    refuse(recipe, 'refuses the id header as Fetch joins two lines of it', 'bad_id', sign(recipe, recipe.body, { id: `${id}, ${id}` })),
    refuse(recipe, 'refuses an id changed after signing', 'bad_signature', set(good, header, id + 'x')),
    spelled('refuses an id with a dot', 'msg.1'),
    spelled('refuses an id with a space', 'msg 1'),
    spelled('refuses an id beyond ASCII', 'msg_é'),
    spelled('refuses an id of 257 characters', 'm'.repeat(257)),
    accept(recipe, 'accepts an id of 256 characters', recipe.body, { id: 'm'.repeat(256) }, { id: 'm'.repeat(256) }),
  ]
}

/** What bodies may be: authenticity stands alone, and the event says what can be read. */
export function bodyRules(recipe: Recipe): Vector[] {
  const how = recipe.bare ?? {}
  const unread = { secret: 0, authenticity: 'verified', content: 'bytes', known: false, handshake: false, ...recipe.unread }
  const broken = (code: string) => ({ ...unread, schema: { ok: false, at: '', code } })
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  const whole = { known: recipe.known ?? true, content: 'json', schema: { ok: true } }
  const [before, after] = recipe.extended('"?"').split('"?"')
  const bytes = Buffer.concat([Buffer.from(before + '"a'), Buffer.from([0xff]), Buffer.from('b"' + after)])
  const replaced = recipe.extended('"a\ufffdb"')
  const good = sign(recipe, recipe.body)
  const changed = (name: string, body: string | Buffer) => refuse(recipe, name, 'bad_signature', good, { body })
  const form = { contentType: 'application/x-www-form-urlencoded' }
  return [
    changed('refuses a body with one byte changed', recipe.body.replace(/[a-z](?=[^a-z]*$)/, (letter) => (letter === 'a' ? 'b' : 'a'))),
    changed('refuses a body with a newline behind it', recipe.body + '\n'),
    changed('refuses a body without its last byte', recipe.body.slice(0, -1)),
    changed('refuses a body with a byte-order mark put before it', '\ufeff' + recipe.body),
    changed('refuses the same JSON in other bytes', recipe.body.replace(':', ': ')),
    changed('refuses an empty body under the signature of another', ''),
    refuse(recipe, 'refuses 0xFF where U+FFFD was signed', 'bad_signature', sign(recipe, replaced), { body: bytes }),
    accept(recipe, 'accepts U+FFFD where U+FFFD was signed', replaced, whole),
    accept(recipe, 'accepts a signed body that is not UTF-8, as bytes', bytes, broken('bad_utf8'), how),
    accept(recipe, 'accepts a signed byte-order mark, as bytes', '\ufeff' + recipe.body, broken('bad_json'), how),
    accept(recipe, 'accepts a signed body that is not JSON, as bytes', 'Hello, World!', broken('bad_json'), { ...how, contentType: 'text/plain' }),
    accept(recipe, 'accepts a signed form', 'a=1&b=%20', { ...broken('bad_json'), content: 'form' }, { ...how, ...form }),
    accept(recipe, 'accepts a signed body that is empty', '', broken('bad_json'), how),
    accept(recipe, 'accepts a signed body of zero bytes, as bytes', Buffer.from([0, 0, 0]), broken('bad_json'), how),
    accept(recipe, 'accepts a signed body of broken JSON, as bytes', recipe.body.slice(0, -1), broken('bad_json'), how),
    accept(recipe, 'accepts signed JSON with a comma too many, as bytes', recipe.body.slice(0, -1) + ',}', broken('bad_json'), how),
    accept(recipe, 'reads a body 64 levels deep', recipe.extended(nested(64 - recipe.depth)), whole),
    accept(recipe, 'accepts a signed body 65 levels deep and does not read it', recipe.extended(nested(65 - recipe.depth)),
      { schema: { ok: false, at: '', code: 'too_deep' } }),
    accept(recipe, 'accepts a signed body 1,000 levels deep and does not read it', recipe.extended(nested(1000)),
      { schema: { ok: false, at: '', code: 'too_deep' } }),
    accept(recipe, 'takes an integer beyond 2^53 as it is', recipe.extended('9007199254740993'), whole),
    accept(recipe, 'takes a number beyond a double as it is', recipe.extended('[1e400,-0,18446744073709551616]'), whole),
    accept(recipe, 'accepts fields that the schema does not name', recipe.extended('{"a":[1,null,"x"],"__proto__":{"b":true}}'), whole),
  ]
}

// ---- events --------------------------------------------------------------------------------

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Schema = { [keyword: string]: any }
type Fault = { at: string; kind: 'missing' | 'type'; data: Json }

export function dialectFile(name: string): { events: Record<string, any>; $defs?: Record<string, Schema>; [key: string]: any } {
  return JSON.parse(readFileSync(new URL(`../../core/dialects/${name}.json`, import.meta.url), 'utf8'))
}

/**
 * For each event: its example signed, and two examples spoilt, one by a required member that is
 * missing and one by a value of another type.
 *
 * @param wrap    the body around an event's data, where the data stands in it, and what differs in the request
 * @param teller  pointer in the data to what tells the event, where it is the data that does: left as it is
 */
export function eventRules(
  recipe: Recipe,
  wrap: (event: string, data: Json) => { body: Json; at: string; how?: How; expect?: object },
  teller: (event: string) => string | undefined = () => undefined,
): Vector[] {
  const file = dialectFile(recipe.dialect)
  return Object.entries(file.events).flatMap(([event, { example, schema }], index) => {
    const told = teller(event)
    const faults = listFaults(schema, example, file.$defs ?? {}).filter(({ at }) => told === undefined || (at !== told && at !== ''))
    const pick = (kind: Fault['kind']) => {
      const fit = faults.filter((fault) => fault.kind === kind)
      return fit.length ? [fit[(index * 7) % fit.length]] : []
    }
    const good = wrap(event, example)
    return [
      accept(recipe, `reads ${event}`, JSON.stringify(good.body),
        { type: event, alias: null, known: true, content: 'json', authenticity: 'verified', schema: { ok: true }, ...good.expect }, good.how),
      ...[...pick('missing'), ...pick('type')].map((fault) => {
        const { body, at, how } = wrap(event, fault.data)
        const what = fault.kind === 'missing' ? `${event} without ${fault.at}` : `another type at ${fault.at || 'the data'} of ${event}`
        return accept(recipe, `reports ${what}`, JSON.stringify(body),
          { type: event, known: true, schema: { ok: false, at: at + fault.at, code: 'schema' } }, how)
      }),
    ]
  })
}

/** Every way to spoil `example` by one missing member or one wrong type. */
export function listFaults(schema: Schema, example: Json, defs: Record<string, Schema>): Fault[] {
  const faults: Fault[] = []
  const spoil = (path: string[], change: (parent: any, key: string) => void): Json => {
    const copy = { '': structuredClone(example) } as any
    let parent = copy
    let key = ''
    for (const step of path) [parent, key] = [parent[key], step]
    change(parent, key)
    return copy['']
  }
  const pointer = (path: string[]) => path.map((step) => '/' + step.replaceAll('~', '~0').replaceAll('/', '~1')).join('')
  const walk = (part: Schema, at: Json, path: string[]) => {
    while (part.$ref) part = defs[part.$ref.replace('#/$defs/', '')]
    if (part.type || 'const' in part || part.enum) {
      const allowed = [part.type ?? []].flat()
      const other = allowed.includes('object') ? 'x' : {}
      faults.push({ at: pointer(path), kind: 'type', data: spoil(path, (parent, key) => (parent[key] = other)) })
    }
    if (Array.isArray(at)) {
      if (part.items && at.length) walk(part.items, at[0], [...path, '0'])
    } else if (typeof at === 'object' && at !== null) {
      for (const name of part.required ?? []) {
        faults.push({ at: pointer([...path, name]), kind: 'missing', data: spoil([...path, name], (parent, key) => delete parent[key]) })
      }
      for (const [name, value] of Object.entries(at)) {
        const below = part.properties?.[name] ?? part.additionalProperties
        if (typeof below === 'object') walk(below, value, [...path, name])
      }
    }
  }
  walk(schema, example, [])
  return faults
}
