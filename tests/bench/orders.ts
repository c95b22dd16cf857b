// The events of the benchmarks: orders of many shapes, the same ones on every run, as bytes of about
// a wanted length. Used by every part; runs in Node and in workerd.

const names = ['Ada Lovelace', 'Grace Hopper', 'José Álvarez', 'Zoë Müller', 'Katherine Johnson', '山田太郎', 'Mary Jackson', 'Edsger W. Dijkstra']
const cities = ['Berlin', 'São Paulo', 'Zürich', 'Portland, Oregon', 'Kyōto', 'Leeds']
const things = ['Espresso cups, set of four', 'USB-C cable 2 m', 'Notebook "Dot", A5', 'Wool socks', 'Desk lamp, brushed steel', 'Fountain pen – fine nib', 'Ceramic planter\nwith saucer']
const types = ['order.created', 'order.updated', 'order.cancelled']
const statuses = ['draft', 'placed', 'paid', 'shipped', 'cancelled']
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Pseudo-random whole numbers below a bound (mulberry32). */
export function dice(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below)
  }
}

type Roll = ReturnType<typeof dice>
const pick = <Value>(roll: Roll, from: readonly Value[]): Value => from[roll(from.length)]!
const word = (roll: Roll, length: number): string => Array.from({ length }, () => letters[roll(36)]).join('')

function item(roll: Roll): object {
  return {
    sku: `SKU-${word(roll, 6 + roll(5))}`,
    title: pick(roll, things),
    quantity: 1 + roll(12),
    price: roll(20000) / 100,
    gift: roll(4) === 0,
    ...(roll(3) === 0 && { discount: roll(2) ? null : roll(40) / 2 }),
    ...(roll(5) === 0 && { note: `please ${word(roll, 5)} the ${pick(roll, things)}` }),
  }
}

function order(roll: Roll, items: object[]): { data: Record<string, unknown>; [member: string]: unknown } {
  return {
    type: pick(roll, types),
    timestamp: `2026-0${1 + roll(9)}-1${roll(10)}T0${roll(10)}:1${roll(10)}:2${roll(10)}Z`,
    data: {
      id: `ord_${word(roll, 12)}`,
      status: pick(roll, statuses),
      total: roll(1000000) / 100,
      currency: pick(roll, ['EUR', 'USD', 'CHF', 'BRL']),
      customer: {
        id: `cus_${word(roll, 10)}`,
        name: pick(roll, names),
        email: roll(5) ? `${word(roll, 4 + roll(6))}@example.com` : null,
        ...(roll(2) && { city: pick(roll, cities) }),
      },
      items,
      ...(roll(3) === 0 && { tags: Array.from({ length: 1 + roll(3) }, () => word(roll, 3 + roll(5))) }),
    },
  }
}

const encoder = new TextEncoder()
const bytesOf = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))

/** An order of exactly `size` bytes: items while they fit, then a note that fills up. */
function orderOf(size: number, roll: Roll): Uint8Array {
  const items: object[] = []
  const event = order(roll, items)
  let length = bytesOf(event).length
  for (;;) {
    const next = item(roll)
    const grown = length + bytesOf(next).length + (items.length ? 1 : 0)
    if (grown > size - 12) break
    items.push(next)
    length = grown
  }
  const missing = size - bytesOf(event).length - ',"note":""'.length
  if (missing >= 0) event.data.note = word(roll, missing)
  return bytesOf(event)
}

/** So many different orders of about `size` bytes. */
export function orders(size: number, count: number): Uint8Array[] {
  const roll = dice(size)
  return Array.from({ length: count }, () => orderOf(size, roll))
}

/** How many different bodies a race goes through, so that no predictor or cache learns one by heart. */
export const poolSize = (size: number): number => Math.max(4, Math.min(256, Math.floor((1 << 20) / size)))

/** Reads every field below `value`, the same way for every candidate. @return something that depends on all of them */
export function walk(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value === 'number') return value
  if (typeof value !== 'object' || value === null) return 1
  let sum = 0
  if (Array.isArray(value)) for (let at = 0; at < value.length; at++) sum += walk(value[at])
  else for (const name in value) sum += walk((value as Record<string, unknown>)[name])
  return sum
}
