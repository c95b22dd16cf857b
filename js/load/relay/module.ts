// The "#wasm-relay" of workerd, which compiles nothing at run time: the .wasm is imported as a module that
// the platform has compiled.
// @ts-ignore: only this platform and its bundlers know what importing a .wasm means
import compiled from '../../../waxseal-relay.wasm'

export function load(): WebAssembly.Module {
  return compiled as WebAssembly.Module
}
