// Makes the sources that come from other sources: js/dialects/<name>.ts, the compiled dialect with the
// types of each event, out of core/dialects/<name>.json; and {wasi,emscripten}.ts in js/load and
// js/load/full, the embedded modules, out of build/. Run by tools/build; writes only what has changed.
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from 'json-schema-to-typescript'

type Json = Record<string, any>

const root = new URL('../', import.meta.url)

function write(path: string, text: string): void {
  const file = new URL(path, root)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  writeFileSync(file, text)
  console.log(`generated ${path}`)
}

const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
// json-schema-to-typescript writes a letter behind a digit large.
const pascal = (name: string) => camel(`-${name}`).replace(/\d[a-z]/g, (two) => two.toUpperCase())

/** Keywords that ask nothing. */
const forReaders = new Set(['title', 'description', '$comment', 'default', 'examples', 'deprecated'])
const isSchema = (keyword: string, value: unknown) =>
  (keyword === 'items' || keyword === 'additionalProperties') && typeof value === 'object'
const each = (values: Json, change: (value: Json) => Json) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))

/** The compiled dialect, by the project's own command. @return a `Dialect` of js/dialect.ts */
async function compiled(path: string): Promise<Json> {
  const { WASI } = await import('node:wasi')
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-'))
  const stdout = openSync(join(folder, 'compiled.json'), 'w+')
  try {
    const wasi = new WASI({ version: 'preview1', args: ['waxseal', 'dialects', '--compile', '--json', path], preopens: { '/': '/' }, stdout, returnOnExit: true })
    const status = wasi.start(await WebAssembly.instantiate(await command, wasi.getImportObject() as WebAssembly.Imports))
    if (status !== 0) throw new Error(`${path} does not compile`)
    return JSON.parse(readFileSync(join(folder, 'compiled.json'), 'utf8'))
  } finally {
    closeSync(stdout)
    rmSync(folder, { recursive: true })
  }
}

const command = WebAssembly.compile(readFileSync(new URL('build/wasi/waxseal-cli.wasm', root)))

const exact = 2 ** 53 - 1

/**
 * A schema as the type generator takes it. A number whose schema does not keep it within ±(2⁵³ - 1)
 * can arrive as a bigint, and its type says so. What stands beside a `$ref` is an intersection, since
 * the generator would let it take the place of what the `$ref` says.
 */
function typed(schema: Json): Json {
  const { $ref, ...beside } = schema
  if ($ref && Object.keys(beside).some((keyword) => !forReaders.has(keyword))) return { allOf: [{ $ref }, typed(beside)] }
  const made: Json = { ...schema }
  if (schema.properties) made.properties = each(schema.properties, typed)
  for (const keyword of ['items', 'additionalProperties']) {
    if (isSchema(keyword, schema[keyword])) made[keyword] = typed(schema[keyword])
  }
  const types: string[] = [schema.type ?? []].flat()
  // An object of which nothing is documented may hold anything.
  if (types.includes('object') && !schema.properties && schema.additionalProperties === undefined) made.additionalProperties = true
  const bounded = schema.minimum >= -exact && schema.maximum <= exact
  if (types.some((type) => type === 'integer' || type === 'number') && !bounded && !schema.enum && schema.const === undefined) {
    const others = types.filter((type) => type !== 'integer' && type !== 'number')
    if (others.every((type) => ['null', 'string', 'boolean'].includes(type))) made.tsType = ['number', 'bigint', ...others].join(' | ')
  }
  return made
}

async function dialectModule(dialect: Json, { title, image, file, events: order }: Json): Promise<string> {
  const events: Json = dialect.events ?? {}
  const name = pascal(dialect.name)
  const items = dialect.event?.items !== undefined // then it is the items of a body that have types
  const types = await compile(
    {
      title: `${name}${items ? 'Items' : 'Events'}`,
      description: items ? `The items of a webhook of ${dialect.title}, by their type.` : `The events of ${dialect.title}, by name: the type of their data.`,
      type: 'object',
      required: Object.keys(events),
      properties: each(events, ({ schema, title, description }) => {
        const about = [title, description].filter(Boolean).join(': ')
        return schema && Object.keys(schema).join() === '$ref' ? schema : { ...(schema ? typed(schema) : { tsType: 'unknown' }), ...(about && { description: about }) }
      }),
      additionalProperties: false,
      $defs: each(dialect.$defs ?? {}, typed),
    },
    `${name}${items ? 'Items' : 'Events'}`,
    { additionalProperties: false, bannerComment: '', style: { semi: false, singleQuote: true, printWidth: 120 }, unreachableDefinitions: false },
  )
  return `// Made by tools/generate.ts from core/dialects/${dialect.name}.json.
import type { Dialect } from '../dialect.ts'

${types.trim()}
${items ? `\n/** One item of such a webhook, told by its \`${dialect.event.items}\`. */\nexport type ${name}Item = ${name}Items[keyof ${name}Items]\n` : ''}
/** ${dialect.title}: ${dialect.documents.join(', ')} */
export const ${camel(dialect.name)}: Dialect${items ? '' : `<${name}Events>`} = {
  name: ${JSON.stringify(dialect.name)},
  title: ${JSON.stringify(title)},
  events: ${JSON.stringify(order)},
  image: '${image}',
  file: ${JSON.stringify(file)},
}
`
}

mkdirSync(new URL('js/dialects/', root), { recursive: true })
const files = readdirSync(new URL('core/dialects/', root)).filter((file) => file.endsWith('.json'))
for (const file of files) {
  const path = fileURLToPath(new URL(`core/dialects/${file}`, root))
  const dialect = JSON.parse(readFileSync(path, 'utf8'))
  write(`js/dialects/${dialect.name}.ts`, await dialectModule(dialect, await compiled(path)))
}
// All of them by name, for the relay and whoever lets a configuration choose.
const names = files.map((file) => file.replace(/\.json$/, ''))
write('js/dialects/index.ts', `// Made by tools/generate.ts: every dialect of this package, by its name.
import type { Dialect } from '../dialect.ts'
${names.map((name) => `import { ${camel(name)} } from './${name}.ts'`).join('\n')}

export const dialects: Readonly<Record<string, Dialect<any>>> = {
${names.map((name) => `  '${name}': ${camel(name)},`).join('\n')}
}
`)
for (const stale of readdirSync(new URL('js/dialects/', root))) {
  if (![...files, 'index.json'].includes(stale.replace(/\.ts$/, '.json'))) rmSync(new URL(`js/dialects/${stale}`, root))
}

// The examples of the events, for waxseal/testing alone. An integer that a number cannot hold stays as it is written.
const exactly = (_: string, value: unknown, { source }: { source: string }) =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source) : value
const examples = Object.fromEntries(files.map((file) => {
  const { name, events = {} } = JSON.parse(readFileSync(new URL(`core/dialects/${file}`, root), 'utf8'), exactly as never) as Json
  return [name, Object.fromEntries(Object.entries(events as Json).flatMap(([type, { example }]) => example === undefined ? [] : [[type, JSON.stringify(example)]]))]
}))
write('js/examples.ts', `// Made by tools/generate.ts from core/dialects/: the data of example events, as JSON texts, by dialect and type.
export const examples: Readonly<Record<string, Readonly<Record<string, string>>>> = ${JSON.stringify(examples)}
`)

for (const [name, folder] of [['waxseal', 'js/load'], ['waxseal-full', 'js/load/full'], ['waxseal-relay', 'js/load/relay'], ['waxseal-explain', 'js/load/explain']]) {
  for (const build of ['wasi', 'emscripten']) {
    const wasm = [build, 'wasi'].map((toolchain) => new URL(`build/${toolchain}/${name}.wasm`, root)).find(existsSync)
    if (!wasm) throw new Error(`build/${build}/${name}.wasm is missing: run 'tools/setup start' first`)
    const base64 = readFileSync(wasm).toString('base64')
    write(`${folder}/${build}.ts`, `// Made by tools/generate.ts from build/${build}/${name}.wasm.\nexport default '${base64}'\n`)
  }
}
