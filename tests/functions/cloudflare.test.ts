// Cloudflare's platform file under real workerd: receives, verifies in C++, forwards; background mode
// with a Durable Object as its store.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { bundle } from '../../functions/relay/bundle.ts'
import { startWorkerd, type Workerd } from '../../functions/relay/workerd.ts'
import { destination, pause } from './destination.ts'
import { cosmo, cosmoBody, platformBody, platformCore, request, secret } from './events.ts'

const folder = mkdtempSync(join(tmpdir(), 'waxseal-cloudflare-'))
const entry = fileURLToPath(new URL('./worker/cloudflare.ts', import.meta.url))
let worker: Workerd
let end: Awaited<ReturnType<typeof destination>>

before(async () => {
  end = await destination()
  await bundle(folder, entry)
  worker = await start(folder)
})
const start = (folder: string): Promise<Workerd> => startWorkerd({
  folder, state: join(folder, 'state'), listen: '127.0.0.1:0', network: ['public', 'private'], print: () => {},
  objects: { HANDLED: 'Handled' }, values: { DESTINATION: end.url }, secrets: { SECRET: secret },
})
after(async () => {
  await worker?.stop()
  await end?.close()
  rmSync(folder, { recursive: true, force: true })
})

const post = async (path: string, sent: Request, to = worker): Promise<Response> =>
  fetch(to.urls.main + path, { method: 'POST', headers: sent.headers, body: await sent.arrayBuffer() })

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

test('in background mode a failed event is kept, over kill -9 too, and handed over with a later one', async () => {
  const own = mkdtempSync(join(tmpdir(), 'waxseal-cloudflare-'))
  await bundle(own, entry, [{
    name: 'a short lease',
    setup: ({ onLoad }) => onLoad({ filter: /functions\/durable\.ts$/ }, ({ path }) => ({ contents: readFileSync(path, 'utf8').replace('const lease = 60_000', 'const lease = 500'), loader: 'ts' })),
  }])
  let other = await start(own)
  const [first, second] = [platformBody(), platformBody()]
  const count = end.received.length
  end.answer = 500
  assert.equal((await post('/background', request(platformCore, first), other)).status, 200)
  await end.until(count + 1)
  await other.stop('SIGKILL')
  other = await start(own)
  end.answer = 200
  await pause(600)
  assert.equal((await post('/background', request(platformCore, second), other)).status, 200)
  await end.until(count + 3)
  assert.deepEqual(end.received.slice(count).map(one => one.body.toString()), [first, second, first].map(body => JSON.parse(body).id))
  await other.stop()
  rmSync(own, { recursive: true, force: true })
})
