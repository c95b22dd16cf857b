// The body of an event in the envelope that a dialect sends it in. Called by testing.ts and the relay.
import { describe, type Dialect } from './dialect.ts'

export interface EnvelopeValues {
  id: string
  type: string | null
  /** milliseconds since 1970 */
  at: number
  endpoint: string
  /** JSON text */
  data: string
}

/** The body that delivers `data`. @return JSON text; the data alone where the dialect has no envelope */
export function enveloped(dialect: Dialect<any>, { id, type, at, endpoint, data }: EnvelopeValues): string {
  const { delivery, timestamp: { unit } = {} } = describe(dialect)
  if (delivery?.envelope === undefined) return data
  return filled(delivery.envelope, {
    '{id}': JSON.stringify(id),
    '{type}': JSON.stringify(type),
    '{timestamp}': String(unit === 'milliseconds' ? at : Math.floor(at / 1000)),
    '{date-time}': JSON.stringify(new Date(at).toISOString().replace(/\.\d+/, '')),
    '{endpoint}': JSON.stringify(endpoint),
    '{data}': data,
  })
}

/** `envelope` as JSON, each string that is a placeholder replaced by its value's JSON. */
function filled(envelope: unknown, values: Record<string, string>): string {
  if (typeof envelope === 'string') return values[envelope] ?? JSON.stringify(envelope)
  if (Array.isArray(envelope)) return `[${envelope.map(each => filled(each, values)).join(',')}]`
  if (envelope === null || typeof envelope !== 'object') return JSON.stringify(envelope)
  return `{${Object.entries(envelope).map(([name, each]) => `${JSON.stringify(name)}:${filled(each, values)}`).join(',')}}`
}
