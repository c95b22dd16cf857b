// Lists come in pages: whatever their size, the pages hold what the whole list holds, in its order.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { destination } from '../functions/destination.ts'
import { run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
let end: Awaited<ReturnType<typeof destination>>
let lists: { path: string; ordered: boolean }[]

const ok = async (method: string, path: string, body?: unknown, key = relay.key): Promise<any> => {
  const answer = await relay.call(method, path, body, key)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

before(async () => {
  end = await destination()
  relay = await run({})
  let message = '', endpoint = ''
  for (const name of ['a', 'b-c', 'd']) {
    endpoint = (await ok('POST', '/app/test/endpoint', { url: `${end.url}/${name}` })).id
    await ok('POST', '/app/test/source', { name, dialect: 'github', secrets: ['a secret'] })
    await ok('POST', '/event-type', { name: `${name}/type.x`, description: name })
    await ok('POST', '/app/test/key', { name, scopes: ['read'] })
    await ok('PUT', `/app/test/graph/${name}`, { name })
    await ok('POST', '/app/test/dialect', { name: `own-${name}`, title: name, documents: ['https://x.example/'], signature: { scheme: 'static-token', header: 'token' } })
    await ok('POST', '/app', { name }, relay.operator)
  }
  for (let n = 0; n < 3; n++) message = (await ok('POST', '/app/test/msg', { eventType: 'a.b', payload: { n } })).id
  for (let n = 0; n < 3; n++) await ok('POST', `/app/test/endpoint/${endpoint}/replay`, { since: '2020-01-01T00:00:00Z', eventTypes: ['none.such'] })
  await relay.attempts(message, 3)
  for (let tries = 0; tries < 100 && (await ok('GET', '/app/test/delivery?status=0')).data.length < 9; tries++) await new Promise(wake => setTimeout(wake, 50))
  const document = await (await fetch(`${relay.url}/openapi.json`)).json() as { paths: Record<string, Record<string, { parameters?: { name: string }[] }>> }
  lists = Object.entries(document.paths).flatMap(([path, { get }]) => {
    const has = (name: string): boolean => get?.parameters?.some(parameter => parameter.name === name) ?? false
    const filled = path.replace('/api/v1', '').replace('{app_id}', 'test').replace('{endpoint_id}', endpoint).replace('{msg_id}', message)
    return has('iterator') ? [{ path: filled, ordered: has('order') }] : []
  })
})
after(async () => {
  await relay?.close()
  await end?.close()
})

const keyOf = (path: string): string => path === '/app' ? relay.operator : relay.key
const idOf = (one: any): string => one.id ?? one.name

test('every list of the document gives in pages of one and of two what it gives at once', async () => {
  assert.ok(lists.length >= 15, `${lists.length} lists`)
  for (const { path } of lists) {
    const whole = await ok('GET', `${path}?limit=250`, undefined, keyOf(path))
    assert.ok(whole.done && whole.data.length >= 3, `${path}: ${whole.data.length}`)
    for (const limit of [1, 2]) {
      const ids: string[] = []
      for (let query = `?limit=${limit}`, done = false; !done;) {
        const page = await ok('GET', path + query, undefined, keyOf(path))
        assert.ok(page.data.length <= limit && ids.length <= whole.data.length, `${path}${query}`)
        ids.push(...page.data.map(idOf))
        done = page.done
        query = `?limit=${limit}&iterator=${encodeURIComponent(page.iterator)}`
      }
      assert.deepEqual(ids, whole.data.map(idOf), `${path} by ${limit}`)
    }
  }
})

test('a list that takes an order is the other way round with the other one', async () => {
  for (const { path, ordered } of lists) {
    if (!ordered) continue
    const [up, down] = await Promise.all(['ascending', 'descending'].map(order => ok('GET', `${path}?limit=250&order=${order}`, undefined, keyOf(path))))
    assert.deepEqual(up.data.map(idOf), down.data.map(idOf).reverse(), path)
    const [first] = (await ok('GET', `${path}?limit=1&order=descending`, undefined, keyOf(path))).data
    assert.equal(idOf(first), idOf(down.data[0]), path)
  }
})
