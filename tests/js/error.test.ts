// The words of js/error.ts are the core's, in its order, in both builds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codes } from '../../js/error.ts'
import { builds, Machine } from '../wasm/machine.ts'

for (const build of builds) {
  test(`the codes are those of the core, built by ${build}`, () => {
    const machine = new Machine(build)
    const words: string[] = []
    for (;;) {
      const at = machine.abi.waxseal_status_name!(words.length)
      if (!at) break
      const bytes = machine.bytes(at, 32)
      words.push(Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString())
    }
    assert.deepEqual(words, [...codes])
  })
}
