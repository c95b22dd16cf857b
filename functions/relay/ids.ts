// Ids that sort by the time they were made, as Svix's do: a prefix and 27 letters and digits; and ids
// in a dialect's own form, derived so that they stay the same over retries.
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

type Prefix = 'msg' | 'atmpt' | 'ep' | 'app' | 'key' | 'audit' | 'qtask'

const last = new Map<Prefix, string>()

/** A new id: eight digits of milliseconds, nineteen at random; of one millisecond each is greater than the one before. */
export function newId(prefix: Prefix, now: number): string {
  const at = time(now), before = last.get(prefix) ?? ''
  const random = crypto.getRandomValues(new Uint8Array(19))
  const id = before.startsWith(at) ? following(before) : at + [...random].map(byte => digits[byte % 62]).join('')
  last.set(prefix, id)
  return `${prefix}_${id}`
}

/** The digits that follow, as a number does. */
function following(text: string): string {
  const end = text.slice(0, -1), digit = digits.indexOf(text.at(-1)!)
  return digit === 61 ? following(end) + digits[0] : end + digits[digit + 1]
}

/** The smallest id of that prefix at `now`, to compare ids with a time. */
export const idAt = (prefix: Prefix, now: number): string => `${prefix}_${time(now)}`

/** When an id was made, in Unix milliseconds. */
export function timeOf(id: string): number {
  const text = id.slice(id.indexOf('_') + 1, id.indexOf('_') + 9)
  return [...text].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0)
}

function time(milliseconds: number): string {
  let text = ''
  for (let rest = Math.max(0, Math.floor(milliseconds)); text.length < 8; rest = Math.floor(rest / 62)) text = digits[rest % 62] + text
  return text
}

/** An id in a dialect's form, `webhook_{random}` or `{uuid}`: the same for the same seed. */
export async function idIn(form: string, seed: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(seed)))
  const random = [...hash.subarray(0, 24)].map(byte => digits[byte % 62]).join('')
  const [six, eight] = [hash[6]!, hash[8]!]
  hash[6] = (six & 0x0f) | 0x40 // version 4
  hash[8] = (eight & 0x3f) | 0x80
  const hex = [...hash.subarray(0, 16)].map(byte => byte.toString(16).padStart(2, '0')).join('')
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return form.replace('{random}', random).replace('{uuid}', uuid)
}
