// `waxseal replay`: sends again what `waxseal listen` kept. Called by main.ts.
import { deadline, endToEnd, post } from '../forward.ts'
import { clean, fromLines } from './record.ts'

export interface ReplaySettings {
  /** What the file holds */
  text: string
  url?: string
  /** Numbers and ids of events; none: all */
  ids: string[]
}

const seconds = 30

/** Prints a line for each. @return 0 where every answer was 2xx, 1 any other, 2 nothing to send, 3 unreachable */
export async function replay({ text, url, ids }: ReplaySettings, print: (line: string) => void, complain: (line: string) => void): Promise<number> {
  const all = fromLines(text)
  const chosen = ids.length ? all.filter(({ number, id }) => ids.includes(String(number)) || (id !== null && ids.includes(id))) : all
  if (!chosen.length) {
    complain(ids.length ? `waxseal replay: none has the number or id ${ids.map(clean).join(', ')}` : 'waxseal replay: the file is empty')
    return 2
  }
  let worst = 0
  for (const { number, path, headers, body, type, id } of chosen) {
    const to = url ?? new URL(path, 'http://127.0.0.1:3000').href
    const name = [`#${number}`, type, id].filter(Boolean).map(part => clean(String(part))).join(' ')
    try {
      const answer = await deadline(seconds, signal => post(to, body, endToEnd(headers), signal))
      await answer.body?.cancel()
      print(`${answer.status} ${name}`)
      if (!answer.ok) worst = Math.max(worst, 1)
    } catch (error) {
      const { cause, message } = error as Error
      complain(`waxseal replay: no answer from ${to} to ${name}: ${(cause as Error | undefined)?.message ?? message}`)
      worst = 3
    }
  }
  return worst
}
