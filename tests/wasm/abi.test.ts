// The ABI of both builds, held against docs/architecture.md and against callers that mean harm.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { answerBytes, builds, codes, imageOf, Machine, modules, moduleOf, what, type Build, type Name } from './machine.ts'
import { dialectNames, dialectText, hasPublicKeys, vectors } from './vectors.ts'

const github = dialectText('platform-core') // its signature covers the body alone
const secret = 'a secret of some length, to be looked for'
const root = new URL('../../', import.meta.url)

/** A body signed as the dialect asks. */
function signed(bytes: Uint8Array) {
  const signature = createHmac('sha256', secret).update(bytes).digest('hex')
  return { bytes, headers: [['x-platform-signature', `sha256=${signature}`]] as [string, string][], now: 1700000000 }
}
const event = (data: unknown) =>
  Buffer.from(JSON.stringify({ id: 'evt_1', event: 'user.created', timestamp: '2024-01-15T10:30:00Z', data }))

/** KiB under gzip -9. The language may grow; what is here is for what every edge worker loads. */
const budget = { waxseal: 32, 'waxseal-full': 90, 'waxseal-relay': 96, 'waxseal-explain': 120 }

/** The smallest module that has an export, by what the table says of it. */
const leastOf = (says: string) => modules.findIndex(name => says.includes(`of ${name}.wasm on`))

for (const name of modules) {
  for (const build of builds) {
    test(`${name}.wasm by ${build} is at most ${budget[name]} KiB under gzip -9`, () => {
      const { length } = execFileSync('gzip', ['-9', '-n', '-c', fileURLToPath(new URL(`build/${build}/${name}.wasm`, root))])
      assert.ok(length <= budget[name] * 1024, `${length} bytes`)
    })

    test(`${name}.wasm by ${build} imports nothing, and exports what docs/architecture.md lists`, () => {
      assert.deepEqual(WebAssembly.Module.imports(moduleOf(build, name)), [])
      const table = readFileSync(new URL('docs/architecture.md', root), 'utf8')
      const rows = [...table.matchAll(/^\| `(waxseal_\w+)\b[^|]*\|(.*)$/gm)].filter(([, , says]) => modules.indexOf(name) >= Math.max(0, leastOf(says!)))
      const documented = new Set(rows.map(([, export_]) => export_))
      const ofTools = new Set(['memory', '_initialize', '__indirect_function_table', 'stackSave', 'stackRestore', 'stackAlloc', '__errno_location'])
      const exported = WebAssembly.Module.exports(moduleOf(build, name)).map((one) => one.name)
      assert.deepEqual(exported.filter((one) => !documented.has(one) && !ofTools.has(one)), [])
      assert.deepEqual([...documented].filter((one) => !exported.includes(one!)), [])
    })
  }
}

for (const build of builds) {
  test(`waxseal.wasm by ${build} holds no reader of dialect files`, () => {
    const reader = /json_cursor|parse_template|schema_set7compile|schema_set4join|read_keyword|check_plan|compile_body|image_writer|(?:loader|compile|template|json|image_write)\.cpp\.o/
    const mapOf = (name: string) => readFileSync(new URL(`build/${build}/${name}.map`, root), 'utf8')
    // Link-time optimization leaves the names of functions, not of files.
    assert.doesNotMatch(mapOf('waxseal'), reader)
    assert.match(mapOf('waxseal-full'), reader, 'the names that are looked for are those of the map')
  })

  test(`waxseal-relay.wasm by ${build} judges every destination of the kept list as it says, and lengths that lie`, () => {
    const { cases } = JSON.parse(readFileSync(new URL('../data/ssrf/ssrf-urls.json', import.meta.url), 'utf8')) as { cases: { url: string; expect: string }[] }
    const machine = new Machine(build, 'waxseal-relay')
    for (const { url, expect } of cases) {
      const secure = url.replace(/^http:/, 'https:')
      assert.equal(machine.checkDestination(url, 1)[0] > 0, expect === 'allow', url)
      assert.equal(machine.checkDestination(secure)[0] > 0, expect === 'allow', secure)
    }
    assert.deepEqual(machine.checkDestination('http://[::1]:80/', 3), [80, '::1'])
    assert.deepEqual(machine.checkDestination('http://[::1]:80/', 1), [0, 'not_public'])
    assert.deepEqual(machine.checkDestination('https://example.com/'), [443, 'example.com'])
    assert.equal(machine.abi.waxseal_check_destination!(0xffffffff, 0), 0)
  })

  test(`waxseal-relay.wasm by ${build} answers any table of routes, and never traps`, () => {
    const machine = new Machine(build, 'waxseal-relay')
    const word = (value: number) => [...new Uint8Array(Uint32Array.of(value).buffer)]
    const text = (value: string) => [...word(value.length), ...Buffer.from(value), ...Buffer.alloc(-value.length & 3)]
    const none = word(0xffffffff), body = '{"a":"x"}'
    const endpoint = [...word(0), ...none, ...none, ...none, ...word(1), ...text('/a'), ...word(1), ...text('"x"')]
    const table = Buffer.from([...word(0), ...text('shop'), ...none, ...none, ...word(0), ...word(2), ...endpoint, ...word(1), ...none, ...none, ...none, ...word(0)])
    assert.equal(machine.route(body, table), 2)
    assert.deepEqual([...machine.textBytes(-1, what.made)!], [0, 2])
    assert.equal(machine.abi.waxseal_route!(0xffffffff, 0xffffffff) >>> 0, 0xffffffff)
    for (let cut = 0; cut < table.length; cut++) assert.equal(machine.route(body, table.subarray(0, cut)), 0xffffffff, `cut at ${cut}`)
    let malformed = 0
    for (let round = 0; round < 20_000; round++) {
      const changed = Buffer.from(table)
      for (const byte of randomBytes(1 + round % 4)) changed[byte % changed.length] = [0, 1, 2, 3, 0x22, 0x5c, 0xff, byte][round % 8]!
      const count = machine.route(body, changed)
      if (count === 0xffffffff) malformed++
      else assert.equal(machine.textBytes(-1, what.made)?.length ?? 0, count)
    }
    assert.ok(malformed > 1000 && malformed < 20_000, `${malformed}`)
  })

  test(`waxseal-relay.wasm by ${build} answers any queue, any order and any lengths, and never traps`, () => {
    const machine = new Machine(build, 'waxseal-relay')
    const slot = machine.open(github, [secret])
    const { abi } = machine
    const numbers = [0, 1, -1, 2, 1e12, -1e300, NaN, Infinity, 2 ** 53, 0.5]
    let begun = 0
    for (let round = 0; round < 5000; round++) {
      const [past, open, waiting, concurrency] = [...randomBytes(4)].map(byte => byte % 7) as [number, number, number, number]
      const given = Float64Array.from({ length: past + 2 * (open + waiting) }, (_, each) => numbers[(round * 7 + each * each) % numbers.length]!)
      machine.write(new Uint8Array(given.buffer))
      const count = abi.waxseal_admit!(slot, past, open, waiting, concurrency, numbers[round % numbers.length]!)
      assert.ok(count <= Math.min(waiting, concurrency))
      assert.equal(machine.textBytes(-1, what.made)!.length, 8 * (1 + count))
      begun += count
    }
    assert.ok(begun > 1000, `${begun}`)
    const line = (body: string, table: Uint8Array): number => {
      const padded = new Uint8Array((body.length + 32 + 7) & -8)
      padded.set(Buffer.from(body))
      machine.write(padded, table)
      return abi.waxseal_line!(body.length, table.length) >>> 0
    }
    const word = (value: number) => [...new Uint8Array(Uint32Array.of(value).buffer)]
    const text = (value: string) => [...word(value.length), ...Buffer.from(value), ...Buffer.alloc(-value.length & 3)]
    const table = Buffer.from([...word(2), ...word(1), ...text('/a'), ...text('x-key'), ...text(''), ...word(1), ...text('X-Key'), ...text('k')])
    assert.equal(line('{"a":"x"}', table), 0)
    assert.equal(machine.text(-1, what.made), '=x')
    for (let cut = 0; cut < table.length; cut++) assert.equal(line('{"a":"x"}', table.subarray(0, cut)), 0xffffffff, `cut at ${cut}`)
    for (let round = 0; round < 5000; round++) {
      const changed = Buffer.from(table)
      for (const byte of randomBytes(1 + round % 4)) changed[byte % changed.length] = [0, 1, 2, 0x22, 0x5c, 0xff, byte][round % 7]!
      assert.ok([0, 0xffffffff].includes(line('{"a":"x"}', changed)))
    }
    for (const one of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
      for (const other of [0, 1024, 2 ** 31, 2 ** 32 - 1]) {
        for (const which of [slot, -1, 2 ** 31 - 1]) {
          for (const counts of [[one, other, 0], [other, 0, one], [0, one, other]] as const) abi.waxseal_admit!(which, ...counts, one, 0)
          abi.waxseal_conclude!(which, one, other, one, other, one, NaN, 1e300)
          abi.waxseal_widest!(which)
          abi.waxseal_longest_delay!(which)
        }
        abi.waxseal_line!(one, other)
      }
    }
    assert.equal(abi.waxseal_conclude!(-1, 1, 0, 200, 0, 0, 0, 0) >>> 0, 0xffffffff)
    assert.equal(abi.waxseal_arrival!(5, 1e300), 5)
  })

  test(`waxseal-full.wasm by ${build} compiles dialects, and answers hostile files with a sentence`, () => {
    const machine = new Machine(build, 'waxseal-full')
    for (const name of dialectNames) assert.deepEqual(machine.compile(dialectText(name)), imageOf(dialectText(name)), name)
    assert.throws(() => machine.compile('{"name": 1}'), /dialect: \/name/)
    assert.throws(() => machine.compile(''), /dialect: /)
    assert.throws(() => machine.compile('['.repeat(100_000)), /dialect: /)
    for (const length of [2 ** 31, 2 ** 32 - 1, machine.memory.buffer.byteLength]) {
      assert.equal(machine.abi.waxseal_compile!(length), codes.internal)
      assert.equal(machine.text(-1, what.made), null)
    }
  })

  test(`waxseal.wasm by ${build} answers hostile images with a sentence, and never traps`, () => {
    const machine = new Machine(build)
    const load = (image: Uint8Array) => {
      machine.write(image)
      return machine.abi.waxseal_load!(image.length)
    }
    assert.equal(load(Buffer.from(github)), -1)
    assert.match(machine.text(-1, what.error)!, /no compiled dialect.*waxseal dialects --compile/)
    for (const name of dialectNames) {
      const image = imageOf(dialectText(name))
      const vector = vectors.find(({ dialect }) => dialect === name)!
      for (let at = 0; at < image.length; at++) {
        assert.equal(load(image.subarray(0, at)), -1)
        for (const change of [1 << at % 8, 0xff]) {
          const other = Buffer.from(image)
          other[at]! ^= change
          assert.equal(load(other), -1)
          assert.ok(machine.text(-1, what.error)!.startsWith('the dialect '))
          if (at < 4 || at >= image.length - 4) continue
          other.writeUInt32LE(checksum(other.subarray(0, -4)), other.length - 4)
          const slot = machine.openImage(other, vector.secrets, vector)
          if (slot < 0) continue
          assert.ok(machine.verify(slot, vector) <= codes.internal)
          machine.abi.waxseal_close!(slot)
        }
      }
    }
  })
}

/** FNV-1a, as image.hpp seals an image. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

for (const build of builds) {
  describe(`waxseal.wasm by ${build}`, () => {
    test('verifies a body of 20 MiB', () => {
      const machine = new Machine(build)
      const slot = machine.open(github, [secret])
      const bytes = event({ filler: 'x'.repeat(20 << 20) })
      assert.equal(machine.verify(slot, signed(bytes)), codes.ok)
      const forged = signed(bytes)
      bytes[bytes.length - 10] = 0x79
      assert.equal(machine.text(-1, 99), null)
      assert.equal(word(machine, machine.verify(slot, forged)), 'bad_signature')
    })

    test('answers hostile pointers, lengths and slots with a code', () => {
      const machine = new Machine(build)
      const slot = machine.open(github, [secret])
      const size = machine.memory.buffer.byteLength
      const lengths = [0, 1, 7, 8, 31, 32, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 40, 2 ** 32 - 33, 2 ** 32 - 32, 2 ** 32 - 8, 2 ** 32 - 1, size - 1, size, size + 1]
      const slots = [slot, -1, 1, 2, 4095, 4096, 2 ** 31 - 1, -(2 ** 31)]
      const { abi } = machine
      machine.write(randomBytes(4096))
      for (const one of lengths) {
        for (const other of lengths) {
          for (const which of slots) {
            for (const now of [0, -1, NaN, Infinity, 1e300]) {
              const answers = [abi.waxseal_verify!(which, one, other, now), abi.waxseal_prepare!(which, one, other, now), abi.waxseal_sign!(which, one, other, now)]
              for (const answer of answers) assert.ok(answer >= 0 && answer <= codes.internal)
            }
            abi.waxseal_to_sign!(which, one, other, 0)
            abi.waxseal_message!(which, one)
            abi.waxseal_judge!(which)
            abi.waxseal_text!(which, one, other)
            abi.waxseal_next_attempt!(which, one, other, one, other, one)
            abi.waxseal_wrap!(which, one, other, 0)
          }
          abi.waxseal_big_integer!(one, other)
          abi.waxseal_status_name!(one)
          assert.equal(abi.waxseal_open!(one, other, 32), -1)
          assert.equal(abi.waxseal_open!(one, 32, other), -1)
        }
        assert.equal(abi.waxseal_load!(one), -1)
        if (one > 192 << 20) assert.equal(abi.waxseal_arena!(one), 0)
        for (const which of slots.slice(1)) abi.waxseal_close!(which)
      }
      assert.equal(machine.verify(slot, signed(event({}))), codes.ok, 'the verifier still works')
    })

    test('answers fields that lie about their lengths with a code', () => {
      const machine = new Machine(build)
      const slot = machine.open(github, [secret])
      for (const record of [[0, 0xffffffff], [0, 1], [0, 0xfffffff8], [16, 0], [0xfd, 0], [0xffffffff, 0], [0]]) {
        machine.write(new Uint8Array(32), new Uint8Array(Uint32Array.from(record).buffer))
        assert.equal(machine.abi.waxseal_verify!(slot, 0, record.length * 4, 0), codes.internal)
      }
    })

    test('answers secrets that lie about their lengths, and too many, with a sentence', () => {
      const machine = new Machine(build)
      const text = imageOf(github)
      for (const secrets of [[0xffffffff], [5, 0], [1]]) {
        const bytes = new Uint8Array(Uint32Array.from(secrets).buffer)
        machine.write(text, bytes, new Uint8Array(32))
        assert.equal(machine.abi.waxseal_open!(text.length, bytes.length, 32), -1)
        assert.ok(machine.text(-1, what.error))
      }
      for (const many of [17, 5000]) {
        assert.equal(machine.open(github, Array(many).fill(secret)), -1)
        assert.match(machine.text(-1, what.error)!, /at most 16/)
      }
    })

    test('gives the same verdict whether the host hashes or it does itself', () => {
      const machine = new Machine(build)
      for (const vector of vectors.filter(({ dialect }) => dialect === 'standard-webhooks')) {
        const slot = machine.open(dialectText(vector.dialect), vector.secrets, vector)
        const code = machine.verify(slot, vector)
        const answer = machine.answer()
        const fields = machine.request(slot, vector)
        if (machine.abi.waxseal_prepare!(slot, vector.bytes.length, fields, vector.now) === codes.ok) {
          vector.secrets.forEach((_, each) => {
            const hash = createHash('sha256').update(machine.message(slot, each)!).digest()
            machine.bytes().set(hash, machine.abi.waxseal_hashes!() + each * hash.length)
          })
          assert.equal(machine.message(slot, vector.secrets.length), null)
          assert.equal(machine.abi.waxseal_judge!(slot), code, vector.name)
        }
        if (code === codes.ok) assert.deepEqual(machine.answer(), answer, vector.name)
        machine.abi.waxseal_close!(slot)
      }
    })

    test('judges nothing that was not prepared just before', () => {
      const machine = new Machine(build)
      const slot = machine.open(github, [secret])
      const other = machine.open(github, [secret])
      assert.equal(machine.abi.waxseal_judge!(slot), codes.internal)
      const request = signed(event({}))
      const prepare = () => assert.equal(machine.abi.waxseal_prepare!(slot, request.bytes.length, machine.request(slot, request), request.now), codes.ok)
      prepare()
      assert.equal(machine.abi.waxseal_judge!(other), codes.internal)
      prepare()
      machine.abi.waxseal_arena!(8)
      assert.equal(machine.abi.waxseal_judge!(slot), codes.internal)
      prepare()
      machine.bytes().set(createHash('sha256').update(machine.message(slot, 0)!).digest(), machine.abi.waxseal_hashes!())
      assert.equal(machine.abi.waxseal_judge!(slot), codes.ok)
      assert.equal(machine.abi.waxseal_judge!(slot), codes.internal, 'a request is judged once')
    })

    test('keeps the block of a key no longer than a host hashes it', () => {
      const machine = new Machine(build)
      const key = randomBytes(48)
      const block = key.map((byte) => byte ^ 0x36)
      const lasting = (url: string) => {
        const slot = machine.open(JSON.stringify({
          name: 'with-url', title: 'With URL', documents: ['https://example.com/'],
          signature: { scheme: 'hmac-sha256', header: 'x-signature', encoding: 'hex', signed: '{url}{body}{method}' },
          secret: { decode: 'base64' },
        }), [key.toString('base64')])
        const request = { bytes: Buffer.from('{}'), headers: [['x-signature', '0'.repeat(64)]] as [string, string][], url, method: url && 'POST' }
        assert.equal(machine.abi.waxseal_prepare!(slot, 2, machine.request(slot, request), 0), codes.ok)
        assert.ok(machine.message(slot, 0))
        assert.ok(Buffer.from(machine.bytes()).includes(block), 'it is there before the verdict')
        machine.abi.waxseal_judge!(slot)
        return Buffer.from(machine.bytes()).includes(block)
      }
      for (const url of ['', 'https://example.com/', `https://example.com/${'x'.repeat(5000)}`]) assert.equal(lasting(url), false)
    })

    test('wipes secrets, shown and decoded, when a verifier closes', () => {
      const machine = new Machine(build)
      const key = randomBytes(32)
      const shown = `whsec_${key.toString('base64')}`
      const plain = randomBytes(24).toString('hex')
      const there = (bytes: Uint8Array) => Buffer.from(machine.bytes()).includes(bytes)
      const slot = machine.open(dialectText('standard-webhooks'), [shown])
      const other = machine.open(github, [plain])
      assert.ok(there(key) && there(Buffer.from(plain)), 'keys are there while they are open')
      assert.ok(!there(Buffer.from(shown.slice(6))), 'what was shown is gone once it is open')
      machine.verify(slot, { ...signed(event({})), headers: [['webhook-id', 'a'], ['webhook-timestamp', '1700000000'], ['webhook-signature', 'v1,AAAA']] })
      machine.verify(other, signed(event({})))
      machine.abi.waxseal_close!(slot)
      assert.ok(!there(key.subarray(0, 16)) && !there(key.subarray(16)))
      assert.ok(there(Buffer.from(plain)))
      machine.abi.waxseal_close!(other)
      assert.ok(!there(Buffer.from(plain)) && !there(Buffer.from(plain.slice(0, 24))))
    })

    test('leaves nothing of a refused secret', () => {
      const machine = new Machine(build)
      const short = randomBytes(18).toString('base64')
      assert.equal(machine.open(dialectText('standard-webhooks'), [short]), -1)
      assert.ok(!Buffer.from(machine.bytes()).includes(short))
      assert.ok(!Buffer.from(machine.bytes()).includes(Buffer.from(short, 'base64')))
    })

    test('grows no memory in a million calls', () => {
      const machine = new Machine(build)
      const slot = machine.open(github, [secret])
      const request = signed(event({ user: { id: '1', username: 'u', name: 'n', created_at: '2024-01-15T10:30:00Z' } }))
      const fields = machine.request(slot, request)
      const { waxseal_verify } = machine.abi
      assert.equal(waxseal_verify!(slot, request.bytes.length, fields, request.now), codes.ok)
      const before = machine.memory.buffer.byteLength
      let refused = 0
      for (let call = 0; call < 1_000_000; call++) refused += waxseal_verify!(slot, request.bytes.length, fields, request.now)
      assert.equal(refused, 0)
      assert.equal(machine.memory.buffer.byteLength, before)
    })

    test('grows no memory in ten thousand verifiers opened and closed', () => {
      const machine = new Machine(build)
      const open = () => {
        const slot = machine.open(github, [secret])
        assert.ok(slot >= 0)
        machine.abi.waxseal_close!(slot)
      }
      for (let call = 0; call < 100; call++) open()
      const before = machine.memory.buffer.byteLength
      for (let call = 0; call < 10_000; call++) open()
      assert.equal(machine.memory.buffer.byteLength, before)
    })

    test('takes every hash from OpenSSL, and links no other', () => {
      const map = readFileSync(new URL(`build/${build}/waxseal.map`, root), 'utf8')
      const objects = new Set([...map.matchAll(/(\S+\.(?:a\([^)]*\)|o)):\(/g)].map(([, object]) => object!))
      const hashes = [...objects].filter((object) => /sha|md5|hash|blake|digest|hmac/i.test(object.split('/').at(-1)!))
      const ours = hashes.filter((object) => /hmac\.cpp/.test(object))
      const openssl = hashes.filter((object) => /sha1dgst|sha256|sha512/.test(object))
      assert.deepEqual(hashes.length, ours.length + openssl.length, `${hashes}`)
      assert.equal(openssl.length, 3, `${hashes}`)
      for (const object of openssl) assert.match(object, /openssl|waxseal_crypto/i)
      assert.match(map, /sha256_block_data_order/)
      assert.doesNotMatch(map, /curve25519|ec_mult|bn_exp/)
      const rules = readFileSync(new URL(`build/${build}/build.ninja`, root), 'utf8')
      for (const file of ['sha1dgst.c', 'sha256.c', 'sha512.c']) {
        assert.match(rules, new RegExp(`openssl/source/crypto/sha/${file.replace('.', '\\.')}`))
      }
    })
  })
}

for (const name of modules) describe(`both builds of ${name}`, () => {
  test('give the same bytes of the result for every vector', { skip: builds.some((build) => !existsSync(new URL(`build/${build}/waxseal.wasm`, root))) }, () => {
    assert.ok(vectors.length > 20)
    const machines = builds.map((build) => new Machine(build, name))
    let left = 0
    for (const vector of vectors) {
      const answers = machines.map((machine) => {
        const slot = machine.open(dialectText(vector.dialect), vector.secrets, vector)
        if (name === 'waxseal' && /'waxseal\/full'/.test(machine.text(-1, what.error) ?? '') && slot < 0) return null
        assert.ok(slot >= 0, `${vector.dialect}: ${vector.name}: ${machine.text(-1, what.error)}`)
        const code = machine.verify(slot, vector)
        assert.equal(word(machine, code), vector.expect.code, `${vector.dialect}: ${vector.name}`)
        machine.abi.waxseal_close!(slot)
        return machine.answer()
      })
      if (answers[0] === null && answers[1] === null) {
        left++
        continue
      }
      assert.equal(answers[0]!.length, answerBytes)
      assert.deepEqual(answers[0], answers[1], `${vector.dialect}: ${vector.name}`)
    }
    assert.ok(name === 'waxseal' ? left > 0 && left < vectors.length / 2 : left === 0, `${left} vectors were left to waxseal-full`)
  })
})

function word(machine: Machine, code: number): string {
  const at = machine.abi.waxseal_status_name!(code)
  const bytes = machine.bytes(at, 32)
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString()
}
