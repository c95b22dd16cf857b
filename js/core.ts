// All pointer code of the project: the wasm instance, its arena, requests in, results and texts out.
// Called by slot.ts, place.ts, event.ts, delivery.ts, compile.ts and others; docs/architecture.md has the ABI.
//
// Memory may grow in any call, which detaches its views: they are taken again after each. After a
// trap the instance is thrown away; the next call makes a new one, and slots open themselves anew.
import { load as loadSmall } from '#wasm'
import type { Lines } from './headers.ts'

/** The exports of wasm/abi.cpp. */
export interface Abi {
  memory: WebAssembly.Memory
  _initialize?(): void
  waxseal_status_name(code: number): number
  waxseal_arena(bytes: number): number
  waxseal_load(image: number): number
  waxseal_open(image: number, secrets: number, options: number): number
  waxseal_close(slot: number): void
  waxseal_text(slot: number, what: number, index: number): number
  waxseal_prepare(slot: number, body: number, fields: number, now: number): number
  waxseal_message(slot: number, secret: number): number
  waxseal_judge(slot: number, signatureOnly: number): number
  waxseal_verify(slot: number, body: number, fields: number, now: number, signatureOnly: number): number
  waxseal_handshake(slot: number, body: number, fields: number): number
  waxseal_result(): number
  waxseal_hashes(): number
  waxseal_sign(slot: number, body: number, fields: number, timestamp: number): number
  waxseal_wrap(slot: number, data: number, fields: number, at: number): number
  waxseal_to_sign(slot: number, body: number, fields: number, timestamp: number): number
  waxseal_next_attempt(slot: number, attempts: number, how: number, status: number, retryAfter: number, entropy: number): number
  waxseal_big_integer(length: number, from: number): number
  /** of waxseal-full.wasm on */
  waxseal_compile?(json: number): number
  /** of waxseal-relay.wasm on */
  waxseal_check_destination?(url: number, rules: number): number
  waxseal_route?(body: number, table: number): number
  waxseal_reason_name?(reason: number): number
  waxseal_admit?(slot: number, past: number, open: number, waiting: number, concurrency: number, now: number): number
  waxseal_conclude?(slot: number, attempts: number, how: number, status: number, retryAfter: number, entropy: number, began: number, now: number): number
  waxseal_arrival?(began: number, took: number): number
  waxseal_widest?(slot: number): number
  waxseal_longest_delay?(slot: number): number
  waxseal_line?(body: number, table: number): number
  /** of waxseal-explain.wasm on */
  waxseal_explain?(length: number, secrets: number, headers: number, now: number): number
}

/** `what` of waxseal_text. */
export const kind = {
  error: 0, header: 1, event: 2, digest: 4, headers: 5, made: 6, answer: 7, answerType: 8, answerHeader: 9, challenge: 10, body: 11,
  scheme: 12, signature: 13, publicKey: 14, privateKey: 15, keyUrl: 16, visit: 17, form: 18,
} as const

/** Places of the result struct, in 32-bit words; a text is an offset and a length. */
export const answer = {
  flags: 1,
  index: 2,
  secret: 3,
  schema: 4,
  timestamp: 5,
  type: 7,
  alias: 9,
  id: 11,
  version: 13,
  data: 15,
  at: 17,
  challenge: 19,
  dedupe: 21,
} as const

/** Bits of `answer.flags` above the two of the content. */
export const flag = { authenticated: 4, handshake: 8, bigIntegers: 16, timestamp: 32, dedupe: 64, dedupeSigned: 128 } as const

/** Fields of a request or message beside its wanted headers. */
export const field = { id: 0xf0, type: 0xf1, delivery: 0xf2, signature: 0xf3, endpoint: 0xf4, url: 0xfe, method: 0xff } as const

const padding = new Uint8Array(32)
const longestHeader = 4097 // the core looks at 4096 bytes: one more shows that there are more
const longestField = 1 << 16
const internal = 20

let load = loadSmall
let installed = 0 // which of `size`
let module: WebAssembly.Module | undefined
let abi: Abi | undefined
let bytes = new Uint8Array(0)
let words = new Int32Array(0)
let result = 0 // word of the result struct
let hashes = 0 // address of the hashes that a host hands in
let arena = 0 // its address
let room = 0 // its bytes
let busy = false
let shown: (number | string)[] = [] // the headers of the request in the arena that are ASCII: alternately its offset and a header

/** Tells instances apart: what was opened in another one has to be opened again. */
export let generation = 1

/** The running instance, made where there is none. */
export function instance(): Abi {
  if (abi) return abi
  const made = new WebAssembly.Instance((module ??= load()), {}).exports as unknown as Abi
  made._initialize?.()
  arena = room = 0
  abi = made
  result = made.waxseal_result() >>> 2
  hashes = made.waxseal_hashes()
  look()
  return made
}

/** Throws the instance away: after a trap, or when its slots have run out. */
export function discard(): void {
  abi = undefined
  generation++
  bytes = new Uint8Array(0)
  words = new Int32Array(0)
  room = 0
}

/** The modules, each of which holds all of the one before. */
export const size = { small: 0, full: 1, relay: 2, explain: 3 } as const

/** Makes the instances from now on of a larger module; what is open opens itself again in them. */
export function install(source: () => WebAssembly.Module, sized: number): void {
  if (sized <= installed) return
  installed = sized
  load = source
  module = undefined
  discard()
}

function look(): void {
  if (bytes.length > 0) return // memory that grows detaches its views, which then have no length
  const { buffer } = abi!.memory
  bytes = new Uint8Array(buffer)
  words = new Int32Array(buffer)
}

/** Makes the arena hold at least `length` bytes. @return whether it can */
export function reserve(length: number): boolean {
  if (length <= room) return true
  const wanted = Math.max(length, 1 << 16)
  arena = instance().waxseal_arena(wanted)
  look()
  room = arena ? wanted : 0
  return arena !== 0
}

/**
 * Runs `call` with the instance to itself. @return what it returns; the code `internal` after a trap
 * and where another call is under way.
 */
export function run(call: (abi: Abi) => number): number {
  if (busy) return internal
  busy = true
  try {
    const code = call(instance())
    look()
    return code
  } catch {
    discard()
    return internal
  } finally {
    busy = false
  }
}

const round = (length: number, to: number) => (length + to - 1) & -to

/** Bytes from the arena's start to the fields of a request with so long a body. */
export const fieldsAt = (bodyLength: number) => round(bodyLength + 32, 8)

/** Writes a request into the arena. @return bytes of its fields, or -1 where they do not fit. */
export function writeRequest(body: Uint8Array, lines: Lines, url: string | undefined, method: string | undefined): number {
  let most = roomOf(url) + roomOf(method)
  for (let line = 1; line < lines.length; line += 2) most += 12 + Math.min((lines[line] as string).length, longestHeader)
  const start = writeBody(body, most)
  let at = start
  shown = []
  for (let line = 0; start >= 0 && line < lines.length; line += 2) at = writeHeader(at, lines[line] as number, lines[line + 1] as string)
  return start < 0 ? -1 : writeField(writeField(at, field.url, url), field.method, method) - start
}

/**
 * Writes a message into the arena.
 *
 * @param fields      alternately a place and its value
 * @param signatures  of keys that are held elsewhere
 * @return as `writeRequest`
 */
export function writeMessage(body: Uint8Array, fields: readonly (number | string | undefined)[], signatures: readonly Uint8Array[] = []): number {
  let most = signatures.reduce((sum, signature) => sum + 12 + signature.length, 0)
  for (let each = 1; each < fields.length; each += 2) most += roomOf(fields[each] as string | undefined)
  const start = writeBody(body, most)
  let at = start
  for (let each = 0; start >= 0 && each < fields.length; each += 2) at = writeField(at, fields[each] as number, fields[each + 1] as string | undefined)
  for (let each = 0; start >= 0 && each < signatures.length; each++) at = writeBytes(at, field.signature, signatures[each]!)
  return start < 0 ? -1 : at - start
}

const roomOf = (value: string | undefined) => (value === undefined ? 0 : 12 + 3 * Math.min(value.length, longestField))

/** Writes a body. @return the address of its fields, for which it makes room; -1 where that cannot be */
function writeBody(body: Uint8Array, room: number): number {
  const start = fieldsAt(body.length)
  if (!reserve(start + room)) return -1
  bytes.set(body, arena)
  return arena + start
}

/** A header's characters are its bytes; what is no byte becomes 0xff, which no grammar allows. */
function writeHeader(at: number, index: number, value: string): number {
  const length = Math.min(value.length, longestHeader)
  words[at >> 2] = index
  words[(at >> 2) + 1] = length
  at += 8
  const into = bytes
  let seen = 0
  for (let each = 0; each < length; each++) {
    const code = value.charCodeAt(each)
    into[at + each] = code > 0xff ? 0xff : code
    seen |= code
  }
  if (seen < 0x80) shown.push(at - arena, value)
  return round(at + length, 4)
}

const encoder = new TextEncoder()

/** @return behind the field; `at` where there is no value */
function writeField(at: number, index: number, value: string | undefined): number {
  if (value === undefined) return at
  const { written } = encoder.encodeInto(value.slice(0, longestField), bytes.subarray(at + 8))
  words[at >> 2] = index
  words[(at >> 2) + 1] = written
  return round(at + 8 + written, 4)
}

/** @return behind the field */
function writeBytes(at: number, index: number, value: Uint8Array): number {
  words[at >> 2] = index
  words[(at >> 2) + 1] = value.length
  bytes.set(value, at + 8)
  return round(at + 8 + value.length, 4)
}

/** Writes several runs of bytes into the arena, each start rounded up to 8. */
export function writeParts(parts: readonly Uint8Array[]): boolean {
  if (!reserve(parts.reduce((sum, part) => sum + round(part.length, 8), 0))) return false
  let at = arena
  for (const part of parts) {
    bytes.set(part, at)
    at = round(at + part.length, 8)
  }
  return true
}

export function writeDoubles(values: readonly number[]): boolean {
  return writeParts([new Uint8Array(Float64Array.from(values).buffer)])
}

/** What a host hashes for one secret of the request just prepared: a view, until the next call. */
export const message = (slot: number, secret: number): Uint8Array => named(abi!.waxseal_message(slot, secret))!

/** What keys that are held elsewhere sign for the message in the arena: a copy; null with the core's sentence. */
export function toSign(slot: number, body: number, fields: number, timestamp: number): Uint8Array<ArrayBuffer> | null {
  const found = named(abi!.waxseal_to_sign(slot, body, fields, timestamp))
  return found && new Uint8Array(found)
}

/** Puts the hash of one secret, or the host's verdicts on one public key, a string of its bytes, where the core judges it. */
export function writeHash(secret: number, hash: string): void {
  const at = hashes + secret * hash.length
  const into = bytes
  for (let each = 0; each < hash.length; each++) into[at + each] = hash.charCodeAt(each)
}

/** A word of the result struct. */
export function word(index: number): number {
  return words[result + index]!
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A text of the result struct; null where it is empty. */
export function text(index: number): string | null {
  const length = words[result + index + 1]!
  if (length === 0) return null
  const offset = words[result + index]!
  const header = shown[shown.indexOf(offset) + 1] // mostly an id is one, and need not be decoded
  if (typeof header === 'string' && header.length === length) return header
  return decoder.decode(bytes.subarray(arena + offset, arena + offset + length))
}

/** The bytes that a pointer and a length at `pair` name: a view, until the next call; null where `pair` is 0. */
function named(pair: number): Uint8Array | null {
  look()
  if (!pair) return null
  const at = words[pair >> 2]! >>> 0
  return bytes.subarray(at, at + words[(pair >> 2) + 1]!)
}

/** The bytes of a text that a slot or the last error has: a view, until the next call; null: none such. */
export const textBytes = (slot: number, what: number, index: number): Uint8Array | null =>
  named(instance().waxseal_text(slot, what, index))

/** A copy of such bytes. */
export function bytesOf(slot: number, what: number, index: number): Uint8Array<ArrayBuffer> | null {
  const found = textBytes(slot, what, index)
  return found && new Uint8Array(found)
}

/** The signatures of the request just prepared, by public keys, as hosts take them. */
export function signatures(slot: number): Uint8Array<ArrayBuffer>[] {
  const all: Uint8Array<ArrayBuffer>[] = []
  for (let next = bytesOf(slot, kind.signature, 0); next; next = bytesOf(slot, kind.signature, all.length)) all.push(next)
  return all
}

export function textOf(slot: number, what: number, index: number): string | null {
  const found = textBytes(slot, what, index)
  return found && decoder.decode(found)
}

/** All texts of one kind that a slot has. */
export function textsOf(slot: number, what: number): string[] {
  const all: string[] = []
  for (let next = textOf(slot, what, 0); next !== null; next = textOf(slot, what, all.length)) all.push(next)
  return all
}

/** Offsets and lengths, in turn, of the integers in accepted JSON that a number cannot hold exactly. */
export function bigIntegers(json: Uint8Array): number[] {
  const found: number[] = []
  const code = run((abi) => {
    if (!writeParts([json, padding])) return internal
    for (let from = 0; ; ) {
      const at = abi.waxseal_big_integer(json.length, from) >>> 0
      look()
      if (at === 0xffffffff) return 0
      found.push(at, word(answer.data + 1))
      from = at + word(answer.data + 1)
    }
  })
  if (code !== 0) throw new RangeError('the integers of the body could not be read')
  return found
}

/** The core's last sentence. */
export function sentence(): string {
  return textOf(-1, kind.error, 0) ?? 'the core could not be called'
}
