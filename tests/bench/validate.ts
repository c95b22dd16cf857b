// Part 2: is this request signed, and is its event what its schema says? And then: all of its data, please.
import { forged, messages, resigned, type Message } from './messages.ts'
import { walk } from './orders.ts'
import { race, type Effort, type Times } from './race.ts'
import { receivers } from './receivers.ts'
import { bytes, ratioTable, timeTable, type Goal, type Section } from './report.ts'

const sizes = [300, 1024, 20480]
const peer = 'node:crypto + JSON.parse + typebox'

const about = `One schema on all sides (tests/bench/orders.json, and the same in zod), orders with a list of items, a pool of different ones for each size. *Verdict*: the request is signed, its event known and in keeping with its schema. *All data read*: then every field of the event's data is read, by the same function for everyone. Everyone has refused forged requests and orders that break the schema before being timed. typebox is compiled.`

/** The same orders, signed, with a quantity or a customer that the schema does not allow. */
const wrong = (good: Message[]) =>
  resigned(good, (text) => text.replace(/"quantity":\d+/, '"quantity":0.5').replace('"customer":{"id"', '"customer":{"ix"'))

export async function validate(effort: Effort, say: (line: string) => void): Promise<Section> {
  const verdicts = new Map<string, Times>()
  const reads = new Map<string, Times>()
  const all = receivers()
  for (const size of sizes) {
    say(`validate, ${bytes(size)}`)
    const good = messages(size)
    const sums = good.map(({ body }) => walk(JSON.parse(body.toString()).data))
    for (const message of [...forged(good), ...wrong(good)]) {
      for (const one of all) if (one.verdict(message)) throw new Error(`${one.name} accepts what it must refuse`)
    }
    verdicts.set(bytes(size), await race(
      all.map((one) => ({ name: one.name, run: (index) => one.verdict(good[index % good.length]!) })), effort))
    reads.set(bytes(size), await race(
      all.map((one) => ({
        name: one.name,
        run: (index) => walk(one.data(good[index % good.length]!)) === sums[index % good.length],
      })), effort))
  }
  const names = all.map(({ name }) => name)
  const goals: Goal[] = [
    { what: `verdict, against ${peer}, 1 KiB`, found: verdicts.get('1 KiB')!.ratio(peer, 'waxseal'), wanted: 2, sense: 'least', unit: '×' },
    { what: 'the same, 20 KiB', found: verdicts.get('20 KiB')!.ratio(peer, 'waxseal'), wanted: 3, sense: 'least', unit: '×' },
    ...sizes.map((size): Goal => ({
      what: `all data read, against ${peer}, ${bytes(size)}`,
      found: reads.get(bytes(size))!.ratio('waxseal', peer), wanted: 1.15, sense: 'most', unit: '× its time',
    })),
  ]
  const part = (title: string, races: Map<string, Times>) => [`### ${title}`, timeTable(races, names), ratioTable(races, names, 'waxseal')]
  return {
    title: 'Is it signed, and in keeping with its schema?',
    text: [about, ...part('Verdict', verdicts), ...part('All data read', reads)].join('\n\n'),
    goals,
    quote: ['Signature, schema and verdict:', timeTable(verdicts, names), 'The same, and then every field of the data is read:', timeTable(reads, names)].join('\n\n'),
  }
}
