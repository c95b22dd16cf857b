// Kill -9 under load: what was acknowledged is there and is delivered. And the check of the check: a
// build that acknowledges before the commit must fail it.
import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bundle } from '../../functions/relay/bundle.ts'
import { endpointSecret, run } from './run.ts'

const workers = 48
const least = 32

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(closed => server.close(closed))
  return port
}

const child = (name: string, ...words: string[]): ChildProcess => fork(new URL(`./crash/${name}.ts`, import.meta.url), words)

/** Lines of a journal by the event's id; a line's last words say what became of it. */
function journal(path: string): Map<string, { hash: string; outcomes: string[] }> {
  const entries = new Map<string, { hash: string; outcomes: string[] }>()
  for (const line of readFileSync(path, { encoding: 'utf8', flag: 'a+' }).split('\n').filter(Boolean)) {
    const [id, hash, ...outcome] = line.split(' ') as [string, string, ...string[]]
    const entry = entries.get(id)
    if (entry) assert.equal(entry.hash, hash, `${id} came with another body`)
    entries.set(id, { hash, outcomes: [...entry?.outcomes ?? [], outcome.join(' ')] })
  }
  return entries
}

/** Kills the relay so many times under load, lets it come to rest, and reads the three journals. */
async function storm(kills: number, make: (folder: string) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-crash-'))
  const sentPath = join(folder, 'sent'), gotPath = join(folder, 'got')
  const receiver = child('receiver', gotPath, endpointSecret)
  const [port] = await once(receiver, 'message') as [number]
  const listen = `127.0.0.1:${await freePort()}`
  let made = false
  const start = () => run({
    folder, listen, endpoints: { end: { url: `http://127.0.0.1:${port}/`, delivery: { rate: [] }, concurrency: 64 } },
    make: async worker => { if (!made) await make(worker); made = true },
  })
  let relay = await start()
  const load = child('load', `http://${listen}/in/platform-core`, sentPath, String(workers))
  const inFlight: number[] = []
  try {
    while (inFlight.length < kills) {
      await new Promise(wake => setTimeout(wake, 100 + Math.random() * 400))
      load.send('count')
      const [count] = await once(load, 'message') as [number]
      if (count < least) continue
      await relay.stop('SIGKILL')
      inFlight.push(count)
      relay = await start()
    }
    load.send('stop')
    if (load.exitCode === null) await once(load, 'exit')
    await relay.sweep()
    const acknowledged = () => [...journal(sentPath)].filter(([, { outcomes }]) => outcomes.includes('acknowledged')).map(([id]) => id)
    const all = acknowledged()
    const missing = () => { const got = journal(gotPath); return all.filter(id => !got.has(id)) }
    for (let quiet = 0, before = -1; missing().length && quiet < 15; await new Promise(wake => setTimeout(wake, 200))) {
      const now = journal(gotPath).size
      quiet = now === before ? quiet + 1 : 0
      before = now
    }
    const listed = new Set<string>()
    for (let iterator = '', done = false; !done;) {
      const { body } = await relay.api(`/app/test/msg?limit=250${iterator && `&iterator=${iterator}`}`)
      for (const message of body.data) listed.add(message.payload.id)
      ;({ iterator, done } = body)
    }
    return { sent: journal(sentPath), got: journal(gotPath), listed, acknowledged: all, missing: missing(), inFlight }
  } finally {
    await relay.stop()
    for (const process of [load, receiver]) process.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

test('kill -9 under load 20 times loses nothing that was acknowledged', { timeout: 100_000 }, async context => {
  const { sent, got, listed, acknowledged, missing, inFlight } = await storm(20, bundle)
  const deliveries = [...got.values()].reduce((sum, { outcomes }) => sum + outcomes.length, 0)
  context.diagnostic(`${acknowledged.length} acknowledged of ${sent.size} sent, ${deliveries - got.size} delivered more than once; in flight at the kills: ${Math.min(...inFlight)} or more`)
  assert.equal(inFlight.length, 20)
  assert.ok(Math.min(...inFlight) >= least)
  assert.ok(acknowledged.length >= 500)
  assert.deepEqual(acknowledged.filter(id => !listed.has(id)), [], 'acknowledged and not on record')
  assert.deepEqual(missing, [], 'acknowledged and not delivered')
  for (const [id, { hash, outcomes }] of got) {
    assert.equal(sent.get(id)?.hash, hash, `${id} was delivered and never sent so`)
    assert.ok(outcomes.every(outcome => outcome === 'verified'))
  }
  for (const [id, { outcomes }] of sent) assert.ok(!outcomes.some(outcome => outcome.startsWith('status')), `${id}: ${outcomes}`)
})

test('a build that acknowledges before the commit fails that test', { timeout: 100_000 }, async context => {
  const broken = (folder: string): Promise<void> => bundle(folder, undefined, [{
    name: 'acknowledge first',
    setup({ onLoad }) {
      onLoad({ filter: /relay\/inbox\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8')
        const contents = text.replace('const { id, at, duplicate, key, same } = (await this.#commit.add(event))!', "void this.#commit.add(event); const id = newId('msg', Date.now()), at = 0, duplicate = false, key = -1, same = true")
        assert.notEqual(contents, text, 'the line to break is not there any more')
        return { contents, loader: 'ts' }
      })
    },
  }])
  let lost = 0
  for (let round = 1; !lost && round <= 3; round++) lost = (await storm(6, broken)).missing.length
  context.diagnostic(`${lost} acknowledged events were lost`)
  assert.ok(lost > 0)
})
