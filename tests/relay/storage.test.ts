// What is on disk: storage of the previous schema is taken over, and no secret can be read from it.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { destination } from '../functions/destination.ts'
import { platformBody, platformCore, request, secret } from '../functions/events.ts'
import { newId } from '../../functions/relay/ids.ts'
import { endpointSecret, everyFile, run } from './run.ts'

/** Makes the fixture as old as today, so that nothing of it is pruned. @return the message's new id */
function rejuvenate(folder: string, message: string): string {
  const now = Date.now(), fresh = newId('msg', now)
  const columns = { message: 'id', seen: 'message', owed: 'message', delivery: 'message', attempt: 'message' }
  for (const path of everyFile(folder).filter(path => path.endsWith('.sqlite'))) {
    const database = new DatabaseSync(path)
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map(({ name }) => name as string)
    for (const [table, column] of Object.entries(columns)) if (tables.includes(table)) database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`).run(fresh, message)
    if (tables.includes('seen')) database.prepare('UPDATE seen SET until = ?').run(now + 86400_000)
    if (tables.includes('delivery')) database.prepare('UPDATE delivery SET due = ?').run(now)
    for (const table of ['message', 'attempt']) if (tables.includes(table)) database.prepare(`UPDATE ${table} SET at = ?`).run(now)
    database.close()
  }
  return fresh
}

test('storage of the previous schema is taken over: messages, attempts, what is due and what was disabled', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-previous-'))
  const fixture = fileURLToPath(new URL('../data/relay-previous/', import.meta.url))
  const { message: made, endpoints } = JSON.parse(readFileSync(join(fixture, 'made.json'), 'utf8'))
  cpSync(join(fixture, 'state'), join(folder, '.waxseal', 'state'), { recursive: true })
  const message = rejuvenate(folder, made)
  const relay = await run({ folder, endpoints })
  try {
    assert.equal((await relay.api(`/app/test/msg/${message}`)).body.payload.id, 'webhook_fixture')
    const attempts = (await relay.api(`/app/test/attempt/msg/${message}`)).body.data
    const of = (id: string): number[] => attempts.filter((one: any) => one.endpointId === id).map((one: any) => one.responseStatusCode)
    assert.deepEqual(of('taken'), [200])
    assert.deepEqual(of('gone'), [410])
    assert.equal(of('later').at(-1), 503)
    // Cosmo's history is made of attempts, which kept no request then; what is sent again is signed anew.
    const cosmo = async (method: string, body: object): Promise<any> => (await fetch(`${relay.url}/cosmo/wg.cosmo.platform.v1.PlatformService/${method}`, { method: 'POST', headers: { authorization: `Bearer ${relay.key}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()
    const { deliveries } = await cosmo('GetOrganizationWebhookHistory', { pagination: { limit: 50 } })
    const row = deliveries.find((one: any) => one.endpoint === endpoints.gone.url)
    assert.deepEqual([row.responseStatusCode, row.requestHeaders, row.retryCount, row.isRedelivery], [410, '{}', 0, false])
    // The retry that was due while nobody looked is made: at the fixture's address nobody answers any more.
    await relay.attempts(message, 4)
    // The webhook is still known, and the endpoint that was disabled still is.
    const { body } = await relay.post('platform-core', request(platformCore, platformBody({ id: 'webhook_fixture' })))
    assert.deepEqual(body, { id: message, duplicate: true })
    const next = (await relay.post('platform-core', request(platformCore, platformBody()))).body.id
    await relay.attempts(next, 2)
    assert.ok((await relay.api(`/app/test/attempt/msg/${next}`)).body.data.every((one: any) => one.endpointId !== 'gone'))
  } finally {
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('an event of 1.3 KiB takes less than a page of its Inbox, and less than one of its Outbox', async () => {
  const end = await destination(503)
  const relay = await run({ endpoints: { end: { url: end.url } } })
  const count = 100, text = 'x'.repeat(1024)
  const pagesOf = (path: string): number => {
    const database = new DatabaseSync(path)
    try {
      return database.prepare('PRAGMA page_count').get()!.page_count as number
    } finally {
      database.close()
    }
  }
  try {
    const ids = await Promise.all(Array.from({ length: count }, async () => (await relay.post('platform-core', request(platformCore, platformBody({ text })))).body.id))
    await relay.attempts(ids.at(-1), 1)
    await relay.stop()
    const holding = everyFile(relay.home).filter(path => path.endsWith('.sqlite')).map(pagesOf).filter(pages => pages > count / 4)
    assert.equal(holding.length, 2, 'one Inbox and one Outbox hold them')
    for (const pages of holding) assert.ok(pages < count, `${pages} pages for ${count} events`)
  } finally {
    await relay.close()
    await end.close()
  }
})

test('no secret and no key stands on disk, but the key files that only their owner reads', async () => {
  const end = await destination()
  const received = await destination(503)
  const token = 'canary-token-of-gitlab'
  const relay = await run({
    sources: { 'platform-core': { dialect: 'platform-core' }, gitlab: { dialect: 'gitlab', secrets: ['env:GITLAB'] } }, env: { GITLAB: token },
    endpoints: { end: { url: end.url, sources: ['platform-core'] }, received: { url: received.url, dialect: 'as-received', sources: ['gitlab'] } },
  })
  try {
    const { id } = (await relay.post('platform-core', request(platformCore, platformBody()))).body
    await relay.attempts(id, 1)
    // A token in the place of a signature is handed on as it came, and is sealed while it waits.
    const came = new Request('http://gitlab/', { method: 'POST', headers: { 'x-gitlab-token': token, 'x-gitlab-event': 'Push Hook', 'content-type': 'application/json' }, body: '{}' })
    const { status, body } = await relay.post('gitlab', came)
    assert.equal(status, 202)
    await relay.attempts(body.id, 1)
    assert.equal(received.received[0]!.headers['x-gitlab-token'], token)
    await relay.stop()
    const canaries = [token, secret, endpointSecret, endpointSecret.slice(6), relay.key, relay.operator].map(text => Buffer.from(text))
    for (const path of everyFile(relay.home)) {
      const bytes = readFileSync(path)
      const found = canaries.some(canary => bytes.includes(canary))
      if (/\/(key-\w+|secret-key)$/.test(path)) assert.equal(statSync(path).mode & 0o777, 0o600, path)
      else assert.ok(!found, `${path} holds a secret`)
    }
    assert.ok(everyFile(relay.home).some(path => path.endsWith('.sqlite')), 'there is a database to look into')
    assert.ok(!relay.printed.some(line => canaries.some(canary => line.includes(canary.toString()))))
  } finally {
    await relay.close()
    await end.close()
    await received.close()
  }
})

test('another WAXSEAL_KEY stops the start with a sentence', async () => {
  const first = await run({})
  await first.stop()
  writeFileSync(join(first.home, '.waxseal', 'secret-key'), Buffer.alloc(32, 1).toString('base64'))
  await assert.rejects(run({ folder: first.home }).then(relay => relay.stop()), /WAXSEAL_KEY is not the key that the stored secrets were encrypted with/)
  rmSync(first.home, { recursive: true, force: true })
})

test('a secret that the environment changes is taken over; the old one verifies no longer', async () => {
  const first = await run({})
  await first.stop()
  const other = 'another secret of the same source'
  const relay = await run({ folder: first.home, env: { WAXSEAL_SECRET_PLATFORM_CORE: other } })
  assert.equal((await relay.post('platform-core', request(platformCore, platformBody()))).status, 401)
  assert.equal((await relay.post('platform-core', request(platformCore, platformBody(), { key: other }))).status, 202)
  await relay.stop()
  rmSync(first.home, { recursive: true, force: true })
})
