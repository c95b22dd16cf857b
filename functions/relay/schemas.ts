// The schemas of an app's event types: read and applied by the core, as a dialect's schemas are. Called by
// the API.
import { loadDialect, Webhook } from '../../js/relay.ts'
import type { EventType } from './model.ts'

/** Where a payload breaks its schema. */
export interface Broken { /** JSON Pointer */ at: string; code: string }
export interface Schema { check(payload: string | Uint8Array): Broken | null }

const most = 1000
const token = 'not a secret: the schema is what is asked for'
const known = new Map<string, Schema>()

/** The schema of the type's highest version; undefined: it has none, and every payload is good. */
export function schemaOf({ schemas }: EventType): Schema | undefined {
  const versions = Object.keys(schemas ?? {}).sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1))
  const schema = schemas?.[versions.at(-1) ?? '']
  return schema && compiled(schema)
}

/** What is wrong with a text by a schema of a dialect's file; null: nothing. */
export const checkSchema = (schema: object, text: Uint8Array): Broken | null => compiled(schema).check(text)

/** What is wrong with a schema, in one sentence; null: nothing. */
export function problemOf(schema: object): string | null {
  try {
    compiled(schema)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

function compiled(schema: object): Schema {
  const text = JSON.stringify(schema)
  const found = known.get(text)
  if (found) return found
  // The core checks the schemas of a dialect's events: this is a dialect with one event.
  const dialect = loadDialect({
    name: 'event-type', title: 'Event type', documents: ['https://json-schema.org/'],
    signature: { scheme: 'static-token', header: 'token' }, event: { type: { header: 'type' } },
    events: { it: { title: 'It', description: 'The event type', schema: clean(schema) } },
  })
  const hook = new Webhook(dialect, { secrets: [token] })
  const made = {
    check: (payload: string | Uint8Array): Broken | null => {
      const { schema, content } = hook.verify(payload, { token, type: 'it' })
      return content !== 'json' ? { at: '', code: 'bad_json' } : schema.ok ? null : { at: schema.at, code: schema.code }
    },
  }
  if (known.size >= most) known.clear()
  known.set(text, made)
  return made
}

/** Without what only says which JSON Schema it is. */
const clean = (schema: object): object => Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'))
