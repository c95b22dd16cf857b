// The face of `svix`' Webhook (version 2): Standard Webhooks under `svix-` names too. The client of the
// API is not here. docs/migrating.md lists where our answers are stricter.
import { Webhook as Standard, WebhookVerificationError, type WebhookOptions } from './standardwebhooks.ts'

export { WebhookVerificationError, type WebhookOptions }

export interface WebhookRequiredHeaders {
  'svix-id': string
  'svix-timestamp': string
  'svix-signature': string
}

export interface WebhookUnbrandedRequiredHeaders {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

export class Webhook {
  readonly #inner: Standard

  /** @throws Error where the secret is not a text, empty, or shorter than 24 bytes */
  constructor(secret: string | Uint8Array, options?: WebhookOptions) {
    this.#inner = new Standard(secret, options)
  }

  /** @throws WebhookVerificationError */
  verify(payload: string | Uint8Array, headers: WebhookRequiredHeaders | WebhookUnbrandedRequiredHeaders | Record<string, string>): void {
    const given: Record<string, string> = {}
    for (const [name, value] of Object.entries(headers as Record<string, string>)) given[name.toLowerCase()] = value
    const chosen: Record<string, string> = {}
    for (const part of ['id', 'timestamp', 'signature']) chosen[`webhook-${part}`] = given[`svix-${part}`] ?? given[`webhook-${part}`] ?? ''
    this.#inner.verify(payload, chosen, { jsonParse: false })
  }

  /** @return the value of `svix-signature` */
  sign(msgId: string, timestamp: Date, payload: string | Uint8Array): string {
    return this.#inner.sign(msgId, timestamp, payload)
  }
}
