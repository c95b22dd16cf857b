// docs/dialects.schema.json, the language for editors: it takes every shipped dialect, and refuses what
// the core refuses as far as a schema can say it.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { loadDialect } from '../../js/full.ts'

const root = new URL('../../', import.meta.url)
const json = (path: string) => JSON.parse(readFileSync(new URL(path, root), 'utf8'))
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true }).compile(json('docs/dialects.schema.json'))
const accepted = (file: object): boolean => {
  try {
    loadDialect(file)
    return true
  } catch (error) {
    assert.ok(error instanceof TypeError)
    return false
  }
}

const names = readdirSync(new URL('core/dialects/', root)).filter(name => name.endsWith('.json'))

for (const name of names) {
  test(`takes core/dialects/${name}`, () => {
    assert.ok(validate(json(`core/dialects/${name}`)), JSON.stringify(validate.errors?.slice(0, 3), null, 1))
  })
}

test("takes the example of docs/dialects.md, as the core does", () => {
  const page = readFileSync(new URL('docs/dialects.md', root), 'utf8')
  const example: object = JSON.parse(/<!-- example: ledger\.json -->\n```json\n([^]*?)```/.exec(page)![1]!)
  assert.ok(validate(example), JSON.stringify(validate.errors))
  assert.ok(accepted(example))
})

const smallest = { name: 'mine', title: 'Mine', documents: ['https://mine.example'], signature: { scheme: 'hmac-sha256', header: 'X-Mine' } }
/** Wrong files: each is one change of a right one. */
const wrong: [string, (file: any) => void][] = [
  ['a keyword that there is not', file => (file.colour = 'red')],
  ['a keyword in the signature that there is not', file => (file.signature.colour = 'red')],
  ['a keyword in a list that there is not', file => (file.signature.list = { colour: 'red' })],
  ['a keyword in the event that there is not', file => (file.event = { colour: 'red' })],
  ['a keyword in the handshake that there is not', file => (file.handshake = { when: { query: 'a' }, answer: { query: 'a' }, colour: 'red' })],
  ['no name', file => delete file.name],
  ['a name that is not kebab-case', file => (file.name = 'My System')],
  ['no title', file => delete file.title],
  ['no documents', file => (file.documents = [])],
  ['no signature', file => delete file.signature],
  ['no scheme', file => delete file.signature.scheme],
  ['a scheme that there is not', file => (file.signature.scheme = 'md5')],
  ['a header that is no name', file => (file.signature.header = 'X Mine')],
  ['an encoding that there is not', file => (file.signature.encoding = 'HEX')],
  ['a value without its signature', file => (file.signature.value = 'sha256=')],
  ['a placeholder that there is not', file => (file.signature.signed = '{colour}{body}')],
  ['a placeholder without its name', file => (file.signature.signed = '{header}{body}')],
  ['a separator of two characters', file => (file.signature.list = { separator: ';;' })],
  ['a field that there is not', file => (file.signature.list = { separator: ',', fields: ['c={colour}'] })],
  ['a pointer that begins with no slash', file => (file.event = { id: { pointer: 'id' } })],
  ['a place that is nowhere', file => (file.event = { id: {} })],
  ['a unit that there is not', file => (file.timestamp = { header: 'X-Time', unit: 'hours' })],
  ['a tolerance that is negative', file => (file.timestamp = { header: 'X-Time', tolerance: { past: -1, future: 0 } })],
  ['fewest bytes that are a text', file => (file.secret = { min_bytes: '24' })],
  ['an alias that is a number', file => (file.events = { a: { aliases: [1] } })],
  ['a delay that is no whole number', file => (file.delivery = { retry: { delays: [1.5] } })],
  ['more than four ways of signing', file => (file.signature = Array(5).fill(file.signature))],
  ['a hash of what there is not', file => (file.signature.hashes = [{ of: 'colour', query: 'a' }])],
  ['a handshake without an answer', file => (file.handshake = { when: { query: 'a' } })],
  ['an answer that is a number', file => (file.handshake = { when: { query: 'a' }, answer: 1 })],
]

test('the right file that the wrong ones are made of is taken by both', () => {
  assert.ok(validate(smallest))
  assert.ok(accepted(smallest))
})

for (const [name, change] of wrong) {
  test(`refuses ${name}, as the core does`, () => {
    const file = structuredClone(smallest)
    change(file)
    assert.equal(validate(file), false, 'the schema takes it')
    assert.equal(accepted(file), false, 'the core takes it')
  })
}
