// Signed requests in each peer's own format, over the same bodies. Signed by node:crypto, so that
// nobody verifies his own work.
import { createHmac } from 'node:crypto'
import { orders, poolSize } from './orders.ts'

/** 32 bytes, as every format takes them. */
export const key = Buffer.from('a5c8e1b2d4f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90', 'hex')
export const secrets = {
  standard: `whsec_${key.toString('base64')}`,
  stripe: 'whsec_4b2f6c1d8e9a7053bd64',
  github: 'a github secret of some length',
}

export interface Message {
  body: Buffer
  /** Standard Webhooks, as Node's `req.headers` shows them */
  standard: Record<string, string>
  /** the same, decoded once for those who take digests */
  digest: Buffer
  prefix: string
  stripe: string
  github: string
}

const hmac = (secret: string | Buffer, ...parts: (string | Uint8Array)[]) => {
  const digest = createHmac('sha256', secret)
  for (const part of parts) digest.update(part)
  return digest.digest()
}

function signed(bytes: Uint8Array, index: number, now: number): Message {
  const body = Buffer.from(bytes)
  const id = `msg_${String(index).padStart(8, '0')}p5jXN8AQM9LWM0D4loKWxJek`
  const prefix = `${id}.${now}.`
  const digest = hmac(key, prefix, body)
  return {
    body,
    standard: {
      host: 'hooks.example.com',
      'user-agent': 'Example-Webhooks/1.0',
      'content-type': 'application/json',
      'content-length': `${body.length}`,
      'webhook-id': id,
      'webhook-timestamp': `${now}`,
      'webhook-signature': `v1,${digest.toString('base64')}`,
    },
    digest,
    prefix,
    stripe: `t=${now},v1=${hmac(secrets.stripe, `${now}.`, body).toString('hex')}`,
    github: `sha256=${hmac(secrets.github, body).toString('hex')}`,
  }
}

/** A pool of different messages of about `size` bytes, signed now. */
export function messages(size: number): Message[] {
  const now = Math.floor(Date.now() / 1000)
  return orders(size, poolSize(size)).map((body, index) => signed(body, index, now))
}

/** The same messages with a signature that is wrong. */
export function forged(all: readonly Message[]): Message[] {
  return all.map((message) => {
    const digest = Buffer.from(message.digest)
    digest[0]! ^= 1
    const flip = (hex: string) => hex.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    return {
      ...message,
      digest,
      standard: { ...message.standard, 'webhook-signature': `v1,${digest.toString('base64')}` },
      stripe: flip(message.stripe),
      github: flip(message.github),
    }
  })
}

/** The same messages with bodies changed and signed anew. */
export function resigned(all: readonly Message[], change: (body: string) => string): Message[] {
  const now = Math.floor(Date.now() / 1000)
  return all.map(({ body }, index) => signed(Buffer.from(change(body.toString())), index, now))
}
