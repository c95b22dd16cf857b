// Public-key signatures by the host: verified there because it is faster than WebAssembly, and signed
// there because the core has no private keys' arithmetic. By node:crypto where the runtime has it, else
// by crypto.subtle for the asynchronous calls. Called by slot.ts. The core has read keys and signatures
// before, and judges after: what comes here are keys in DER and signatures of one spelling (of ECDSA
// r and s, 32 bytes each).

/**
 * Signs `bytes` with a key that is held elsewhere, such as in a key management service.
 *
 * @returns the signature as that key gives it: of ECDSA DER or r and s, of HMAC the whole digest
 */
export type Signer = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>

/** How the core calls a scheme → how hosts do. */
const schemes: Record<string, { hash: string | null; subtle: { name: string; namedCurve?: string; hash?: string } }> = {
  ed25519: { hash: null, subtle: { name: 'Ed25519' } },
  'ecdsa-p256-sha256': { hash: 'sha256', subtle: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } },
  'rsa-pkcs1-sha1': { hash: 'sha1', subtle: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' } },
  'rsa-pkcs1-sha256': { hash: 'sha256', subtle: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } },
}

interface NodeCrypto {
  createPublicKey(key: { key: Uint8Array; format: 'der'; type: 'spki' }): object
  createPrivateKey(key: { key: Uint8Array; format: 'der'; type: 'pkcs8' }): object
  verify(hash: string | null, message: Uint8Array, key: object, signature: Uint8Array): boolean
  sign(hash: string | null, message: Uint8Array, key: object): Uint8Array
}

// Never a static import: bundlers for the edge would refuse it.
const node: NodeCrypto | undefined = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => NodeCrypto } }
).process?.getBuiltinModule?.('node:crypto')

/** Which host does it; tests change them. */
export const hosts = {
  synchronous: typeof node?.verify === 'function' && typeof node.createPublicKey === 'function',
  asynchronous: typeof globalThis.crypto?.subtle?.verify === 'function',
}

/** A public key of a verifier, or its absence, where only a private one is set. */
export class PublicKey {
  readonly #scheme: string
  readonly #spki: Uint8Array<ArrayBuffer> | null
  #node: object | undefined
  #subtle: Promise<CryptoKey> | undefined

  constructor(scheme: string, spki: Uint8Array<ArrayBuffer> | null) {
    this.#scheme = scheme
    this.#spki = spki
  }

  /** What the core judges: for each signature a character, U+0001 where it is one of `message` by this key. */
  verdicts(message: Uint8Array, signatures: readonly Uint8Array[]): string {
    if (!this.#spki) return verdictsOf(signatures.map(() => false))
    const key = (this.#node ??= node!.createPublicKey({ key: this.#spki, format: 'der', type: 'spki' }))
    const { hash, subtle } = schemes[this.#scheme]!
    // A key alone, and DER: node:crypto takes 10 µs more for `{ key, dsaEncoding }`, and 20 more for r and s.
    const written = subtle.namedCurve ? signatures.map(der) : signatures
    return verdictsOf(written.map((signature) => node!.verify(hash, message, key, signature)))
  }

  /** As `verdicts`, by crypto.subtle. */
  async subtleVerdicts(message: Uint8Array<ArrayBuffer>, signatures: readonly Uint8Array<ArrayBuffer>[]): Promise<string> {
    if (!this.#spki) return verdictsOf(signatures.map(() => false))
    const { subtle } = schemes[this.#scheme]!
    const key = await (this.#subtle ??= crypto.subtle.importKey('spki', this.#spki, subtle, false, ['verify']))
    return verdictsOf(await Promise.all(signatures.map((signature) => crypto.subtle.verify(subtle, key, signature, message))))
  }
}

/** The DER of an ECDSA signature of r and s, 32 bytes each. */
function der(signature: Uint8Array): Uint8Array {
  const numbers = [signature.subarray(0, 32), signature.subarray(32)].flatMap((number) => {
    const digits = [...number]
    while (digits.length > 1 && digits[0] === 0) digits.shift()
    if (digits[0]! >= 0x80) digits.unshift(0)
    return [2, digits.length, ...digits]
  })
  return Uint8Array.of(0x30, numbers.length, ...numbers)
}

const verdictsOf = (all: readonly boolean[]) => all.map((good) => (good ? '\x01' : '\x00')).join('')

/**
 * A signer with an Ed25519 private key, in DER PKCS #8, which is wiped.
 *
 * @throws TypeError where this runtime has none
 */
export function hostSigner(pkcs8: Uint8Array<ArrayBuffer>): Signer {
  if (hosts.synchronous) {
    const key = node!.createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    pkcs8.fill(0)
    return (bytes) => new Uint8Array(node!.sign(null, bytes, key))
  }
  if (!hosts.asynchronous) throw new TypeError('This runtime has neither node:crypto nor crypto.subtle to sign with: give a signer.')
  const { subtle } = schemes.ed25519!
  const key = crypto.subtle.importKey('pkcs8', pkcs8, subtle, false, ['sign']).finally(() => pkcs8.fill(0))
  key.catch(() => {}) // whoever signs hears of it
  return async (bytes) => new Uint8Array(await crypto.subtle.sign(subtle, await key, bytes))
}
