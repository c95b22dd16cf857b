// The face of `stripe.webhooks`: the same names, arguments, answers and errors, so that changing the
// import is the migration. docs/migrating.md lists where our answers are stricter.
import { stripe } from '../dialects/stripe.ts'
import type { Code } from '../error.ts'
import { open, refusal } from './open.ts'

export type WebhookPayload = string | Uint8Array
export type WebhookHeader = string | string[] | Uint8Array

export interface WebhookTestHeaderOptions {
  /** Unix seconds. Default: now */
  timestamp?: number
  payload: string
  secret: string
  /** Default: `v1` */
  scheme?: string
  /** in place of the one made from the payload */
  signature?: string
}

export class StripeSignatureVerificationError extends Error {
  readonly type = 'StripeSignatureVerificationError'
  readonly header: unknown
  readonly payload: unknown

  constructor(header: unknown, payload: unknown, { message }: { message?: string } = {}) {
    super(message)
    this.header = header
    this.payload = payload
  }
}

const unreadable = 'Unable to extract timestamp and signatures from header'
const late = 'Timestamp outside the tolerance zone'
const sentences: Partial<Record<Code, string>> = { missing_timestamp: unreadable, bad_timestamp: unreadable, too_old: late, too_new: late }
const mismatch = 'No signatures found matching the expected signature for payload. Are you passing the raw request body you received from Stripe?'

const defaultTolerance = 300

/** @throws StripeSignatureVerificationError */
function verifyHeader(
  payload: WebhookPayload, header: WebhookHeader, secret: string,
  tolerance: number = defaultTolerance, _cryptoProvider?: unknown, receivedAt?: number,
): boolean {
  if (Array.isArray(header)) {
    throw new Error('Unexpected: An array was passed as a header, which should not be possible for the stripe-signature header.')
  }
  const refuse = (message: string) => new StripeSignatureVerificationError(header, payload, { message })
  if (!payload) throw refuse('No webhook payload was provided.')
  if (header == null || header.length === 0) throw refuse('No stripe-signature header value was provided.')
  if (typeof secret !== 'string' || secret.trim() === '') throw refuse('No webhook secret value was provided. It should start with `whsec_`')
  if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
    throw refuse('Webhook payload must be provided as a string or a Buffer instance representing the _raw_ request body. Payload was provided as a parsed JavaScript object instead.')
  }
  const value = typeof header === 'string' ? header : new TextDecoder().decode(header)
  const now = typeof receivedAt === 'number' ? Math.floor(receivedAt / 1000) : undefined
  const hook = open(stripe, secret, tolerance > 0 ? Math.floor(tolerance) : null)
  const code = refusal(hook, payload, { 'stripe-signature': value }, now === undefined ? {} : { now })
  if (code) throw refuse(sentences[code] ?? mismatch)
  return true
}

const parse = (payload: WebhookPayload): any => {
  const event = JSON.parse(typeof payload === 'string' ? payload : new TextDecoder().decode(payload))
  if (event?.object === 'v2.core.event') {
    throw new Error('You passed a thin event notification to a function that expects a webhook. Use the corresponding EventNotification method instead.')
  }
  return event
}

function generateTestHeaderString(options: WebhookTestHeaderOptions): string {
  if (!options) throw new Error('Options are required')
  const timestamp = Math.floor(options.timestamp ?? 0) || Math.floor(Date.now() / 1000)
  const signed = options.signature ?? open(stripe, options.secret).sign(options.payload, { timestamp })['Stripe-Signature']!.split('v1=')[1]
  return `t=${timestamp},${options.scheme ?? 'v1'}=${signed}`
}

export const webhooks = {
  /** seconds */
  DEFAULT_TOLERANCE: defaultTolerance,

  /**
   * @param tolerance  seconds; 0: any age
   * @param receivedAt  milliseconds since 1970 that take the clock's place
   * @return the payload, parsed
   * @throws StripeSignatureVerificationError
   */
  constructEvent(
    payload: WebhookPayload, header: WebhookHeader, secret: string, tolerance?: number, cryptoProvider?: unknown, receivedAt?: number,
  ): any {
    verifyHeader(payload, header, secret, tolerance, cryptoProvider, receivedAt)
    return parse(payload)
  },

  /** As `constructEvent`. */
  async constructEventAsync(
    payload: WebhookPayload, header: WebhookHeader, secret: string, tolerance?: number, cryptoProvider?: unknown, receivedAt?: number,
  ): Promise<any> {
    return webhooks.constructEvent(payload, header, secret, tolerance, cryptoProvider, receivedAt)
  },

  /** The value of `Stripe-Signature` for a test of one's own. */
  generateTestHeaderString,
  generateTestHeaderStringAsync: async (options: WebhookTestHeaderOptions): Promise<string> => generateTestHeaderString(options),

  signature: {
    EXPECTED_SCHEME: 'v1',
    /** @throws StripeSignatureVerificationError */
    verifyHeader,
    verifyHeaderAsync: async (...given: Parameters<typeof verifyHeader>): Promise<boolean> => verifyHeader(...given),
  },
}
