// Public-key signatures in waxseal-full.wasm, by both toolchains: Project Wycheproof's files case for
// case, and RFC 8032's, as requests of a dialect whose signature is the case's; and where each object comes from.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign as nodeSign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { builds, field, Machine, what } from './machine.ts'
import { files, rfc8032, suiteOf } from './signatures.ts'

const root = new URL('../../', import.meta.url)
const statusOf = (machine: Machine, code: number) => {
  const at = machine.abi.waxseal_status_name!(code)
  return Buffer.from(machine.bytes(at, 32)).toString('latin1').split('\0')[0]
}

const dialect = (scheme: string, format?: string) =>
  JSON.stringify({
    name: 'test', title: 'Test', documents: ['https://example.com'],
    signature: { scheme, ...(format && { format }), header: 'x-signature', encoding: 'hex' },
    secret: { prefix: 'pub_', signing_prefix: 'sec_', decode: 'hex' },
  })

for (const build of builds) {
  describe(`public keys in waxseal-full.wasm by ${build}`, () => {
    for (const [file, scheme, format, cases] of files) {
      test(`gives every case of ${file} its verdict`, () => {
        const machine = new Machine(build, 'waxseal-full')
        const suite = suiteOf(file)
        let run = 0
        for (const group of suite.testGroups) {
          const slot = machine.open(dialect(scheme, format), [group.publicKeyDer])
          assert.ok(slot >= 0, machine.text(-1, what.error) ?? '')
          for (const { tcId, comment, msg, sig, result } of group.tests) {
            const code = machine.verify(slot, { bytes: Buffer.from(msg, 'hex'), headers: [['x-signature', sig]], now: 0 })
            assert.equal(code === 0, result === 'valid', `${tcId} ${comment}: ${statusOf(machine, code)}`)
            run++
          }
          machine.abi.waxseal_close!(slot)
        }
        assert.equal(run, suite.numberOfTests)
        assert.equal(run, cases)
      })
    }

    test('verifies the Ed25519 signatures of RFC 8032, 7.1, and refuses them for another message', () => {
      const machine = new Machine(build, 'waxseal-full')
      assert.deepEqual(rfc8032.map(({ name }) => name), ['TEST 1', 'TEST 2', 'TEST 3', 'TEST 1024', 'TEST SHA(abc)'])
      for (const { name, public: key, message, signature } of rfc8032) {
        const slot = machine.open(dialect('ed25519'), [`pub_${key}`])
        const verify = (hex: string) => statusOf(machine, machine.verify(slot, { bytes: Buffer.from(hex, 'hex'), headers: [['x-signature', signature]], now: 0 }))
        assert.equal(verify(message), 'ok', name)
        assert.equal(verify(`${message}00`), 'bad_signature', name)
      }
    })

    test('verifies what node:crypto signs with RSA and SHA-1', () => {
      const machine = new Machine(build, 'waxseal-full')
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const body = Buffer.from('hello')
      const slot = machine.open(dialect('rsa-pkcs1-sha1'), [publicKey.export({ type: 'spki', format: 'pem' }) as string])
      const verify = (hash: string) => {
        const sig = nodeSign(hash, body, privateKey).toString('hex')
        return statusOf(machine, machine.verify(slot, { bytes: body, headers: [['x-signature', sig]], now: 0 }))
      }
      assert.equal(verify('sha1'), 'ok')
      assert.equal(verify('sha256'), 'bad_signature')
    })

    test('asks for a signer in place of a private key that it cannot use', () => {
      const machine = new Machine(build, 'waxseal-full')
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
      assert.equal(machine.open(dialect('ecdsa-p256-sha256', 'der'), [pem]), -1)
      assert.equal(machine.text(-1, what.error), 'secret 0 is a private key: give the public one, and a signer to sign')
    })

    test('makes the headers around a signature by the host, which gets an Ed25519 private key and gives it back nowhere else', () => {
      const machine = new Machine(build, 'waxseal-full')
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
      const sender = machine.open(dialect('ed25519'), [pem])
      assert.deepEqual(machine.textBytes(sender, what.privateKey), privateKey.export({ type: 'pkcs8', format: 'der' }))
      assert.equal(machine.text(sender, what.publicKey), null)
      const body = Buffer.from('hello')
      const empty = machine.request(sender, { bytes: body, headers: [] })
      const pair = machine.abi.waxseal_to_sign!(sender, body.length, empty, 0)
      const [at, length] = new Uint32Array(machine.memory.buffer, pair, 2)
      const signature = nodeSign(null, machine.bytes(at, length), privateKey)
      const record = Buffer.concat([new Uint8Array(Uint32Array.of(field.signature, 64).buffer), signature])
      machine.write(Buffer.concat([body, Buffer.alloc(35)]), record)
      assert.equal(machine.abi.waxseal_sign!(sender, body.length, record.length, 0), 0, machine.text(-1, what.error) ?? '')
      assert.equal(machine.text(sender, what.headers), `x-signature: ${signature.toString('hex')}\n`)
      const signed = { bytes: body, headers: [['x-signature', signature.toString('hex')]] as [string, string][], now: 0 }
      assert.equal(statusOf(machine, machine.verify(sender, signed)), 'key_unavailable')
      const receiver = machine.open(dialect('ed25519'), [publicKey.export({ type: 'spki', format: 'pem' }) as string])
      assert.equal(statusOf(machine, machine.verify(receiver, signed)), 'ok')
    })

    test('refuses such a dialect in waxseal.wasm with a sentence', () => {
      const machine = new Machine(build)
      assert.equal(machine.open(dialect('ed25519'), ['00'.repeat(32)]), -1)
      assert.equal(machine.text(-1, what.error), "Test needs Webhook from 'waxseal/full'")
    })

    test('takes every number and curve from OpenSSL', () => {
      const map = readFileSync(new URL(`build/${build}/waxseal-full.map`, root), 'utf8')
      const objects = new Set([...map.matchAll(/(\S+\.(?:a\([^)]*\)|o)):\(/g)].map(([, object]) => object!))
      const arithmetic = [...objects].filter((object) => /curve|25519|bn_|ec_|ecp_|ecdsa|rsa|mont/i.test(object.split('/').at(-1)!))
      const openssl = arithmetic.filter((object) => /waxseal_crypto/.test(object))
      assert.ok(openssl.length >= 15, `${openssl}`)
      assert.deepEqual(arithmetic.filter((object) => !openssl.includes(object) && !/(ed25519|ecdsa|rsa)\.cpp/.test(object)), [])
      const rules = readFileSync(new URL(`build/${build}/build.ninja`, root), 'utf8')
      for (const file of ['ec/curve25519.c', 'ec/ecp_mont.c', 'bn/bn_mont.c']) assert.match(rules, new RegExp(`openssl/source/crypto/${file.replace('.', '\\.')}`))
    })
  })
}
