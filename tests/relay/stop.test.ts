// Stopping in good order: `npm start` as a process of its own, ended by signals while attempts are in
// flight and under load.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { destination, pause, type Answer } from '../functions/destination.ts'
import { platformBody, platformCore, request, secret } from '../functions/events.ts'
import { endpointSecret, run } from './run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A folder with a configuration, and the relay as a terminal starts it: in a process group of its own. */
async function service(answer: Answer, settings: object = {}, concurrency = 32) {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-stop-'))
  const end = await destination(answer)
  writeFileSync(join(folder, 'waxseal.config.json'), JSON.stringify({
    app: 'test', listen: '127.0.0.1:0', http: true, network: ['public', 'private'], sources: { core: { dialect: 'platform-core' } },
    endpoints: { end: { url: end.url, concurrency, delivery: { rate: [], retry: { delays: [1, 1, 1] } } } }, ...settings,
  }))
  const start = async () => {
    const child = spawn(process.execPath, [join(root, 'functions/relay/main.ts')], {
      cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, WAXSEAL_SECRET_CORE: secret, WAXSEAL_ENDPOINT_END: endpointSecret },
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { printed += chunk })
    const gone = new Promise<number | null>(done => child.once('exit', done))
    for (let tries = 0; !/Ctrl-C stops/.test(printed); tries++) {
      assert.ok(tries < 400 && child.exitCode === null, printed)
      await pause(50)
    }
    const [, url] = /address +(\S+)/.exec(printed)!, [, key] = /key +(wx_\S+)/.exec(printed)!
    const post = async (body = platformBody()): Promise<{ status: number; retryAfter: string | null; id: string }> => {
      const answer = await fetch(`${url}/in/core`, { method: 'POST', body, headers: request(platformCore, body).headers })
      const text = await answer.text()
      return { status: answer.status, retryAfter: answer.headers.get('retry-after'), id: answer.status === 202 ? JSON.parse(text).id : text }
    }
    const attempts = async (id: string): Promise<any[]> =>
      (await (await fetch(`${url}/api/v1/app/test/attempt/msg/${id}`, { headers: { authorization: `Bearer ${key}` } })).json()).data
    return { url: url!, gone, post, attempts, printed: () => printed, signal: (name: NodeJS.Signals, group = false) => process.kill(group ? -child.pid! : child.pid!, name) }
  }
  return { end, start, async close() { await end.close(); rmSync(folder, { recursive: true, force: true }) } }
}

for (const [name, signal, group] of [['SIGTERM', 'SIGTERM', false], ['Ctrl-C, which reaches every process of the terminal,', 'SIGINT', true]] as const) {
  test(`${name} lets the attempt in flight end and be recorded and begins none; meanwhile 503 with Retry-After`, async () => {
    let release = (): void => {}
    const { end, start, close } = await service((_, response) => { release = () => response.writeHead(204).end() }, {}, 1)
    try {
      const first = await start()
      const { id } = await first.post()
      await end.until(1)
      const waiting = await first.post()
      first.signal(signal, group)
      for (let tries = 0; (await fetch(`${first.url}/readyz`)).status !== 503; tries++) assert.ok(tries < 200), await pause(20)
      const { status, retryAfter } = await first.post()
      assert.deepEqual([status, retryAfter], [503, '5'])
      const api = await fetch(`${first.url}/api/v1/app/test/msg`, { method: 'POST', body: '{}' })
      assert.deepEqual([api.status, api.headers.get('retry-after')], [503, '5'])
      assert.equal((await fetch(`${first.url}/healthz`)).status, 200)
      release()
      assert.equal(await first.gone, 0)
      assert.match(first.printed(), /Stopping: what is under way is finished/)
      assert.equal(end.received.length, 1)
      end.answer = 204
      const second = await start()
      await end.until(2)
      for (let tries = 0; (await second.attempts(waiting.id)).every(one => one.status === 3); tries++) assert.ok(tries < 100), await pause(50)
      assert.deepEqual((await second.attempts(id)).map(one => [one.responseStatusCode, one.statusText]), [[204, 'success']])
      assert.deepEqual(end.received.map(one => one.headers['webhook-id']), [id, waiting.id])
      second.signal('SIGTERM')
      assert.equal(await second.gone, 0)
    } finally {
      await close()
    }
  })
}

test('stopped under load it loses nothing that was acknowledged and sends nothing twice', async () => {
  const { end, start, close } = await service((_, response, count) => void setTimeout(() => response.writeHead(204).end(), 20 * (count % 10)))
  try {
    const acknowledged: string[] = []
    let refused = 0
    let relay = await start()
    for (let round = 0; round < 3; round++) {
      const load = Array.from({ length: 16 }, async () => {
        for (let status = 202, id = ''; status === 202;) {
          ({ status, id } = await relay.post().catch(() => ({ status: 0, id: '' }))) // refused once it has ended
          if (status === 202) acknowledged.push(id)
          else if (status === 503) refused++
          else assert.equal(status, 0)
        }
      })
      await end.until(end.received.length + 40)
      relay.signal('SIGTERM')
      await Promise.all(load)
      assert.equal(await relay.gone, 0)
      assert.ok(!/not finished/.test(relay.printed()), relay.printed())
      relay = await start()
    }
    assert.ok(acknowledged.length >= 120 && refused > 0, `${acknowledged.length} acknowledged, ${refused} refused`)
    await end.until(acknowledged.length, 20_000)
    await pause(500)
    relay.signal('SIGTERM')
    assert.equal(await relay.gone, 0)
    const received = end.received.map(one => one.headers['webhook-id'])
    assert.deepEqual([...new Set(received)].sort(), acknowledged.sort(), 'each that was acknowledged arrived')
    assert.equal(received.length, acknowledged.length, 'none arrived twice')
  } finally {
    await close()
  }
})

test('what has not ended after the seconds of drain is cut off, said so, and made again at the next start', async () => {
  const { end, start, close } = await service((_, response, count) => { if (count > 1) response.writeHead(204).end() }, { drain: 1 })
  try {
    const first = await start()
    const { id } = await first.post()
    await end.until(1)
    first.signal('SIGTERM')
    assert.equal(await first.gone, 0)
    assert.match(first.printed(), /After 1 seconds 1 attempts or requests were not finished/)
    const second = await start()
    await end.until(2)
    for (let tries = 0; (await second.attempts(id)).filter(one => one.status !== 3).length < 2; tries++) assert.ok(tries < 100), await pause(50)
    assert.deepEqual((await second.attempts(id)).map(one => one.statusText).sort(), ['fail', 'success'])
    second.signal('SIGTERM')
    assert.equal(await second.gone, 0)
  } finally {
    await close()
  }
})

test('a second Ctrl-C stops at once', async () => {
  const { end, start, close } = await service(() => {}, { drain: 300 })
  try {
    const relay = await start()
    await relay.post()
    await end.until(1)
    relay.signal('SIGINT')
    await pause(700)
    relay.signal('SIGINT')
    assert.equal(await relay.gone, 0)
  } finally {
    await close()
  }
})

test('only the launcher can stop it: without its token the socket is not found', async () => {
  const relay = await run()
  try {
    for (const headers of [{}, { authorization: 'Bearer ' }, { authorization: 'Bearer undefined' }, { authorization: `Bearer ${relay.operator}` }] as Record<string, string>[]) {
      assert.equal((await fetch(relay.urls.Stop!, { method: 'POST', body: '0', headers })).status, 404)
    }
    assert.equal((await fetch(`${relay.url}/readyz`)).status, 200)
  } finally {
    await relay.close()
  }
})

test('nothing is left behind by a launcher that was killed; the next start has what was acknowledged', async () => {
  const { start, close } = await service((_, response) => response.writeHead(204).end())
  try {
    const first = await start()
    const { id } = await first.post()
    first.signal('SIGKILL')
    await first.gone
    for (let tries = 0; await fetch(`${first.url}/healthz`).then(() => true, () => false); tries++) assert.ok(tries < 500, 'workerd serves without its launcher'), await pause(20)
    const second = await start()
    for (let tries = 0; !(await second.attempts(id)).length && tries < 200; tries++) await pause(20)
    const [attempt] = await second.attempts(id)
    second.signal('SIGTERM')
    assert.equal(attempt?.responseStatusCode, 204)
    assert.equal(await second.gone, 0)
  } finally {
    await close()
  }
})
