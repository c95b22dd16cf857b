// One instance of a module, driven by hand: the ABI as a stranger would call it, without js/.
import { readFileSync } from 'node:fs'
import type { Vector } from './vectors.ts'

export const builds = ['wasi', 'emscripten'] as const
export type Build = (typeof builds)[number]

const encoder = new TextEncoder()
const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const round = (length: number, to: number) => Math.ceil(length / to) * to

export const codes = { ok: 0, internal: 20 }
export const field = { id: 0xf0, type: 0xf1, delivery: 0xf2, signature: 0xf3, url: 0xfe, method: 0xff }
export const what = { error: 0, header: 1, event: 2, digest: 4, headers: 5, made: 6, scheme: 12, signature: 13, publicKey: 14, privateKey: 15, keyUrl: 16, visit: 17 }
export const answerBytes = 92

type How = Pick<Vector, 'tolerance' | 'mode' | 'settings' | 'fetched'> & { signer?: boolean }

/** `waxseal` is what most users run; each further one holds more. */
export const modules = ['waxseal', 'waxseal-full', 'waxseal-relay', 'waxseal-explain'] as const
export type Name = (typeof modules)[number]

export const moduleOf = (build: Build, name: Name = 'waxseal'): WebAssembly.Module =>
  new WebAssembly.Module(readFileSync(new URL(`../../build/${build}/${name}.wasm`, import.meta.url)))

export class Machine {
  readonly abi: Record<string, (...numbers: number[]) => number>
  readonly memory: WebAssembly.Memory

  constructor(build: Build, name: Name = 'waxseal') {
    const { exports } = new WebAssembly.Instance(moduleOf(build, name), {})
    this.abi = exports as any
    this.memory = exports.memory as WebAssembly.Memory
    this.abi._initialize?.()
  }

  bytes(at = 0, length?: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length)
  }

  /** Writes each run at a multiple of 8 from the arena's start. @return that start */
  write(...runs: Uint8Array[]): number {
    const arena = this.abi.waxseal_arena!(runs.reduce((sum, run) => sum + round(run.length, 8) + 40, 0))
    if (!arena) throw new RangeError('no arena')
    let at = arena
    for (const run of runs) {
      this.bytes().set(run, at)
      at += round(run.length, 8)
    }
    return arena
  }

  /** @param json  the text of a dialect file */
  open(json: string, secrets: string[], how: How = {}): number {
    return this.openImage(imageOf(json), secrets, how)
  }

  openImage(image: Uint8Array, secrets: string[], how: How = {}): number {
    const packed = (texts: string[]) => Buffer.concat(texts.flatMap((text) => [lengthOf(encoder.encode(text)), encoder.encode(text)]))
    const shown = packed(secrets)
    const { tolerance } = how
    const window = tolerance === undefined ? 0 : tolerance === null ? 2 : 1
    const { past, future } = typeof tolerance === 'number' ? { past: tolerance, future: tolerance } : (tolerance ?? { past: 0, future: 0 })
    const mode = ['report', 'enforce', 'off'].indexOf(how.mode ?? 'report')
    const fixed = Uint32Array.of(window, mode, past, future, 1, 2, 32 << 20, (how.signer ? 1 : 0) | (how.fetched ? 2 : 0))
    const options = Buffer.concat([new Uint8Array(fixed.buffer), packed(Object.entries(how.settings ?? {}).flat())])
    this.write(image, shown, options)
    return this.abi.waxseal_open!(image.length, shown.length, options.length)
  }

  text(slot: number, kind: number, index = 0): string | null {
    return this.textBytes(slot, kind, index)?.toString() ?? null
  }

  textBytes(slot: number, kind: number, index = 0): Buffer | null {
    const pair = this.abi.waxseal_text!(slot, kind, index)
    if (!pair) return null
    const [at, length] = new Uint32Array(this.memory.buffer, pair, 2)
    return Buffer.from(this.bytes(at, length))
  }

  /** Compiles the text of a dialect file; not of waxseal alone. */
  compile(json: string): Buffer {
    const text = encoder.encode(json)
    this.write(text)
    if (this.abi.waxseal_compile!(text.length) !== codes.ok) throw new Error(this.text(-1, what.error)!)
    return this.textBytes(-1, what.made)!
  }

  /** Writes a body and a table of routes; not of waxseal-full. @return the number of endpoints */
  route(body: string, table: Uint8Array): number {
    const text = encoder.encode(body)
    const padded = new Uint8Array(round(text.length + 32, 8))
    padded.set(text)
    this.write(padded, table)
    return this.abi.waxseal_route!(text.length, table.length) >>> 0
  }

  /** Where webhooks may be sent to; not of waxseal-full. @return the port, and the host or the fault; 0: refused */
  checkDestination(url: string, rules = 0): [port: number, told: string] {
    const text = encoder.encode(url)
    this.write(text)
    return [this.abi.waxseal_check_destination!(text.length, rules), this.text(-1, what.made)!]
  }

  /** Writes body and fields. @return the length of the fields */
  request(slot: number, vector: Pick<Vector, 'bytes' | 'headers' | 'url' | 'method'>): number {
    const wanted: string[] = []
    for (let name = this.text(slot, what.header); name !== null; name = this.text(slot, what.header, wanted.length)) wanted.push(name)
    const records: Uint8Array[] = []
    const add = (index: number, value: Uint8Array) =>
      records.push(new Uint8Array(Uint32Array.of(index, value.length).buffer), value, new Uint8Array(round(value.length, 4) - value.length))
    for (const [name, value] of vector.headers) {
      const index = wanted.indexOf(name.toLowerCase())
      if (index >= 0) add(index, latin(value))
    }
    if (vector.url !== undefined) add(field.url, encoder.encode(vector.url))
    if (vector.method !== undefined) add(field.method, encoder.encode(vector.method))
    const fields = Buffer.concat(records)
    const padded = new Uint8Array(round(vector.bytes.length + 32, 8))
    padded.set(vector.bytes)
    this.write(padded, fields)
    return fields.length
  }

  verify(slot: number, vector: Pick<Vector, 'bytes' | 'headers' | 'url' | 'method' | 'now'>): number {
    const fields = this.request(slot, vector)
    return this.abi.waxseal_verify!(slot, vector.bytes.length, fields, vector.now)
  }

  /** What a host hashes for one secret of the request just prepared; null: there is none. */
  message(slot: number, secret: number): Uint8Array | null {
    const pair = this.abi.waxseal_message!(slot, secret)
    if (!pair) return null
    const [at, length] = new Uint32Array(this.memory.buffer, pair, 2)
    return this.bytes(at, length)
  }

  /** The result struct, copied. */
  answer(): Uint8Array {
    return this.bytes(this.abi.waxseal_result!(), answerBytes).slice()
  }
}

const images = new Map<string, Buffer>()
let compiler: Machine | undefined

/** The image of a dialect file. */
export function imageOf(json: string): Buffer {
  let image = images.get(json)
  if (!image) images.set(json, (image = (compiler ??= new Machine('wasi', 'waxseal-full')).compile(json)))
  return image
}

const lengthOf = (bytes: Uint8Array) => new Uint8Array(Uint32Array.of(bytes.length).buffer)
