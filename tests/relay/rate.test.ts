// How fast a source may send: POST /in/<source> against its rate windows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pause } from '../functions/destination.ts'
import { cosmo, cosmoBody, platformBody, platformCore, request } from '../functions/events.ts'
import { run } from './run.ts'

test('a source has its rate: 429 with Retry-After beyond it, 503 where the sender takes 4xx as final; what is forged does not count', async () => {
  const rate = [{ limit: 3, seconds: 2 }, { limit: 5, seconds: 3600 }]
  const relay = await run({ sources: { core: { dialect: 'platform-core', rate }, graph: { dialect: 'cosmo', rate: [{ limit: 1, seconds: 60 }] }, free: { dialect: 'platform-core' } } })
  const post = async (source: string, sent: Request): Promise<[number, string | null]> => {
    const answer = await fetch(`${relay.url}/in/${source}`, { method: 'POST', headers: sent.headers, body: await sent.arrayBuffer() })
    await answer.arrayBuffer()
    return [answer.status, answer.headers.get('retry-after')]
  }
  const core = (key?: string) => post('core', request(platformCore, platformBody(), key === undefined ? {} : { key }))
  try {
    for (let forged = 0; forged < 5; forged++) assert.deepEqual(await core('another secret of the tests, 32 b'), [401, null])
    for (let taken = 0; taken < 3; taken++) assert.deepEqual(await core(), [202, null])
    const [status, retryAfter] = await core()
    assert.equal(status, 429)
    assert.ok(['1', '2'].includes(retryAfter!), `${retryAfter}`)
    assert.deepEqual(await post('free', request(platformCore, platformBody())), [202, null], 'each source has its own')
    await pause(2100)
    assert.deepEqual([await core(), await core()], [[202, null], [202, null]])
    const [later, long] = await core() // the wider window
    assert.equal(later, 429)
    assert.ok(Number(long) > 3000 && Number(long) <= 3600, `${long}`)
    assert.equal((await relay.api('/app/test/msg')).body.data.length, 6, 'what was refused is not stored')

    assert.deepEqual(await post('graph', request(cosmo, cosmoBody())), [202, null])
    const [final, soon] = await post('graph', request(cosmo, cosmoBody()))
    assert.equal(final, 503)
    assert.ok(Number(soon) > 0 && Number(soon) <= 60)
  } finally {
    await relay.close()
  }
})

test('the API says and changes a source\'s rate', async () => {
  const relay = await run({})
  try {
    const source = { name: 'made', dialect: 'platform-core', secrets: ['a secret of the tests, 32 bytes.'], rate: [{ limit: 1, seconds: 60 }] }
    assert.deepEqual((await relay.call('POST', '/app/test/source', source)).body.rate, source.rate)
    const post = async (): Promise<number> => (await relay.post('made', request(platformCore, platformBody()))).status
    assert.deepEqual([await post(), await post()], [202, 429])
    const { name, secrets, ...rest } = source
    assert.deepEqual((await relay.call('PUT', `/app/test/source/${name}`, { ...rest, rate: [] })).body.rate, [])
    assert.equal(await post(), 202)
    assert.equal((await relay.call('POST', '/app/test/source', { ...source, name: 'other', rate: [{ limit: 0, seconds: 1 }] })).status, 422)
    assert.equal(secrets.length, 1)
  } finally {
    await relay.close()
  }
})
