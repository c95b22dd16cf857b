// The core's own rules, which every system gets alike: on signatures, timestamps, ids and bodies.
import {
  accept, digest, forge, refuse, set, sign, twice, value, vector, without, type Header, type How, type Patch,
  type Recipe, type Rest, type Tolerance, type Vector,
} from './recipe.ts'

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const urlSafe = base64.replace('+/', '-_')

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
      secrets: [recipe.other, recipe.third ?? recipe.other + 'aaaa'],
    }),
    vector(recipe, 'finds the signature header whatever the case of its name', recipe.body,
      good.map(([name, text]): Header => [name.toUpperCase(), text]), { code: 'ok', secret: 0 }),
    vector(recipe, 'names the second secret when that one signed', recipe.body, good,
      { code: 'ok', secret: 1 }, { secrets: [recipe.other, recipe.secret] }),
    vector(recipe, 'names the first secret when that one signed', recipe.body, good,
      { code: 'ok', secret: 0 }, { secrets: [recipe.secret, recipe.other] }),
  ]
  const spelt = { hex: hexRules, base64: base64Rules, base64url: base64urlRules }
  return [...common, ...spelt[recipe.encoding](right, bad)]
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
  const bare = one.replace(/=*$/, '')
  const last = base64.indexOf(bare.at(-1)!)
  if (!/[+/]/.test(one)) throw new Error('choose a body whose signature holds + or /')
  return [
    ...(bare === one ? [] : [bad('refuses base64 without its padding', bare)]),
    bad('refuses base64 with too much padding', one + '='),
    ...(bare === one ? [] : [bad('refuses base64 whose unused bits are not zero', bare.slice(0, -1) + base64[last | 1] + one.slice(bare.length))]),
    bad('refuses the URL-safe alphabet', one.replaceAll('+', '-').replaceAll('/', '_')),
    bad('refuses a space inside base64', one.slice(0, 20) + ' ' + one.slice(20)),
    bad('refuses a tab inside base64', one.slice(0, 20) + '\t' + one.slice(20)),
  ]
}

function base64urlRules(right: Buffer, bad: (name: string, signature: string) => Vector): Vector[] {
  const one = right.toString('base64url')
  const last = urlSafe.indexOf(one.at(-1)!)
  if (!/[-_]/.test(one)) throw new Error('choose a body whose signature holds - or _')
  return [
    bad('refuses base64url with padding', one + '='),
    bad('refuses base64url whose unused bits are not zero', one.slice(0, -1) + urlSafe[last | 1]),
    bad('refuses the alphabet that is not URL-safe', one.replaceAll('-', '+').replaceAll('_', '/')),
    bad('refuses a space inside base64url', one.slice(0, 20) + ' ' + one.slice(20)),
  ]
}

/** Refusals of the core's own rules on a token that stands in a header as it is. */
export function tokenRules(recipe: Recipe): Vector[] {
  const header = (token: string) => forge(recipe, recipe.value([token], {}))
  const bad = (name: string, token: string) => refuse(recipe, name, 'bad_signature', header(token))
  const good = header(recipe.secret)
  const whole = value(good, recipe.header)
  return [
    bad('refuses another token', recipe.other),
    bad('refuses a token without its last character', recipe.secret.slice(0, -1)),
    bad('refuses a token with a character more', recipe.secret + 'a'),
    bad('refuses a token in other case', recipe.secret.toUpperCase()),
    refuse(recipe, 'refuses a request without the token header', 'missing_signature', without(good, recipe.header)),
    refuse(recipe, 'refuses an empty token header', 'missing_signature', set(good, recipe.header, '')),
    refuse(recipe, 'refuses two lines of the token header', 'duplicate_header', twice(good, recipe.header)),
    refuse(recipe, 'refuses the token header as Fetch joins two lines of it', 'bad_signature', set(good, recipe.header, `${whole}, ${whole}`)),
    refuse(recipe, 'refuses a token header longer than 4096 bytes', 'too_many_signatures', set(good, recipe.header, whole + 'x'.repeat(4097 - whole.length))),
    vector(recipe, 'names the second secret when that one is the token', recipe.body, good,
      { code: 'ok', secret: 1, authenticity: 'authenticated' }, { secrets: [recipe.other, recipe.secret] }),
  ]
}

/** Refusals of what a timestamp header (or field) may not be; each is signed as it is written. */
export function timestampRules(recipe: Recipe, header?: string): Vector[] {
  const write = recipe.clock ?? String
  const now = write(recipe.now)
  const dated = now.includes('T')
  const spellings: [name: string, text: string][] = [
    ['with junk behind it', now + 'junk'], ['with a fraction', now + '.9'], ['with a plus sign', '+' + now],
    ['with a minus sign', '-' + now], ['with leading zeros', '000' + now], ['with a space inside', now.slice(0, 5) + ' ' + now.slice(5)],
    ['with an exponent', '1e9'], ['in hexadecimal', '0x' + recipe.now.toString(16)],
    ['of full-width digits', now.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
    ...(dated ? [] : [['that is a date', new Date(recipe.now * 1000).toISOString()] as [string, string]]), ['of forty digits', '1'.repeat(40)],
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
    refuse(recipe, 'refuses a timestamp changed after signing', 'bad_signature', set(good, header, write(recipe.now - 1))),
  ]
}

/**
 * The limits of a tolerance, 300 seconds both ways unless told. `pointer`: that of `tolerance` in the
 * dialect file; without it the tolerance is the caller's.
 */
export function toleranceRules(recipe: Recipe, pointer?: string, limit: Tolerance = { past: 300, future: 300 }): Vector[] {
  const given: Rest = pointer ? {} : { tolerance: limit }
  const at = (offset: number): How => ({ timestamp: (recipe.clock ?? String)(recipe.now + offset) })
  const relaxed = (side: 'past' | 'future'): Patch | undefined => pointer ? [{ op: 'replace', path: `${pointer}/${side}`, value: limit[side] + 1 }] : undefined
  const old = (offset: number, name: string, remove?: Patch) =>
    refuse(recipe, name, offset < 0 ? 'too_old' : 'too_new', sign(recipe, recipe.body, at(offset)), { ...given, remove })
  const near = limit.past > 10 ? 10 : 2
  const close = { tolerance: { past: near, future: near } }
  return [
    accept(recipe, `accepts a timestamp ${limit.past} seconds old`, recipe.body, { timestamp: recipe.now - limit.past }, { ...at(-limit.past), ...given }),
    accept(recipe, `accepts a timestamp ${limit.future} seconds ahead`, recipe.body, { timestamp: recipe.now + limit.future }, { ...at(limit.future), ...given }),
    old(-limit.past - 1, `refuses a timestamp ${limit.past + 1} seconds old`, relaxed('past')),
    old(limit.future + 1, `refuses a timestamp ${limit.future + 1} seconds ahead`, relaxed('future')),
    old(-86400, 'refuses a timestamp a day old'),
    old(365 * 86400, 'refuses a timestamp a year ahead'),
    accept(recipe, 'accepts a timestamp of any age when the caller asks for no tolerance', recipe.body,
      { timestamp: recipe.now - 86400 }, { ...at(-86400), tolerance: null }),
    refuse(recipe, "keeps to the caller's tolerance", 'too_old', sign(recipe, recipe.body, at(-near - 1)), close),
    accept(recipe, "keeps to the caller's tolerance at its limit", recipe.body, { timestamp: recipe.now - near }, { ...at(-near), ...close }),
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

/** Refusals of a body that is not, byte for byte, the one that was signed. */
export function bytesRules(recipe: Recipe): Vector[] {
  const good = sign(recipe, recipe.body)
  const changed = (name: string, body: string | Buffer) => refuse(recipe, name, 'bad_signature', good, { body })
  return [
    changed('refuses a body with one byte changed', recipe.body.replace(/[a-z](?=[^a-z]*$)/, (letter) => (letter === 'a' ? 'b' : 'a'))),
    changed('refuses a body with a newline behind it', recipe.body + '\n'),
    changed('refuses a body without its last byte', recipe.body.slice(0, -1)),
    changed('refuses a body with a byte-order mark put before it', '\ufeff' + recipe.body),
    changed('refuses the same JSON in other bytes', recipe.body.replace(':', ': ')),
    changed('refuses an empty body under the signature of another', ''),
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
  const form = { contentType: 'application/x-www-form-urlencoded' }
  return [
    ...bytesRules(recipe),
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
