// `waxseal relay backup` and `restore`, as commands: while a relay runs under load, and in its place.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { Webhook } from '../../js/index.ts'
import { standardWebhooks } from '../../js/dialects/standard-webhooks.ts'
import { destination, pause } from '../functions/destination.ts'
import { run } from './run.ts'

const program = fileURLToPath(new URL('../../dist/js/command.js', import.meta.url))

async function command(folder: string, ...words: string[]): Promise<{ code: number; text: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, 'relay', ...words], { cwd: folder })
    return { code: 0, text: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, text: stdout + stderr }
  }
}

type Relay = Awaited<ReturnType<typeof run>>
const send = async (relay: Relay, eventType: string, payload: object): Promise<string> => (await relay.call('POST', '/app/test/msg', { eventType, payload })).body.id
const listed = async (relay: Relay): Promise<Set<string>> => {
  const ids = new Set<string>()
  for (let iterator = '', done = false; !done;) {
    const { body } = await relay.api(`/app/test/msg?limit=250&with_content=false${iterator && `&iterator=${iterator}`}`)
    for (const { id } of body.data) ids.add(id)
    ;({ iterator, done } = body)
  }
  return ids
}

test('a backup made under load, restored where all was lost: messages, attempts, keys and secrets are there, pending deliveries go on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-backup-'))
  const [good, later] = [await destination(), await destination(503)]
  let relay = await run({ folder })
  try {
    const endpoint = async (url: string, eventTypes: string[], delivery: object): Promise<string> => (await relay.call('POST', '/app/test/endpoint', { url, eventTypes, delivery })).body.id
    const [delivered, pending] = [await endpoint(good.url, ['good'], { rate: [] }), await endpoint(later.url, ['later'], { rate: [], retry: { delays: [3600] } })]
    const { key } = (await relay.call('POST', '/app/test/key', { name: 'kept', scopes: ['read'] })).body
    const { key: secret } = (await relay.api(`/app/test/endpoint/${pending}/secret`)).body
    const waiting = [await send(relay, 'later', { n: 1 }), await send(relay, 'later', { n: 2 })]
    await later.until(2)
    const acknowledged: string[] = []
    let running = true
    const load = Array.from({ length: 8 }, async () => { while (running) acknowledged.push(await send(relay, 'good', { at: Date.now() })) })
    while (acknowledged.length < 50) await pause(20)
    const before = [...acknowledged]
    const made = await command(folder, 'backup', 'relay.backup')
    running = false
    await Promise.all(load)
    assert.equal(made.code, 0, made.text)
    assert.match(made.text, /relay\.backup: \d+ databases of .*\.waxseal\. The secrets in them are encrypted with WAXSEAL_KEY .*which is not in it/)
    assert.ok(acknowledged.length > before.length, 'the load went on meanwhile')
    assert.equal(statSync(join(folder, 'relay.backup')).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder).sort(), ['.waxseal', 'relay.backup'])
    for (let tries = 0; (await relay.api(`/app/test/endpoint/${delivered}/stats`)).body.success < acknowledged.length; tries++) assert.ok(tries < 200), await pause(50)

    await relay.stop()
    rmSync(join(folder, '.waxseal/state'), { recursive: true })
    const restored = await command(folder, 'restore', 'relay.backup')
    assert.equal(restored.code, 0, restored.text)
    later.answer = 204
    relay = await run({ folder })
    const found = await listed(relay)
    assert.deepEqual([...before, ...waiting].filter(id => !found.has(id)), [], 'accepted before the backup and not in it')
    assert.equal((await relay.api(`/app/test/endpoint/${pending}/stats`)).body.pending, 2)
    assert.equal((await relay.attempts(waiting[0]!, 1))[0].responseStatusCode, 503)
    assert.equal((await relay.api('/app/test/endpoint', key)).body.data.length, 2)
    assert.equal((await relay.call('POST', '/app/test/msg', { eventType: 'good', payload: {} })).status, 202)
    // Nothing that was accepted before the backup is undelivered, now that the relay runs again.
    const arrived = () => new Set(good.received.map(one => one.headers['webhook-id']))
    for (let tries = 0; before.some(id => !arrived().has(id)); tries++) assert.ok(tries < 100), await pause(50)
    // What was pending goes on when it is due; the test does not wait an hour.
    await relay.stop()
    for (const name of readdirSync(join(folder, '.waxseal/state/waxseal-Outbox')).filter(name => /^[0-9a-f]{64}\.sqlite$/.test(name))) {
      const database = new DatabaseSync(join(folder, '.waxseal/state/waxseal-Outbox', name))
      database.exec('UPDATE delivery SET due = 0 WHERE state = 1')
      database.close()
    }
    relay = await run({ folder })
    const got = (await later.until(4)).slice(2)
    assert.deepEqual(got.map(one => one.headers['webhook-id']).sort(), [...waiting].sort())
    for (const { body, rawHeaders } of got) new Webhook(standardWebhooks, { secrets: [secret] }).verify(body, rawHeaders)
  } finally {
    await relay.stop()
    for (const end of [good, later]) await end.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('it restores only where nothing is stored and no relay runs, and nothing of a damaged backup', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-backup-'))
  const state = join(folder, '.waxseal/state')
  const refused = async (pattern: RegExp, ...words: string[]): Promise<void> => {
    const { code, text } = await command(folder, ...words)
    assert.match(text, pattern)
    assert.equal(code, 3)
  }
  let relay = await run({ folder })
  try {
    assert.equal((await command(folder, 'backup', 'one')).code, 0)
    await refused(/one is there already: name another file/, 'backup', 'one')
    await refused(/\.waxseal is in use: stop the relay that runs with it first/, 'restore', 'one')
    await assert.rejects(run({ folder }), /\.waxseal is in use/)
    await relay.stop()
    await refused(/\.waxseal\/state is not empty: move it away/, 'restore', 'one')
    assert.equal((await command(folder, 'backup', 'stopped')).code, 0)
    renameSync(state, join(folder, 'aside'))
    await refused(/there is no none/, 'restore', 'none')
    writeFileSync(join(folder, 'text'), 'no backup')
    await refused(/text is no backup of a relay/, 'restore', 'text')
    const other = new DatabaseSync(join(folder, 'other'))
    other.exec('CREATE TABLE file (path TEXT, bytes INTEGER, sha256 TEXT)')
    other.close()
    await refused(/other is no backup of a relay/, 'restore', 'other')
    for (const change of [
      'UPDATE file SET path = \'waxseal-Inbox/../../../escaped.sqlite\' WHERE rowid = 1', 'UPDATE part SET data = zeroblob(9) WHERE id = 2',
      'DELETE FROM part WHERE id = 3', 'UPDATE file SET sha256 = \'00\' WHERE rowid = 2',
    ]) {
      writeFileSync(join(folder, 'damaged'), readFileSync(join(folder, 'one')))
      const database = new DatabaseSync(join(folder, 'damaged'))
      database.exec(change)
      database.close()
      await refused(/damaged is damaged: nothing was restored/, 'restore', 'damaged')
      assert.deepEqual(readdirSync(join(folder, '.waxseal')).filter(name => /state|restoring/.test(name)), [])
    }
    await refused(/nowhere\.json cannot be read/, 'restore', 'one', '--config', 'nowhere.json')
    assert.equal((await command(folder, 'restore', 'stopped')).code, 0)
    // The key is not in it: with another one the relay says so.
    writeFileSync(join(folder, '.waxseal/secret-key'), Buffer.alloc(32, 1).toString('base64'))
    await assert.rejects(run({ folder }), /WAXSEAL_KEY is not the key that the stored secrets were encrypted with/)
  } finally {
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const empty = mkdtempSync(join(tmpdir(), 'waxseal-backup-'))
  try {
    const { code, text } = await command(empty, 'backup', 'x')
    assert.match(text, /\.waxseal holds nothing: name the relay's configuration with --config/)
    assert.equal(code, 3)
    for (const words of [[], ['backup'], ['copy', 'x'], ['backup', 'x', 'y']]) assert.equal((await command(empty, ...words)).code, 2, words.join(' '))
  } finally {
    rmSync(empty, { recursive: true, force: true })
  }
})
