// DeliveryPolicy: what a dialect's sender does after an attempt. The decisions are the core's; queue.ts has
// those of a whole queue.
import * as core from './core.ts'
import { describe, imageOf, type Dialect } from './dialect.ts'
import { WaxsealError } from './error.ts'
import { closeWith, load, Place } from './place.ts'

/** How one attempt ended. */
export type Outcome =
  | { status: number; /** seconds that the answer's Retry-After asked for */ retryAfter?: number; /** false: what a 2xx said is no answer to this event */ valid?: boolean }
  | { timedOut: true }
  | { unreachable: true }

/** What follows an attempt. `delay` is in milliseconds. */
export type Decision =
  | { readonly next: 'delivered' | 'failed' | 'disable' }
  | { readonly next: 'retry'; readonly delay: number }

const ends = ['delivered', 'failed', 'disable'] as const

/** 32 random bits. */
export const entropy = (): number => crypto.getRandomValues(new Uint32Array(1))[0]!

/** An outcome as the core reads it: how it ended (3: with no valid answer), the status, and the seconds of Retry-After. */
export function outcomeWords(outcome: Outcome): [number, number, number] {
  if (!('status' in outcome)) return ['timedOut' in outcome ? 1 : 2, 0, 0]
  return [outcome.valid === false ? 3 : 0, outcome.status, Math.min(Math.max(outcome.retryAfter ?? 0, 0), 0x7fffffff)]
}

/** A decision as the core tells it: a delay, or one of `ends` below 0. */
export const decisionOf = (told: number): Decision => told < 0 ? { next: ends[-told - 1]! } : { next: 'retry', delay: told }

export class DeliveryPolicy {
  /** seconds for one attempt */
  readonly timeout: number
  /** seconds that an old secret signs beside the new one */
  readonly grace: number
  readonly #image: Uint8Array
  readonly #place = new Place()

  constructor(dialect: Dialect<any>) {
    this.#image = imageOf(dialect)
    const { delivery } = describe(dialect)
    this.timeout = delivery?.timeout ?? 30
    this.grace = delivery?.grace ?? 0
    this.#slot()
    closeWith(this, this.#place)
  }

  /**
   * What follows the attempt that has just ended.
   *
   * @param attempts  made so far, this one included
   * @param random    32 random bits, which decide the jitter
   */
  nextAttempt(attempts: number, outcome: Outcome, random = entropy()): Decision {
    const [how, status, retryAfter] = outcomeWords(outcome)
    return decisionOf(this.ask((abi, slot) => abi.waxseal_next_attempt(slot, attempts, how, status, retryAfter, random)))
  }

  #slot(): number {
    const { index } = this.#place
    return index >= 0 ? index : load(this.#image, this.#place)
  }

  /** The core's answer about this policy. */
  protected ask(question: (abi: core.Abi, slot: number) => number): number {
    const slot = this.#slot()
    let answer = NaN
    core.run((abi) => {
      answer = question(abi, slot)
      return 0
    })
    if (Number.isNaN(answer)) throw new WaxsealError('internal')
    return answer
  }
}
