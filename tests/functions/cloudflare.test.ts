// Cloudflare's platform file under real workerd: receives, verifies in C++, forwards; background mode
// with a Durable Object as its store.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { bundle } from '../../functions/relay/bundle.ts'
import { startWorkerd, type Workerd } from '../../functions/relay/workerd.ts'
import { destination } from './destination.ts'
import { cosmo, cosmoBody, platformBody, platformCore, request, secret } from './events.ts'

const folder = mkdtempSync(join(tmpdir(), 'waxseal-cloudflare-'))
let worker: Workerd
let end: Awaited<ReturnType<typeof destination>>

before(async () => {
  end = await destination()
  await bundle(folder, fileURLToPath(new URL('./worker/cloudflare.ts', import.meta.url)))
  worker = await startWorkerd({
    folder, state: join(folder, 'state'), listen: '127.0.0.1:0', network: ['public', 'private'],
    objects: { HANDLED: 'Handled' }, values: { DESTINATION: end.url }, secrets: { SECRET: secret },
  })
})
after(async () => {
  await worker?.stop()
  await end?.close()
  rmSync(folder, { recursive: true, force: true })
})

const post = async (path: string, sent: Request): Promise<Response> =>
  fetch(worker.urls.main + path, { method: 'POST', headers: sent.headers, body: await sent.arrayBuffer() })

test('receives, verifies and forwards byte for byte; a refused one is not forwarded', async () => {
  const body = cosmoBody('FEDERATED_GRAPH_SCHEMA_UPDATED', { federated_graph: { id: 'g', name: 'é', namespace: 'default' }, errors: false })
  const answer = await post('/inline', request(cosmo, body))
  assert.deepEqual([answer.status, await answer.text()], [200, 'OK'])
  assert.equal((await end.until(1))[0]!.body.toString(), body)
  assert.equal((await post('/inline', request(cosmo, body, { key: 'another' }))).status, 401)
  assert.equal(end.received.length, 1)
})

test('the same request 100 times at once is handled once and answered 100 times 2xx or asked to come again', async () => {
  const count = end.received.length
  const body = platformBody()
  const answers = await Promise.all(Array.from({ length: 100 }, () => post('/shared', request(platformCore, body))))
  assert.deepEqual(new Set(answers.map(answer => answer.status)), new Set([200]))
  assert.equal(end.received.length, count + 1)
})

test('in background mode the answer arrives while the handler is still at work, and the work is done once', async () => {
  const held: (() => void)[] = []
  end.answer = (_, response) => void held.push(() => response.writeHead(204).end())
  const count = end.received.length
  const body = platformBody()
  const sent = () => post('/background', request(platformCore, body))
  assert.equal((await sent()).status, 200)
  await end.until(count + 1)
  assert.equal(held.length, 1)
  assert.equal((await sent()).status, 200, 'a repeated one is answered while the first is at work')
  held.forEach(release => release())
  assert.equal((await sent()).status, 200)
  assert.equal(end.received.length, count + 1)
  end.answer = 200
})
