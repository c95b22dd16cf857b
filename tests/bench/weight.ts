// Part 6: what it costs to have: bytes in a bundle, milliseconds to import, microseconds to open.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { Webhook } from 'waxseal'
import { dialects } from 'waxseal/dialects/index'
import { secrets } from './messages.ts'
import { median, race, type Effort } from './race.ts'
import { figure, microseconds, table, type Section } from './report.ts'

/** What a user writes to verify one provider's webhooks. */
const imports: Record<string, string> = {
  'waxseal, one dialect': "export { Webhook } from 'waxseal'; export { github } from 'waxseal/dialects/github'",
  'waxseal/full, one dialect': "export { Webhook } from 'waxseal/full'; export { github } from 'waxseal/dialects/github'",
  '@octokit/webhooks-methods': "export { verify } from '@octokit/webhooks-methods'",
  'standardwebhooks': "export { Webhook } from 'standardwebhooks'",
  'svix': "export { Webhook } from 'svix'",
  'stripe': "export { default } from 'stripe'",
  '@hookflo/tern': "export * from '@hookflo/tern'",
}

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Bytes of the bundle, minified, and of its gzip; `edge` leaves the wasm module beside it. */
async function bundled(source: string, edge: boolean): Promise<{ raw: number; gzip: number }> {
  const made = await build({
    stdin: { contents: source, resolveDir: root }, bundle: true, minify: true, write: false, format: 'esm', outdir: 'nowhere',
    ...(edge ? { platform: 'neutral', conditions: ['workerd'], mainFields: ['module', 'main'], loader: { '.wasm': 'copy' } } : { platform: 'node' }),
    external: edge ? ['node:*'] : [], logLevel: 'silent',
  })
  const sizes = made.outputFiles.map(({ contents }) => ({ raw: contents.length, gzip: gzipSync(contents, { level: 9 }).length }))
  return sizes.reduce((sum, each) => ({ raw: sum.raw + each.raw, gzip: sum.gzip + each.gzip }))
}

/** Milliseconds that a fresh Node takes for the import alone. */
function imported(source: string): number {
  const modules = [...source.matchAll(/from '([^']+)'/g)].map(([, name]) => name)
  const program = `const began = performance.now(); for (const name of ${JSON.stringify(modules)}) await import(name); console.log(performance.now() - began)`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root, encoding: 'utf8' }))
}

/** A secret that the dialect takes; null where it takes a public key or a setting. */
function secretFor(name: string): string | null {
  const bytes = Buffer.alloc(32, 7)
  for (const secret of [secrets.standard, bytes.toString('hex'), bytes.toString('base64')]) {
    try {
      new Webhook(dialects[name]!, { secrets: secret }).close()
      return secret
    } catch { /* the next form */ }
  }
  return null
}

export async function weight(effort: Effort, say: (line: string) => void): Promise<Section> {
  say('weight: bundles')
  const rows: Record<string, string[]> = {}
  for (const [name, source] of Object.entries(imports)) {
    const whole = await bundled(source, false)
    rows[name] = [figure(whole.raw / 1000), figure(whole.gzip / 1000)]
    if (!name.startsWith('waxseal')) continue
    const edge = await bundled(source, true)
    rows[`${name}, for the edge`] = [figure(edge.raw / 1000), figure(edge.gzip / 1000), '–']
  }
  say('weight: imports')
  const taken = new Map(Object.keys(imports).map((name) => [name, [] as number[]]))
  for (let round = 0; round < Math.max(3, effort.rounds / 10); round++) {
    for (const [name, source] of Object.entries(imports)) taken.get(name)!.push(imported(source))
  }
  for (const [name, all] of taken) rows[name]!.push(figure(median(all)))
  say('weight: opening')
  const chosen = new Map(Object.keys(dialects).map((name) => [name, secretFor(name)]))
  const names = [...chosen.keys()].filter((name) => chosen.get(name) !== null)
  const opened = await race([
    ...names.map((name) => ({ name, run: () => (new Webhook(dialects[name]!, { secrets: chosen.get(name)! }).close(), true) })),
    { name: 'standardwebhooks', run: () => Boolean(new StandardWebhook(secrets.standard)) },
    { name: 'svix', run: () => Boolean(new SvixWebhook(secrets.standard)) },
  ], { rounds: Math.max(3, effort.rounds / 10), loop: effort.loop })
  const slowest = names.reduce((most, name) => (opened.of(name) > opened.of(most) ? name : most))
  return {
    title: 'Weight',
    text: [
      'What a user imports to verify the webhooks of one provider: bundled and minified by esbuild (gzip -9 beside it), and imported by a fresh Node, medians. The embedded module is in our figures; `for the edge` it stands beside the bundle as a file, and is counted. One dialect weighs its image and no code.',
      table(['', 'bundle, KB', 'gzip, KB', 'import, ms'], Object.entries(rows).map(([name, cells]) => [name, ...cells])),
      `Opening a verifier and closing it, over the ${names.length} dialects with a shared secret:`,
      table(['', 'µs'], [
        ['the median dialect', microseconds(median(names.map((name) => opened.of(name))))],
        [`the slowest, ${slowest}`, microseconds(opened.of(slowest))],
        ['standardwebhooks', microseconds(opened.of('standardwebhooks'))],
        ['svix', microseconds(opened.of('svix'))],
      ]),
    ].join('\n\n'),
    goals: [{ what: `opening a verifier, the slowest dialect (${slowest})`, found: opened.of(slowest) / 1000, wanted: 100, sense: 'most', unit: ' µs' }],
  }
}
