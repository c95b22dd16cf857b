// Webhook: what it takes, what it refuses to be made of, and what it says.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { github } from '../../js/dialects/github.ts'
import { platformCore } from '../../js/dialects/platform-core.ts'
import { standardWebhooks } from '../../js/dialects/standard-webhooks.ts'
import { DeliveryPolicy, describe as describeDialect, WaxsealError, Webhook } from '../../js/index.ts'

const secrets = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
const hook = new Webhook(standardWebhooks, { secrets })
const body = '{"type":"contact.created","data":{"name":"Zoë"}}'
const headers = hook.sign(body, { id: 'msg_1' })
const pairs = Object.entries(headers)

describe('what a body may be', () => {
  const bytes = new TextEncoder().encode(body)
  const inside = new Uint8Array(bytes.length + 9)
  inside.set(bytes, 5)
  const shapes: Record<string, any> = {
    'a string, as its UTF-8 bytes': body,
    'a Uint8Array': bytes,
    'a Buffer': Buffer.from(body),
    'an ArrayBuffer': bytes.buffer,
    'a view into a larger buffer': inside.subarray(5, 5 + bytes.length),
    'a DataView': new DataView(inside.buffer, 5, bytes.length),
  }
  for (const [shape, value] of Object.entries(shapes)) {
    test(`takes ${shape}`, () => {
      const event = hook.verify(value, headers)
      assert.deepEqual(event.data, { name: 'Zoë' })
      assert.deepEqual(Buffer.from(event.body).toString(), body)
    })
  }

  test('answers a parsed object with a TypeError that says how to get raw bytes', () => {
    for (const parsed of [JSON.parse(body), [], null, undefined, 7]) {
      assert.throws(() => hook.check(parsed, headers), (error: TypeError) => {
        assert.equal(error.constructor, TypeError)
        for (const place of ['Express', 'express.raw', 'Fastify', 'Next.js app', 'Next.js pages', 'NestJS', 'rawBody', 'Koa', 'Lambda', 'isBase64Encoded']) {
          assert.ok(error.message.includes(place), place)
        }
        return true
      })
    }
  })
})

describe('what headers may be', () => {
  const upper = Object.fromEntries(pairs.map(([name, value]) => [name.toUpperCase(), value]))
  const shapes: Record<string, any> = {
    'Headers': new Headers(headers),
    "Node's req.headers": headers,
    'an object in any case': upper,
    'lists of one': Object.fromEntries(pairs.map(([name, value]) => [name, [value]])),
    'pairs': pairs,
    "Node's rawHeaders": pairs.flat(),
    'a Map': new Map(pairs),
    'an object without a prototype': Object.assign(Object.create(null), headers),
  }
  for (const [shape, value] of Object.entries(shapes)) {
    test(`takes ${shape}`, () => assert.equal(hook.verify(body, value).id, 'msg_1'))
  }

  const twice: Record<string, any> = {
    'two pairs': [...pairs, ['Webhook-Id', 'msg_1']],
    'rawHeaders': [...pairs.flat(), 'WEBHOOK-ID', 'msg_1'],
    'a list of two': { ...headers, 'webhook-id': ['msg_1', 'msg_1'] },
    'two spellings': { ...headers, 'Webhook-Id': 'msg_1' },
  }
  for (const [shape, value] of Object.entries(twice)) {
    test(`sees a duplicate in ${shape}`, () => assert.deepEqual(refusal(hook.check(body, value)), 'duplicate_header'))
  }

  test('reads no header from a prototype', () => {
    const polluted = Object.create(headers)
    assert.equal(refusal(hook.check(body, polluted)), 'missing_signature')
  })

  test('finds a header by any of its spellings, also where others are as long as it', () => {
    const others = { 'Webhook-Ix': 'x', 'WEBHOOK-TIMESTAMQ': 'x', 'webhook-id-and-32-letters-more-than-it-has': 'x', '': 'x' }
    const mixed = Object.fromEntries(pairs.map(([name, value]) => [name.replace(/^w/, 'W'), value]))
    assert.equal(hook.verify(body, { ...others, ...mixed, ...others }).id, 'msg_1')
  })

  test('shows an id that comes in a header as its bytes read in UTF-8, and in ASCII as it came', () => {
    const octo = new Webhook(github, { secrets: 'octo' })
    const ids = { 'a-b-c': 'a-b-c', 'caf\u00c3\u00a9': 'caf\u00e9', 'caf\u00e9': 'caf\ufffd', 'caf\u20ac': 'caf\ufffd' }
    for (const [sent, read] of Object.entries(ids)) {
      const lines = Object.entries(octo.sign('{}', { type: 'ping', id: 'x' }))
      assert.equal(octo.verify('{}', lines.map(([name, value]) => [name, value === 'x' ? sent : value] as const)).id, read)
    }
  })

  test('answers what is no headers with a TypeError', () => {
    for (const value of [null, undefined, 'webhook-id: x', 7, { ...headers, 'webhook-id': 7 }]) {
      assert.throws(() => hook.check(body, value as any), TypeError)
    }
  })

  test('takes characters above 0xff for what is never valid', () => {
    assert.equal(refusal(hook.check(body, { ...headers, 'webhook-timestamp': '１７０００００００0' })), 'bad_timestamp')
    assert.equal(refusal(hook.check(body, { ...headers, 'webhook-id': `msg_\u0131` })), 'bad_id')
  })
})

describe('what a Webhook is made of', () => {
  const wrong: [string, any, RegExp][] = [
    ['no secret', { secrets: [] }, /secret/],
    ['an unset environment variable', { secrets: [undefined] }, /secrets\[0\] is undefined.*environment/],
    ['null', { secrets: null }, /secret/],
    ['a blank secret', { secrets: ' \t' }, /secret 0/],
    ['a secret that is no base64', { secrets: ['whsec_!!!!'] }, /secret 0/],
    ['a second secret that is too short', { secrets: [secrets, 'whsec_AA=='] }, /secret 1 is too short/],
    ['a tolerance that is no number', { secrets, tolerance: NaN }, /tolerance/],
    ['a tolerance below zero', { secrets, tolerance: { past: 1, future: -1 } }, /tolerance/],
    ['an unknown schema mode', { secrets, schema: 'strict' }, /schema must be/],
    ['an endless body', { secrets, maxBody: Infinity }, /maxBody/],
  ]
  for (const [what, options, sentence] of wrong) {
    test(`refuses ${what}`, () => assert.throws(() => new Webhook(standardWebhooks, options), (error: Error) => error.constructor === TypeError && sentence.test(error.message)))
  }

  test('refuses what is no dialect', () => {
    assert.throws(() => new Webhook('github' as any, { secrets }), /waxseal\/dialects/)
  })

  test("says what to do with a dialect's file", () => {
    const file = { name: 'own', title: 'Own', documents: ['https://example.com'], signature: { scheme: 'static-token', header: 'x-token' } }
    for (const raw of [file, JSON.stringify(file)] as any[]) {
      assert.throws(() => new Webhook(raw, { secrets }), /loadDialect\(file\) of 'waxseal\/full'.*waxseal dialects --compile/)
      assert.throws(() => new DeliveryPolicy(raw), /loadDialect\(file\) of 'waxseal\/full'/)
    }
  })

  test('refuses an image that is damaged, or of another version, with a sentence', () => {
    const { image } = standardWebhooks
    assert.throws(() => new Webhook({ ...standardWebhooks, image: `${image.slice(0, 40)}AAAA${image.slice(44)}` }, { secrets }), TypeError(/damaged/))
    const bytes = Buffer.from(image, 'base64')
    bytes[3]!++
    assert.throws(() => new Webhook({ ...standardWebhooks, image: bytes.toString('base64') }, { secrets }), TypeError(/another version/))
    assert.throws(() => new Webhook({ ...standardWebhooks, image: '' }, { secrets }), TypeError(/no compiled dialect/))
    assert.throws(() => new Webhook({ ...standardWebhooks, image: 'no base64!' }, { secrets }), Error)
    function TypeError(sentence: RegExp) {
      return (error: Error) => error.constructor === globalThis.TypeError && sentence.test(error.message)
    }
  })

  test('does nothing more once it is closed', () => {
    const closed = new Webhook(standardWebhooks, { secrets })
    closed.close()
    closed.close()
    assert.throws(() => closed.verify(body, headers), /closed/)
    assert.equal(hook.verify(body, headers).id, 'msg_1')
  })

  test('opens thousands that nobody closes', () => {
    const kept = Array.from({ length: 100 }, () => new Webhook(standardWebhooks, { secrets }))
    for (let each = 0; each < 5000; each++) new Webhook(standardWebhooks, { secrets })
    for (const one of kept) assert.equal(one.verify(body, headers).id, 'msg_1')
  })
})

describe('time', () => {
  const at = Number(headers['webhook-timestamp'])
  test('is the machine\'s unless told', () => {
    assert.equal(refusal(hook.check(body, headers, { now: at + 301 })), 'too_old')
    assert.equal(refusal(hook.check(body, headers, { now: at - 301 })), 'too_new')
    assert.ok(hook.check(body, headers, { now: at + 300 }).ok)
    const fixed = new Webhook(standardWebhooks, { secrets, now: () => at + 9999 })
    assert.equal(refusal(fixed.check(body, headers)), 'too_old')
  })
  test('may have another tolerance, one for each direction, or none', () => {
    const ask = (tolerance: any, now: number) => refusal(new Webhook(standardWebhooks, { secrets, tolerance }).check(body, headers, { now }))
    assert.equal(ask(10, at + 11), 'too_old')
    assert.equal(ask({ past: 1000, future: 0 }, at + 1000), 'ok')
    assert.equal(ask({ past: 1000, future: 0 }, at - 1), 'too_new')
    assert.equal(ask(null, at + 1e8), 'ok')
    assert.equal(ask(0, at), 'ok')
  })
})

describe('receive', () => {
  const request = (init: RequestInit = {}) => new Request('https://example.com/hook', { method: 'POST', body, headers, ...init })

  test('reads the raw body once', async () => {
    const event = await hook.receive(request())
    assert.equal(event.id, 'msg_1')
  })
  test('refuses a body that was read, with a TypeError', async () => {
    const used = request()
    await used.text()
    await assert.rejects(hook.receive(used), (error: Error) => error instanceof TypeError && /clone/.test(error.message))
  })
  test('refuses what is no Request, with a TypeError', async () => {
    await assert.rejects(hook.receive({ headers, body } as any), TypeError)
  })
  test('throws a WaxsealError for a forged one', async () => {
    await assert.rejects(hook.receive(request({ body: `${body} ` })), (error) => error instanceof WaxsealError && error.code === 'bad_signature')
  })
  test('stops reading at the limit', async () => {
    const small = new Webhook(standardWebhooks, { secrets, maxBody: 1000 })
    let pulled = 0
    const endless = new ReadableStream({ pull(controller) { pulled++; controller.enqueue(new Uint8Array(400)) } })
    await assert.rejects(small.receive(request({ body: endless, duplex: 'half' } as any)), { code: 'body_too_large' })
    assert.ok(pulled < 8)
    await assert.rejects(small.receive(request({ headers: { ...headers, 'content-length': '1001' } })), { code: 'body_too_large' })
    assert.equal(refusal(small.check('x'.repeat(1001), headers)), 'body_too_large')
  })
  test('takes a Request without a body', async () => {
    const empty = hook.sign('', { id: 'e' })
    assert.equal((await hook.receive(new Request('https://example.com', { headers: empty }))).content, 'bytes')
  })
})

describe('the data of an event', () => {
  const send = (data: string, options: any = { secrets }) => {
    const text = `{"type":"a","data":${data}}`
    return new Webhook(standardWebhooks, options).verify(text, hook.sign(text, { id: 'm' }))
  }

  test('has integers beyond 2^53 as bigint, and nothing else', () => {
    const event = send('{"a":9007199254740993,"b":-9007199254740993,"c":9007199254740991,"d":1e20,"e":123456789012345678901234567890,"f":"9007199254740993","g":[18446744073709551615,1],"h":1.5}')
    assert.deepEqual(event.data, { a: 9007199254740993n, b: -9007199254740993n, c: 9007199254740991, d: 1e20, e: 123456789012345678901234567890n, f: '9007199254740993', g: [18446744073709551615n, 1], h: 1.5 })
  })

  test('has names of prototypes as plain members', () => {
    for (const number of ['1', '9007199254740993']) {
      const data: any = send(`{"__proto__":{"x":${number}},"constructor":1,"toString":"t"}`).data
      assert.deepEqual(Object.keys(data), ['__proto__', 'constructor', 'toString'])
      assert.equal(({} as any).x, undefined)
      assert.equal(Object.getPrototypeOf(data), Object.prototype)
    }
  })

  test('is parsed once', () => {
    const event = send('{"a":1}')
    assert.equal(event.data, event.data)
  })

  test('is not read where a key stands twice in an object that the schema names', () => {
    const twice = '{"id":"1","event":"user.created","event":"user.deleted","timestamp":"2024-01-15T10:30:00Z","data":{}}'
    const core = new Webhook(platformCore, { secrets: 's' })
    const result = core.check(twice, core.sign(twice))
    assert.ok(result.ok && !result.event.schema.ok)
    assert.equal(result.event.schema.code, 'duplicate_key')
    assert.throws(() => result.event.data, { code: 'duplicate_key' })
  })

  test('of a form is an object of strings without a prototype', () => {
    const form = 'payload=%7B%22a%22%3A1%7D&note=a+b&__proto__=x&empty'
    const octo = new Webhook(github, { secrets: 'octo' })
    const signed = { ...octo.sign(form, { type: 'push', id: 'x' }), 'content-type': 'application/x-www-form-urlencoded' }
    const event = octo.verify(form, signed)
    assert.equal(event.content, 'form')
    assert.deepEqual({ ...(event.data as object) }, { payload: '{"a":1}', note: 'a b', ['__proto__']: 'x', empty: '' })
    assert.equal(Object.getPrototypeOf(event.data), null)
    for (const [bad, code] of [['a=1&a=2', 'duplicate_key'], ['a=%ff', 'bad_utf8'], ['a=%', 'bad_utf8']] as const) {
      const refused = octo.verify(bad, { ...octo.sign(bad), 'content-type': 'application/x-www-form-urlencoded', 'x-github-event': 'push' })
      assert.throws(() => refused.data, { code })
    }
  })

  test('is refused whole where the schema is enforced', () => {
    const core = new Webhook(platformCore, { secrets: 's', schema: 'enforce' })
    const bad = '{"id":"1","event":"user.created","timestamp":"2024-01-15T10:30:00Z","data":{"user":7}}'
    assert.equal(refusal(core.check(bad, core.sign(bad))), 'schema')
    const reporting = new Webhook(platformCore, { secrets: 's' }).verify(bad, core.sign(bad))
    assert.deepEqual(reporting.schema, { ok: false, at: '/data/user', code: 'schema' })
  })
})

describe('sign', () => {
  test('makes what another library verifies', async () => {
    const { Webhook: Other } = await import('standardwebhooks')
    assert.deepEqual(new Other(secrets).verify(body, headers), JSON.parse(body))
  })
  test('signs as the documents say', () => {
    const core = new Webhook(platformCore, { secrets: 'platform' })
    const signed = core.sign(body, { type: 'user.created', id: 'e' })
    assert.equal(signed['X-Platform-Signature'] ?? signed['x-platform-signature'], `sha256=${createHmac('sha256', 'platform').update(body).digest('hex')}`)
  })
  test('says what it lacks', () => {
    assert.throws(() => hook.sign(body), (error: Error) => error instanceof TypeError && /id/.test(error.message))
  })
})

describe('DeliveryPolicy', () => {
  const policy = new DeliveryPolicy(platformCore)
  test('follows the dialect\'s delays', () => {
    const { delays } = describeDialect(platformCore).delivery!.retry!
    delays!.forEach((seconds, retry) => assert.deepEqual(policy.nextAttempt(retry + 1, { status: 500 }, 0), { next: 'retry', delay: seconds * 1000 }))
    assert.deepEqual(policy.nextAttempt(delays!.length + 1, { timedOut: true }, 0), { next: 'failed' })
    assert.deepEqual(policy.nextAttempt(1, { status: 204 }), { next: 'delivered' })
    assert.deepEqual(policy.nextAttempt(1, { status: 410 }), { next: 'disable' })
    assert.equal(policy.nextAttempt(1, { unreachable: true }).next, 'retry')
  })
})

function refusal(result: { ok: true } | { ok: false; code: string; error: WaxsealError }): string {
  if (result.ok) return 'ok'
  assert.equal(result.error.code, result.code)
  return result.code
}
