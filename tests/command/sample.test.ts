// waxseal sample and waxseal dialects.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { answer, both, file, native, npm, run } from './programs.ts'

const dialects = new URL('../../core/dialects/', import.meta.url)
const names = readdirSync(dialects).map((name) => name.replace('.json', '')).sort()
/** The ways of signing, the strongest first, and every header that carries a signature. */
const waysOf = (said: any): any[] => [said.signature].flat()
const headersOf = (said: any): string[] => [...new Set(waysOf(said).flatMap((way) => way.header ?? []))] as string[]
const source = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, dialects), 'utf8'))

test('a sample is the dialect’s envelope around the event’s example', async () => {
  const sample = JSON.parse(await answer(['sample', '--dialect', 'ost', '--event', 'users/activation_success']))
  assert.deepEqual(Object.keys(sample), ['id', 'topic', 'created_at', 'webhook_id', 'version', 'data'])
  assert.match(sample.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(sample.topic, 'users/activation_success')
  assert.equal(sample.created_at, 1767225600)
  assert.deepEqual(sample.data, source('ost').events['users/activation_success'].example)
})

test('a sample is the same bytes on every run', async () => {
  const words = ['sample', '--dialect', 'platform-core']
  const sample = await answer(words)
  assert.equal(await answer(words), sample)
  assert.ok(!sample.endsWith('\n'), 'it can be piped into sign')
  assert.equal(JSON.parse(sample).event, 'user.created')
  assert.equal(JSON.parse(sample).timestamp, '2026-01-01T00:00:00Z')
})

test('--id and --timestamp stand in the sample', async () => {
  const words = ['sample', '--dialect', 'platform-core', '--id', 'webhook_7', '--timestamp', '1705314600']
  const sample = JSON.parse(await answer(words))
  assert.equal(sample.id, 'webhook_7')
  assert.equal(sample.timestamp, '2024-01-15T10:30:00Z')
})

test('--fresh gives a new id and the time of now', async () => {
  for (const program of [native, npm]) {
    const words = ['sample', '--dialect', 'platform-core', '--fresh']
    const [one, two] = [await run(program, words), await run(program, words)].map(({ stdout }) => JSON.parse(stdout))
    assert.match(one.id, /^webhook_[0-9A-Za-z]{24}$/)
    assert.notEqual(one.id, two.id)
    assert.ok(Math.abs(Date.parse(one.timestamp) - Date.now()) < 60_000)
  }
})

test('an alias is sent as it is written', async () => {
  const events: Record<string, { aliases?: string[] }> = source('cosmo').events
  const alias = Object.values(events).flatMap(({ aliases }) => aliases ?? [])[0]
  assert.ok(alias)
  assert.equal(JSON.parse(await answer(['sample', '--dialect', 'cosmo', '--event', alias])).event, alias)
})

test('an event that has no envelope is its example', async () => {
  const events: Record<string, { recognised_by?: string; example: unknown }> = source('cosmo').events
  const bare = Object.entries(events).filter(([, event]) => event.recognised_by)
  for (const [name, event] of bare) {
    assert.deepEqual(JSON.parse(await answer(['sample', '--dialect', 'cosmo', '--event', name])), event.example)
  }
})

const isForm = (name: string) => source(name).event?.form === true

test('every event of every dialect has a sample, which holds its example', async () => {
  const holds = (part: unknown, example: unknown): boolean =>
    isDeepStrictEqual(part, example) || (typeof part === 'object' && part !== null && Object.values(part).some((below) => holds(below, example)))
  let count = 0
  for (const name of names) {
    const events = Object.entries<{ example?: unknown }>(source(name).events ?? {}).filter(([, { example }]) => example !== undefined)
    await Promise.all(events.map(async ([event, { example }]) => {
      const { stdout } = await run(native, ['sample', '--dialect', name, '--event', event])
      const body = isForm(name) ? Object.fromEntries(new URLSearchParams(stdout)) : JSON.parse(stdout)
      assert.ok(holds(body, example), `${name} ${event}: ${stdout}`)
      count++
    }))
  }
  assert.ok(count >= 100, `${count} samples`)
})

test('a dialect of one’s own has samples too', async () => {
  const own = file('own.json', JSON.stringify({
    name: 'own', title: 'Own', documents: ['https://example.com/'],
    signature: { scheme: 'hmac-sha256', header: 'X-Sig', encoding: 'hex' },
    events: { 'a.b': { title: 'A', description: 'B.', example: { n: 1 } } },
  }))
  assert.equal(await answer(['sample', '--dialect', own]), '{"n":1}')
})

test('dialects lists every dialect file', async () => {
  const list = JSON.parse(await answer(['dialects', '--json']))
  assert.deepEqual(list.map(({ name }: { name: string }) => name), names)
  for (const { name, title, scheme, header, events } of list) {
    const said = source(name)
    assert.deepEqual([title, scheme, header, events],
      [said.title, waysOf(said)[0].scheme, headersOf(said)[0] ?? null, Object.keys(said.events ?? {}).length])
  }
  const table = await answer(['dialects'])
  assert.match(table, /^NAME +TITLE +HEADER +SCHEME +EVENTS\n/)
  for (const name of names) assert.ok(table.split('\n').some((line) => line.startsWith(`${name} `) && line.includes(` ${source(name).title} `)), name)
})

test('dialects --header lists all that sign by it, whatever its case, and no other', async () => {
  const same = names.filter((name) => headersOf(source(name)).some((header) => header.toLowerCase() === 'webhook-signature'))
  assert.ok(same.includes('gitlab'), 'one that reads it for one of its ways')
  assert.ok(same.length > 1)
  for (const header of ['webhook-signature', 'Webhook-Signature']) {
    const list = JSON.parse(await answer(['dialects', '--header', header, '--json']))
    assert.deepEqual(list.map(({ name }: { name: string }) => name), same)
  }
  const none = await both(['dialects', '--header', 'x-nobody'])
  assert.deepEqual([none.code, none.stdout], [2, ''])
  assert.match(none.stderr, /no dialect signs by the header x-nobody/)
})

test('dialects NAME shows events, headers, scheme, tolerance and documents', async () => {
  for (const name of names) {
    const said = source(name)
    const detail = JSON.parse(await answer(['dialects', name, '--json']))
    const keys = ['name', 'title', 'scheme', 'header', 'headers', 'ways', 'value', 'signed', 'tolerance', 'documents', 'events']
    assert.deepEqual(Object.keys(detail), keys)
    assert.equal(detail.header, headersOf(said)[0] ?? null)
    assert.deepEqual(detail.headers, headersOf(said))
    assert.deepEqual(detail.tolerance, waysOf(said)[0].timestamp?.tolerance ?? said.timestamp?.tolerance ?? null)
    assert.deepEqual(detail.documents, said.documents)
    assert.deepEqual(detail.events.map((event: { name: string }) => event.name), Object.keys(said.events ?? {}))
    const shown = await answer(['dialects', name])
    for (const word of [said.title, headersOf(said)[0] ?? 'in the body', ...said.documents, ...Object.keys(said.events ?? {})]) {
      assert.ok(shown.includes(word), `${name}: ${word}`)
    }
  }
})

test('dialects --compile prints a module that new Webhook takes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-compile-'))
  try {
    const own = { ...source('standard-webhooks'), name: 'own', title: 'Own', events: { b: {}, '7': { aliases: ['seven'] } } }
    const text = JSON.stringify(own).replace(/"7":\{"aliases":\["seven"\]\},"b":\{\}/, '"b":{},"7":{"aliases":["seven"]}')
    writeFileSync(join(folder, 'own.json'), text)
    writeFileSync(join(folder, 'own.mjs'), await answer(['dialects', '--compile', join(folder, 'own.json')]))
    const { dialect } = await import(pathToFileURL(join(folder, 'own.mjs')).href)
    assert.deepEqual(Object.keys(dialect), ['name', 'title', 'events', 'image', 'file'])
    assert.deepEqual(dialect.events, ['b', '7'])
    assert.deepEqual(dialect.file.events, { 7: { aliases: ['seven'] } })
    assert.equal(dialect.file.body, undefined)
    const { Webhook } = await import('waxseal')
    const hook = new Webhook(dialect, { secrets: `whsec_${Buffer.alloc(32, 1).toString('base64')}` })
    const body = '{"type":"seven"}'
    const event = hook.verify(body, hook.sign(body, { id: 'm' }))
    assert.deepEqual([event.type, event.alias, hook.dialect.title], ['7', 'seven', 'Own'])
    assert.deepEqual(JSON.parse(await answer(['dialects', '--compile', '--json', join(folder, 'own.json')])), dialect)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('dialects --compile of a shipped name is what the package ships', async () => {
  const { dialects: shipped } = await import('waxseal/dialects/index')
  for (const name of names) {
    assert.deepEqual(JSON.parse(await answer(['dialects', '--compile', '--json', name])).image, shipped[name]!.image, name)
  }
})

test('dialects --compile without a file says what is missing', async () => {
  const { code, stderr } = await both(['dialects', '--compile'])
  assert.equal(code, 2)
  assert.match(stderr, /--compile needs the path of a dialect file/)
})
