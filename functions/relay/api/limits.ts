// How much a request may hold. Used by auth.ts and by the messages' routes.
import { configOf } from '../objects.ts'
import type { Call } from './base.ts'

export const mostInBatch = 100
/** For what stands around a payload. */
const around = 4096
const other = 1 << 20

/** Bytes of one message's payload. */
export const payloadLimit = ({ env }: Call): number => configOf(env).maxMessage ?? 64 * 1024

/** Bytes of a request's body. */
export function limitOf(context: Call): number {
  const { path } = context.req
  const one = payloadLimit(context) + around
  return /\/msg$/.test(path) ? one : /\/msg\/batch$/.test(path) ? one * mostInBatch : other
}
