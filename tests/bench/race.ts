// Times candidates against each other in one process: short loops, each candidate in turn, in another
// order every round, so that noisy moments, warm caches and what a neighbour left to the garbage
// collector fall on all of them alike. A loop is shorter than the slices in which a busy machine shares its processors: most are then not broken
// into, and the median is one of those.

import { dice } from './orders.ts'

/** One way to do the work. It answers whether the work came out right, which is asserted on every call. */
export interface Candidate {
  name: string
  run(index: number): boolean | Promise<boolean>
}

export interface Effort {
  rounds: number
  /** milliseconds of one loop */
  loop: number
}

export const effort = { full: { rounds: 151, loop: 1 }, quick: { rounds: 3, loop: 0.2 } } satisfies Record<string, Effort>

/** What a race gave: nanoseconds a call, one for each round. */
export class Times {
  readonly byName: ReadonlyMap<string, number[]>

  constructor(byName: ReadonlyMap<string, number[]>) {
    this.byName = byName
  }

  /** median nanoseconds a call */
  of(name: string): number {
    return median(this.#rounds(name))
  }

  /** How many times as long `name` takes as `than`: the median of the rounds' own ratios. */
  ratio(name: string, than: string): number {
    const others = this.#rounds(than)
    return median(this.#rounds(name).map((time, round) => time / others[round]!))
  }

  #rounds(name: string): number[] {
    const rounds = this.byName.get(name)
    if (!rounds) throw new Error(`no candidate is called ${name}`)
    return rounds
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Runs `candidates` against each other. */
export async function race(candidates: readonly Candidate[], { rounds, loop }: Effort): Promise<Times> {
  const counts: number[] = []
  for (const candidate of candidates) counts.push(await calls(candidate, loop))
  const times = new Map(candidates.map(({ name }) => [name, [] as number[]]))
  const order = candidates.map((_, which) => which)
  const roll = dice(rounds)
  for (let round = 0; round < rounds; round++) {
    shuffle(order, roll)
    for (const which of order) {
      const candidate = candidates[which]!
      times.get(candidate.name)!.push((await time(candidate, counts[which]!)) / counts[which]!)
    }
  }
  return new Times(times)
}

function shuffle(order: number[], roll: (below: number) => number): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = roll(last + 1)
    const kept = order[last]!
    order[last] = order[other]!
    order[other] = kept
  }
}

/** How many calls take about `milliseconds`; the compilers warm up on the way. */
async function calls(candidate: Candidate, milliseconds: number): Promise<number> {
  for (let count = 1; ; count *= 2) {
    const taken = (await time(candidate, count)) / 1e6
    if (taken >= Math.max(milliseconds * 2, 10)) return Math.max(1, Math.round((count * milliseconds) / taken))
  }
}

/** Nanoseconds that `count` calls take. */
async function time(candidate: Candidate, count: number): Promise<number> {
  const began = process.hrtime.bigint()
  let right = 0
  for (let index = 0; index < count; index++) {
    const answer = candidate.run(index)
    if (answer === true || (answer !== false && (await answer))) right++
  }
  const taken = process.hrtime.bigint() - began
  if (right !== count) throw new Error(`${candidate.name} gave the wrong answer ${count - right} times of ${count}`)
  return Number(taken)
}
