// One event to a thousand endpoints.
import { median } from '../race.ts'
import { figure, table, type Section } from '../report.ts'
import { memory, receiver, relayWith } from './start.ts'
import type { Extent } from './main.ts'

export async function fanout({ turns, endpoints: most }: Extent, say: (line: string) => void): Promise<Section> {
  const count = Math.min(1000, most)
  const end = await receiver()
  const relay = await relayWith()
  const found: number[] = [], taken: number[] = []
  try {
    const make = Array.from({ length: count }, (_, each) => each)
    await Promise.all(Array.from({ length: 16 }, async () => {
      for (let each = make.pop(); each !== undefined; each = make.pop()) await relay.call('POST', '/endpoint', { url: end.url, eventTypes: ['fan.out'], delivery: { rate: [] } })
    }))
    await new Promise(wake => setTimeout(wake, 1500)) // the view of a second ago is forgotten
    for (let turn = 0; turn < turns + 1; turn++) {
      const before = await end.count(), began = performance.now()
      await relay.call('POST', '/msg', { eventType: 'fan.out', payload: { turn } })
      taken.push(performance.now() - began)
      while (await end.count() < before + count) {
        if (performance.now() - began > 60_000) throw new Error(`${await end.count() - before} of ${count} arrived in a minute`)
        await new Promise(wake => setTimeout(wake, 5))
      }
      found.push(performance.now() - began)
      say(`fan-out to ${count}: accepted in ${figure(taken.at(-1)!)} ms, all arrived after ${figure(found.at(-1)!)} ms, ${figure(memory(relay))} MiB`)
    }
  } finally {
    await relay.close()
    end.close()
  }
  const [first, ...later] = found as [number, ...number[]]
  const [firstTaken, ...laterTaken] = taken as [number, ...number[]]
  return {
    title: `One event to ${count} endpoints`,
    text: `From the request until the answer 202, and until the last of ${count} destinations has the whole of it: each endpoint signs with its own secret and keeps its own record.\n\n${table(['ms', 'accepted', 'all arrived'], [['the first time', figure(firstTaken), figure(first)], ['after', figure(median(laterTaken)), figure(median(later))]])}`,
    goals: [{ what: `one event to ${count} endpoints`, found: median(later) / 1000, wanted: 2, sense: 'most', unit: ' s' }],
  }
}
