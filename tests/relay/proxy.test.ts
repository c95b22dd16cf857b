// WEBHOOK_PROXY_URL: deliveries of Cosmo's platform events through a proxy of one's own, to https:// by a
// tunnel and to http:// without one.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as ask, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Webhook } from '../../js/index.ts'
import { cosmo } from '../../js/dialects/cosmo.ts'
import { destination } from '../functions/destination.ts'
import { everyFile, run } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'waxseal-proxy-'))
const at = (name: string): string => join(folder, name)
const openssl = (...given: string[]): void => void execFileSync('openssl', given, { stdio: 'ignore' })
const webhookSecret = 'canary: the secret of the platform webhook'

/** A certificate for the names, by an authority that only NODE_EXTRA_CA_CERTS makes known. */
function certify(): void {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=an authority of the test')
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at('key.pem'), '-out', at('csr.pem'), '-subj', '/CN=hooks.example.com')
  writeFileSync(at('names'), 'subjectAltName=DNS:hooks.example.com,DNS:localhost\n')
  openssl('x509', '-req', '-in', at('csr.pem'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-out', at('cert.pem'), '-days', '2', '-extfile', at('names'))
}

interface Asked { line: string; authorization: string | undefined; count: number }
/** A proxy that leads every tunnel to `port`, and hands other requests on to where they name. */
async function proxy(port: () => number, secure = false) {
  const asked: Asked[] = []
  const tunnels = new Set<Socket>()
  const server: Server = secure ? createSecure({ key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) }) : createServer()
  const self = { asked, refuse: 0, url: '', async close() { tunnels.forEach(one => one.destroy()); server.closeAllConnections(); await new Promise(done => server.close(done)) } }
  const note = (line: string, authorization: string | undefined): boolean => {
    asked.push({ line, authorization, count: asked.length + 1 })
    return self.refuse > 0 && self.refuse-- > 0
  }
  server.on('connect', (request, client: Socket) => {
    if (note(`CONNECT ${request.url}`, request.headers['proxy-authorization'])) return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
    const on = connect(port(), '127.0.0.1', () => { client.write('HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n'); client.pipe(on).pipe(client) })
    for (const one of [client, on]) { tunnels.add(one); one.on('error', () => {}) }
  })
  server.on('request', (request, response: ServerResponse) => {
    note(`${request.method} ${request.url}`, request.headers['proxy-authorization'])
    const headers = { ...request.headers }
    delete headers['proxy-authorization']
    const on = ask(request.url!, { method: request.method, headers }, answer => { response.writeHead(answer.statusCode!, answer.headers); answer.pipe(response) })
    request.pipe(on)
  })
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready))
  self.url = `${secure ? 'https' : 'http'}://${secure ? 'localhost' : '127.0.0.1'}:${(server.address() as AddressInfo).port}`
  return self
}

/** What the TLS destination got, and how it answers next. */
const got: { path: string; headers: any; rawHeaders: string[]; body: Buffer; name: string }[] = []
let answer: (response: ServerResponse) => void = response => void response.writeHead(200, { 'x-answered': 'yes' }).end('thank you')
let tls: Server
let relay: Awaited<ReturnType<typeof run>>
let by: Awaited<ReturnType<typeof proxy>>

before(async () => {
  certify()
  tls = createSecure({ key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    got.push({ path: request.url!, headers: request.headers, rawHeaders: request.rawHeaders, body: Buffer.concat(chunks), name: (request.socket as any).servername })
    answer(response)
  })
  await new Promise<void>(ready => tls.listen(0, '127.0.0.1', ready))
  by = await proxy(() => (tls.address() as AddressInfo).port)
  relay = await run({
    sources: { cosmo: { dialect: 'cosmo' } }, network: ['public'], http: false,
    endpoints: { forms: { url: 'https://hooks.example.com/forms', events: ['form'], proxy: 'env:WEBHOOK_PROXY_URL', delivery: { retry: { delays: [] } } } },
    env: { WEBHOOK_URL: 'https://hooks.example.com/in?a=1', WEBHOOK_SECRET: webhookSecret, WEBHOOK_PROXY_URL: by.url.replace('://', '://user:canary%20word@'), NODE_EXTRA_CA_CERTS: at('ca.pem') },
  })
})
after(async () => {
  await relay?.close()
  await by?.close()
  tls?.closeAllConnections()
  tls?.close()
  rmSync(folder, { recursive: true, force: true })
})

const send = async (eventType = 'USER_REGISTER_SUCCESS'): Promise<string> => (await relay.call('POST', '/app/test/msg', { eventType, payload: { user_id: '1', user_email: 'ü@example.com' } })).body.id

test('an https destination is reached by a tunnel, encrypted through the proxy, with the runtime\'s check of its name', async () => {
  const [attempt] = await relay.attempts(await send(), 1)
  assert.deepEqual([attempt.responseStatusCode, attempt.response], [200, 'thank you'])
  assert.deepEqual(by.asked, [{ line: 'CONNECT hooks.example.com:443', authorization: `Basic ${btoa('user:canary word')}`, count: 1 }])
  const [one] = got
  assert.deepEqual([one!.path, one!.name, one!.headers.host, one!.headers['proxy-authorization']], ['/in?a=1', 'hooks.example.com', 'hooks.example.com', undefined])
  assert.equal(one!.body.toString(), '{"version":1,"event":"USER_REGISTER_SUCCESS","payload":{"user_id":"1","user_email":"ü@example.com"}}')
  new Webhook(cosmo, { secrets: [webhookSecret] }).verify(one!.body, one!.rawHeaders)
})

test('every form of an answer is read: chunked, counted, ended by the connection, and none; a broken one is a failed attempt', async () => {
  const raw = (text: string) => (response: ServerResponse): void => { response.socket!.end(text) }
  const forms: [(response: ServerResponse) => void, number, string][] = [
    [response => void response.writeHead(200).write('one ', () => response.end('two')), 200, 'one two'],
    [response => void response.writeHead(200, { 'content-length': 4 }).end('four'), 200, 'four'],
    [raw('HTTP/1.1 200 OK\r\n\r\nuntil the end'), 200, 'until the end'],
    [response => void response.writeHead(204).end(), 204, ''],
    [raw('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok'), 201, 'ok'],
    [response => void response.writeHead(302, { location: 'https://elsewhere.example.com/' }).end(), 302, ''],
    [response => void response.writeHead(200).end('x'.repeat(100_000)), 200, 'x'.repeat(2048)],
    ...['nonsense\r\n\r\n', 'HTTP/1.1 200 OK\r\nno header\r\n\r\n', 'HTTP/1.1 099 No\r\n\r\n', 'HTTP/1.1 200 OK\r\nx: y', '', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}\r\n\r\n`].map(text => [raw(text), 0, 'no connection through the proxy'] as [(response: ServerResponse) => void, number, string]),
    // The status counts; a body that breaks off is kept as far as it came.
    [raw('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort'), 200, 'short'],
    [raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'), 200, ''],
  ]
  for (const [form, status, text] of forms) {
    answer = form
    const [attempt] = await relay.attempts(await send('form'), 1)
    assert.deepEqual([attempt.responseStatusCode, attempt.response], [status, text])
  }
  answer = response => void response.writeHead(200).end()
})

test('a proxy that refuses the tunnel is a failed attempt, which is retried', async () => {
  by.refuse = 1
  const attempts = await relay.attempts(await send(), 2)
  assert.deepEqual(attempts.map(one => [one.responseStatusCode, one.response]), [[0, 'the proxy answered 407'], [200, '']])
})

test('the proxy\'s password stands in no file, answer or line', async () => {
  const files = everyFile(relay.home).filter(path => !/\/worker\/worker\.js$/.test(path))
  assert.ok(!files.some(path => ['canary word', 'canary%20word', btoa('user:canary word')].some(text => readFileSync(path).includes(text))))
  assert.ok(!relay.printed.some(line => /canary/.test(line)))
  const { body } = await relay.api('/app/test/endpoint/webhook-url')
  assert.ok(!/canary|PROXY/.test(JSON.stringify(body)))
})

test('without NODE_EXTRA_CA_CERTS nobody vouches for the destination, and nothing is sent', async () => {
  const other = await run({ sources: {}, network: ['public'], http: false, env: { WEBHOOK_URL: 'https://hooks.example.com/in', WEBHOOK_PROXY_URL: by.url } })
  try {
    const before = got.length
    const { body } = await other.call('POST', '/app/test/msg', { eventType: 'USER_DELETE_SUCCESS', payload: {} })
    const [attempt] = await other.attempts(body.id, 1)
    assert.deepEqual([attempt.responseStatusCode, attempt.response, got.length], [0, 'no connection through the proxy', before])
  } finally {
    await other.close()
  }
})

test('a certificate for another name is refused', async () => {
  const other = await run({ sources: {}, network: ['public'], http: false, env: { WEBHOOK_URL: 'https://other.example.com/in', WEBHOOK_PROXY_URL: by.url, NODE_EXTRA_CA_CERTS: at('ca.pem') } })
  try {
    const before = got.length
    const { body } = await other.call('POST', '/app/test/msg', { eventType: 'USER_DELETE_SUCCESS', payload: {} })
    assert.equal((await other.attempts(body.id, 1))[0].response, 'no connection through the proxy')
    assert.equal(got.length, before)
  } finally {
    await other.close()
  }
})

test('an http destination is named in full to the proxy, which may be https; other endpoints go without', async () => {
  const [end, direct] = [await destination(), await destination()]
  after(() => Promise.all([end.close(), direct.close()]))
  for (const secure of [false, true]) {
    const through = await proxy(() => 0, secure)
    const other = await run({ sources: {}, endpoints: { direct: { url: direct.url } }, env: { WEBHOOK_URL: end.url, WEBHOOK_PROXY_URL: through.url.replace('://', '://me@'), NODE_EXTRA_CA_CERTS: at('ca.pem') } })
    try {
      const { body } = await other.call('POST', '/app/test/msg', { eventType: 'APOLLO_MIGRATE_INIT', payload: {} })
      const attempts = await other.attempts(body.id, 2)
      assert.deepEqual(attempts.map(one => one.responseStatusCode), [200, 200])
      assert.deepEqual(through.asked, [{ line: `POST ${end.url}`, authorization: `Basic ${btoa('me:')}`, count: 1 }])
      assert.equal(end.received.at(-1)!.headers['proxy-authorization'], undefined)
    } finally {
      await other.close()
      await through.close()
    }
  }
  assert.deepEqual([end.received.length, direct.received.length], [2, 2])
})

test('a proxy that hangs is given up after the endpoint\'s time', async () => {
  const silent = createServer(() => {})
  silent.on('connect', () => {})
  await new Promise<void>(ready => silent.listen(0, '127.0.0.1', ready))
  const other = await run({ sources: {}, endpoints: { slow: { url: 'https://hooks.example.com/', proxy: 'env:MY_PROXY', delivery: { timeout: 1 } } }, env: { MY_PROXY: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` } })
  try {
    const { body } = await other.call('POST', '/app/test/msg', { eventType: 'any', payload: {} })
    assert.equal((await other.attempts(body.id, 1))[0].response, 'no answer in 1 s')
  } finally {
    await other.close()
    silent.closeAllConnections()
    silent.close()
  }
})

test('a proxy that cannot be used stops the start with a sentence that does not show it', async () => {
  const start = (WEBHOOK_PROXY_URL: string, more = {}) => run({ sources: {}, env: { WEBHOOK_URL: 'https://hooks.example.com/', WEBHOOK_PROXY_URL, ...more } }).then(relay => relay.close())
  for (const wrong of ['socks5://canary@127.0.0.1:1080', 'canary', 'http://127.0.0.1:1/canary']) {
    await assert.rejects(start(wrong), (error: Error) => /^WEBHOOK_PROXY_URL is not the URL of an HTTP proxy: write http:\/\/HOST:PORT/.test(error.message) && !/canary/.test(error.message))
  }
  await assert.rejects(start('https://127.0.0.1:1'), /^Error: WEBHOOK_PROXY_URL is https:\/\/, and so is the URL of endpoint webhook-url: workerd has no TLS within TLS/)
  await assert.rejects(start(by.url, { NODE_EXTRA_CA_CERTS: '/nowhere.pem' }), /NODE_EXTRA_CA_CERTS names \/nowhere\.pem, which cannot be read \(ENOENT\)/)
  await assert.rejects(run({ sources: {}, endpoints: { one: { url: 'https://hooks.example.com/', proxy: 'env:MY_PROXY' } } }), /endpoint one has the proxy MY_PROXY, which is not set/)
})
