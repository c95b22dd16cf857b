// Keys that are fetched under workerd: a worker that receives AWS SNS's messages. The certificate's host is
// a server on 127.0.0.1, to which the worker's own `fetch` sends what is meant for the pinned one.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { bundle } from '../../functions/relay/bundle.ts'
import { vectors } from '../wasm/vectors.ts'
import { project, type Project } from './project.ts'

const { bytes, headers, secrets, settings, now } = vectors.find(({ dialect, name }) => dialect === 'aws-sns' && name === 'accepts a message')!
const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url!)
  if (request.url!.startsWith('/moved')) response.writeHead(302, { location: '/elsewhere.pem' }).end()
  else setTimeout(() => response.end(secrets[0]), 50) // so that others come meanwhile
})
const code = `import { fetchKeys, Webhook } from 'waxseal/full'
import { awsSns } from 'waxseal/dialects/aws-sns'
let hook: Webhook | undefined
export default {
  async fetch(request: Request, env: { KEYS: string; SETTINGS: Record<string, string>; NOW: number }): Promise<Response> {
    hook ??= new Webhook(awsSns, { settings: env.SETTINGS, keys: fetchKeys({ fetch: (url, init) => fetch(env.KEYS + new URL(url).pathname, init) }) })
    const result = await hook.checkAsync(new Uint8Array(await request.arrayBuffer()), request.headers, { now: env.NOW })
    return new Response(result.ok ? 'ok' : result.code)
  },
}
`

let home: Project
let worker: Miniflare
before(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  home = project('keys')
  home.write({ 'worker.ts': code })
  const built = join(home.folder, 'built')
  await bundle(built, join(home.folder, 'worker.ts'))
  const compiled = readdirSync(built).filter((name) => name.endsWith('.wasm'))
  worker = new Miniflare(convertV4MiniflareOptions({
    compatibilityDate: '2026-10-01', name: 'worker', cf: false, host: '127.0.0.1',
    bindings: { KEYS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, SETTINGS: settings!, NOW: now },
    modulesRoot: built,
    modules: [
      { type: 'ESModule', path: join(built, 'worker.js') },
      ...compiled.map((name) => ({ type: 'CompiledWasm' as const, path: join(built, name), contents: readFileSync(join(built, name)) })),
    ],
  }))
  await worker.ready
})
after(async () => {
  await worker.dispose()
  server.closeAllConnections()
  server.close()
  home.remove()
})

const send = async (body: Uint8Array | string): Promise<string> =>
  (await fetch(await worker.ready, { method: 'POST', headers, body: body as BodyInit })).text()
const named = (name: string) => Buffer.from(bytes).toString().replace(/SimpleNotificationService-\w+/, name)

test('webhooks that come at once wait for one fetch of their certificate', async () => {
  assert.deepEqual(await Promise.all(Array.from({ length: 10 }, () => send(bytes))), Array(10).fill('ok'))
  assert.equal(await send(Buffer.from(bytes).toString().replace('order', 'Order')), 'bad_signature')
  assert.equal(asked.length, 1)
})

test('no redirect is followed, and no address that is not pinned is fetched', async () => {
  assert.equal(await send(named('moved')), 'key_unavailable')
  assert.equal(await send(named('moved')), 'key_unavailable')
  assert.equal(await send(named('../moved')), 'bad_signature')
  assert.deepEqual(asked.slice(1), ['/moved.pem'])
})
