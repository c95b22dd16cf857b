// Node's http and express: receives, verifies and forwards over real HTTP; what is refused is not forwarded.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import express from 'express'
import { node } from '../../functions/node.ts'
import { destination } from './destination.ts'
import { platformBody, platformCore, request, secret } from './events.ts'

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    post: async (sent: Request, path = '/') => fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: sent.headers, body: await sent.arrayBuffer() }),
    close: () => (server.closeAllConnections(), server.close()),
  }
}

const forged = () => request(platformCore, platformBody(), { key: 'not the secret' })

test('http: receives, verifies and forwards; a refused one is not forwarded', async () => {
  const end = await destination()
  const types: unknown[] = []
  const server = await serve(node({ dialect: platformCore, secrets: [secret], forward: end.url, on: event => void types.push(event.type) }))
  const body = platformBody()
  const answer = await server.post(request(platformCore, body))
  assert.deepEqual([answer.status, await answer.text()], [200, 'OK'])
  assert.equal((await end.until(1))[0]!.body.toString(), body)
  const refused = await server.post(forged())
  assert.deepEqual([refused.status, await refused.text()], [401, 'Invalid signature'])
  assert.deepEqual([end.received.length, types], [1, ['user.created']])
  server.close()
  await end.close()
})

test('express: before any parser and after express.raw(); a refused one is not forwarded', async () => {
  const end = await destination()
  const app = express()
  app.post('/first', node({ dialect: platformCore, secrets: [secret], forward: end.url }))
  app.post('/raw', express.raw({ type: '*/*' }), node({ dialect: platformCore, secrets: [secret], forward: end.url }))
  const server = await serve(app)
  for (const path of ['/first', '/raw']) {
    assert.equal((await server.post(request(platformCore, platformBody()), path)).status, 200)
    assert.equal((await server.post(forged(), path)).status, 401)
  }
  assert.equal(end.received.length, 2)
  server.close()
  await end.close()
})

test('express: a body that was parsed already is an error that says what to do', async () => {
  const app = express()
  const errors: Error[] = []
  app.post('/', express.json(), node({ dialect: platformCore, secrets: [secret] }))
  app.use(((error, _request, response, _next) => { errors.push(error); response.status(500).end() }) as express.ErrorRequestHandler)
  const server = await serve(app)
  assert.equal((await server.post(request(platformCore, platformBody()))).status, 500)
  assert.match(errors[0]!.message, /parsed already.*express\.raw/)
  server.close()
})

test('http: a header that came on two lines is seen as two', async () => {
  const server = await serve(node({ dialect: platformCore, secrets: [secret] }))
  const body = platformBody()
  const { headers } = request(platformCore, body)
  const signature = headers.get('x-platform-signature')!
  const lines = ['POST / HTTP/1.1', 'Host: x', 'Connection: close', `Content-Length: ${Buffer.byteLength(body)}`, `X-Platform-Signature: ${signature}`, `X-Platform-Signature: ${signature}`, '', body]
  const socket = connect(server.port, '127.0.0.1')
  socket.write(lines.join('\r\n'))
  assert.match(await text(socket), /^HTTP\/1\.1 400 /)
  server.close()
})

test('http: no request that a client can send ends the process', async () => {
  const server = await serve(node({ dialect: platformCore, secrets: [secret] }))
  for (const start of ['POST //[ HTTP/1.1\r\nHost: a b', 'POST http://[/ HTTP/1.1\r\nHost: x', 'TRACE / HTTP/1.1\r\nHost: x', 'POST / HTTP/1.1\r\nHost: x\r\nX: \xff', 'GET / HTTP/1.1\r\nHost: [']) {
    const socket = connect(server.port, '127.0.0.1').on('error', () => {})
    socket.write(Buffer.from(`${start}\r\nConnection: close\r\n\r\n`, 'latin1'))
    assert.match(await text(socket), /^HTTP\/1\.1 4/)
  }
  const broken = connect(server.port, '127.0.0.1')
  broken.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
  setTimeout(() => broken.destroy(), 50)
  await once(broken, 'close')
  assert.equal((await server.post(request(platformCore, platformBody()))).status, 200)
  server.close()
})

test('http: a body that is refused unread, or too large, still gets its answer', async () => {
  const server = await serve(node({ dialect: platformCore, secrets: [secret], maxBody: 1000 }))
  const post = async (headers: Record<string, string>, body: BodyInit) =>
    (await fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)).status
  assert.equal(await post({ 'content-encoding': 'gzip' }, 'x'.repeat(500)), 415)
  assert.equal(await post({}, 'x'.repeat(100_000)), 413)
  const parts = new ReadableStream({ start: controller => { for (let i = 0; i < 5; i++) controller.enqueue(new Uint8Array(500)); controller.close() } })
  assert.equal(await post({}, parts), 413)
  assert.equal((await fetch(`http://127.0.0.1:${server.port}/`, { method: 'PUT', body: 'x'.repeat(500) })).status, 405)
  server.close()
})

test('http: an endless body is not read to its end', { timeout: 20_000 }, async () => {
  const server = await serve(node({ dialect: platformCore, secrets: [secret], maxBody: 1000 }))
  const socket = connect(server.port, '127.0.0.1').on('error', () => {})
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
  let sent = 0
  for (; !socket.closed && sent < 64 << 20; sent += 65536) {
    if (!socket.write(`10000\r\n${'x'.repeat(65536)}\r\n`)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {})
  }
  socket.destroy()
  assert.ok(sent < 64 << 20)
  server.close()
})
