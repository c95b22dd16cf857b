// The package `waxseal/full`: all of `waxseal`, public keys and the rarer ways of signing, and a compiler
// for dialects of your own. Importing it makes the whole package run on waxseal-full.wasm, which holds
// what most need not load.
//
//   import { loadDialect, Webhook } from 'waxseal/full'
//
//   const hook = new Webhook(loadDialect(file), { secrets: [env.PARTNER_SECRET] })
import { load } from '#wasm-full'
import { install, size } from './core.ts'

export * from './index.ts'
export { loadDialect } from './compile.ts'
export { fetchKeys, type FetchKeysOptions } from './keys.ts'

install(load, size.full)
