// Encrypts what the Directory stores of secrets: AES-256-GCM by the runtime, with a key from the
// environment. Called by the Directory.

const version = 'v1.'
const ivBytes = 12

/** A key for secrets at rest. */
export class Seal {
  readonly #key: Promise<CryptoKey>
  readonly #print: Promise<CryptoKey>

  /** @param key  32 bytes in base64 @throws TypeError where it is none */
  constructor(key: string | undefined) {
    const bytes = decode(key?.trim() ?? '')
    if (bytes?.length !== 32) throw new TypeError('WAXSEAL_KEY must be 32 bytes in base64; make one with: openssl rand -base64 32')
    this.#key = crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
    this.#print = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  }

  /** Tells whether a text is another one than before, and nothing else about it. */
  async print(text: string): Promise<string> {
    return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', await this.#print, encode(text)))))
  }

  /** @param owner  whose secret it is: a sealed text opens for no other */
  async close(text: string, owner: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
    const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm(iv, owner), await this.#key, encode(text)))
    return version + btoa(String.fromCharCode(...iv, ...sealed))
  }

  /** @throws Error where it was sealed with another key or for another owner */
  async open(sealed: string, owner: string): Promise<string> {
    const bytes = sealed.startsWith(version) ? decode(sealed.slice(version.length)) : null
    if (!bytes) throw new Error('a stored secret has no known form')
    try {
      const text = await crypto.subtle.decrypt(algorithm(bytes.subarray(0, ivBytes), owner), await this.#key, bytes.subarray(ivBytes))
      return new TextDecoder().decode(text)
    } catch {
      throw new Error('WAXSEAL_KEY is not the key that the stored secrets were encrypted with')
    }
  }
}

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const algorithm = (iv: Uint8Array<ArrayBuffer>, owner: string) => ({ name: 'AES-GCM', iv, additionalData: encode(owner) })

function decode(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), character => character.charCodeAt(0))
  } catch {
    return null
  }
}
