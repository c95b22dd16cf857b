// What is sent once more in bulk is a task, which tells how far it is.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Svix } from 'svix'
import { destination, pause } from '../functions/destination.ts'
import { run } from './run.ts'

type End = Awaited<ReturnType<typeof destination>>
let relay: Awaited<ReturnType<typeof run>>
let svix: Svix
let end: End
const since = new Date(Date.now() - 60_000)

before(async () => {
  end = await destination()
  relay = await run({})
  svix = new Svix(relay.key, { serverUrl: relay.url })
})
after(async () => {
  await relay?.close()
  await end?.close()
})

const make = (more: object) => relay.call('POST', '/app/test/endpoint', { url: end.url, eventTypes: ['none'], delivery: { retry: { delays: [] } }, ...more }).then(({ body }) => body.id as string)
const send = async (eventType: string, count: number): Promise<string[]> => {
  const ids: string[] = []
  for (let n = 0; n < count; n++) ids.push((await svix.message.create('test', { eventType, payload: { n } })).id)
  return ids
}
/** The task's data once `done` says so. */
async function until(id: string, done: (task: any) => boolean): Promise<any> {
  for (const late = Date.now() + 10_000; ; await pause(50)) {
    const task = await svix.backgroundTask.get(id)
    if (done(task) || Date.now() > late) return task
  }
}
const finished = (id: string) => until(id, task => task.status === 'finished')

test('a replay of a range tells how many wait, arrived and failed, until it is finished', async () => {
  const ids = await send('bulk.one', 6)
  await send('bulk.two', 2)
  const gate = Promise.withResolvers<void>()
  end.answer = ({ body }, response) => {
    const { n } = JSON.parse(body.toString()) as { n: number }
    if (n < 2) response.writeHead(n === 0 ? 500 : 200).end()
    else void gate.promise.then(() => response.writeHead(200).end())
  }
  const endpoint = await make({})
  const { status, body: begun } = await relay.call('POST', `/app/test/endpoint/${endpoint}/replay`, { since, eventTypes: ['bulk.one'] })
  assert.deepEqual([status, begun.status, begun.task, begun.count], [202, 'running', 'endpoint.replay', 6])
  const half = await until(begun.id, task => task.data.waiting === 4)
  assert.deepEqual([half.status, half.task, half.data], ['running', 'endpoint.replay', { appId: 'test', endpointId: endpoint, total: 6, success: 1, fail: 1, waiting: 4 }])
  gate.resolve()
  const whole = await finished(begun.id)
  assert.deepEqual([whole.status, whole.data], ['finished', { appId: 'test', endpointId: endpoint, total: 6, success: 5, fail: 1, waiting: 0 }])
  assert.ok(whole.updatedAt.getTime() >= half.updatedAt.getTime())
  assert.deepEqual(new Set(end.received.map(one => one.headers['webhook-id'])), new Set(ids))
})

test('recover is a task too, of what had failed and of nothing else', async () => {
  end.answer = 500
  const endpoint = await make({ eventTypes: ['bulk.three'] })
  const ids = await send('bulk.three', 3)
  for (const id of ids) await relay.attempts(id, 1)
  end.answer = 200
  const before = end.received.length
  const { id } = await svix.endpoint.recover('test', endpoint, { since })
  assert.deepEqual((await finished(id)).data, { appId: 'test', endpointId: endpoint, total: 3, success: 3, fail: 0, waiting: 0 })
  assert.equal(end.received.length - before, 3)
  const again = await svix.endpoint.recover('test', endpoint, { since })
  assert.deepEqual((await finished(again.id)).data, { appId: 'test', endpointId: endpoint, total: 0, success: 0, fail: 0, waiting: 0 })
})

test('a task waits while its endpoint is paused, and of a deleted one nothing waits', async () => {
  const endpoint = await make({ disabled: true })
  const { body: begun } = await relay.call('POST', `/app/test/endpoint/${endpoint}/replay`, { since, eventTypes: ['bulk.two'] })
  await pause(300)
  assert.deepEqual((await svix.backgroundTask.get(begun.id)).data, { appId: 'test', endpointId: endpoint, total: 2, success: 0, fail: 0, waiting: 2 })
  await svix.endpoint.patch('test', endpoint, { disabled: false })
  assert.equal((await finished(begun.id)).data.success, 2)
  const other = await make({ disabled: true })
  const { body: lost } = await relay.call('POST', `/app/test/endpoint/${other}/replay`, { since, eventTypes: ['bulk.two'] })
  await until(lost.id, task => task.data.waiting === 2)
  await svix.endpoint.delete('test', other)
  assert.deepEqual((await finished(lost.id)).data, { appId: 'test', endpointId: other, total: 2, success: 0, fail: 0, waiting: 0 })
})

test('tasks are listed, the newest first, by pages; another\'s are not found', async () => {
  const page = await svix.backgroundTask.list({ limit: 2 })
  const rest = await svix.backgroundTask.list({ limit: 50, iterator: page.iterator! })
  const all = [...page.data, ...rest.data]
  assert.deepEqual([page.done, rest.done, all.length], [false, true, 5])
  assert.deepEqual(all.map(task => task.id), all.map(task => task.id).sort().reverse())
  const { body: app } = await relay.call('POST', '/app', { name: 'other' }, relay.operator)
  const { body: key } = await relay.call('POST', `/app/${app.id}/key`, { name: 'k', scopes: ['read'] }, relay.operator)
  assert.equal((await relay.call('GET', `/background-task/${all[0]!.id}`, undefined, key.key)).status, 404)
  assert.deepEqual((await relay.call('GET', '/background-task', undefined, key.key)).body.data, [])
})
