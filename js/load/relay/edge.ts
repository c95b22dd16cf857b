// The "#wasm-relay" of edge-light, which compiles nothing at run time either: Next.js and Vercel hand over a
// compiled module where a .wasm is imported so.
// @ts-ignore: only these bundlers know what it means
import compiled from '../../../waxseal-relay.wasm?module'

export function load(): WebAssembly.Module {
  return compiled as WebAssembly.Module
}
