// Hashing by the host, where that is faster than SHA in WebAssembly: synchronously by node:crypto
// where the runtime has it (Node, Bun, Deno, workerd with nodejs_compat), else by crypto.subtle for the
// asynchronous call. Called by slot.ts. What is hashed, and the verdict on the hashes, are the core's:
// HMAC's inner hash is the plain hash of a message that begins with the key's block.

interface Hash {
  update(bytes: Uint8Array): Hash
  digest(encoding: 'latin1'): string
}
interface NodeCrypto {
  createHash(name: string): Hash
  /** Node from 20.12 */
  hash?(name: string, bytes: Uint8Array, encoding: 'latin1'): string
}

// Never a static import: bundlers for the edge would refuse it.
const node: NodeCrypto | undefined = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => NodeCrypto } }
).process?.getBuiltinModule?.('node:crypto')

/** Whether this runtime hashes synchronously. */
export const synchronous = typeof node?.createHash === 'function'

/** The way to hash on this runtime; tests replace it. */
export const host = {
  /** A hash as a string of its bytes, the quickest way out of the host. @param name  `sha256` */
  hash: (name: string, message: Uint8Array): string =>
    node!.hash ? node!.hash(name, message, 'latin1') : node!.createHash(name).update(message).digest('latin1'),
}

/**
 * Bodies of at least so many bytes are hashed by the host; measured (docs/performance.md).
 * Tests set them to 0 and Infinity.
 */
export const crossover = { synchronous: node?.hash ? 256 : 1024, asynchronous: 1024 }

const subtleNames: Record<string, string> = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' }

/** Whether this runtime hashes asynchronously. */
export function asynchronous(): boolean {
  return typeof globalThis.crypto?.subtle?.digest === 'function'
}

/** As `host.hash`, by crypto.subtle. */
export async function subtleHash(name: string, message: Uint8Array<ArrayBuffer>): Promise<string> {
  return String.fromCharCode(...new Uint8Array(await crypto.subtle.digest(subtleNames[name]!, message)))
}
