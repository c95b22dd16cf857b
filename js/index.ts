// The package `waxseal`: receive, verify and sign webhooks.
//
//   import { Webhook } from 'waxseal'
//   import { github } from 'waxseal/dialects/github'
//
//   const hook = new Webhook(github, { secrets: [env.GITHUB_SECRET] })
//   const event = await hook.receive(request)
export type { Body } from './bytes.ts'
export { DeliveryPolicy, type Decision, type Outcome } from './delivery.ts'
export { describe, type Dialect, type DialectFile } from './dialect.ts'
export { enveloped, type EnvelopeValues } from './envelope.ts'
export { WaxsealError, type Code } from './error.ts'
export type { Content, Event, Handshake, SchemaVerdict, UnlistedType } from './event.ts'
export type { HeaderSource } from './headers.ts'
export type { KeySource } from './keyring.ts'
export type { Signer } from './signature.ts'
export { Webhook, type Result, type SignOptions, type VerifyOptions, type WebhookOptions } from './webhook.ts'
