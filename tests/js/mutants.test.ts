// A hundred thousand mutants of JSON through the wasm: what it takes for JSON is what JSON.parse takes,
// but for what RFC 8259 and I-JSON leave open: lone surrogates and nesting beyond 64 are not read.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadDialect, Webhook } from '../../js/full.ts'

const plain = loadDialect({
  name: 'plain',
  title: 'Plain',
  documents: ['https://example.com'],
  signature: { scheme: 'hmac-sha256', header: 'x-signature', encoding: 'hex' },
})
const hook = new Webhook(plain, { secrets: 'mutants' })
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Deterministic: the same mutants in each run. */
let state = 20261122
function random(below: number): number {
  state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) | 0
  return ((state ^ (state >>> 13)) >>> 0) % below
}

const dialects = new URL('../../core/dialects/', import.meta.url)
const seeds: Buffer[] = [
  ...readdirSync(dialects).flatMap((file) => {
    const { events = {} } = JSON.parse(readFileSync(new URL(file, dialects), 'utf8'))
    return Object.values<any>(events).flatMap(({ example }) => (example ? [Buffer.from(JSON.stringify(example))] : []))
  }),
  Buffer.from('{"a":[1,-0.5e+3,true,false,null,"\\u00e9\\ud83d\\ude00\\n","é😀",{"b":{}}],"":[]}'),
  Buffer.from(' [ 9007199254740993 , 1e400 , "\\\\" ] '),
]
const spices = ['"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', ' ', '\n', 'tru', 'null', '\\u', '\\ud800', '\xff', '\xc0\x80', '\xed\xa0\x80', '\0', '\x1f', '/', '01', '1.', '[['.repeat(20)].map((text) => Buffer.from(text, 'latin1'))

function mutant(): Buffer {
  let bytes = seeds[random(seeds.length)]!
  for (let changes = 1 + random(3); changes > 0; changes--) {
    const at = random(bytes.length + 1)
    const gone = random(3) ? random(2) : random(8)
    const spice = random(4) ? spices[random(spices.length)]! : bytes.subarray(random(bytes.length + 1)).subarray(0, random(12))
    bytes = Buffer.concat([bytes.subarray(0, at), spice, bytes.subarray(Math.min(at + gone, bytes.length))])
  }
  return bytes
}

function parsed(bytes: Uint8Array): { value: unknown; text: string } | null {
  try {
    const text = strict.decode(bytes)
    return { value: JSON.parse(text), text }
  } catch {
    return null
  }
}

/** Whether accepted JSON text spells half of a surrogate pair. */
function hasLoneSurrogate(text: string): boolean {
  for (const [, alone] of text.matchAll(/\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u([dD][89a-fA-F][\da-fA-F]{2})|[^])/g)) if (alone) return true
  return false
}

function depth(value: unknown): number {
  return value && typeof value === 'object' ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0
}

test('agrees with JSON.parse on 100,000 mutants', () => {
  let accepted = 0
  for (let each = 0; each < 100_000; each++) {
    const bytes = mutant()
    const signature = createHmac('sha256', 'mutants').update(bytes).digest('hex')
    const event = hook.verify(bytes, { 'x-signature': signature })
    const theirs = parsed(bytes)
    const verdict = event.schema.ok ? 'json' : event.schema.code
    const expected = theirs === null || hasLoneSurrogate(theirs.text) ? ['bad_json', 'bad_utf8'] : ['json', 'too_deep', 'duplicate_key']
    assert.ok(expected.includes(verdict) || (verdict === 'too_deep' && theirs === null), `${verdict} for ${JSON.stringify(bytes.toString('latin1'))}`)
    if (!event.schema.ok) continue
    accepted++
    if (each % 10 === 0 && !/\d{16}/.test(theirs!.text)) assert.deepEqual(event.data, theirs!.value)
    if (each % 100 === 0) assert.ok(depth(theirs!.value) <= 64)
  }
  assert.ok(accepted > 10_000 && accepted < 90_000, `${accepted} accepted`)
})
