// Part 3: part 2 inside workerd. Each timing is one request over loopback in which a worker verifies
// 1,000 messages, less a request in which it does nothing 1,000 times.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { Code } from 'typebox/compile'
import dialect from './orders.json' with { type: 'json' }
import { forged, messages, type Message } from './messages.ts'
import { median, race, Times, type Effort } from './race.ts'
import { bytes, ratioTable, timeTable, type Goal, type Section } from './report.ts'
import { eventSchemas } from './schemas.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = `${root}build/bench`
const sizes = [300, 1024, 20480]
const calls = 1000
const peer = 'crypto.subtle + JSON.parse + typebox'

const about = `The same messages, in workerd. Its clock stands still while code runs, so ${calls} verifications inside one request are timed from outside over loopback, less a request whose loop does nothing; the candidates' requests take turns. workerd refuses to compile code at run time, so typebox's validators are its own generated code, bundled (faster than its interpreter). \`waxseal\` runs with \`nodejs_compat\`, where \`verify\` can digest by the host; \`waxseal, no nodejs_compat\` digests in wasm.`

const validators: Plugin = {
  name: 'validators',
  setup({ onResolve, onLoad }) {
    const schemas = eventSchemas(dialect)
    const types = Object.keys(schemas)
    onResolve({ filter: /^bench:/ }, ({ path }) => ({ path, namespace: 'bench' }))
    onLoad({ filter: /^bench:validators$/, namespace: 'bench' }, () => ({
      resolveDir: root,
      contents: [
        ...types.map((type, index) => `import { Check as check${index} } from 'bench:event/${type}'`),
        `export const validators = { ${types.map((type, index) => `'${type}': check${index}`).join(', ')} }`,
      ].join('\n'),
    }))
    onLoad({ filter: /^bench:event/, namespace: 'bench' }, ({ path }) => ({
      resolveDir: root,
      contents: Code(schemas[path.slice('bench:event/'.length)]!).Code,
      loader: 'ts',
    }))
    onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${basename(path)}`, external: true }))
  },
}

const config = `using Workerd = import "/workerd/workerd.capnp";
const modules :List(Workerd.Worker.Module) = [
  (name = "worker.js", esModule = embed "worker.js"),
  (name = "waxseal.wasm", wasm = embed "../../dist/waxseal.wasm"),
  (name = "waxseal-full.wasm", wasm = embed "../../dist/waxseal-full.wasm"),
];
const config :Workerd.Config = (
  services = [
    (name = "plain", worker = (modules = .modules, compatibilityDate = "2026-08-01")),
    (name = "node", worker = (modules = .modules, compatibilityDate = "2026-10-01")),
  ],
  sockets = [
    (name = "plain", address = "127.0.0.1:0", http = (), service = "plain"),
    (name = "node", address = "127.0.0.1:0", http = (), service = "node"),
  ],
);
`

/** Starts the worker, once without and once with nodejs_compat. @return addresses, and what ends it */
async function start(): Promise<{ plain: string; node: string; stop(): void }> {
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    outfile: `${folder}/worker.js`,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker'],
    plugins: [validators],
    logLevel: 'warning',
  })
  writeFileSync(`${folder}/worker.capnp`, config)
  const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string }
  const child = spawn(workerd, ['serve', '--control-fd=3', `${folder}/worker.capnp`], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  const ports = new Map<string, number>()
  for await (const line of createInterface(child.stdio[3] as NodeJS.ReadableStream)) {
    const { socket, port } = JSON.parse(line) as { socket: string; port: number }
    ports.set(socket, port)
    if (ports.size === 2) break
  }
  const url = (socket: string) => `http://127.0.0.1:${ports.get(socket)}/`
  return { plain: url('plain'), node: url('node'), stop: () => child.kill() }
}

type Row = 'verdict' | 'data'

/** One request in which `candidate` verifies the pool over and over. @return how many answers were right */
async function ask(url: string, candidate: string, row: Row, count: number): Promise<number> {
  const response = await fetch(`${url}?candidate=${candidate}&row=${row}&calls=${count}`)
  return Number(await response.text())
}

async function give(url: string, pool: readonly Message[]): Promise<void> {
  const sent = pool.map(({ body, standard }) => ({ body: body.toString(), headers: standard }))
  await (await fetch(url, { method: 'PUT', body: JSON.stringify(sent) })).text()
}

export async function edge(effort: Effort, say: (line: string) => void): Promise<Section> {
  const { plain, node, stop } = await start()
  const contestants: Record<string, string> = { empty: node, waxseal: node, 'waxseal, no nodejs_compat': plain, [peer]: node }
  const candidateOf = (name: string) => (name === peer ? 'byHand' : name.split(',')[0]!)
  const names = Object.keys(contestants).filter((name) => name !== 'empty')
  const rows: Record<Row, Map<string, Times>> = { verdict: new Map(), data: new Map() }
  try {
    for (const size of sizes) {
      const good = messages(size)
      for (const url of [plain, node]) await give(url, forged(good.slice(0, 4)))
      for (const name of names) {
        const accepted = await ask(contestants[name]!, candidateOf(name), 'verdict', 4)
        if (accepted !== 0) throw new Error(`${name} accepts forged requests in workerd`)
      }
      for (const url of [plain, node]) await give(url, good)
      for (const row of ['verdict', 'data'] as const) {
        say(`workerd, ${bytes(size)}, ${row}`)
        const requests = Object.entries(contestants).map(([name, url]) => ({
          name,
          run: async () => (await ask(url, candidateOf(name), row, calls)) === calls,
        }))
        rows[row].set(bytes(size), perCall(await race(requests, { rounds: Math.ceil(effort.rounds / 3), loop: 0 })))
      }
    }
  } finally {
    stop()
  }
  const goal = (size: number, wanted: number): Goal => ({
    what: `verdict in workerd, against ${peer}, ${bytes(size)}`,
    found: rows.verdict.get(bytes(size))!.ratio(peer, 'waxseal'), wanted, sense: 'least', unit: '×',
  })
  const part = (title: string, races: Map<string, Times>) => [`### ${title}`, timeTable(races, names), ratioTable(races, names, 'waxseal')]
  return {
    title: 'The same in workerd',
    text: [about, ...part('Verdict in workerd', rows.verdict), ...part('All data read in workerd', rows.data)].join('\n\n'),
    goals: [goal(1024, 1.3), goal(20480, 1.8)],
  }
}

/** From requests to verifications. */
function perCall(requests: Times): Times {
  const nothing = median(requests.byName.get('empty')!)
  return new Times(new Map([...requests.byName].map(([name, all]) => [name, all.map((time) => (time - nothing) / calls)])))
}
