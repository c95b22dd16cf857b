// Each line marked WRONG must not compile. Read by types.test.ts.
import { Webhook, type Code, type Event } from 'waxseal'
import { type ClerkEvents } from 'waxseal/dialects/clerk'
import { type OstEvents } from 'waxseal/dialects/ost'
import { type PaddleEvents } from 'waxseal/dialects/paddle'
import { platformCore, type PlatformCoreEvents } from 'waxseal/dialects/platform-core'

declare const event: Event<PlatformCoreEvents>
declare const paddle: Event<PaddleEvents>
declare const clerk: Event<ClerkEvents>
declare const ost: Event<OstEvents>
const hook = new Webhook(platformCore, { secrets: 'x' })

if (event.type === 'user.created') event.data.token // WRONG: another event's data
if (event.type === 'user.created') event.data.user.surname // WRONG: no such member
if (event.type === 'user.craeted') event.id // WRONG: no such event
if (event.type === 'api.rate_limit_exceeded') event.data.rate_limit.limit satisfies number // WRONG: it may be a bigint
event.data.user // WRONG: not narrowed
event.id.length // WRONG: may be null
hook.verify({ parsed: true }, {}) // WRONG: a parsed body
new Webhook(platformCore, {}) // WRONG: no secrets
const code: Code = 'bad_sig' // WRONG: no such code
const ok: Code = 'ok' // WRONG: that is no refusal
event.type = null // WRONG: read-only
if (paddle.type === 'subscription.updated') paddle.data.transaction_id.length // WRONG: only subscription.created always has one
if (clerk.type === 'user.deleted') clerk.data.email_addresses // WRONG: a deleted user has none
if (ost.type === 'transactions/success') ost.data.transaction.status satisfies 'FAILED' // WRONG: another topic's status
if (ost.type === 'transactions/success') ost.data.transaction.state // WRONG: no such member beside a $ref
