// The "#wasm" of workerd and edge-light, which compile nothing at run time: the .wasm is imported
// as a module that the bundler or the platform has compiled.
// @ts-ignore: only these platforms and their bundlers know what importing a .wasm means
import compiled from '../../waxseal.wasm'

export function load(): WebAssembly.Module {
  return compiled as WebAssembly.Module
}
