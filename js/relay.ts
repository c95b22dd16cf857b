// The package `waxseal/relay`: all of `waxseal/full`, and what a relay decides: where it may send, who gets
// a message, and what an endpoint's queue does. Importing it makes the whole package run on
// waxseal-relay.wasm.
//
//   import { checkDestination } from 'waxseal/relay'
//
//   const { ok } = checkDestination('https://169.254.169.254/') // false
import { load } from '#wasm-relay'
import { install, size } from './core.ts'

export * from './index.ts'
export { loadDialect } from './compile.ts'
export { fetchKeys, type FetchKeysOptions } from './keys.ts'
export { checkDestination, type Destination, type DestinationFault, type DestinationRules } from './destination.ts'
export { arrivalOf, lineOf, QueuePolicy, type Admission, type Aftermath, type EndpointHealth, type OpenAttempt, type OrderedMessage, type Ordering, type Queued, type QueueState } from './queue.ts'
export { Routes, skipReasons, type RoutedMessage, type SkipReason, type Subscription } from './routing.ts'

install(load, size.relay)
