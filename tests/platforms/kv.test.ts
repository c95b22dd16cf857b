// The store on Cloudflare KV, under workerd with miniflare's KV behind it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { bundle } from '../../functions/relay/bundle.ts'
import { destination } from '../functions/destination.ts'
import { documented, post, project, push, receives, secret, type Project } from './project.ts'

let home: Project
let end: Awaited<ReturnType<typeof destination>>
let built: string
before(async () => {
  home = project('kv')
  end = await destination()
  const { code, path } = documented('Cloudflare Workers')[1]!
  home.write({ [path]: code })
  built = join(home.folder, 'built')
  await bundle(built, join(home.folder, path))
})
after(async () => {
  await end.close()
  home.remove()
})

const start = (): Miniflare => new Miniflare({ ...convertV4MiniflareOptions({
  compatibilityDate: '2026-10-01', name: 'worker', cf: false, host: '127.0.0.1', kvNamespaces: ['SEEN'],
  bindings: { GITHUB_SECRET: secret, FORWARD_URL: end.url },
  modulesRoot: built,
  modules: [
    { type: 'ESModule', path: join(built, 'worker.js') },
    { type: 'CompiledWasm', path: join(built, 'waxseal.wasm'), contents: readFileSync(join(built, 'waxseal.wasm')) },
  ],
}), resourcePersistencePath: join(home.folder, 'kv') })

test('remembers what was handled when the worker is another one, and forgets what failed', async () => {
  let worker = start()
  try {
    await receives(post(String(await worker.ready)), end)
    const sent = push()
    const failed = push()
    assert.equal(await post(String(await worker.ready))(sent), 200)
    end.answer = 500
    assert.equal(await post(String(await worker.ready))(failed), 502)
    end.answer = 200
    const count = end.received.length
    await worker.dispose()
    worker = start()
    const url = String(await worker.ready)
    assert.equal(await post(url)(sent), 200)
    assert.equal(end.received.length, count, 'handled once')
    assert.equal(await post(url)(failed), 200)
    assert.equal(end.received.length, count + 1, 'what failed is handled when it comes again')
    const { keys } = await (await worker.getKVNamespace('SEEN')).list()
    assert.ok(keys.every(({ name, expiration }) => /^[0-9a-f]{64}$/.test(name) && expiration! > Date.now() / 1000 + 6 * 86400))
    assert.equal(keys.length, 4)
  } finally {
    await worker.dispose()
  }
})
