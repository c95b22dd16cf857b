// The benchmarks: `npm run bench` runs every part and writes docs/performance.md;
// `npm run bench -- PART…` runs some parts and prints them. `--quick`: a fraction of the rounds, to see
// that everything runs; its figures mean nothing.
import { readFileSync, writeFileSync } from 'node:fs'
import { edge } from './edge.ts'
import { explain } from './explain.ts'
import { cpu, loadBefore, machine } from './machine.ts'
import { effort, type Effort } from './race.ts'
import { goalTable, met, type Section } from './report.ts'
import { publicKey } from './publickey.ts'
import { relay } from './relay.ts'
import { scanner } from './scanner.ts'
import { signature } from './signature.ts'
import { validate } from './validate.ts'
import { weight } from './weight.ts'

type Part = (effort: Effort, say: (line: string) => void) => Promise<Section>

const parts: Record<string, Part> = { signature, validate, edge, scanner, weight, relay, publickey: publicKey, explain }

const given = process.argv.slice(2)
const quick = given.includes('--quick')
const named = given.filter((argument) => argument !== '--quick')
const unknown = named.find((name) => !(name in parts))
if (unknown !== undefined) {
  console.error(`bench: no part '${unknown}'; there are: ${Object.keys(parts).join(' ')}`)
  process.exit(2)
}

const began = Date.now()
const say = (line: string) => console.error(`[${String(Math.round((Date.now() - began) / 1000)).padStart(3)}s] ${line}`)
say(`load average before: ${loadBefore}`)

const sections: Section[] = []
for (const name of named.length ? named : Object.keys(parts)) {
  const section = await parts[name]!(quick ? effort.quick : effort.full, say)
  console.log(`## ${section.title}\n\n${section.text}\n\n${goalTable(section.goals)}\n`)
  sections.push(section)
}

const goals = sections.flatMap((section) => section.goals)
say(`${goals.filter(met).length} of ${goals.length} goals met`)
if (!named.length && !quick) {
  writeFileSync(new URL('../../docs/performance.md', import.meta.url), page())
  const readme = new URL('../../README.md', import.meta.url)
  writeFileSync(readme, quoted(readFileSync(readme, 'utf8')))
}

/** The README with what it quotes of this run. */
function quoted(text: string): string {
  const quotes = sections.flatMap(({ quote }) => quote ?? []).join('\n\n')
  return text.replace(/(<!-- speed: .* -->\n)[^]*(<!-- \/speed -->)/, (_, open, close) =>
    `${open}${quotes}\n\nFrom \`npm run bench\`, on ${cpu()}, Node ${process.versions.node}: medians of interleaved rounds; read the ratios first. More, with the goals that were missed, in [docs/performance.md](docs/performance.md).\n${close}`)
}

function page(): string {
  return `# Performance

Made by \`npm run bench\`; nothing here is written by hand.

${machine()}

Every part runs its candidates interleaved, in one process where that can be: loops of about a millisecond, each candidate in turn, in another order every round. Figures are medians over the rounds. Ratios are taken round by round, and then their median: on a shared machine they are steadier than the times. Every answer is asserted to be right.

## Goals

${goalTable(goals)}

${sections.map(({ title, text }) => `## ${title}\n\n${text}`).join('\n\n')}
`
}
