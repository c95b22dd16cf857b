// Memory of workerd over time, at a steady rate with delivery.
import { figure, table, type Section } from '../report.ts'
import { memory as held, receiver, relayWith, unlimited } from './start.ts'
import { steady } from './steady.ts'
import type { Extent } from './main.ts'

const rate = 300

export async function memory({ minutes }: Extent, say: (line: string) => void): Promise<Section> {
  const end = await receiver()
  const relay = await relayWith({ endpoints: { end: unlimited(end.url) } })
  const samples: number[] = []
  try {
    await steady(relay, rate, Math.min(60, minutes * 15)) // caches fill, code is compiled
    for (let part = 0; part < 12; part++) {
      await steady(relay, rate, minutes * 5)
      await end.times()
      samples.push(held(relay))
      say(`${figure((part + 1) * minutes / 12)} minutes: ${figure(samples.at(-1)!)} MiB`)
    }
  } finally {
    await relay.close()
    end.close()
  }
  const mean = (list: number[]): number => list.reduce((sum, one) => sum + one, 0) / list.length
  const growth = mean(samples.slice(-4)) / mean(samples.slice(0, 4))
  return {
    title: `Memory at ${rate} events a second`,
    text: `Webhooks of about 1 KiB to one endpoint, accepted and delivered for ${figure(minutes)} minutes; what workerd holds (resident), a twelfth of the time apart.\n\n${table(['', ...samples.map((_, part) => `${part + 1}/12`)], [['MiB', ...samples.map(figure)]])}`,
    goals: [{ what: `memory in the last third ÷ the first third of ${figure(minutes)} minutes`, found: growth, wanted: 1.1, sense: 'most', unit: '×' }],
  }
}
