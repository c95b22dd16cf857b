// Shapes that several parts of the API share.
import { z } from './base.ts'

/** An endpoint's URL. What it must be the core says, of the text as it was typed: nothing may repair it first. */
export const url = z.string().min(1).max(65536).openapi({ format: 'uri' })
const word = /^[a-zA-Z0-9\-_.]+$/
export const uid = z.string().min(1).max(256).regex(word)
export const metadata = z.record(z.string(), z.string())
export const throttleRate = z.number().int().min(1).max(65535)
export const channel = z.string().max(128).regex(word)
/** A provider's own name may hold a slash. */
export const typeName = z.string().min(1).max(256).regex(/^[a-zA-Z0-9\-_./]+$/)
/** Given with a message: messages of one key are delivered in their order where an endpoint asks for it. */
export const orderingKey = z.string().min(1).max(256)
/** Where the key stands for which none was given; nowhere: only keys that are given count. */
export const orderBy = z.strictObject({ pointer: z.string().regex(/^(\/.*)?$/).max(1024), header: z.string().max(256).regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/, 'a header\'s name is written in lower case here') }).partial()
  .refine(({ pointer, header }) => pointer === undefined || header === undefined, 'the key stands at a pointer or in a header, not in both').openapi('OrderBy')
const seconds = z.number().int().min(0).max(30 * 86400)
/** What takes the place of parts of a policy, in the words of a dialect's `delivery`; the core checks it too. */
export const deliveryRules = z.strictObject({
  retry: z.strictObject({ delays: z.array(seconds).max(100), jitter_percent: z.number().int().min(0).max(100), retry_after_cap: seconds }).partial(),
  timeout: z.number().int().min(1).max(300),
  final: z.strictObject({ client_errors: z.boolean(), timeouts: z.boolean(), statuses: z.array(z.number().int().min(100).max(599)).max(500) }).partial(),
  rate: z.array(z.strictObject({ limit: z.number().int().min(1).max(10_000), seconds: z.number().int().min(1).max(86400) })).max(10),
}).partial().openapi('DeliveryRules')
/** `user.created`, or `user.*`. */
export const typePattern = z.string().min(1).max(256).regex(/^[a-zA-Z0-9\-_./]*\*?$/)
export const unique = <Item extends z.ZodType>(item: Item, most: number) =>
  z.array(item).min(1).max(most).refine(list => new Set(list).size === list.length, 'each may stand there once')

const id = (name: string) => z.string().min(1).max(256).openapi({ param: { name, in: 'path' } })
export const appPath = z.object({ app_id: id('app_id') })
export const endpointPath = appPath.extend({ endpoint_id: id('endpoint_id') })
export const messagePath = appPath.extend({ msg_id: id('msg_id') })
export const attemptPath = messagePath.extend({ attempt_id: id('attempt_id') })
export const messageEndpointPath = messagePath.extend({ endpoint_id: id('endpoint_id') })
export const sourcePath = appPath.extend({ source: id('source') })
export const keyPath = appPath.extend({ key_id: id('key_id') })
export const typePath = z.object({ event_type_name: id('event_type_name') })
export const flag = z.enum(['true', 'false']).transform(text => text === 'true').openapi({ type: 'boolean' })
/** Written once with commas, or several times. */
export const types = z.union([z.string(), z.array(z.string())]).transform(given => [given].flat().flatMap(text => text.split(',')).filter(Boolean))
  .transform(list => list.length ? list : undefined).optional().openapi({ type: 'array', items: { type: 'string' } })
