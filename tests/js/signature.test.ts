// Public keys through Webhook of `waxseal/full`: Project Wycheproof's files case for case, verified in
// wasm, by node:crypto and by crypto.subtle, and RFC 8032's; and who signs.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign as nodeSign } from 'node:crypto'
import { describe, test } from 'node:test'
import { dialects } from '../../js/dialects/index.ts'
import { loadDialect, WaxsealError, Webhook } from '../../js/full.ts'
import { hosts } from '../../js/signature.ts'
import { files, rfc8032, suiteOf } from '../wasm/signatures.ts'

const dialect = (scheme: string, format?: string, prefixes: object = {}) =>
  loadDialect({
    name: 'test', title: 'Test', documents: ['https://example.com'],
    signature: { scheme, ...(format && { format }), header: 'x-signature', encoding: 'hex' },
    secret: { decode: 'hex', ...prefixes },
  })

/** Runs `call` where these hosts are there alone. @return how often they verified */
async function withHosts(which: { node: boolean; subtle: boolean }, call: () => Promise<void> | void): Promise<number> {
  const before = { ...hosts }
  const crypto_ = process.getBuiltinModule('node:crypto')
  const { verify } = crypto_, subtle = crypto.subtle.verify
  let used = 0
  crypto_.verify = ((...all: any[]) => (used++, (verify as any)(...all))) as typeof verify
  crypto.subtle.verify = ((...all: any[]) => (used++, (subtle as any).apply(crypto.subtle, all))) as typeof subtle
  hosts.synchronous = which.node
  hosts.asynchronous = which.subtle
  try {
    await call()
  } finally {
    Object.assign(hosts, before)
    crypto_.verify = verify
    crypto.subtle.verify = subtle
  }
  return used
}

const ways = {
  'in wasm': { node: false, subtle: false },
  'by node:crypto': { node: true, subtle: false },
  'by crypto.subtle': { node: false, subtle: true },
}

for (const [way, which] of Object.entries(ways)) {
  describe(`public keys ${way}`, () => {
    for (const [file, scheme, format, cases] of files) {
      test(`gives every case of ${file} its verdict`, async () => {
        const suite = suiteOf(file)
        const how = dialect(scheme, format)
        let run = 0
        const used = await withHosts(which, async () => {
          for (const group of suite.testGroups) {
            const hook = new Webhook(how, { secrets: group.publicKeyDer })
            for (const { tcId, comment, msg, sig, result } of group.tests) {
              const { ok } = await hook.checkAsync(Buffer.from(msg, 'hex'), { 'x-signature': sig })
              assert.equal(ok, result === 'valid', `${tcId} ${comment}`)
              run++
            }
            hook.close()
          }
        })
        assert.equal(run, suite.numberOfTests)
        assert.equal(run, cases)
        const valid = suite.testGroups.flatMap(({ tests }) => tests).filter(({ result }) => result === 'valid').length
        assert.ok(way === 'in wasm' ? used === 0 : used >= valid, `${used} of ${run} by the host, ${valid} valid`)
      })
    }

    test('signs and verifies as RFC 8032, 7.1, says', async () => {
      const how = dialect('ed25519', undefined, { prefix: 'pub_', signing_prefix: 'sec_' })
      const used = await withHosts(which, async () => {
        for (const { name, secret, public: key, message, signature } of rfc8032) {
          const hook = new Webhook(how, { secrets: `pub_${key}` })
          assert.equal((await hook.checkAsync(Buffer.from(message, 'hex'), { 'x-signature': signature })).ok, true, name)
          assert.equal((await hook.checkAsync(Buffer.from(`${message}00`, 'hex'), { 'x-signature': signature })).ok, false, name)
          if (way === 'in wasm') continue // which does not sign
          const signed = await new Webhook(how, { secrets: `sec_${secret}` }).signAsync(Buffer.from(message, 'hex'))
          assert.equal(signed['x-signature'], signature, name)
        }
      })
      assert.equal(used, way === 'in wasm' ? 0 : 2 * rfc8032.length)
      assert.equal(rfc8032.length, 5)
    })

    test('tells which of several keys signed, and refuses a stranger\'s', async () => {
      const pairs = [1, 2, 3].map(() => generateKeyPairSync('ed25519'))
      const shown = pairs.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }) as string)
      const body = Buffer.from('hello')
      await withHosts(which, async () => {
        const hook = new Webhook(dialect('ed25519'), { secrets: shown.slice(0, 2) })
        for (const [index, { privateKey }] of pairs.entries()) {
          const result = await hook.checkAsync(body, { 'x-signature': nodeSign(null, body, privateKey).toString('hex') })
          if (index < 2) assert.equal(result.ok && result.event.secret, index)
          else assert.equal(result.ok ? 'ok' : result.code, 'bad_signature')
        }
      })
    })
  })
}

const v1a = dialects['standard-webhooks-v1a']!
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519')
const seedOf = (key: typeof privateKey) => key.export({ type: 'pkcs8', format: 'der' }).subarray(-32)
const pointOf = (key: typeof publicKey) => key.export({ type: 'spki', format: 'der' }).subarray(-32)
const whsk = `whsk_${Buffer.concat([seedOf(privateKey), pointOf(publicKey)]).toString('base64')}`
const whskShort = `whsk_${seedOf(privateKey).toString('base64')}`
const whskOther = `whsk_${seedOf(other.privateKey).toString('base64')}`
const whpk = `whpk_${pointOf(publicKey).toString('base64')}`
const body = '{"type":"a","data":{}}'

describe('Standard Webhooks v1a', () => {
  test('signs with whsk_ by node:crypto, and verifies with whpk_', () => {
    for (const secrets of [whsk, whskShort, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string]) {
      const headers = new Webhook(v1a, { secrets }).sign(body, { id: 'msg_1' })
      assert.equal(new Webhook(v1a, { secrets: whpk }).verify(body, headers).id, 'msg_1')
    }
  })

  test('signs by crypto.subtle with signAsync, and says so where sign cannot wait', () =>
    withHosts({ node: false, subtle: true }, async () => {
      const hook = new Webhook(v1a, { secrets: whskShort })
      assert.throws(() => hook.sign(body, { id: 'msg_1' }), { name: 'TypeError', message: 'The key signs asynchronously here: use signAsync().' })
      const headers = await hook.signAsync(body, { id: 'msg_1' })
      assert.equal((await new Webhook(v1a, { secrets: whpk }).checkAsync(body, headers)).ok, true)
    }) as Promise<any>)

  test('says that a signer is wanted where the host has no crypto', () =>
    withHosts({ node: false, subtle: false }, () => {
      assert.throws(() => new Webhook(v1a, { secrets: whsk }).sign(body, { id: 'msg_1' }), /neither node:crypto nor crypto\.subtle.*give a signer/)
    }) as Promise<any>)

  test('signs with each of several keys, so that receivers may hold either', () => {
    const headers = new Webhook(v1a, { secrets: [whskShort, whskOther] }).sign(body, { id: 'msg_1' })
    assert.equal(headers['webhook-signature']!.split(' ').length, 2)
    for (const key of [publicKey, other.publicKey]) {
      const secrets = `whpk_${pointOf(key).toString('base64')}`
      assert.equal(new Webhook(v1a, { secrets }).check(body, headers).ok, true)
    }
  })

  test('wants the public key to verify, unless the private one holds it', () => {
    const headers = new Webhook(v1a, { secrets: whsk }).sign(body, { id: 'msg_1' })
    assert.equal(new Webhook(v1a, { secrets: whsk }).check(body, headers).ok, true)
    assert.throws(() => new Webhook(v1a, { secrets: whskShort }).verify(body, headers), (error) => error instanceof WaxsealError && error.code === 'key_unavailable' && /public key/.test(error.message))
    assert.equal(new Webhook(v1a, { secrets: [whskShort, whpk] }).verify(body, headers).secret, 1)
  })

  test('refuses to sign with a public key alone', () => {
    assert.throws(() => new Webhook(v1a, { secrets: whpk }).sign(body, { id: 'msg_1' }), { name: 'TypeError', message: 'only a public key is set: give the private one, or a signer, to sign' })
  })
})

describe('a signer for keys held elsewhere', () => {
  const asked: Uint8Array[] = []
  const signer = (bytes: Uint8Array) => (asked.push(bytes), nodeSign(null, bytes, privateKey))

  test('gets the bytes that are signed and gives the signature', async () => {
    const now = 1700000000
    const headers = new Webhook(v1a, { signer, now: () => now }).sign(body, { id: 'msg_1' })
    assert.equal(Buffer.from(asked.at(-1)!).toString(), `msg_1.${now}.${body}`)
    const later = await new Webhook(v1a, { signer: async (bytes) => signer(bytes), now: () => now }).signAsync(body, { id: 'msg_1' })
    assert.deepEqual(later, headers)
    assert.equal(new Webhook(v1a, { secrets: whpk, now: () => now }).verify(body, headers).id, 'msg_1')
  })

  test('signs for ECDSA in DER or raw, whichever it gives', () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const secrets = pair.publicKey.export({ type: 'spki', format: 'pem' }) as string
    for (const dsaEncoding of ['der', 'ieee-p1363'] as const) {
      for (const format of ['der', 'raw']) {
        const how = dialect('ecdsa-p256-sha256', format)
        const headers = new Webhook(how, { signer: (bytes) => nodeSign('sha256', bytes, { key: pair.privateKey, dsaEncoding }) }).sign(body)
        assert.equal(new Webhook(how, { secrets }).check(body, headers).ok, true, `${dsaEncoding} → ${format}`)
      }
    }
  })

  test('is told what is wrong with its answer', async () => {
    const sign = (answer: any) => new Webhook(v1a, { signer: () => answer }).sign(body, { id: 'msg_1' })
    for (const answer of ['text', undefined, new Uint8Array(0)]) assert.throws(() => sign(answer), /must give the bytes of a signature/)
    assert.throws(() => sign(new Uint8Array(63)), /no signature of the kind that this dialect takes/)
    assert.throws(() => sign(Promise.resolve(new Uint8Array(64))), /use signAsync/)
    await assert.rejects(new Webhook(v1a, { signer: () => Promise.reject(new Error('the key is locked')) }).signAsync(body, { id: 'msg_1' }), /the key is locked/)
  })

  test('without a key that verifies refuses every request with key_unavailable', () => {
    const headers = new Webhook(v1a, { signer }).sign(body, { id: 'msg_1' })
    const result = new Webhook(v1a, { signer }).check(body, headers)
    assert.equal(result.ok ? 'ok' : result.code, 'key_unavailable')
  })
})
