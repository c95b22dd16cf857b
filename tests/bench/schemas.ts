// The JSON Schema of each event's whole body, out of a dialect file: what a validator that is not
// Waxseal is given, so that both are equally strict.

type Schema = { [keyword: string]: any }

/** Type of the event → schema of the body, references written out. */
export function eventSchemas(dialect: Schema): Record<string, Schema> {
  const inlined = (schema: unknown): any => {
    if (Array.isArray(schema)) return schema.map(inlined)
    if (typeof schema !== 'object' || schema === null) return schema
    const { $ref, ...beside } = schema as Schema
    const named = $ref && inlined(dialect.$defs[$ref.slice('#/$defs/'.length)])
    if (named) return Object.keys(beside).length ? { allOf: [named, inlined(beside)] } : named
    return Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, inlined(value)]))
  }
  return Object.fromEntries(
    Object.entries(dialect.events as Record<string, Schema>).map(([type, event]) => [
      type,
      inlined({ ...dialect.body, properties: { ...dialect.body.properties, data: event.schema } }),
    ]),
  )
}
