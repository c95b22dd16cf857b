// 100,000 mutants of JSON through both builds: what they take for JSON is what nlohmann/json takes. The
// same comparison runs natively in tests/core/differential_test.cpp; the mutants come from there.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { builds, Machine } from './machine.ts'

const tokens = JSON.stringify({
  name: 'tokens',
  title: 'Tokens',
  documents: ['https://example.com'],
  signature: { scheme: 'static-token', header: 'x-token' },
})
const program = fileURLToPath(new URL('../../build/native/tests/core/mutants', import.meta.url))
const stream = execFileSync(program, ['100000'], { maxBuffer: 1 << 30 })
const undecided = 2 // nlohmann/json gives up at a number beyond a double
const schemaWord = 4
const tooDeep = 16

for (const build of builds) {
  test(`waxseal.wasm by ${build} agrees with nlohmann/json on 100,000 mutants`, () => {
    const machine = new Machine(build)
    const slot = machine.open(tokens, ['a token'])
    const headers: [string, string][] = [['x-token', 'a token']]
    let compared = 0
    let accepted = 0
    for (let at = 0; at < stream.length; ) {
      const bytes = stream.subarray(at + 5, at + 5 + stream.readUInt32LE(at))
      const theirs = stream[at + 4]!
      at += 5 + bytes.length
      assert.equal(machine.verify(slot, { bytes, headers, now: 0 }), 0)
      const code = Buffer.from(machine.answer()).readUInt32LE(4 * schemaWord)
      if (theirs === undecided || code === tooDeep) continue
      compared++
      if (code === 0) accepted++
      assert.equal(code === 0, theirs === 1, JSON.stringify(bytes.toString('latin1')))
    }
    assert.ok(compared > 95_000, `${compared} compared`)
    assert.ok(accepted > 5_000, `${accepted} accepted`)
  })
}
