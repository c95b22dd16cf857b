// The face of `standardwebhooks`: the same names, arguments, answers and errors, so that changing the
// import is the migration. docs/migrating.md lists where our answers are stricter.
import { standardWebhooks } from '../dialects/standard-webhooks.ts'
import type { Code } from '../error.ts'
import { Webhook as Verifier } from '../webhook.ts'
import { refusal } from './open.ts'

export class WebhookVerificationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'WebhookVerificationError'
  }
}

export interface WebhookUnbrandedRequiredHeaders {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

export interface WebhookOptions {
  /** the secret is the key itself, not its base64 */
  format?: 'raw'
}

export interface VerifyOptions {
  /** Default: true */
  jsonParse?: boolean
}

const sentences: Partial<Record<Code, string>> = {
  missing_id: 'Missing required headers',
  missing_timestamp: 'Missing required headers',
  missing_signature: 'Missing required headers',
  bad_timestamp: 'Invalid Signature Headers',
  too_old: 'Message timestamp too old',
  too_new: 'Message timestamp too new',
}

export class Webhook {
  readonly #hook: Verifier<any>

  /** @throws Error where the secret is not a text, empty, or shorter than 24 bytes */
  constructor(secret: string | Uint8Array, options?: WebhookOptions) {
    if (options?.format !== 'raw' && typeof secret !== 'string') throw new Error('Expected secret to be of type string')
    if (secret.length === 0 || secret === 'whsec_') throw new Error("Secret can't be empty.")
    const secrets = options?.format === 'raw' ? `whsec_${base64(secret)}` : (secret as string)
    this.#hook = new Verifier(standardWebhooks, { secrets })
  }

  /**
   * @return the payload, parsed; undefined where it is empty or is not to be parsed
   * @throws WebhookVerificationError; SyntaxError where an authentic payload is no JSON
   */
  verify(payload: string | Uint8Array, headers: WebhookUnbrandedRequiredHeaders | Record<string, string>, options?: VerifyOptions): unknown {
    if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) throw new Error('Expected payload to be of type string or Buffer.')
    const code = refusal(this.#hook, payload, headers as Record<string, string>)
    if (code) throw new WebhookVerificationError(sentences[code] ?? 'No matching signature found')
    if (payload.length === 0 || options?.jsonParse === false) return undefined
    return JSON.parse(typeof payload === 'string' ? payload : new TextDecoder().decode(payload))
  }

  /** @return the value of `webhook-signature` */
  sign(msgId: string, timestamp: Date, payload: string | Uint8Array): string {
    return this.#hook.sign(payload, { id: msgId, timestamp: Math.floor(timestamp.getTime() / 1000) })['webhook-signature']!
  }
}

/** Of bytes, or of the characters of a text as bytes. */
function base64(key: string | Uint8Array): string {
  return btoa(typeof key === 'string' ? key : String.fromCharCode(...key))
}
