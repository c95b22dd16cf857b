// The worker of part 3: verifies a pool of messages many times inside one request. workerd's clock
// stands still while code runs, so edge.ts takes the time from outside.
import { loadDialect, Webhook } from 'waxseal/full'
import dialect from './orders.json' with { type: 'json' }
import { walk } from './orders.ts'
// Made by edge.ts when it bundles: typebox's own code for each event, as workerd compiles none at run time.
import { validators } from 'bench:validators'

interface Message {
  body: Uint8Array<ArrayBuffer>
  headers: Record<string, string>
  /** what `walk` makes of its data */
  sum: number
}

/** What is asked for: the verdict, or the data read as well. */
type Row = 'verdict' | 'data'
type Candidate = (message: Message, row: Row) => boolean | Promise<boolean>

const secret = 'whsec_pcjhstT2BxgpOktcbX6PkKGyw9Tl9gcYKTpLXG1+j5A='
const hook = new Webhook(loadDialect(dialect), { secrets: secret })
const encoder = new TextEncoder()
const decoder = new TextDecoder()

function byWaxseal({ body, headers, sum }: Message, row: Row): boolean {
  const result = hook.check(body, headers)
  if (!result.ok || !result.event.known || !result.event.schema.ok) return false
  return row === 'verdict' || walk(result.event.data) === sum
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
let key: Promise<CryptoKey> | undefined

async function byHand({ body, headers, sum }: Message, row: Row): Promise<boolean> {
  key ??= crypto.subtle.importKey('raw', bytesOf(secret.slice(6)), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  const id = headers['webhook-id']
  const timestamp = headers['webhook-timestamp']
  const signature = headers['webhook-signature']
  if (!id || !timestamp || !signature?.startsWith('v1,')) return false
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false
  const prefix = encoder.encode(`${id}.${timestamp}.`)
  const signed = new Uint8Array(prefix.length + body.length)
  signed.set(prefix)
  signed.set(body, prefix.length)
  if (!(await crypto.subtle.verify('HMAC', await key, bytesOf(signature.slice(3)), signed))) return false
  const event = JSON.parse(decoder.decode(body))
  if (!validators[event.type]?.(event)) return false
  return row === 'verdict' || walk(event.data) === sum
}

const candidates: Record<string, Candidate> = { empty: () => true, waxseal: byWaxseal, byHand }
let pool: Message[] = []

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === 'PUT') {
      const sent = (await request.json()) as { body: string; headers: Record<string, string> }[]
      pool = sent.map(({ body, headers }) => ({ body: encoder.encode(body), headers, sum: walk(JSON.parse(body).data) }))
      return new Response(`${pool.length}`)
    }
    const { searchParams } = new URL(request.url)
    const candidate = candidates[searchParams.get('candidate')!]!
    const row = searchParams.get('row') as Row
    const calls = Number(searchParams.get('calls'))
    let right = 0
    for (let call = 0; call < calls; call++) {
      const answer = candidate(pool[call % pool.length]!, row)
      if (answer === true || (answer !== false && (await answer))) right++
    }
    return new Response(`${right}`)
  },
}
