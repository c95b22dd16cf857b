// HMAC by the host, where that is faster than SHA in WebAssembly: synchronously by node:crypto where
// the runtime has it (Node, Bun, Deno, workerd with nodejs_compat), else by crypto.subtle for the
// asynchronous call. Called by slot.ts; the verdict on the digests stays the core's.

interface Hmac {
  update(bytes: Uint8Array): Hmac
  digest(): Uint8Array
}
interface NodeCrypto {
  createHmac(name: string, key: object): Hmac
  createSecretKey(bytes: Uint8Array): object
  /** Node from 20.12 */
  hash?(name: string, bytes: Uint8Array, encoding: 'latin1'): string
}

// Never a static import: bundlers for the edge would refuse it.
const node: NodeCrypto | undefined = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => NodeCrypto } }
).process?.getBuiltinModule?.('node:crypto')

/** Whether this runtime digests synchronously. */
export const synchronous = typeof node?.createSecretKey === 'function'

// In workerd a call costs the same 2 µs whatever is called, so that two are more than one.
const workerd = (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent === 'Cloudflare-Workers'
const hash = workerd ? undefined : node?.hash

/**
 * Bodies of at least so many bytes are digested by the host; measured (docs/performance.md).
 * Tests set them to 0 and Infinity.
 */
export const crossover = { synchronous: hash ? 256 : 1024, asynchronous: 1024 }

const longestMessage = 1 << 16

/**
 * A secret, to digest with by node:crypto.
 *
 * createHmac costs about 2 µs before it digests a byte. A short message is therefore put together as
 * RFC 2104 says and handed to `crypto.hash`, which costs a tenth of that, once for the inner and once
 * for the outer digest.
 */
export class HostKey {
  readonly #name: string
  readonly #key: object
  readonly #block: number
  #message: Uint8Array // behind the key for the inner digest: the message last digested
  readonly #outer: Uint8Array // behind the key for the outer digest: the inner digest

  /** @param name  as node:crypto calls it: `sha256` */
  constructor(name: string, bytes: Uint8Array) {
    this.#name = name
    this.#key = node!.createSecretKey(bytes)
    this.#block = name === 'sha1' || name === 'sha256' ? 64 : 128
    const key = new Uint8Array(this.#block)
    if (bytes.length <= this.#block) key.set(bytes)
    else if (hash) write(hash(name, bytes, 'latin1'), key, 0)
    this.#message = key.map((byte) => byte ^ 0x36)
    this.#outer = new Uint8Array(this.#block + sizes[name]!)
    this.#outer.set(key.map((byte) => byte ^ 0x5c))
    key.fill(0)
  }

  /** Writes the digest of the three parts to `into`. @return behind it */
  digest(prefix: Uint8Array, body: Uint8Array, suffix: Uint8Array, into: Uint8Array, at: number): number {
    const block = this.#block
    const length = block + prefix.length + body.length + suffix.length
    if (!hash || length > longestMessage) {
      const digest = node!.createHmac(this.#name, this.#key).update(prefix).update(body).update(suffix).digest()
      into.set(digest, at)
      return at + digest.length
    }
    if (this.#message.length < length) this.#grow(2 * length)
    const message = this.#message
    message.set(prefix, block)
    message.set(body, block + prefix.length)
    message.set(suffix, length - suffix.length)
    write(hash(this.#name, message.subarray(0, length), 'latin1'), this.#outer, block)
    return write(hash(this.#name, this.#outer, 'latin1'), into, at)
  }

  #grow(length: number): void {
    const grown = new Uint8Array(length)
    grown.set(this.#message.subarray(0, this.#block))
    this.#message.fill(0)
    this.#message = grown
  }

  wipe(): void {
    this.#message.fill(0)
    this.#outer.fill(0)
  }
}

const sizes: Record<string, number> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 }

/** A digest comes as a string of its bytes, the quickest way out of the host. */
function write(digest: string, into: Uint8Array, at: number): number {
  for (let each = 0; each < digest.length; each++) into[at + each] = digest.charCodeAt(each)
  return at + digest.length
}

const subtleNames: Record<string, string> = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' }

/** Whether this runtime digests asynchronously. */
export function asynchronous(): boolean {
  return typeof globalThis.crypto?.subtle?.sign === 'function'
}

export function subtleKey(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: subtleNames[name]! }, false, ['sign'])
}

export async function subtleDigest(key: CryptoKey, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, message))
}
