// The "#wasm-relay" of browsers: as bytes.ts, with the module that Emscripten built.
import { decode } from '../base64.ts'
import embedded from './emscripten.ts'

export function load(): WebAssembly.Module {
  return new WebAssembly.Module(decode(embedded))
}
