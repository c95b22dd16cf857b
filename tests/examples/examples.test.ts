// The examples, run as a user runs them, with the package as published.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { bundle } from '../../functions/relay/bundle.ts'
import { startWorkerd } from '../../functions/relay/workerd.ts'
import { destination } from '../functions/destination.ts'
import { cosmo, cosmoBody, platformBody, platformCore, request, secret } from '../functions/events.ts'
import { install } from './install.ts'

const post = async (url: string, sent: Request): Promise<[number, string]> => {
  const answer = await fetch(url, { method: 'POST', headers: sent.headers, body: await sent.arrayBuffer() })
  return [answer.status, await answer.text()]
}

test('Cloudflare: an organization event of Cosmo is verified and forwarded, a forged one is not', async () => {
  const { folder, remove } = await install('cloudflare')
  const end = await destination()
  const printed: string[] = []
  const built = join(folder, 'built')
  await bundle(built, join(folder, 'src/index.ts'))
  const worker = await startWorkerd({
    folder: built, state: join(folder, 'state'), listen: '127.0.0.1:0', network: ['public', 'private'],
    values: { FORWARD_URL: end.url }, secrets: { COSMO_WEBHOOK_SECRET: secret }, print: line => void printed.push(line),
  })
  try {
    const body = cosmoBody('FEDERATED_GRAPH_SCHEMA_UPDATED', { federated_graph: { id: 'graph123', name: 'MainGraph', namespace: 'default' }, errors: false, actor_id: 'user5678' })
    assert.deepEqual(await post(worker.urls.main!, request(cosmo, body)), [200, 'OK'])
    assert.equal((await end.until(1))[0]!.body.toString(), body)
    assert.equal((await post(worker.urls.main!, request(cosmo, body, { key: 'forged' })))[0], 401)
    assert.equal(end.received.length, 1)
    assert.deepEqual(printed, ['MainGraph in default was updated'])
  } finally {
    await worker.stop()
    await end.close()
    remove()
  }
})

test('Node and Express: Platform Core\'s receiver answers as its document says', async () => {
  const { folder, remove } = await install('node-express', ['express'])
  const child = spawn(process.execPath, ['server.js'], {
    cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, WEBHOOK_SECRET: secret, PORT: '0', DEBUG: 'webhooks' },
  })
  const lines: string[] = []
  const reader = createInterface(child.stdout).on('line', line => lines.push(line))
  try {
    const [first] = await once(reader, 'line') as [string]
    const url = `http://127.0.0.1:${/\d+$/.exec(first)![0]}/webhooks/platform`
    const body = platformBody()
    assert.deepEqual(await post(url, request(platformCore, body)), [200, 'OK'])
    assert.deepEqual(await post(url, request(platformCore, body)), [200, 'OK'])
    assert.equal(lines.filter(line => line === 'welcome, John Doe').length, 1)
    assert.deepEqual(await post(url, request(platformCore, body, { key: 'forged' })), [401, 'Invalid signature'])
    assert.deepEqual(await post(url, request(platformCore, platformBody({ event: 'system.maintenance', data: {} }))), [500, 'Temporary error, please retry'])
    assert.ok(lines.some(line => line.includes('"verdict":"bad_signature"')))
    assert.ok(!lines.join().includes(secret))
  } finally {
    child.kill()
    await once(child, 'exit')
    remove()
  }
})
