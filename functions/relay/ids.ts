// Ids that sort by the time they were made, as Svix's do: `msg_`, `atmpt_` and 27 letters and digits.
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A new id: eight digits of milliseconds, nineteen at random. */
export function newId(prefix: 'msg' | 'atmpt', now: number): string {
  const random = crypto.getRandomValues(new Uint8Array(19))
  return `${prefix}_${time(now)}${[...random].map(byte => digits[byte % 62]).join('')}`
}

/** The smallest id of that prefix at `now`, to compare ids with a time. */
export const idAt = (prefix: 'msg' | 'atmpt', now: number): string => `${prefix}_${time(now)}`

function time(milliseconds: number): string {
  let text = ''
  for (let rest = Math.max(0, Math.floor(milliseconds)); text.length < 8; rest = Math.floor(rest / 62)) text = digits[rest % 62] + text
  return text
}
