// QueuePolicy: which deliveries of an endpoint's queue begin now, in which line each waits, and what
// follows an attempt. Part of `waxseal/relay`; called by the relay. The decisions are the core's.
import * as core from './core.ts'
import { entropy, outcomeWords, DeliveryPolicy, decisionOf, type Decision, type Outcome } from './delivery.ts'
import { WaxsealError } from './error.ts'
import { Table } from './table.ts'

/** A delivery that waits. */
export interface Queued {
  /** Unix milliseconds */
  due: number
  /** any number but 0 for each line; 0: it waits in none */
  line: number
}

/** An attempt that is on its way. */
export interface OpenAttempt {
  /** Unix milliseconds */
  began: number
  line: number
}

export interface QueueState {
  /** attempts at the same time, at most 1000 */
  concurrency: number
  /** when ended attempts arrived (`arrivalOf`), ascending; the newest `widest` matter */
  past: readonly number[]
  open: readonly OpenAttempt[]
  /** in the order in which they came; of each line at least the first */
  waiting: readonly Queued[]
  /** Unix milliseconds */
  now: number
}

/** What begins now, as places in `waiting`; and when more may though nothing else happens, null: never. */
export interface Admission {
  begins: number[]
  again: number | null
}

/** What an endpoint's attempts have come to. Unix milliseconds. */
export interface EndpointHealth {
  /** since when every attempt has failed; 0: the last one did not */
  failing: number
  /** when its owner changed it, from when patience counts anew */
  changed: number
  /** seconds of nothing but failures until it is disabled; null: never */
  patience: number | null
}

/** What follows an attempt, for its delivery and for its endpoint. */
export interface Aftermath {
  decision: Decision
  /** the endpoint's from now on */
  failing: number
  /** why it is disabled: it answered 410, or has failed for too long */
  disable: 'gone' | 'failing' | null
  /** since when it has failed, as far as that counts */
  since: number
}

/** In what order an endpoint gets its messages: all in one line, or those of one key. */
export type Ordering = 'none' | 'all' | { /** JSON Pointer of the key in the body */ pointer?: string; /** or the header that has it */ header?: string }

export interface OrderedMessage {
  /** given with the message, in place of what the endpoint looks for */
  key?: string | null
  headers: readonly (readonly [string, string])[]
  body: Uint8Array
}

const malformed = 0xffffffff
const disablings = [null, 'gone', 'failing'] as const
const padding = new Uint8Array(32)

export class QueuePolicy extends DeliveryPolicy {
  /** How many past attempts matter to the rate windows. */
  get widest(): number {
    return this.ask((abi, slot) => abi.waxseal_widest!(slot))
  }

  /** No retry is put off longer, in milliseconds. */
  get longestDelay(): number {
    return this.ask((abi, slot) => abi.waxseal_longest_delay!(slot))
  }

  /** Chooses what begins now: the longest due first, of each line its first alone, as concurrency and rate windows let. */
  admit({ concurrency, past, open, waiting, now }: QueueState): Admission {
    const numbers = [...past, ...open.flatMap(({ began, line }) => [began, line]), ...waiting.flatMap(({ due, line }) => [due, line])]
    const [again, ...begins] = this.#numbers(numbers, (abi, slot) => abi.waxseal_admit!(slot, past.length, open.length, waiting.length, concurrency, now))
    return { begins, again: again! < 0 ? null : again! }
  }

  /** The earliest time for one more that keeps the rate windows. @param past  Unix milliseconds, ascending */
  earliestAttempt(past: readonly number[], now: number): number {
    return this.admit({ concurrency: 1, past, open: [], waiting: [{ due: now, line: 0 }], now }).again ?? now
  }

  /** What follows the attempt that began at `began` and has just ended. @param attempts  made so far, this one included */
  conclude(attempts: number, outcome: Outcome, { failing, changed, patience }: EndpointHealth, began: number, now: number, random = entropy()): Aftermath {
    const [how, status, retryAfter] = outcomeWords(outcome)
    const [next, since, disable, counted] = this.#numbers([failing, changed, patience ?? -1],
      (abi, slot) => abi.waxseal_conclude!(slot, attempts, how, status, retryAfter, random, began, now))
    return { decision: decisionOf(next!), failing: since!, disable: disablings[disable!]!, since: counted! }
  }

  #numbers(given: readonly number[], question: (abi: core.Abi, slot: number) => number): number[] {
    let numbers: number[] = []
    const answer = this.ask((abi, slot) => {
      if (!core.writeDoubles(given)) throw new RangeError('too many numbers')
      const code = question(abi, slot) >>> 0
      const bytes = core.bytesOf(-1, core.kind.made, 0)
      if (bytes) numbers = Array.from(new Float64Array(bytes.buffer))
      return code
    })
    if (answer === malformed || !numbers.length) throw new WaxsealError('internal')
    return numbers
  }
}

/** The latest time at which its receiver may have seen an attempt that took so many milliseconds. */
export function arrivalOf(began: number, took: number): number {
  let at = NaN
  core.run((abi) => (at = abi.waxseal_arrival!(began, took), 0))
  if (Number.isNaN(at)) throw new WaxsealError('internal')
  return at
}

/** The name of the line in which the message waits; null: it waits for no other. */
export function lineOf(order: Ordering, { key, headers, body }: OrderedMessage): string | null {
  if (order === 'none') return null
  const { pointer, header = '' } = order === 'all' ? {} : order
  const table = new Table()
  table.word(order === 'all' ? 1 : 2)
  table.word(pointer === undefined ? 0 : 1)
  if (pointer !== undefined) table.text(pointer)
  table.text(header)
  table.text(key ?? '')
  table.word(headers.length)
  for (const [name, value] of headers) table.text(name), table.text(value)
  const bytes = table.bytes()
  let line: string | null = null
  const code = core.run((abi) => {
    if (!core.writeParts([body, padding, bytes])) throw new RangeError('no room for the message')
    if (abi.waxseal_line!(body.length, bytes.length) !== 0) return 1
    line = core.textOf(-1, core.kind.made, 0)
    return 0
  })
  if (code !== 0) throw new WaxsealError('internal')
  return line
}
