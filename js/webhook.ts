// Webhook: verifies and signs the webhooks of one dialect. The package's main class; the way down is
// slot.ts → core.ts → waxseal_verify.
import { readBody, toBytes, type Body } from './bytes.ts'
import { field, sentence } from './core.ts'
import { imageOf, type Dialect } from './dialect.ts'
import { codes, WaxsealError, type Code } from './error.ts'
import { VerifiedEvent, type Event, type Handshake } from './event.ts'
import type { HeaderSource } from './headers.ts'
import { Keyring, type KeySource } from './keyring.ts'
import type { Signer } from './signature.ts'
import { Slot, type SlotOptions } from './slot.ts'

export type WebhookOptions = Policy & (WithSecrets | WithSigner | WithKeys)

interface WithSecrets {
  /**
   * as the provider shows them; several while one replaces another. The first one signs. Where the
   * dialect has public keys: a public key or certificate, or to sign a private key, also in PEM.
   */
  secrets: string | readonly string[]
  /** signs in place of a secret, for a key that is held elsewhere (with 'waxseal/full') */
  signer?: Signer
  keys?: undefined
}

/** Without secrets nothing is verified. */
interface WithSigner extends Partial<WithSecrets> {
  signer: Signer
}

interface WithKeys {
  /**
   * gives the key or certificate at the address that a request names, where the dialect says which
   * addresses those may be: `fetchKeys()` of 'waxseal/full'. It is asked by the asynchronous calls alone.
   */
  keys: KeySource
  secrets?: undefined
  signer?: Signer
}

interface Policy {
  /** how far a timestamp may lie from the clock, in seconds; null: any age. Default: the dialect's */
  tolerance?: number | { past: number; future: number } | null
  /** `report` (default): `event.schema` says it; `enforce`: a broken schema is refused; `off`: not looked at */
  schema?: 'report' | 'enforce' | 'off'
  /** Unix seconds. Default: the machine's clock */
  now?: () => number
  /** what was configured at the provider and is signed or asked for, by the names that the dialect gives it */
  settings?: Readonly<Record<string, string>>
  /** bytes; a longer body is `body_too_large`. Default: 32 MiB */
  maxBody?: number
}

/** What a dialect may sign beside the body, and the clock for one call. */
export interface VerifyOptions {
  url?: string
  method?: string
  /** Unix seconds */
  now?: number
}

export interface SignOptions {
  id?: string
  type?: string
  /** id of this delivery, the same in each retry */
  delivery?: string
  /** Unix seconds. Default: now */
  timestamp?: number
  url?: string
  method?: string
}

export type Result<Events extends object = Record<string, unknown>> =
  | { readonly ok: true; readonly event: Event<Events> }
  | { readonly ok: false; readonly code: Code; readonly error: WaxsealError }

export class Webhook<Events extends object = Record<string, unknown>> {
  readonly dialect: Dialect<Events>
  readonly #slot: Slot
  readonly #now: () => number
  readonly #maxBody: number
  readonly #ring: Keyring | null = null
  readonly #signer: Signer | undefined

  /** @throws TypeError where a secret is missing, blank or too short, and for options that make no sense */
  constructor(dialect: Dialect<Events>, options: WebhookOptions) {
    const image = imageOf(dialect)
    this.dialect = dialect
    this.#now = options.now ?? clock
    this.#maxBody = options.maxBody ?? 32 << 20
    this.#signer = options.signer
    const { keys } = options
    const how = slotOptions(options, this.#maxBody)
    if (keys && options.secrets !== undefined) throw new TypeError('Give secrets or keys, not both: where secrets are given nothing is fetched.')
    this.#slot = new Slot(image, listed(options.secrets ?? []), how)
    if (keys) this.#ring = new Keyring(keys, (key) => new Slot(image, [key], how))
  }

  /** The headers that verifying reads, in lower case: a copy of the request that is to verify again needs them. */
  get wanted(): readonly string[] {
    return this.#slot.wanted.names
  }

  /**
   * Checks that `body` was signed by this dialect with one of the secrets, and reads its event.
   *
   * @throws WaxsealError whose `code` says why it is refused
   * @throws TypeError where the body is not raw bytes, and where keys are fetched, which takes `receive` or `checkAsync`
   */
  verify(body: Body, headers: HeaderSource, options?: VerifyOptions): Event<Events> {
    const bytes = toBytes(body)
    const status = this.#judge(bytes, headers, options)
    if (status !== 0) throw new WaxsealError(codes[status] as Code)
    return this.#event(bytes, this.#slot)
  }

  /**
   * Checks the signature alone, for those who only hand the bytes on; not where keys are fetched. The body is not read (unless only
   * it says how old the request is), so that neither its schema nor an unsigned header that contradicts
   * it is looked at.
   *
   * @returns the index of the secret that matched
   * @throws as `verify`
   */
  authenticate(body: Body, headers: HeaderSource, options?: VerifyOptions): number {
    const status = this.#judge(toBytes(body), headers, options, 1)
    if (status !== 0) throw new WaxsealError(codes[status] as Code)
    return this.#slot.matched
  }

  /** As `verify`, but a refusal is a value. */
  check(body: Body, headers: HeaderSource, options?: VerifyOptions): Result<Events> {
    const bytes = toBytes(body)
    return this.#result(this.#judge(bytes, headers, options), bytes)
  }

  /**
   * As `check`, digesting by `crypto.subtle` where that is faster: large bodies on a runtime without
   * node:crypto. Keys that are fetched are waited for: `key_unavailable` where one cannot be had.
   *
   * @throws TypeError where the body is not raw bytes
   */
  async checkAsync(body: Body, headers: HeaderSource, options?: VerifyOptions): Promise<Result<Events>> {
    const given = toBytes(body)
    if (this.#ring) return this.#checkByFetched(this.#ring, new Uint8Array(given), headers, options)
    if (!this.#slot.later(given.length)) return this.check(given, headers, options)
    const bytes = new Uint8Array(given) // a copy: the caller's may change while they are hashed
    const lines = this.#slot.wanted.lines(headers)
    return this.#slot.verifyLater(bytes, lines, options?.url, options?.method, options?.now ?? this.#now(),
      status => this.#result(status, bytes))
  }

  /**
   * Reads the raw body of `request` once and verifies it.
   *
   * @throws WaxsealError whose `code` says why it is refused
   * @throws TypeError where the body has been read already
   */
  async receive(request: Request, options?: VerifyOptions): Promise<Event<Events>> {
    const bytes = await readBody(request, this.#maxBody)
    const { headers, url, method } = request
    const result = await this.checkAsync(bytes, headers, { url, method, ...options })
    if (!result.ok) throw result.error
    return result.event
  }

  /**
   * The headers that deliver `body` in this dialect, signed with the first secret.
   *
   * @throws TypeError with the core's sentence where something that the dialect needs is missing, and
   *         where the key signs asynchronously: `signAsync` waits for it
   */
  sign(body: Body, options: SignOptions = {}): Record<string, string> {
    return this.#sign(toBytes(body), options)
  }

  /**
   * As `sign`, and waits for a signer.
   *
   * @throws what the signer throws
   */
  async signAsync(body: Body, options: SignOptions = {}): Promise<Record<string, string>> {
    const draft = this.#draft(toBytes(body), options)
    return this.#headers(draft, await Promise.all(this.#signatures(draft)))
  }

  /**
   * As `sign`, for every dialect: some have the signature in the body, which must then hold a place for it.
   *
   * @returns the headers and the body that deliver the message
   * @throws TypeError with the core's sentence where something that the dialect needs is missing
   */
  signMessage(body: Body, options: SignOptions = {}): { headers: Record<string, string>; body: Uint8Array } {
    const bytes = toBytes(body)
    const headers = this.#sign(bytes, options)
    return { headers, body: this.#slot.signedBody() ?? bytes }
  }

  /**
   * The answer to a handshake that no signature proves, as those that come by GET; null where the request
   * is none. Handshakes that are signed are told by `event.handshake`.
   */
  handshake(body: Body, headers: HeaderSource, { url, method }: { url: string; method: string }): Handshake | null {
    return this.#slot.asked(toBytes(body), this.#slot.wanted.lines(headers), url, method)
  }

  #sign(body: Uint8Array, options: SignOptions): Record<string, string> {
    const draft = this.#draft(body, options)
    const signatures = this.#signatures(draft).map((signature) => {
      if (signature instanceof Uint8Array) return signature
      Promise.resolve(signature).catch(() => {}) // the caller hears of the mistake, not of what became of the promise
      throw new TypeError(signature instanceof Promise ? 'The key signs asynchronously here: use signAsync().' : noSignature)
    })
    return this.#headers(draft, signatures)
  }

  #draft(bytes: Uint8Array, options: SignOptions): Draft {
    const { id, type, delivery, url, method, timestamp = this.#now() } = options
    const extra = [field.id, id, field.type, type, field.delivery, delivery, field.url, url, field.method, method]
    return { bytes, extra, timestamp: Math.floor(timestamp) }
  }

  /** What the host signs in place of the core; nothing where that signs. */
  #signatures({ bytes, extra, timestamp }: Draft): (Uint8Array | Promise<Uint8Array>)[] {
    const signers = this.#signer ? [this.#signer] : this.#slot.signers
    if (signers.length === 0) return []
    const message = this.#slot.toSign(bytes, extra, timestamp)
    if (message === null) throw new TypeError(sentence())
    return signers.map((sign) => sign(message))
  }

  #headers({ bytes, extra, timestamp }: Draft, signatures: readonly Uint8Array[]): Record<string, string> {
    if (signatures.some((signature) => !(signature instanceof Uint8Array && signature.length > 0))) throw new TypeError(noSignature)
    const lines = this.#slot.sign(bytes, extra, timestamp, signatures)
    if (lines === null) throw new TypeError(sentence())
    const headers: Record<string, string> = {}
    for (const line of lines.split('\n')) {
      const colon = line.indexOf(': ')
      if (colon > 0) headers[line.slice(0, colon)] = line.slice(colon + 2)
    }
    return headers
  }

  /** Wipes the secrets from the core's memory. A closed Webhook does nothing more. */
  close(): void {
    this.#slot.close()
    this.#ring?.close()
  }

  /** Asks for the key that a request names once all that is cheaper to check is good, and judges it by that. */
  async #checkByFetched(ring: Keyring, bytes: Uint8Array, headers: HeaderSource, options: VerifyOptions | undefined): Promise<Result<Events>> {
    const lines = this.#slot.wanted.lines(headers)
    const now = options?.now ?? this.#now()
    const judge = (slot: Slot) => slot.verify(bytes, lines, options?.url, options?.method, now)
    const status = judge(this.#slot)
    const url = codes[status] === 'key_unavailable' ? this.#slot.keyUrl() : null
    if (url === null) return this.#result(status, bytes)
    return ring.use(url, (slot) => (slot ? this.#result(judge(slot), bytes, slot) : new Refusal('key_unavailable')))
  }

  /** What the core just judged, as a value. */
  #result(status: number, bytes: Uint8Array, slot = this.#slot): Result<Events> {
    if (status !== 0) return new Refusal(codes[status] as Code)
    return { ok: true, event: this.#event(bytes, slot) }
  }

  /** What the core just accepted. */
  #event(bytes: Uint8Array, slot: Slot): Event<Events> {
    return new VerifiedEvent(bytes, this.dialect.events, slot) as unknown as Event<Events>
  }

  #judge(bytes: Uint8Array, headers: HeaderSource, options: VerifyOptions | undefined, only: 0 | 1 = 0): number {
    if (this.#ring) throw new TypeError('The keys of this Webhook are fetched: use receive() or checkAsync(), which wait for them, or give secrets.')
    const lines = this.#slot.wanted.lines(headers)
    return this.#slot.verify(bytes, lines, options?.url, options?.method, options?.now ?? this.#now(), only)
  }
}

/** A message while it is signed. */
interface Draft {
  bytes: Uint8Array
  extra: readonly (number | string | undefined)[]
  timestamp: number
}

const noSignature = 'The signer must give the bytes of a signature, as a Uint8Array.'

class Refusal {
  readonly ok = false
  readonly code: Code

  constructor(code: Code) {
    this.code = code
  }

  /** made when asked for: a flood of forged webhooks should cost no stack traces */
  get error(): WaxsealError {
    return new WaxsealError(this.code)
  }
}

const clock = () => Math.floor(Date.now() / 1000)

export function listed(secrets: string | readonly string[]): readonly string[] {
  const all = typeof secrets === 'string' ? [secrets] : (secrets ?? [])
  all.forEach((secret, index) => {
    if (typeof secret !== 'string') {
      throw new TypeError(`secrets[${index}] is ${secret === null ? 'null' : typeof secret}, not a string: is the environment variable set?`)
    }
  })
  return all
}

export function slotOptions({ tolerance, schema = 'report', settings = {}, signer, keys }: WebhookOptions, maxBody: number): SlotOptions {
  const window = tolerance === undefined ? 0 : tolerance === null ? 2 : 1
  const { past, future } = typeof tolerance === 'object' && tolerance ? tolerance : { past: tolerance ?? 0, future: tolerance ?? 0 }
  for (const [name, value] of Object.entries({ past, future, maxBody })) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      throw new TypeError(`${name === 'maxBody' ? name : 'tolerance'} must be a whole number that is not negative, not ${value}.`)
    }
  }
  const mode = ['report', 'enforce', 'off'].indexOf(schema)
  if (mode < 0) throw new TypeError(`schema must be 'report', 'enforce' or 'off', not ${JSON.stringify(schema)}.`)
  const pairs = Object.entries(settings).flat()
  if (!pairs.every((one) => typeof one === 'string')) throw new TypeError('settings must be an object of strings.')
  return { window, schema: mode, past, future, maxBody, settings: pairs, signer: signer !== undefined, fetched: keys !== undefined }
}
