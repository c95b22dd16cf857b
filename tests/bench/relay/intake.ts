// Durable events a second: single and batched, at 1, 32 and 256 connections, with delivery and without,
// beside the same relay with a commit for each row.
import { setTimeout } from 'node:timers/promises'
import { load } from '../load.ts'
import { median } from '../race.ts'
import { figure, table, times, type Goal, type Section } from '../report.ts'
import { fsyncRate, messages, receiver, relayWith, ungrouped, unlimited, webhooks } from './start.ts'
import type { Extent } from './main.ts'

const connections = [1, 32, 256]
const over = (count: number): string => count === 1 ? '1 connection' : `${count} connections`
const about = 'Webhooks of about 1 KiB over loopback to `POST /in/platform-core` (single: verified, deduplicated), and own messages of about 1 KiB to `POST …/msg/batch`, 16 a request; 202 only when they are on disk. Delivery: one endpoint without rate windows, 8 attempts at the same time, at a destination that answers at once; what is counted is what is accepted meanwhile. The 8 attempts take turns with the connections that send, so under such a load a backlog grows; it is delivered when less comes in, and that relay stands still while another is measured. Load, relay and destination share the machine. Each candidate in turn, medians over the turns. The disk decides: fsync of 4 KiB so many times a second.'

export async function intake({ turns, seconds }: Extent, say: (line: string) => void): Promise<Section> {
  const end = await receiver()
  const off = await relayWith(), on = await relayWith({ endpoints: { end: unlimited(end.url) } }), each = await relayWith({ plugins: [ungrouped] })
  const single = webhooks()
  const candidates = {
    'a commit for each row, single': { relay: each, next: single, batch: 1 },
    'single': { relay: off, next: single, batch: 1 },
    'single, with delivery': { relay: on, next: single, batch: 1 },
    'batched by 16': { relay: off, next: messages(off, 16), batch: 16 },
    'batched by 16, with delivery': { relay: on, next: messages(on, 16), batch: 16 },
  }
  type Name = keyof typeof candidates
  const names = Object.keys(candidates) as Name[]
  const found = new Map<string, number[]>()
  const rates = (name: Name, count: number): number[] => found.get(`${name} ${count}`)!
  const disk: number[] = []
  let backlog = 0
  const note = (what: string, rate: number): void => void found.set(what, [...found.get(what) ?? [], rate])
  /** @return deliveries a second while it lasts */
  const delivering = async (during: () => Promise<unknown>): Promise<number> => {
    on.process.kill('SIGCONT')
    const before = await end.count(), began = performance.now()
    await during()
    const rate = (await end.count() - before) / (performance.now() - began) * 1000
    on.process.kill('SIGSTOP')
    return rate
  }
  try {
    for (const { relay, next } of Object.values(candidates)) await load(relay.url, 8, 300, 202, next)
    on.process.kill('SIGSTOP')
    for (const count of connections) {
      for (let turn = 0; turn < turns; turn++) {
        disk.push(fsyncRate(off.state, 300))
        for (const name of names) {
          const { relay, next, batch } = candidates[name]
          const take = async (): Promise<void> => note(`${name} ${count}`, (await load(relay.url, count, seconds * 1000, 202, next)).rate * batch)
          if (relay === on) note(`${name} ${count} delivered`, await delivering(take))
          else await take()
          say(`${name}, ${over(count)}: ${figure(rates(name, count).at(-1)!)} events/s`)
        }
      }
    }
    backlog = await delivering(() => setTimeout(seconds * 1000))
  } finally {
    on.process.kill('SIGCONT')
    for (const relay of [off, on, each]) await relay.close()
    end.close()
  }
  const ratio = (name: Name, than: Name, count: number): number => median(rates(name, count).map((rate, turn) => rate / rates(than, count)[turn]!))
  const row = (name: Name): string[] => [name, ...connections.flatMap(count => [figure(median(rates(name, count))), times(ratio(name, names[0]!, count))])]
  const delivered = Object.entries(candidates).filter(([, { relay }]) => relay === on).map(([name]) => [name, ...connections.map(count => figure(median(found.get(`${name} ${count} delivered`)!)))])
  const goal = (what: string, name: Name, than: Name, wanted: number, count: number): Goal => ({ what: `${what}, ${over(count)}`, found: ratio(name, than, count), wanted, sense: 'least', unit: '×' })
  return {
    title: 'Durable events a second',
    text: [about, `fsync: ${figure(median(disk))} a second.`, table(['', ...connections.flatMap(count => [`${over(count)}, events/s`, '÷ a commit for each row'])], names.map(row)),
      table(['delivered meanwhile, events/s', ...connections.map(over)], delivered), `Nothing coming in, of the backlog: ${figure(backlog)} a second.`].join('\n\n'),
    goals: [32, 256].flatMap(count => [
      goal('single ÷ a commit for each row', 'single', names[0]!, 1.45, count),
      goal('batched by 16 ÷ a commit for each row', 'batched by 16', names[0]!, 8, count),
      goal('single with delivery ÷ without', 'single, with delivery', 'single', 0.6, count),
      goal('batched with delivery ÷ without', 'batched by 16, with delivery', 'batched by 16', 0.6, count),
    ]),
  }
}
