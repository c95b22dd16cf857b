// Compiles: `switch (event.type)` narrows `event.data`. Read by types.test.ts.
import { Webhook, type Dialect, type Event } from 'waxseal'
import { platformCore, type PlatformCoreEvents } from 'waxseal/dialects/platform-core'
import { type ClerkEvents } from 'waxseal/dialects/clerk'
import { cosmo } from 'waxseal/dialects/cosmo'
import { type PaddleEvents } from 'waxseal/dialects/paddle'
import { type OstEvents } from 'waxseal/dialects/ost'
import { type SendgridItem } from 'waxseal/dialects/sendgrid'

const hook = new Webhook(platformCore, { secrets: 'x' })
declare const event: Event<PlatformCoreEvents>

export function narrow(): string | number | bigint {
  switch (event.type) {
    case 'user.created':
      return event.data.user.username
    case 'token.refreshed':
      return event.data.token.scopes[0]!
    case 'api.rate_limit_exceeded': {
      // An integer beyond ±2^53 arrives as a bigint, and the type says so.
      const limit: number | bigint = event.data.rate_limit.limit
      return limit
    }
    default:
      if (event.known) return event.alias ?? ''
      // What the dialect does not list: a name, or none, and data of any shape.
      const unknown: unknown = event.data
      const type: string | null = event.type
      return `${type} ${unknown}`
  }
}

export function paid(event: Event<PaddleEvents>): string {
  switch (event.type) {
    case 'transaction.completed':
      event.data.status satisfies 'completed'
      return event.data.items[0]!.price?.unit_price?.amount ?? ''
    case 'subscription.created':
      return event.data.transaction_id
    case 'customer.created':
      return event.data.email
    default:
      return ''
  }
}

export function signedUp(event: Event<ClerkEvents>): string {
  switch (event.type) {
    case 'user.created':
      event.data.email_addresses[0]!.verification?.status satisfies string | undefined
      return event.data.first_name ?? ''
    case 'user.deleted':
      event.data.deleted satisfies boolean
      return event.data.id ?? ''
    default:
      return ''
  }
}

// What stands beside a $ref narrows what the $ref says, and takes nothing away.
export function joined(event: Event<OstEvents>): string {
  switch (event.type) {
    case 'transactions/success':
      event.data.transaction.status satisfies 'SUCCESS'
      return event.data.transaction.to
    case 'transactions/initiate':
      event.data.transaction.status satisfies 'CREATED' | 'SUBMITTED'
      return event.data.transaction.transfers[0]!.kind
    default:
      return ''
  }
}

export async function received(request: Request): Promise<void> {
  const mine = await hook.receive(request)
  if (mine.type === 'user.deleted') mine.data.user.id satisfies string
  const result = hook.check(new Uint8Array(), request.headers)
  if (result.ok) result.event.id satisfies string | null
  else result.code satisfies 'bad_signature' | string
}

export function checked(code: import('waxseal').Code): number {
  return code === 'too_old' ? 1 : 0
}

// A dialect of one's own has events of any name.
declare const own: Dialect
const any = new Webhook(own, { secrets: 'x' }).verify('', {})
if (any.type === 'anything') any.data satisfies unknown

// A dialect is accepted where one of any events is asked for.
export const all: Dialect<any>[] = [platformCore, cosmo]

// A body that is an array of events: its items are told by their own type.
export function bounced(event: Event): string[] {
  return (event.data as SendgridItem[]).flatMap((item) => {
    item.sg_event_id satisfies string
    return item.event === 'bounce' ? [item.reason] : []
  })
}
