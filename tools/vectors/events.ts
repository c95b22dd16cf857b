// What a dialect's events give: each example signed, and spoilt.
import { readFileSync } from 'node:fs'
import { accept, refuse, sign, type How, type Recipe, type Vector } from './recipe.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Schema = { [keyword: string]: any }
type Fault = { at: string; kind: 'missing' | 'type'; data: Json }

export function dialectFile(name: string): { events: Record<string, any>; $defs?: Record<string, Schema>; [key: string]: any } {
  return JSON.parse(readFileSync(new URL(`../../core/dialects/${name}.json`, import.meta.url), 'utf8'))
}

/**
 * For each event: its example signed, and two examples spoilt, one by a required member that is
 * missing and one by a value of another type.
 *
 * @param wrap    the body around an event's data, where the data stands in it, and what differs in the request
 * @param teller  pointer in the data to what tells the event, where it is the data that does: left as it is
 */
export function eventRules(
  recipe: Recipe,
  wrap: (event: string, data: Json) => { body: Json; at: string; how?: How; expect?: Record<string, unknown> },
  teller: (event: string) => string | undefined = () => undefined,
): Vector[] {
  const file = dialectFile(recipe.dialect)
  return Object.entries(file.events).flatMap(([event, { example, schema }], index) => {
    const told = teller(event)
    const faults = listFaults(schema, example, file.$defs ?? {}).filter(({ at }) => told === undefined || (at !== told && at !== ''))
    const pick = (kind: Fault['kind']) => {
      const fit = faults.filter((fault) => fault.kind === kind)
      return fit.slice((index * 7) % (fit.length || 1)).slice(0, 1)
    }
    const good = wrap(event, example)
    const { type = event, known = true } = good.expect ?? {}
    const tells = { type, known }
    return [
      accept(recipe, `reads ${event}`, JSON.stringify(good.body),
        { type: event, alias: null, known: true, content: 'json', authenticity: 'verified', schema: { ok: true }, ...good.expect }, good.how),
      ...[...pick('missing'), ...pick('type')].map((fault) => {
        const { body, at, how } = wrap(event, fault.data)
        const what = fault.kind === 'missing' ? `${event} without ${fault.at}` : `another type at ${fault.at || 'the data'} of ${event}`
        return accept(recipe, `reports ${what}`, JSON.stringify(body),
          { ...tells, schema: { ok: false, at: at + fault.at, code: 'schema' } }, how)
      }),
    ]
  })
}

/**
 * For each keyword of the envelope's schema a body that breaks it alone, refused where schemas are
 * enforced, with the patch that takes the keyword out.
 *
 * @param body  keeps to the envelope, has its optional members too, and an event that is not known
 */
export function envelopeRules(recipe: Recipe, body: Json): Vector[] {
  const found: Vector[] = []
  const broken = (rule: string, pointer: string, path: string[], change: (parent: any, key: string) => void) => {
    const text = JSON.stringify(spoil(body, path, change))
    const headers = sign(recipe, text, recipe.bare)
    found.push(refuse(recipe, `holds to ${rule}, when schemas are enforced`, 'schema', headers, { body: text, mode: 'enforce', remove: [{ op: 'remove', path: pointer }] }))
  }
  const walk = (part: Schema, pointer: string, path: string[]) => {
    const where = '/' + path.join('/')
    if (part.type && path.length) broken(`the type of ${where}`, `${pointer}/type`, path, (parent, key) => (parent[key] = part.type.includes('array') ? true : [true]))
    if ('const' in part) broken(`the value of ${where}`, `${pointer}/const`, path, (parent, key) => (parent[key] = 'another'))
    if (part.format) broken(`the format of ${where}`, `${pointer}/format`, path, (parent, key) => (parent[key] = 'another'))
    if (part.minLength) broken(`the length of ${where}`, `${pointer}/minLength`, path, (parent, key) => (parent[key] = ''))
    part.required?.forEach((name: string, index: number) =>
      broken(`the presence of ${path.length ? where : ''}/${name}`, `${pointer}/required/${index}`, [...path, name], (parent, key) => delete parent[key]))
    for (const [name, below] of Object.entries<Schema>(part.properties ?? {})) walk(below, `${pointer}/properties/${name}`, [...path, name])
  }
  walk(dialectFile(recipe.dialect).body, '/body', [])
  return found
}

/** A copy of `value` with the member at `path` changed. */
function spoil(value: Json, path: string[], change: (parent: any, key: string) => void): Json {
  const copy = { '': structuredClone(value) } as any
  let parent = copy
  let key = ''
  for (const step of path) [parent, key] = [parent[key], step]
  change(parent, key)
  return copy['']
}

/** A schema with what its `$ref` names put in, and its members joined with those. */
function whole(schema: Schema, defs: Record<string, Schema>): Schema {
  const { $ref, ...beside } = schema
  return $ref ? joined(whole(defs[$ref.replace('#/$defs/', '')] ?? {}, defs), beside, defs) : schema
}

function joined(first: Schema, second: Schema, defs: Record<string, Schema>): Schema {
  const made: Schema = { ...first, ...second, required: [...new Set([...(first.required ?? []), ...(second.required ?? [])])] }
  if (first.properties && second.properties) {
    made.properties = { ...first.properties, ...second.properties }
    for (const name of Object.keys(second.properties)) {
      const there = first.properties[name]
      if (there) made.properties[name] = joined(whole(there, defs), whole(second.properties[name], defs), defs)
    }
  }
  return made
}

/** Every way to spoil `example` by one missing member or one wrong type. */
export function listFaults(schema: Schema, example: Json, defs: Record<string, Schema>): Fault[] {
  const faults: Fault[] = []
  const pointer = (path: string[]) => path.map((step) => '/' + step.replaceAll('~', '~0').replaceAll('/', '~1')).join('')
  const walk = (part: Schema, at: Json, path: string[]) => {
    part = whole(part, defs)
    if (part.type || 'const' in part || part.enum) {
      const allowed = [part.type ?? []].flat()
      const other = allowed.includes('object') ? 'x' : {}
      faults.push({ at: pointer(path), kind: 'type', data: spoil(example, path, (parent, key) => (parent[key] = other)) })
    }
    if (Array.isArray(at)) {
      if (part.items && at[0] !== undefined) walk(part.items, at[0], [...path, '0'])
    } else if (typeof at === 'object' && at !== null) {
      for (const name of part.required ?? []) {
        faults.push({ at: pointer([...path, name]), kind: 'missing', data: spoil(example, [...path, name], (parent, key) => delete parent[key]) })
      }
      for (const [name, value] of Object.entries(at)) {
        const below = part.properties?.[name] ?? part.additionalProperties
        if (typeof below === 'object') walk(below, value, [...path, name])
      }
    }
  }
  walk(schema, example, [])
  return faults
}
