// The orders as a user of zod writes them: as strict as orders.json.
import { z } from 'zod'

const item = z.object({
  sku: z.string().min(1),
  title: z.string(),
  quantity: z.int().min(1),
  price: z.number().min(0),
  gift: z.boolean(),
  discount: z.number().nullable().optional(),
  note: z.string().optional(),
})

const order = z.object({
  id: z.string().min(1),
  status: z.enum(['draft', 'placed', 'paid', 'shipped', 'cancelled']),
  total: z.number().min(0),
  currency: z.string(),
  customer: z.object({ id: z.string(), name: z.string(), email: z.string().nullable(), city: z.string().optional() }),
  items: z.array(item),
  note: z.string().optional(),
  tags: z.array(z.string()).optional(),
})

const types = ['order.created', 'order.updated', 'order.cancelled']

/** Type of the event → schema of the body. */
export const zodSchemas = new Map(
  types.map((type) => [type, z.object({ type: z.string(), timestamp: z.string(), data: order })]),
)
