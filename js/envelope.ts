// The body of an event in the envelope that a dialect sends it in, as the core writes it. Called by
// testing.ts and the relay.
import * as core from './core.ts'
import { imageOf, type Dialect } from './dialect.ts'
import { WaxsealError } from './error.ts'
import { load, Place } from './place.ts'

export interface EnvelopeValues {
  id: string
  type: string | null
  /** milliseconds since 1970 */
  at: number
  endpoint: string
  /** JSON text */
  data: string
}

const encoder = new TextEncoder()
const places = new WeakMap<Dialect<any>, Place>()

/**
 * The body that delivers `data`: JSON text. The data alone where the dialect has no envelope, and for an
 * event that is recognised by a member of its data.
 */
export function enveloped(dialect: Dialect<any>, { id, type, at, endpoint, data }: EnvelopeValues): string {
  const bytes = encoder.encode(data)
  const slot = slotOf(dialect)
  let body: string | null = null
  core.run((abi) => {
    const { field } = core
    const fields = core.writeMessage(bytes, [field.id, id, field.type, type ?? undefined, field.endpoint, endpoint])
    if (fields >= 0 && abi.waxseal_wrap(slot, bytes.length, fields, at) === 0) body = core.textOf(-1, core.kind.made, 0)
    return 0
  })
  if (body === null) throw new WaxsealError('internal')
  return body
}

function slotOf(dialect: Dialect<any>): number {
  const image = imageOf(dialect)
  let place = places.get(dialect)
  if (!place) places.set(dialect, place = new Place())
  return place.index >= 0 ? place.index : load(image, place)
}
