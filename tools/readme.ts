// Writes the tables of dialects from the dialect files: docs/providers.md, and the list in the README.
// `tools/node tools/readme.ts` writes; with --check it fails where a page would change (tests/docs
// calls it so).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dialects as compiled } from '../js/dialects/index.ts'
import { Webhook } from '../js/index.ts'

interface DialectFile {
  name: string
  title: string
  documents: string[]
  signature: Way | Way[]
  timestamp?: Timestamp
  event?: { id?: Place; dedupe?: Place | null }
  events?: Record<string, unknown>
}
type Place = { header?: string; pointer?: string; field?: string }
type Timestamp = { tolerance?: { past: number } }
/** One way of signing; of several the table shows the strongest. */
type Way = { scheme: string; header?: string | string[]; encoding?: string; timestamp?: Timestamp }

const folder = new URL('../core/dialects/', import.meta.url)
const files = readdirSync(folder).map(file => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as DialectFile)
const dialects = files.sort((a, b) => a.title.localeCompare(b.title, 'en'))

/** Whether the small module leaves it to `waxseal/full`. */
function needsFull(name: string): boolean {
  try {
    new Webhook(compiled[name]!, { secrets: 'any', settings: {} }).close()
  } catch (error) {
    return String(error).includes("'waxseal/full'")
  }
  return false
}

const rows = dialects.map(({ title, name, documents, signature: ways, event = {}, events, ...file }) => {
  const signature = [ways].flat()[0]!
  const timestamp = signature.timestamp ?? file.timestamp
  const age = timestamp?.tolerance ? `${timestamp.tolerance.past} s` : 'any'
  const key = event.dedupe === undefined ? event.id : event.dedupe
  const where = key?.pointer ? `\`${key.pointer}\`` : key?.header ? `\`${key.header.toLowerCase()}\`` : '–'
  const [first] = [signature.header ?? []].flat()
  const header = first ? `\`${first.toLowerCase()}\`` : 'in the body'
  return `| [${title}](${documents[0]}) | \`${name}\`${needsFull(name) ? ' ●' : ''} | ${header} | ${signature.scheme} | ${signature.encoding ?? ''} | ${age} | ${where} | ${Object.keys(events ?? {}).length || ''} |`
})
const table = ['| system | dialect | header | scheme | encoding | age | deduplicated by | events |', '|---|---|---|---|---|--:|---|--:|', ...rows].join('\n')
const list = `${dialects.length} systems: ${dialects.map(({ title }) => title).join(', ')}.`

const check = process.argv.includes('--check')
for (const [page, made] of [['README.md', list], ['docs/providers.md', table]] as const) {
  const file = new URL(`../${page}`, import.meta.url)
  const before = readFileSync(file, 'utf8')
  const after = before.replace(/(<!-- dialects: .* -->\n)[^]*(<!-- \/dialects -->)/, (_, open, close) => `${open}${made}\n${close}`)
  if (!check) writeFileSync(file, after)
  else if (after !== before) {
    console.error(`${page}: the dialects are not what the files say; run tools/node tools/readme.ts`)
    process.exitCode = 1
  }
}
