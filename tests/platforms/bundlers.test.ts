// One program, bundled from the tarball by each bundler as its documents say, with no setting for
// Waxseal; what comes out runs under Node, workerd, and in Chromium in a page with a strict policy.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { startWorkerd } from '../../functions/relay/workerd.ts'
import { modules, project, root, type Project } from './project.ts'

const [vector] = (JSON.parse(readFileSync(join(root, 'tests/vectors/github.json'), 'utf8')) as { vectors: { secrets: string[]; headers: [string, string][]; body: string }[] }).vectors
const verified = { small: true, forged: 'bad_signature', large: 'push', received: 'large' }

/** Verifies a published webhook, a forged one, and a large one, which the host digests. */
const program = `
import { Webhook } from 'waxseal'
import { github } from 'waxseal/dialects/github'

export async function report() {
  const { secrets, headers, body } = ${JSON.stringify({ secrets: vector!.secrets, headers: vector!.headers, body: vector!.body })}
  const hook = new Webhook(github, { secrets })
  const large = JSON.stringify({ ref: 'x'.repeat(20_000) })
  const signed = hook.sign(large, { type: 'push', id: 'large' })
  const request = new Request('https://example.com/', { method: 'POST', body: large, headers: signed })
  return {
    small: hook.check(body, headers).ok, forged: hook.check(body + '!', headers).code,
    large: hook.verify(large, signed).type, received: (await hook.receive(request)).id,
  }
}
`
let home: Project
before(() => {
  home = project('bundlers')
  home.write({
    'report.js': program,
    'main.js': "import { report } from './report.js'\nreport().then(made => { globalThis.report = made; console.log(JSON.stringify(made)) }, error => { globalThis.report = String(error) })",
    'index.html': '<!doctype html><title>page</title><script type="module" src="/main.js"></script>',
    'worker.js': "import { report } from './report.js'\nexport default { fetch: async () => Response.json(await report()) }",
    'wrangler.json': '{ "name": "worker", "main": "worker.js", "compatibility_date": "2026-10-01" }',
    'rollup.config.mjs': `import { nodeResolve } from ${JSON.stringify(join(modules, '@rollup/plugin-node-resolve/dist/es/index.js'))}\nexport default { input: 'main.js', output: { file: 'rollup/main.mjs', format: 'es' }, plugins: [nodeResolve()] }`,
    'webpack.mjs': `import webpack from ${JSON.stringify(join(modules, 'webpack/lib/index.js'))}
for (const target of ['node', 'web']) {
  const compiler = webpack({ mode: 'production', target, context: ${JSON.stringify(home.folder)}, entry: './main.js', output: { path: ${JSON.stringify(home.folder)} + '/webpack-' + target, filename: 'main.cjs' } })
  compiler.run((error, stats) => { if (error || stats.hasErrors() || stats.hasWarnings()) { console.error(String(error ?? stats)); process.exitCode = 1 } compiler.close(() => {}) })
}`,
  })
})
after(() => home.remove())

/** Runs a program of this repository's node_modules in the project. */
const tool = (path: string, ...words: string[]): string => execFileSync(process.execPath, [join(modules, path), ...words], {
  cwd: home.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000,
  env: { ...process.env, NODE_OPTIONS: '', WRANGLER_SEND_METRICS: 'false', CI: '1', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
})
const run = (path: string): object => JSON.parse(execFileSync(process.execPath, [join(home.folder, path)], { encoding: 'utf8' })) as object

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.cjs': 'text/javascript', '.wasm': 'application/wasm' }

/** Opens index.html of `folder`, served with `policy`, in Chromium. @return what the page reports */
async function page(folder: string, policy: string): Promise<unknown> {
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : request.url!
    try {
      const body = readFileSync(join(home.folder, folder, path))
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain', 'content-security-policy': policy }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  }).listen(0, '127.0.0.1')
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
  try {
    const opened = await browser.newPage()
    await opened.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const reported = await opened.waitForFunction('globalThis.report', undefined, { timeout: 20_000 })
    return await reported.jsonValue()
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
}
const strict = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"

test('esbuild: for Node, and for a page', async () => {
  tool('esbuild/bin/esbuild', 'main.js', '--bundle', '--platform=node', '--format=esm', '--outfile=esbuild/main.mjs')
  assert.deepEqual(run('esbuild/main.mjs'), verified)
  tool('esbuild/bin/esbuild', 'main.js', '--bundle', '--minify', '--outfile=esbuild/main.js')
  home.write({ 'esbuild/index.html': '<!doctype html><script src="/main.js"></script>' })
  assert.deepEqual(await page('esbuild', strict), verified)
})

test("a page's policy is in force: without wasm-unsafe-eval nothing verifies, and it says why", async () => {
  assert.match(String(await page('esbuild', "default-src 'none'; script-src 'self'")), /Content Security Policy/)
})

test('Vite: a page, and for a server', async () => {
  tool('vite/bin/vite.js', 'build', '--outDir', 'vite', '--logLevel', 'warn')
  assert.deepEqual(await page('vite', strict), verified)
  tool('vite/bin/vite.js', 'build', '--ssr', 'main.js', '--outDir', 'vite-server', '--logLevel', 'warn')
  assert.deepEqual(run('vite-server/main.js'), verified)
})

test('webpack: for Node, and for a page', async () => {
  execFileSync(process.execPath, [join(home.folder, 'webpack.mjs')], { encoding: 'utf8', stdio: 'pipe' })
  assert.deepEqual(run('webpack-node/main.cjs'), verified)
  home.write({ 'webpack-web/index.html': '<!doctype html><script src="/main.cjs"></script>' })
  assert.deepEqual(await page('webpack-web', strict), verified)
})

test('Rollup with its own resolver', () => {
  const said = tool('rollup/dist/bin/rollup', '--config', 'rollup.config.mjs', '--silent')
  assert.equal(said, '')
  assert.deepEqual(run('rollup/main.mjs'), verified)
})

test('wrangler: under workerd, with the wasm as a module', async () => {
  tool('wrangler/bin/wrangler.js', 'deploy', '--dry-run', '--config', join(home.folder, 'wrangler.json'), '--outdir', join(home.folder, 'wrangler'))
  const built = readdirSync(join(home.folder, 'wrangler'))
  const wasm = built.find(name => name.endsWith('.wasm'))
  assert.ok(wasm && built.includes('worker.js'), built.join())
  home.write({ 'wrangler/worker.js': readFileSync(join(home.folder, 'wrangler/worker.js'), 'utf8').replaceAll(wasm, 'waxseal.wasm') })
  execFileSync('cp', [join(home.folder, 'wrangler', wasm), join(home.folder, 'wrangler/waxseal.wasm')])
  const worker = await startWorkerd({ folder: join(home.folder, 'wrangler'), state: join(home.folder, 'state'), listen: '127.0.0.1:0', print: () => {} })
  try {
    assert.deepEqual(await (await fetch(worker.urls.main!)).json(), verified)
  } finally {
    await worker.stop()
  }
})
