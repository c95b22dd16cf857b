// The "#wasm-relay" of Node, Bun, Deno and everything else: bytes embedded in JavaScript, compiled
// synchronously. No file is read, so that bundling changes nothing.
import { decode } from '../base64.ts'
import embedded from './wasi.ts'

export function load(): WebAssembly.Module {
  return new WebAssembly.Module(decode(embedded))
}
