// From a webhook's acceptance to its first delivery, at a steady rate.
import { figure, table, type Section } from '../report.ts'
import { receiver, relayWith, unlimited } from './start.ts'
import { steady } from './steady.ts'
import type { Extent } from './main.ts'

const rate = 300

export async function latency({ turns, seconds }: Extent, say: (line: string) => void): Promise<Section> {
  const end = await receiver()
  const relay = await relayWith({ endpoints: { end: unlimited(end.url) } })
  try {
    const before = (await steady(relay, rate, 1)).accepted.size
    const all = async (count: number): Promise<void> => { for (let tries = 0; await end.count() < count && tries < 100; tries++) await new Promise(wake => setTimeout(wake, 100)) }
    await all(before)
    await end.times()
    const { accepted, sent } = await steady(relay, rate, turns * seconds)
    await all(before + accepted.size)
    const arrived = await end.times()
    const missing = [...accepted.keys()].filter(number => !arrived.has(number)).length
    const ranked = (from: Map<number, number>): number[] => [...accepted.keys()].filter(number => arrived.has(number)).map(number => Math.max(0, arrived.get(number)! - from.get(number)!)).sort((a, b) => a - b)
    const at = (list: number[], share: number): number => list[Math.min(list.length - 1, Math.floor(list.length * share))] ?? Number.NaN
    const [fromAccepted, fromSent] = [ranked(accepted), ranked(sent)]
    say(`accepted → delivered: p50 ${figure(at(fromAccepted, 0.5))} ms, p99 ${figure(at(fromAccepted, 0.99))} ms; ${missing} not delivered yet`)
    return {
      title: `From acceptance to the first delivery, at ${rate} events a second`,
      text: `${accepted.size} webhooks at a steady ${rate} a second over 32 connections, to one endpoint; ${missing} had not arrived 10 seconds after the end. From the answer 202 at the sender to the whole request at the destination.\n\n${table(['ms', 'p50', 'p99', 'longest'], [
        ['202 → destination', ...[0.5, 0.99, 1].map(share => figure(at(fromAccepted, share)))], ['sent → destination', ...[0.5, 0.99, 1].map(share => figure(at(fromSent, share)))],
      ])}`,
      goals: [],
    }
  } finally {
    await relay.close()
    end.close()
  }
}
