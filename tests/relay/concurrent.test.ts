// What many change at the same time: nobody's change is lost, and nobody is left without an answer.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { destination, pause } from '../functions/destination.ts'
import { run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>

before(async () => {
  relay = await run({})
})
after(async () => {
  await relay?.close()
})

const ok = async (method: string, path: string, body?: unknown): Promise<any> => {
  const answer = await relay.call(method, path, body)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
const entries = async (action: string): Promise<number> => (await ok('GET', '/app/test/audit?limit=250')).data.filter((entry: any) => entry.action === action).length

test('changes of different fields of one endpoint at the same time are all made', async () => {
  const path = `/app/test/endpoint/${(await ok('POST', '/app/test/endpoint', { url: 'https://one.example.com/' })).id}`
  const changes = [
    { description: 'described' }, { eventTypes: ['a.b'] }, { channels: ['eu'] }, { metadata: { plan: 'paid' } }, { throttleRate: 7 }, { concurrency: 3 }, { ordered: true }, { disableAfter: 60 },
    { disabled: true }, { uid: 'named' }, { filters: [{ pointer: '/a', values: [1] }] },
  ]
  for (let round = 0; round < 5; round++) {
    const puts = await entries('endpoint.put')
    await ok('PUT', path, { url: 'https://one.example.com/', concurrency: 8, ordered: false, disableAfter: null, filters: [] })
    const headers = Array.from({ length: 5 }, (_, i) => ok('PATCH', `${path}/headers`, { headers: { [`x-${i}`]: `${round}` } }))
    await Promise.all([...changes.map(change => ok('PATCH', path, change)), ...headers])
    const now = await ok('GET', path)
    for (const [name, value] of changes.flatMap(Object.entries)) assert.deepEqual(now[name], value, `${name} in round ${round}`)
    assert.deepEqual((await ok('GET', `${path}/headers`)).headers, Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`x-${i}`, `${round}`])))
    assert.equal(await entries('endpoint.put') - puts, 1 + changes.length + headers.length, 'a change that was made anew stands once in the audit log')
  }
})

test('an endpoint that is deleted while others change it stays deleted', async () => {
  for (let round = 0; round < 10; round++) {
    const { id } = await ok('POST', '/app/test/endpoint', { url: 'https://gone.example.com/' })
    const change = (text: string) => relay.call('PATCH', `/app/test/endpoint/${id}`, { description: text })
    const [deleted, ...answers] = await Promise.all([relay.call('DELETE', `/app/test/endpoint/${id}`), ...Array.from({ length: 8 }, (_, i) => change(`${i}`))])
    assert.equal(deleted!.status, 204)
    for (const { status } of answers) assert.ok(status === 200 || status === 404, String(status))
    assert.equal((await relay.api(`/app/test/endpoint/${id}`)).status, 404)
  }
})

test('changes of different fields of an app and of an event type at the same time are all made', async () => {
  await ok('POST', '/event-type', { name: 'a.b', description: '' })
  for (let round = 0; round < 5; round++) {
    const [name, description] = [`app ${round}`, `type ${round}`]
    await Promise.all([
      ok('PATCH', '/app/test', { name }), ok('PATCH', '/app/test', { metadata: { name } }), ok('PATCH', '/app/test', { throttleRate: round + 1 }),
      ok('PATCH', '/event-type/a.b', { description }), ok('PATCH', '/event-type/a.b', { example: { description } }), ok('PATCH', '/event-type/a.b', { deprecated: round % 2 === 0 }),
    ])
    const app = await ok('GET', '/app/test')
    assert.deepEqual([app.name, app.metadata, app.throttleRate], [name, { name }, round + 1])
    const type = await ok('GET', '/event-type/a.b')
    assert.deepEqual([type.description, type.example, type.deprecated], [description, { description }, round % 2 === 0])
  }
})

test('a message that is on its way to an endpoint is not sent again at the same time: 409 says so', async () => {
  const gate = Promise.withResolvers<void>()
  const end = await destination((_, response) => void gate.promise.then(() => response.writeHead(200).end()))
  try {
    const { id } = await ok('POST', '/app/test/endpoint', { url: end.url, eventTypes: ['slow.one'] })
    const message = await ok('POST', '/app/test/msg', { eventType: 'slow.one', payload: {} })
    await end.until(1)
    const resend = () => relay.call('POST', `/app/test/msg/${message.id}/endpoint/${id}/resend`)
    const early = await resend()
    assert.deepEqual([early.status, early.body.code], [409, 'conflict'])
    assert.match(early.body.detail, /on its way/)
    gate.resolve()
    assert.equal((await relay.attempts(message.id, 1)).length, 1)
    assert.equal((await resend()).status, 202)
    assert.deepEqual((await relay.attempts(message.id, 2)).map(one => one.triggerType), [0, 1])
    await pause(200)
    assert.equal(end.received.length, 2)
  } finally {
    gate.resolve()
    await end.close()
  }
})

test('of things of one name that are made at the same time one is made, the others are 409', async () => {
  const made: [string, (n: number) => object, string?][] = [
    ['/app/test/source', n => ({ name: 'same', dialect: 'github', secrets: ['a secret'], description: `${n}` })],
    ['/event-type', n => ({ name: 'same.type', description: `${n}` })],
    ['/app/test/endpoint', n => ({ url: 'https://same.example.com/', uid: 'same', description: `${n}` })],
    ['/app/test/dialect', n => ({ name: 'same', title: `${n}`, documents: ['https://same.example.com/'], signature: { scheme: 'static-token', header: 'token' } })],
    ['/app', n => ({ name: `${n}`, uid: 'same' }), relay.operator],
  ]
  for (const [path, body, key = relay.key] of made) {
    const answers = await Promise.all([0, 1, 2, 3].map(n => relay.call('POST', path, body(n), key)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409], path)
    assert.ok(answers.filter(({ status }) => status === 409).every(({ body }) => body.code === 'conflict'), path)
    assert.equal((await relay.call('POST', path, body(4), key)).status, 409, path)
  }
  await ok('DELETE', '/event-type/same.type')
  await ok('POST', '/event-type', { name: 'same.type', description: 'an archived one makes room' })
})

test('of PUTs of what is not there yet one makes it, the others change it', async () => {
  for (let round = 0; round < 10; round++) {
    const uid = `put-at-once-${round}`
    for (const [path, body, key] of [[`/app/test/endpoint/${uid}`, { url: 'https://put.example.com/', uid }, relay.key], [`/app/${uid}`, { name: 'x', uid }, relay.operator]] as const) {
      const answers = await Promise.all(Array.from({ length: 6 }, () => relay.call('PUT', path, body, key)))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 201], path)
      assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1, path)
    }
  }
})
