// A verifier of the core, as JavaScript holds it: opened when it is first needed, opened anew after
// a trap, closed when it is forgotten. Called by webhook.ts.
import * as core from './core.ts'
import { joined, packed } from './bytes.ts'
import { asynchronous, crossover, host, subtleHash, synchronous } from './digest.ts'
import type { Handshake } from './event.ts'
import { Wanted, type Lines } from './headers.ts'
import { closeWith, forget, Place } from './place.ts'
import { hosts, hostSigner, PublicKey, type Signer } from './signature.ts'

export interface SlotOptions {
  /** 0 the dialect's tolerance, 1 the given one, 2 none */
  window: number
  /** 0 report, 1 enforce, 2 off */
  schema: number
  past: number
  future: number
  maxBody: number
  /** names and values, in turn */
  settings: readonly string[]
  /** a key that is held elsewhere signs: no secret is needed */
  signer: boolean
  /** the secrets come from the address that a request names; without one `keyUrl` says where its key is */
  fetched: boolean
}

const internal = 20
const tooLarge = 12
const encoder = new TextEncoder()

/** 64 bits for the core's hash tables; null where the platform gives none yet (a worker's start). */
function entropy(): Uint32Array | null {
  try {
    return crypto.getRandomValues(new Uint32Array(2))
  } catch {
    return null
  }
}

export class Slot {
  readonly wanted: Wanted
  readonly #digest: string | null
  readonly #count: number // of secrets
  readonly #keys: readonly PublicKey[] | null // where the scheme has public keys
  readonly #image: Uint8Array
  readonly #options: SlotOptions
  readonly #place = new Place()
  #secrets: Uint8Array | null
  #seeded = false
  #signers: readonly Signer[] | undefined

  /** @throws TypeError with the core's sentence about the dialect or a secret */
  constructor(image: Uint8Array, secrets: readonly string[], options: SlotOptions) {
    this.#image = image
    this.#secrets = packedTexts(secrets)
    this.#count = secrets.length
    this.#options = options
    const index = this.#open()
    this.wanted = new Wanted(core.textsOf(index, core.kind.header))
    this.#digest = core.textOf(index, core.kind.digest, 0)
    const scheme = core.textOf(index, core.kind.scheme, 0)
    this.#keys = scheme === null ? null : secrets.map((_, each) => new PublicKey(scheme, core.bytesOf(index, core.kind.publicKey, each)))
    closeWith(this, this.#place)
  }

  close(): void {
    forget(this.#place)
    this.#place.close()
    this.#secrets?.fill(0)
    this.#secrets = null
    this.#signers = undefined
  }

  /**
   * Judges a request; the result struct then describes its event.
   *
   * @param only  1: the signature alone; the struct then says which secret matched
   * @return a status
   */
  verify(body: Uint8Array, lines: Lines, url: string | undefined, method: string | undefined, now: number, only: 0 | 1 = 0): number {
    if (body.length > this.#options.maxBody) return tooLarge
    const index = this.#ready()
    const byHost = this.#keys ? hosts.synchronous : this.#digest !== null && synchronous && body.length >= crossover.synchronous
    return core.run((abi) => {
      const fields = core.writeRequest(body, lines, url, method)
      if (fields < 0) return tooLarge
      if (!byHost) return abi.waxseal_verify(index, body.length, fields, now, only)
      const code = abi.waxseal_prepare(index, body.length, fields, now)
      if (code !== 0) return code
      try {
        const signatures = this.#keys ? core.signatures(index) : []
        for (let each = 0; each < this.#count; each++) {
          const message = core.message(index, each)
          core.writeHash(each, this.#keys ? this.#keys[each]!.verdicts(message, signatures) : host.hash(this.#digest!, message))
        }
      } catch {
        return abi.waxseal_verify(index, body.length, fields, now, only) // a host that refuses this scheme, as FIPS mode may
      }
      return abi.waxseal_judge(index, only)
    })
  }

  /** The secret that matched in the request just judged. */
  get matched(): number {
    return core.word(core.answer.secret)
  }

  /** Whether `verifyLater` is the faster way for a body of so many bytes. */
  later(length: number): boolean {
    if (this.#keys) return !hosts.synchronous && hosts.asynchronous
    if (this.#digest === null || (synchronous && length >= crossover.synchronous)) return false
    return length >= crossover.asynchronous && asynchronous()
  }

  /**
   * As `verify`, hashing or verifying by crypto.subtle. What `body` holds may not change meanwhile.
   *
   * @param read  makes of the status and the result struct what is returned
   */
  async verifyLater<T>(body: Uint8Array, lines: Lines, url: string | undefined, method: string | undefined, now: number, read: (status: number) => T): Promise<T> {
    if (body.length > this.#options.maxBody) return read(tooLarge)
    const messages: Uint8Array<ArrayBuffer>[] = []
    let signatures: Uint8Array<ArrayBuffer>[] = []
    const prepare = (abi: core.Abi, index: number) => {
      const fields = core.writeRequest(body, lines, url, method)
      return fields < 0 ? tooLarge : abi.waxseal_prepare(index, body.length, fields, now)
    }
    let index = this.#ready()
    const code = core.run((abi) => {
      const prepared = prepare(abi, index)
      if (prepared === 0 && this.#keys) signatures = core.signatures(index)
      for (let each = 0; prepared === 0 && each < this.#count; each++) messages.push(new Uint8Array(core.message(index, each)))
      return prepared
    })
    if (code !== 0) return read(code)
    let hashes: string[]
    try {
      hashes = await Promise.all(messages.map((message, each) => (this.#keys ? this.#keys[each]!.subtleVerdicts(message, signatures) : subtleHash(this.#digest!, message))))
    } catch {
      return read(this.verify(body, lines, url, method, now))
    } finally {
      for (const message of messages) message.fill(0)
    }
    // Other requests have used the arena meanwhile.
    index = this.#ready()
    const status = core.run((abi) => {
      const prepared = prepare(abi, index)
      if (prepared !== 0) return prepared
      hashes.forEach((hash, each) => core.writeHash(each, hash))
      return abi.waxseal_judge(index, 0)
    })
    // At once: a promise would let another request's verdict overwrite the result struct.
    return read(status)
  }

  /** The fields of the form that the core has just read, as JSON; null where it has read none. */
  form(): string | null {
    return core.textOf(this.#place.index, core.kind.form, 0)
  }

  /** The answer to the handshake that the core has just seen. */
  handshake(secret = false): Handshake {
    const { index } = this.#place
    const said = (what: number) => core.textOf(index, what, 0)
    return {
      challenge: said(core.kind.challenge) ?? '', body: said(core.kind.answer) ?? '', contentType: said(core.kind.answerType) ?? 'text/plain',
      header: said(core.kind.answerHeader), secret, visit: said(core.kind.visit),
    }
  }

  /** Where the key is of the request just refused with `key_unavailable`; null: nowhere. */
  keyUrl(): string | null {
    return core.textOf(this.#place.index, core.kind.keyUrl, 0)
  }

  /** The answer to a handshake that no signature proves; null where the request is none. */
  asked(body: Uint8Array, lines: Lines, url: string, method: string): Handshake | null {
    if (body.length > this.#options.maxBody) return null
    const index = this.#ready()
    let asks = 0
    const code = core.run((abi) => {
      const fields = core.writeRequest(body, lines, url, method)
      if (fields >= 0) asks = abi.waxseal_handshake(index, body.length, fields)
      return 0
    })
    return code === 0 && asks > 0 ? this.handshake(asks === 2) : null
  }

  /** The body with its signatures that the core has just made; null where it is sent as it was given. */
  signedBody(): Uint8Array | null {
    return core.textBytes(this.#place.index, core.kind.body, 0)?.slice() ?? null
  }

  /**
   * The secrets that this host signs with: the Ed25519 private keys. None: the core signs, or cannot.
   *
   * @throws TypeError where this host cannot either
   */
  get signers(): readonly Signer[] {
    if (!this.#keys) return []
    const index = this.#ready()
    return (this.#signers ??= this.#keys.map((_, each) => core.bytesOf(index, core.kind.privateKey, each)).filter((key) => key !== null).map(hostSigner))
  }

  /** What a key that is held elsewhere is to sign; null with the core's sentence in `sentence()`. */
  toSign(body: Uint8Array, extra: readonly (number | string | undefined)[], timestamp: number): Uint8Array<ArrayBuffer> | null {
    const index = this.#ready()
    let message: Uint8Array<ArrayBuffer> | null = null
    core.run(() => {
      const fields = core.writeMessage(body, extra)
      if (fields >= 0) message = core.toSign(index, body.length, fields, timestamp)
      return 0
    })
    return message
  }

  /**
   * @param signatures  of keys that are held elsewhere, over what `toSign` gave
   * @return lines `name: value`, or null with the core's sentence in `sentence()`
   */
  sign(body: Uint8Array, extra: readonly (number | string | undefined)[], timestamp: number, signatures: readonly Uint8Array[] = []): string | null {
    const index = this.#ready()
    let lines: string | null = null
    core.run((abi) => {
      const fields = core.writeMessage(body, extra, signatures)
      const code = fields < 0 ? internal : abi.waxseal_sign(index, body.length, fields, timestamp)
      if (code === 0) lines = core.textOf(index, core.kind.headers, 0) ?? ''
      return code
    })
    return lines
  }

  /** The index in the running instance, opened again where that is another one. */
  #ready(): number {
    const { index } = this.#place
    return index >= 0 && this.#seeded ? index : this.#open()
  }

  #open(): number {
    if (!this.#secrets) throw new TypeError('This Webhook is closed: make a new one.')
    const seed = entropy()
    const options = optionBytes(this.#options, seed)
    const parts = [this.#image, this.#secrets, options]
    this.#seeded = seed !== null
    return this.#place.open(parts, (abi) => abi.waxseal_open(parts[0]!.length, parts[1]!.length, options.length))
  }
}

/** The options as the core reads them. */
export function optionBytes(options: SlotOptions, seed: Uint32Array | null): Uint8Array {
  const { window, schema, past, future, maxBody, signer, fetched } = options
  const fixed = new Uint8Array(Uint32Array.of(window, schema, past, future, seed?.[0] ?? 0, seed?.[1] ?? 0, maxBody, (signer ? 1 : 0) | (fetched ? 2 : 0)).buffer)
  const settings = packedTexts(options.settings)
  return joined([fixed, settings], fixed.length + settings.length)
}

/** Texts as the core reads secrets and settings; what they were encoded in is wiped. */
function packedTexts(texts: readonly string[]): Uint8Array {
  const parts = texts.map((text) => encoder.encode(text))
  const all = packed(parts)
  for (const part of parts) part.fill(0)
  return all
}
