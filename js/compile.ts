// The compiler of dialect files, which waxseal.wasm leaves out: exported by full.ts, relay.ts and explain.ts.
import * as core from './core.ts'
import { imageOf, type Dialect, type DialectFile } from './dialect.ts'
import { load, Place } from './place.ts'

/**
 * Compiles a dialect of your own.
 *
 * @param file  the text of the file, or the object that it holds
 * @throws TypeError with the core's sentence, which names the place and what is allowed there
 */
export function loadDialect<Events extends object = Record<string, unknown>>(file: string | object): Dialect<Events> {
  const json = typeof file === 'string' ? file : JSON.stringify(file)
  const image = compile(json)
  const parts = JSON.parse(json) as DialectFile
  const made = { name: parts.name, title: parts.title, events: [], image, file: parts }
  const place = new Place()
  const events = core.textsOf(load(imageOf(made), place), core.kind.event)
  place.close()
  return Object.freeze({ ...made, events: events as (keyof Events & string)[] })
}

/** @return the image, in base64 */
function compile(json: string): string {
  const bytes = new TextEncoder().encode(json)
  let image = ''
  const code = core.run((abi) => {
    if (!core.writeParts([bytes])) throw new RangeError('the file is too large')
    const status = abi.waxseal_compile!(bytes.length)
    if (status === 0) for (const byte of core.textBytes(-1, core.kind.made, 0)!) image += String.fromCharCode(byte)
    return status
  })
  if (code !== 0) throw new TypeError(core.sentence())
  return btoa(image)
}
