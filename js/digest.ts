// HMAC by the host, where that is faster than SHA in WebAssembly: synchronously by node:crypto where
// the runtime has it (Node, Bun, Deno, workerd with nodejs_compat), else by crypto.subtle for the
// asynchronous call. Called by core.ts; the verdict on the digests stays the core's.

interface Hmac {
  update(bytes: Uint8Array): Hmac
  digest(): Uint8Array
}
interface NodeCrypto {
  createHmac(name: string, key: object): Hmac
  createSecretKey(bytes: Uint8Array): object
}

// Never a static import: bundlers for the edge would refuse it.
const node: NodeCrypto | undefined = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => NodeCrypto } }
).process?.getBuiltinModule?.('node:crypto')

/** Whether this runtime digests synchronously. */
export const synchronous = typeof node?.createSecretKey === 'function'

/**
 * Bodies of at least so many bytes are digested by the host; measured (docs/performance.md).
 * Tests set them to 0 and Infinity.
 */
export const crossover = { synchronous: 512, asynchronous: 1024 }

/** A key for `digest`, which holds the bytes where JavaScript cannot read them. */
export function hostKey(bytes: Uint8Array): object {
  return node!.createSecretKey(bytes)
}

export function hostDigest(name: string, key: object, prefix: Uint8Array, body: Uint8Array, suffix: Uint8Array): Uint8Array {
  const hmac = node!.createHmac(name, key)
  if (prefix.length) hmac.update(prefix)
  hmac.update(body)
  if (suffix.length) hmac.update(suffix)
  return hmac.digest()
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
