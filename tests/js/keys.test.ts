// Keys that are fetched: a real HTTP server on 127.0.0.1 is the provider's, and the `fetch` that the key
// source is given sends what is meant for the pinned host there. Requests are the kept vectors'.
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import { awsSns } from '../../js/dialects/aws-sns.ts'
import { github } from '../../js/dialects/github.ts'
import { paypal } from '../../js/dialects/paypal.ts'
import { fetchKeys, Webhook, type FetchKeysOptions } from '../../js/full.ts'
import { handler } from '../../functions/handler.ts'
import { vectors, type Vector } from '../wasm/vectors.ts'

const dialects = { 'aws-sns': awsSns, paypal } as Record<string, any>
const vectorOf = (dialect: string, name: string): Vector => vectors.find((each) => each.dialect === dialect && each.name === name)!
const good = vectorOf('aws-sns', 'accepts a message')
const certificate = good.secrets[0]!
const another = vectorOf('paypal', 'names the second of two certificates').secrets[0]!

let asked: string[] = []
let answer: (request: IncomingMessage, response: ServerResponse) => void
const server = createServer((request, response) => {
  asked.push(request.url!)
  answer(request, response)
})
const says = (body: string | Buffer, status = 200, headers = {}) => (_: IncomingMessage, response: ServerResponse) => void response.writeHead(status, headers).end(body)
const here = (url: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(url).pathname}`
const source = (options: FetchKeysOptions = {}) => fetchKeys({ fetch: (url, init) => fetch(here(url), init), ...options })

before(() => new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready)))
after(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked = []
  answer = says(certificate)
})

const open = ({ dialect, settings, tolerance }: Vector, keys = source()): Webhook =>
  new Webhook(dialects[dialect], { keys, ...(settings && { settings }), ...(tolerance !== undefined && { tolerance }) } as any)
async function verdict(hook: Webhook, { bytes, headers, now }: Vector): Promise<string> {
  const result = await hook.checkAsync(bytes, headers, { now })
  return result.ok ? 'ok' : result.code
}
/** The message with another address of its certificate, which is not signed. */
const at = (name: string): Vector => {
  const body = Buffer.from(good.bytes).toString().replace(/SimpleNotificationService-\w+/, name)
  return { ...good, bytes: Buffer.from(body) }
}

describe('a webhook whose key is fetched', () => {
  for (const vector of [good, vectorOf('paypal', 'accepts a webhook')]) {
    test(`of ${vector.dialect} is verified, by one fetch however many come`, async () => {
      const hook = open(vector)
      assert.deepEqual(await Promise.all(Array.from({ length: 50 }, () => verdict(hook, vector))), Array(50).fill('ok'))
      assert.equal(await verdict(hook, vector), 'ok')
      assert.equal(await verdict(open(vector, source()), vector), 'ok')
      assert.equal(asked.length, 2, `${asked}`)
      assert.match(asked[0]!, vector === good ? /^\/SimpleNotificationService-\w+\.pem$/ : /^\/v1\/notifications\/certs\/CERT-[\w-]+$/)
    })
  }

  test('is received from a Request', async () => {
    const { bytes, headers, now } = good
    const event = await open(good).receive(new Request('https://example.com/hook', { method: 'POST', headers, body: bytes as BodyInit }), { now })
    assert.deepEqual([event.type, event.authenticity, event.secret], ['Notification', 'authenticated', 0])
  })

  test('is refused before anything is fetched where it can be', async () => {
    const wanted = ['missing_signature', 'missing_timestamp', 'bad_timestamp', 'too_old', 'too_new', 'duplicate_header']
    const cheap = vectors.filter(({ dialect, name, expect }) => dialect in dialects && expect.code !== 'ok' &&
      name !== 'refuses another certificate than that of the address' && (wanted.includes(expect.code) || /address|topic|prefix|algorithm|with a bar|taken out|stands twice|is an object|too short/.test(name)))
    assert.ok(cheap.length > 50, `${cheap.length}`)
    for (const vector of cheap) assert.equal(await verdict(open(vector), vector), vector.expect.code, `${vector.dialect}: ${vector.name}`)
    assert.deepEqual(asked, [])
  })

  test('is refused with another certificate, and with one that does not hold', async () => {
    answer = says(another)
    assert.equal(await verdict(open(good), good), 'bad_signature')
    answer = says(certificate)
    assert.equal(await verdict(open(good), { ...good, now: 2200000000 }), 'key_unavailable')
  })

  test('is judged by the certificate that is there now', async () => {
    const served = [certificate, another, certificate]
    const hook = open(good, async () => served.shift()!)
    assert.deepEqual([await verdict(hook, good), await verdict(hook, good), await verdict(hook, good)], ['ok', 'bad_signature', 'ok'])
  })

  test('is judged by its own key among many addresses', async () => {
    const hook = open(good)
    const names = Array.from({ length: 12 }, (_, index) => `key-${index}`) // more than the verifiers that are kept
    assert.deepEqual(await Promise.all(names.slice(0, 8).map((name) => verdict(hook, at(name)))), Array(8).fill('ok'))
    for (const name of [...names, ...names]) assert.equal(await verdict(hook, at(name)), 'ok')
    assert.equal(asked.length, 12)
  })

  test('waits for its key in asynchronous calls alone', () => {
    const hook = open(good)
    const wanted = { name: 'TypeError', message: 'The keys of this Webhook are fetched: use receive() or checkAsync(), which wait for them, or give secrets.' }
    assert.throws(() => hook.verify(good.bytes, good.headers), wanted)
    assert.throws(() => hook.check(good.bytes, good.headers), wanted)
    assert.equal(asked.length, 0)
  })

  test('is key_unavailable where the key source is broken', async () => {
    const broken: any[] = [async () => { throw new Error('no') }, () => { throw new Error('no') }, async () => undefined, async () => 7, async () => '', () => 'no key']
    for (const keys of broken) assert.equal(await verdict(open(good, keys), good), 'key_unavailable')
  })

  test('takes keys from a source or as secrets, not both, and from a source only where the dialect says from where', () => {
    const { settings } = good
    assert.throws(() => new Webhook(awsSns, { settings, keys: source(), secrets: certificate } as any), /TypeError: Give secrets or keys, not both/)
    assert.throws(() => new Webhook(github, { keys: source() }), /TypeError: GitHub does not say where its keys are fetched from/)
    assert.throws(() => new Webhook(awsSns, { keys: source() }), /TypeError: AWS SNS needs the setting "topic_arn"/)
    assert.throws(() => new Webhook(awsSns, { settings } as any), /TypeError: no key is set: give the certificate of AWS SNS, or have it fetched/)
  })
})

describe('fetchKeys', () => {
  const failures: Record<string, [answer: typeof answer, options?: FetchKeysOptions]> = {
    'an address that has none': [says('Not found', 404)],
    'a server that fails': [says(certificate, 500)],
    'an answer without content': [says('', 204)],
    'a part of a key': [says(certificate, 206)],
    'an answer that is too long by its header': [says(certificate, 200, { 'content-length': `${certificate.length}` }), { maxBytes: certificate.length - 1 }],
    'an answer that is too long and in chunks': [(_, response) => {
      response.writeHead(200)
      for (const line of certificate.split(/(?<=\n)/)) response.write(line)
      response.end()
    }, { maxBytes: certificate.length - 1 }],
    'bytes that are no text': [says(Buffer.concat([Buffer.from(certificate), Buffer.from([0xff])]))],
    'a server that hangs up': [(_, response) => void response.destroy()],
    'a server that hangs up in the middle': [(_, response) => {
      response.writeHead(200, { 'content-length': '5000' })
      response.write(certificate.slice(0, 100), () => response.destroy())
    }],
    'a server that never answers': [() => {}, { timeout: 100 }],
    'a server that never ends': [(_, response) => {
      response.writeHead(200)
      response.write(certificate)
    }, { timeout: 100 }],
  }
  for (const [what, [behaviour, options]] of Object.entries(failures)) {
    test(`has no key from ${what}, and asks it once`, async () => {
      answer = behaviour
      const hook = open(good, source(options))
      assert.deepEqual(await Promise.all([verdict(hook, good), verdict(hook, good)]), ['key_unavailable', 'key_unavailable'])
      assert.equal(await verdict(hook, good), 'key_unavailable')
      assert.equal(asked.length, 1)
    })
  }

  test('follows no redirect', async () => {
    answer = (request, response) => {
      if (request.url === '/elsewhere') says(certificate)(request, response)
      else response.writeHead(302, { location: here('https://x/elsewhere') }).end()
    }
    assert.equal(await verdict(open(good), good), 'key_unavailable')
    assert.equal(asked.length, 1)
  })

  test('has no key where nothing listens, or what it is given never answers', async () => {
    let count = 0
    const fetches: FetchKeysOptions['fetch'][] = [(_, init) => (count++, fetch('http://127.0.0.1:1/', init)), () => (count++, new Promise(() => {})), () => { count++; throw new Error('no') }]
    for (const fetch of fetches) assert.equal(await verdict(open(good, fetchKeys({ fetch, timeout: 100 })), good), 'key_unavailable')
    assert.equal(count, fetches.length)
  })

  test('asks an address that had no key again after the pause', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 })
    const hook = open(good, source({ pause: 60 }))
    answer = says('', 404)
    assert.equal(await verdict(hook, good), 'key_unavailable')
    answer = says(certificate)
    t.mock.timers.setTime(1_800_000_059_999)
    assert.equal(await verdict(hook, good), 'key_unavailable')
    t.mock.timers.setTime(1_800_000_060_001)
    assert.equal(await verdict(hook, good), 'ok')
    assert.equal(asked.length, 2)
  })

  test('asks for a key again when it is old, and has none where it then fails', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 })
    const hook = open(good, source({ maxAge: 3600 }))
    assert.equal(await verdict(hook, good), 'ok')
    t.mock.timers.setTime(1_800_000_000_000 + 3_599_000)
    assert.equal(await verdict(hook, good), 'ok')
    assert.equal(asked.length, 1)
    answer = says('', 503)
    t.mock.timers.setTime(1_800_000_000_000 + 3_601_000)
    assert.equal(await verdict(hook, good), 'key_unavailable')
    assert.equal(asked.length, 2)
  })

  test('keeps so many keys and no more', async () => {
    const hook = open(good, source({ maxKeys: 2 }))
    for (const name of ['a', 'b', 'a', 'c', 'a']) assert.equal(await verdict(hook, at(name)), 'ok')
    assert.deepEqual(asked, ['/a.pem', '/b.pem', '/c.pem'])
    assert.equal(await verdict(hook, at('b')), 'ok') // it had made room for c
    assert.equal(asked.length, 4)
  })

  test('fetches eight at once at most, and thirty in any minute', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 })
    const held: ServerResponse[] = []
    answer = (_, response) => void held.push(response)
    const keys = source({ maxKeys: 100 })
    const url = (index: number) => `https://sns.eu-west-1.amazonaws.com/k${index}.pem`
    const first = Array.from({ length: 8 }, (_, index) => keys(url(index)))
    await assert.rejects(keys(url(8)), /too many keys are being fetched/)
    while (held.length < 8) await new Promise((next) => setTimeout(next, 5))
    for (const response of held) response.end(certificate)
    assert.deepEqual(await Promise.all(first), Array(8).fill(certificate))
    answer = says(certificate)
    for (let index = 8; index < 30; index++) assert.equal(await keys(url(index)), certificate)
    await assert.rejects(keys(url(30)), /too many keys are being fetched/)
    assert.equal(await keys(url(0)), certificate) // what is kept is given all the same
    t.mock.timers.setTime(1_800_000_060_001)
    assert.equal(await keys(url(30)), certificate)
    assert.equal(asked.length, 31)
  })

  test('takes bounds that are numbers above 0', () => {
    for (const name of ['timeout', 'maxBytes', 'maxKeys', 'maxAge', 'pause']) {
      for (const value of [0, -1, NaN, Infinity, '5']) assert.throws(() => fetchKeys({ [name]: value }), new RegExp(`TypeError: ${name} must be a number above 0`))
    }
  })
})

describe('handler', () => {
  const serve = (keys = source(), seen: any[] = []) => ({ seen, handle: handler({ dialect: awsSns, keys, settings: good.settings!, tolerance: null, on: (event) => void seen.push(event) }) })
  const post = (vector: Vector) => new Request('https://example.com/hook', { method: 'POST', headers: vector.headers, body: vector.bytes as BodyInit })

  test('answers a webhook whose key it fetches', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: good.now * 1000 })
    const { handle, seen } = serve()
    assert.equal((await handle(post(good))).status, 200)
    assert.equal((await handle(post(good))).status, 200) // a repeated one is not handled again
    assert.deepEqual(seen.map(({ type }) => type), ['Notification'])
    assert.equal(asked.length, 1)
  })

  test('asks for it again where the key cannot be had, and not where the webhook is forged', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: good.now * 1000 })
    answer = says('', 500)
    assert.equal((await serve().handle(post(good))).status, 500)
    assert.equal((await serve().handle(post(vectorOf('aws-sns', "refuses a certificate's address with another host")))).status, 401)
    assert.equal((await serve().handle(post(vectorOf('aws-sns', 'refuses a message of another topic')))).status, 401)
    assert.equal(asked.length, 1)
  })

  test('hands on the address that confirms a subscription, and visits nothing', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: good.now * 1000 })
    const vector = vectorOf('aws-sns', 'hands on the address to visit as it stands')
    const { handle, seen } = serve()
    assert.equal((await handle(post(vector))).status, 200)
    assert.equal(seen[0].handshake.visit, vector.expect.challenge)
    assert.deepEqual(asked, ['/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem'])
    const elsewhere = serve()
    assert.equal((await elsewhere.handle(post(vectorOf('aws-sns', 'gives no address to visit that is not pinned')))).status, 200)
    assert.equal(elsewhere.seen[0].handshake, null)
  })

  test('takes secrets or keys, not both', () => {
    assert.throws(() => handler({ dialect: awsSns, keys: source(), secrets: [certificate], settings: good.settings! }), /Give secrets or keys, not both/)
    assert.throws(() => handler({ dialect: awsSns, settings: good.settings! }), /no secret for aws-sns/)
  })
})
