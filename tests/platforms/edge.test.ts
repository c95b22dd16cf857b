// Vercel's edge: the route of docs/platforms.md, bundled by webpack as Next.js bundles for it and run in
// edge-runtime, which here compiles neither WebAssembly nor JavaScript from what a program brings.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createHandler, EdgeRuntime } from 'edge-runtime'
import webpack from 'webpack'
import { destination } from '../functions/destination.ts'
import { documented, modules, post, project, receives, secret, type Project } from './project.ts'

let home: Project
let end: Awaited<ReturnType<typeof destination>>
before(async () => {
  home = project('edge')
  end = await destination()
})
after(async () => {
  await end.close()
  home.remove()
})

/**
 * Next.js's own way with `import module from './x.wasm?module'`: the file is put beside the bundle, and
 * the import is a global that its runtime sets to the compiled module.
 */
const loader = `module.exports = function (source) {
  this._compilation.assets['wasm_waxseal.wasm'] = new (require(${JSON.stringify(join(modules, 'webpack'))}).sources.RawSource)(source)
  return 'module.exports = wasm_waxseal'
}
module.exports.raw = true`

async function bundled(): Promise<string> {
  const [{ path, code } = assert.fail()] = documented('Vercel and Next.js')
  home.write({
    'loader.cjs': loader,
    [path]: code,
    'entry.js': `import { POST } from './${path}'\naddEventListener('fetch', event => event.respondWith(POST(event.request)))`,
  })
  const compiler = webpack({
    mode: 'production', target: ['web', 'es2022'], context: home.folder, entry: './entry.js',
    output: { path: join(home.folder, 'out'), filename: 'edge.js' },
    resolve: { conditionNames: ['edge-light', 'worker', 'import', 'default'] }, // as Next.js sets them
    module: { rules: [{ test: /\.wasm$/, resourceQuery: /module/, type: 'javascript/auto', loader: join(home.folder, 'loader.cjs') }] },
  })
  const stats = await new Promise<webpack.Stats>((done, failed) => compiler.run((error, result) => error ? failed(error) : done(result!)))
  await new Promise(closed => compiler.close(closed))
  assert.ok(!stats.hasErrors(), stats.toString())
  return readFileSync(join(home.folder, 'out/edge.js'), 'utf8')
}

test('a route of Next.js on its edge: verified by the module that the platform compiled', async () => {
  const code = await bundled()
  assert.deepEqual(readdirSync(join(home.folder, 'out')).sort(), ['edge.js', 'wasm_waxseal.wasm'])
  assert.ok(!code.includes('AGFzbQ'), 'no wasm is embedded')
  const module = new WebAssembly.Module(readFileSync(join(home.folder, 'out/wasm_waxseal.wasm')))
  const digests: number[] = []
  const runtime = new EdgeRuntime({
    codeGeneration: { strings: false, wasm: false },
    extend: context => Object.assign(context, {
      wasm_waxseal: module, process: { env: { GITHUB_SECRET: secret, FORWARD_URL: end.url } },
      noted: (bytes: number) => digests.push(bytes),
    }),
    initialCode: code,
  })
  assert.throws(() => runtime.evaluate('new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))'), /Wasm code generation disallowed/)
  runtime.evaluate(`{ const { digest } = crypto.subtle; crypto.subtle.digest = (...given) => (noted(given[1].byteLength), digest.apply(crypto.subtle, given)) }`)
  const { handler } = createHandler({ runtime })
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/webhook`
    await receives(post(url), end)
    assert.equal((await fetch(url)).status, 405)
    // The small ones in the wasm, the large one by the host: this runtime has no node:crypto.
    assert.ok(digests.length === 1 && digests[0]! > 200_000, digests.join())
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
