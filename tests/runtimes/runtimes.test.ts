// Every vector on every runtime: the matrix of Nodes, Bun, Deno, workerd (with the wasm as a
// module) and real Chromium (with Emscripten's build). The code is what the package exports there.
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import type { Report } from './vectors.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'waxseal-runtimes-'))
after(() => rmSync(folder, { recursive: true }))

const jsonFiles = (path: string): [string, string][] => readdirSync(join(root, path))
  .filter(file => file.endsWith('.json')).map(file => [file.slice(0, -5), readFileSync(join(root, path, file), 'utf8')])
const files = jsonFiles('tests/vectors').map(([, text]) => JSON.parse(text) as { vectors: unknown[] })
const total = files.reduce((sum, { vectors }) => sum + vectors.length, 0)

const virtual: Plugin = {
  name: 'vectors',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vectors:/ }, ({ path }) => ({ path, namespace: 'vectors' }))
    onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${basename(path)}`, external: true }))
    onLoad({ filter: /dialects$/, namespace: 'vectors' }, () =>
      ({ contents: `export const dialects = ${JSON.stringify(Object.fromEntries(jsonFiles('core/dialects')))}` }))
    onLoad({ filter: /files$/, namespace: 'vectors' }, () => ({ contents: `export const files = ${JSON.stringify(files)}` }))
  },
}

/** Where the dialects come from: the package's own, or their files, compiled by waxseal/full. */
const sources = {
  shipped: "import { dialects } from 'waxseal/dialects/index'\nconst from = name => dialects[name]\n",
  compiled: "import { loadDialect } from 'waxseal/full'\nimport { dialects } from 'vectors:dialects'\nconst from = name => loadDialect(dialects[name])\n",
}
type Source = keyof typeof sources

/** Bundles `program`, which calls `runVectors`, for a runtime. @return the bundle's path */
async function bundle(name: string, source: Source, program: string, options: BuildOptions): Promise<string> {
  const outfile = join(folder, `${name}-${source}.mjs`)
  await build({
    stdin: { contents: `import { runVectors } from './vectors.ts'\n${sources[source]}${program}`, resolveDir: import.meta.dirname, loader: 'js' },
    outfile, bundle: true, format: 'esm', target: 'es2022', plugins: [virtual], logLevel: 'warning', ...options,
  })
  return outfile
}

function holds(report: Report, source: Source): void {
  assert.deepEqual(report.failed, [])
  assert.equal(report.run, total)
  assert.ok(source === 'compiled' ? report.left === 0 : report.left > 0 && report.left < total / 3, `${report.left} vectors left to waxseal/full`)
  assert.ok(total > 1000, `${total} vectors`)
}

const machine = process.arch === 'arm64' ? ['-arm64', 'aarch64'] : ['', 'x64']
const modules = join(root, 'node_modules')
const commands: Record<string, string[]> = {
  'Node 20': [`${modules}/node20${machine[0]}/bin/node`],
  'Node 22': [`${modules}/node22${machine[0]}/bin/node`],
  'Node 24': [`${modules}/node24${machine[0]}/bin/node`],
  'Node 26': [`${modules}/node26${machine[0]}/bin/node`],
  'Bun': [`${modules}/@oven/bun-linux-${machine[1]}/bin/bun`],
  'Deno': [`${modules}/.bin/deno`, 'run', '--quiet'],
}

for (const source of ['shipped', 'compiled'] as const) {
  let plain = ''
  before(async () => { plain = await bundle('plain', source, 'console.log(JSON.stringify(await runVectors(from)))', {}) })

  for (const [runtime, [command, ...words]] of Object.entries(commands)) {
    test(`every vector gets its answer in ${runtime}, by dialects ${source}`, () => {
      assert.ok(existsSync(command!), `${command} is not installed`)
      const { stdout, stderr } = spawnSync(command!, [...words, plain], { encoding: 'utf8', maxBuffer: 1 << 26 })
      assert.ok(stdout.startsWith('{'), stderr)
      holds(JSON.parse(stdout), source)
    })
  }

  test(`every vector gets its answer in workerd, with the wasm as a module, by dialects ${source}`, async () => {
    await bundle('worker', source, 'export default { fetch: async () => Response.json(await runVectors(from)) }', { conditions: ['workerd', 'worker'], outfile: join(folder, 'worker.js') })
    for (const name of ['waxseal.wasm', 'waxseal-full.wasm']) copyFileSync(join(root, 'dist', name), join(folder, name))
    writeFileSync(join(folder, 'worker.capnp'), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (compatibilityDate = "2026-10-01", modules = [
    (name = "worker.js", esModule = embed "worker.js"), (name = "waxseal.wasm", wasm = embed "waxseal.wasm"),
    (name = "waxseal-full.wasm", wasm = embed "waxseal-full.wasm")]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`)
    const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string }
    const child: ChildProcess = spawn(workerd, ['serve', '--control-fd=3', join(folder, 'worker.capnp')], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
    try {
      for await (const line of createInterface(child.stdio[3] as NodeJS.ReadableStream)) {
        const { event, port } = JSON.parse(line) as { event: string; port: number }
        if (event !== 'listen') continue
        return holds(await (await fetch(`http://127.0.0.1:${port}/`)).json() as Report, source)
      }
      assert.fail('workerd ended before it listened')
    } finally {
      child.kill()
    }
  })

  test(`every vector gets its answer in Chromium, with Emscripten's build, by dialects ${source}`, async () => {
    const script = await bundle('browser', source, 'globalThis.report = runVectors(from)', { conditions: ['browser'], format: 'iife' })
    assert.ok(readFileSync(script, 'utf8').includes(readFileSync(join(root, `build/emscripten/waxseal${source === 'compiled' ? '-full' : ''}.wasm`)).toString('base64')), "the bundle holds Emscripten's build")
    const server = createServer((request, response) => {
      response.writeHead(200, { 'content-type': request.url === '/' ? 'text/html' : 'text/javascript' })
        .end(request.url === '/' ? '<!doctype html><script src="browser.js"></script>' : readFileSync(script))
    }).listen(0, '127.0.0.1')
    const { chromium } = await import('playwright-core')
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    })
    try {
      const page = await browser.newPage()
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      holds(await page.evaluate('globalThis.report') as Report, source)
    } finally {
      await browser.close()
      server.close()
    }
  })
}
