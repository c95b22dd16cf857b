// `npm run bench:relay` runs every part and writes docs/performance-relay.md; `npm run bench:relay -- PART…`
// runs some parts and prints them. `--quick`: to see that everything runs; its figures mean nothing.
// `--minutes N`: how long memory is watched; 30 to tell whether it stays flat.
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { machine } from '../machine.ts'
import { figure, goalTable, met, type Section } from '../report.ts'
import { fanout } from './fanout.ts'
import { intake } from './intake.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { fsyncRate } from './start.ts'
import { stored } from './stored.ts'

/** How much is done: turns of each candidate, seconds of each turn, rows that are stored beforehand, minutes of steady load. */
export interface Extent { turns: number; seconds: number; rows: number; endpoints: number; minutes: number }
type Part = (extent: Extent, say: (line: string) => void) => Promise<Section>

const parts: Record<string, Part> = { intake, latency, fanout, stored, memory }
const { values, positionals } = parseArgs({ options: { quick: { type: 'boolean' }, minutes: { type: 'string' } }, allowPositionals: true })
const unknown = positionals.find(name => !(name in parts))
if (unknown !== undefined || Number.isNaN(Number(values.minutes ?? 1))) {
  console.error(`bench:relay: ${unknown === undefined ? '--minutes takes a number' : `no part '${unknown}'; there are: ${Object.keys(parts).join(' ')}`}`)
  process.exit(2)
}
const extent: Extent = {
  ...values.quick ? { turns: 1, seconds: 0.5, rows: 20_000, endpoints: 500, minutes: 0.2 } : { turns: 5, seconds: 3, rows: 1_000_000, endpoints: 10_000, minutes: 2 },
  ...values.minutes !== undefined && { minutes: Number(values.minutes) },
}
const began = Date.now()
const say = (line: string): void => console.error(`[${String(Math.round((Date.now() - began) / 1000)).padStart(4)}s] ${line}`)

const disk = fsyncRate(tmpdir())
say(`fsync of 4 KiB: ${figure(disk)} a second`)
const sections: Section[] = []
for (const name of positionals.length ? positionals : Object.keys(parts)) {
  const section = await parts[name]!(extent, say)
  console.log(`## ${section.title}\n\n${section.text}\n\n${goalTable(section.goals)}\n`)
  sections.push(section)
}
const goals = sections.flatMap(section => section.goals)
say(`${goals.filter(met).length} of ${goals.length} goals met`)
if (!positionals.length && !values.quick) {
  writeFileSync(new URL('../../../docs/performance-relay.md', import.meta.url), `# Performance of the relay

Made by \`npm run bench:relay\`; nothing here is written by hand.

${machine()}

fsync of 4 KiB at the beginning: ${figure(disk)} a second.

Ratios are taken turn by turn in the same run, and then their median: read them first.

## Goals

${goalTable(goals)}

${sections.map(({ title, text }) => `## ${title}\n\n${text}`).join('\n\n')}
`)
}
