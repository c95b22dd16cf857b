// Verify and validate one order: Waxseal, and what people write today, each to a verdict and to the
// data. Used in Node (validate.ts); workerd has its own (worker.ts).
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Compile } from 'typebox/compile'
import { loadDialect, Webhook } from 'waxseal/full'
import dialect from './orders.json' with { type: 'json' }
import { key, secrets, type Message } from './messages.ts'
import { eventSchemas } from './schemas.ts'
import { zodSchemas } from './zod.ts'

/** The data of a request that is signed, of a known type and in keeping with its schema; else undefined. */
export interface Receiver {
  name: string
  verdict(message: Message): boolean
  data(message: Message): unknown
}

function byWaxseal(): Receiver {
  const hook = new Webhook(loadDialect(dialect), { secrets: secrets.standard })
  return {
    name: 'waxseal',
    verdict({ body, standard }) {
      const result = hook.check(body, standard)
      return result.ok && result.event.known && result.event.schema.ok
    },
    data({ body, standard }) {
      const result = hook.check(body, standard)
      return result.ok && result.event.known && result.event.schema.ok ? result.event.data : undefined
    },
  }
}

function byHand(): Receiver {
  const secret = createSecretKey(key)
  const validators = new Map(Object.entries(eventSchemas(dialect)).map(([type, schema]) => [type, Compile(schema)]))
  const event = ({ body, standard }: Message): { type: string; data: unknown } | undefined => {
    const id = standard['webhook-id']
    const timestamp = standard['webhook-timestamp']
    const signature = standard['webhook-signature']
    if (!id || !timestamp || !signature?.startsWith('v1,')) return
    if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return
    const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest()
    const given = Buffer.from(signature.slice(3), 'base64')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return
    try {
      const parsed = JSON.parse(body.toString())
      return validators.get(parsed.type)?.Check(parsed) ? (parsed as { type: string; data: unknown }) : undefined
    } catch {
      return
    }
  }
  return { name: 'node:crypto + JSON.parse + typebox', verdict: (message) => event(message) !== undefined, data: (message) => event(message)?.data }
}

function byLibraries(): Receiver {
  const hook = new StandardWebhook(secrets.standard)
  const event = ({ body, standard }: Message) => {
    try {
      const parsed = hook.verify(body, standard) as { type: string }
      const result = zodSchemas.get(parsed.type)?.safeParse(parsed)
      return result?.success ? result.data : undefined
    } catch {
      return
    }
  }
  return { name: 'standardwebhooks + zod', verdict: (message) => event(message) !== undefined, data: (message) => event(message)?.data }
}

export const receivers = (): Receiver[] => [byWaxseal(), byHand(), byLibraries()]
