// DeliveryPolicy: what a dialect's sender does after an attempt, and when it may make the next.
// Called by the relay; the decisions are the core's.
import * as core from './core.ts'
import { describe, imageOf, type Dialect } from './dialect.ts'
import { WaxsealError } from './error.ts'
import { closeWith, load, Place } from './place.ts'

/** How one attempt ended. */
export type Outcome =
  | { status: number; /** seconds that the answer's Retry-After asked for */ retryAfter?: number }
  | { timedOut: true }
  | { unreachable: true }

/** What follows an attempt. `delay` is in milliseconds. */
export type Decision =
  | { readonly next: 'delivered' | 'failed' | 'disable' }
  | { readonly next: 'retry'; readonly delay: number }

const ends = ['delivered', 'failed', 'disable'] as const

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
   * @param entropy   32 random bits, which decide the jitter
   */
  nextAttempt(attempts: number, outcome: Outcome, entropy = crypto.getRandomValues(new Uint32Array(1))[0]!): Decision {
    const how = 'status' in outcome ? 0 : 'timedOut' in outcome ? 1 : 2
    const status = 'status' in outcome ? outcome.status : 0
    const retryAfter = 'status' in outcome ? Math.min(Math.max(outcome.retryAfter ?? 0, 0), 0x7fffffff) : 0
    const delay = this.#ask((abi, slot) => abi.waxseal_next_attempt(slot, attempts, how, status, retryAfter, entropy))
    return delay < 0 ? { next: ends[-delay - 1]! } : { next: 'retry', delay }
  }

  /**
   * The earliest time for one more attempt that keeps the dialect's rate windows.
   *
   * @param attempts  Unix milliseconds of past attempts, ascending
   * @param now       Unix milliseconds
   */
  earliestAttempt(attempts: readonly number[], now: number): number {
    return this.#ask((abi, slot) => {
      if (!core.writeDoubles(attempts)) throw new RangeError('too many attempts')
      return abi.waxseal_earliest_attempt(slot, attempts.length, now)
    })
  }

  /**
   * Whether an endpoint whose every attempt has failed since `failing` is to be disabled.
   *
   * @param failing,now  Unix milliseconds
   * @param patience     seconds
   */
  givesUp(failing: number, now: number, patience: number): boolean {
    return this.#ask(abi => abi.waxseal_gives_up(failing, now, patience)) === 1
  }

  #slot(): number {
    const { index } = this.#place
    return index >= 0 ? index : load(this.#image, this.#place)
  }

  #ask(question: (abi: core.Abi, slot: number) => number): number {
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
