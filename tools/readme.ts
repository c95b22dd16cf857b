// Writes the README's table of dialects from the dialect files. `tools/node tools/readme.ts` writes;
// with --check it fails where the README would change (tests/docs calls it so).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

interface DialectFile {
  name: string
  title: string
  documents: string[]
  signature: { scheme: string; header: string }
  timestamp?: { tolerance?: { past: number } }
  events?: Record<string, unknown>
}

const folder = new URL('../core/dialects/', import.meta.url)
const readme = new URL('../README.md', import.meta.url)

const rows = readdirSync(folder).sort().map(file => {
  const { title, name, documents, signature, timestamp, events } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as DialectFile
  const age = timestamp?.tolerance ? `${timestamp.tolerance.past} s` : 'any'
  return `| [${title}](${documents[0]}) | \`${name}\` | \`${signature.header.toLowerCase()}\` | ${signature.scheme} | ${age} | ${Object.keys(events ?? {}).length || 'any'} |`
})
const table = ['| system | dialect | header | scheme | age | events |', '|---|---|---|---|--:|--:|', ...rows].join('\n')

const before = readFileSync(readme, 'utf8')
const after = before.replace(/(<!-- dialects: .* -->\n)[^]*(<!-- \/dialects -->)/, (_, open, close) => `${open}${table}\n${close}`)
if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('README.md: the table of dialects is not what the dialects say; run tools/node tools/readme.ts')
    process.exit(1)
  }
} else {
  writeFileSync(readme, after)
}
