// Routes: which endpoints get a message, and why the others do not. Part of `waxseal/relay`; the relay asks
// it for every message. The rules are the core's; docs/architecture.md has the bytes that go there.
import * as core from './core.ts'
import { WaxsealError } from './error.ts'
import { Table } from './table.ts'

/** The core's closed table, in its order; tests/js/routing.test.ts holds it against the core. */
export const skipReasons = ['none', 'not_subscribed', 'inactive', 'disabled', 'none_selected', 'filtered'] as const
/** Why an endpoint does not get a message; `none`: it gets it. */
export type SkipReason = (typeof skipReasons)[number]

/** What an endpoint asks for; a list that is null asks for all. */
export interface Subscription {
  /** `inactive`: by its owner; `disabled`: by the relay */
  status: 'active' | 'inactive' | 'disabled'
  sources: readonly string[] | null
  /** exact, or a beginning: `user.*`, `*` */
  events: readonly string[] | null
  /** at least one of them */
  channels: readonly string[] | null
  /** what the body must have in the place of a JSON Pointer; without values nothing passes */
  filters: readonly { pointer: string; values: readonly (string | number | boolean | null)[] }[]
}

export interface RoutedMessage {
  source: string
  type: string | null
  channels: readonly string[] | null
  body: string | Uint8Array
  /** what the relay says of itself: only for those that name its type in full */
  operational?: boolean
}

const statuses = ['active', 'inactive', 'disabled']
const encoder = new TextEncoder()
const padding = new Uint8Array(32)

/** The subscriptions of an app, written once for all messages that come. */
export class Routes {
  readonly #table: Uint8Array
  readonly #count: number

  constructor(subscriptions: readonly Subscription[]) {
    const table = new Table()
    table.word(subscriptions.length)
    for (const { status, sources, events, channels, filters } of subscriptions) {
      table.word(statuses.indexOf(status))
      for (const list of [sources, events, channels]) table.list(list)
      table.word(filters.length)
      for (const { pointer, values } of filters) {
        table.text(pointer)
        table.list(values.map(value => JSON.stringify(value)))
      }
    }
    this.#table = table.bytes()
    this.#count = subscriptions.length
  }

  /** For each subscription, in its order, why it does not get the message. */
  reasons({ source, type, channels, body, operational = false }: RoutedMessage): SkipReason[] {
    const bytes = typeof body === 'string' ? encoder.encode(body) : body
    const message = new Table()
    message.word(operational ? 1 : 0)
    message.text(source)
    message.list(type === null ? null : [type])
    message.list(channels)
    const head = message.bytes()
    const length = ((head.length + 7) & -8) + this.#table.length
    let reasons: SkipReason[] | undefined
    core.run((abi) => {
      if (!core.writeParts([bytes, padding, head, this.#table])) throw new RangeError('no room for the message')
      if (abi.waxseal_route!(bytes.length, length) !== this.#count) return 1
      reasons = Array.from(core.textBytes(-1, core.kind.made, 0) ?? [], reason => skipReasons[reason]!)
      return 0
    })
    if (!reasons) throw new WaxsealError('internal')
    return reasons
  }
}
