// The package `waxseal/explain`: all of `waxseal/full`, with a Webhook that can also say why it refuses.
// Importing it makes the whole package run on waxseal-explain.wasm: a tool for the desk.
//
//   import { Webhook } from 'waxseal/explain'
//
//   const { causes } = new Webhook(github, { secrets: [env.GITHUB_SECRET] }).explain(bytes, headers)
import { load } from '#wasm-explain'
import { packed, toBytes, type Body } from './bytes.ts'
import * as core from './core.ts'
import { imageOf, type Dialect } from './dialect.ts'
import type { Code } from './error.ts'
import { allLines, type HeaderSource } from './headers.ts'
import { optionBytes } from './slot.ts'
import { listed, slotOptions, Webhook as Verifier, type VerifyOptions, type WebhookOptions } from './webhook.ts'

/** One cause of a refusal; docs/explain.md lists the codes. */
export interface Cause {
  code: string
  /**
   * `proved`: with it undone the webhook verifies; `together`: with all that are marked so; `seen`: the
   * request or the secret shows it; `possible`: the request looks like it
   */
  certainty: 'proved' | 'together' | 'seen' | 'possible'
  /** what is wrong, in plain words */
  sentence: string
  /** what to do */
  remedy: string
  /** the code that does it in a framework; null where none is known */
  line: string | null
}

export interface Explanation {
  /** whether the webhook verifies */
  ok: boolean
  /** the verdict of `check`; null where it verifies */
  code: Code | null
  /** likeliest first; empty where none is found */
  causes: Cause[]
}

export interface ExplainOptions extends VerifyOptions {
  /** dialects that may have signed it instead, with the same secrets */
  others?: readonly Dialect<any>[]
}

export * from './index.ts'
export { loadDialect } from './compile.ts'
export { fetchKeys, type FetchKeysOptions } from './keys.ts'

core.install(load, core.size.explain)

const encoder = new TextEncoder()

/** A Webhook that can also say why it refuses. */
export class Webhook<Events extends object = Record<string, unknown>> extends Verifier<Events> {
  #given: { secrets: readonly string[]; options: Uint8Array; now: () => number } | null

  /** @throws TypeError where a secret is missing, blank or too short, and for options that make no sense */
  constructor(dialect: Dialect<Events>, options: WebhookOptions) {
    super(dialect, options)
    const how = slotOptions(options, options.maxBody ?? 32 << 20)
    const now = options.now ?? (() => Math.floor(Date.now() / 1000))
    this.#given = { secrets: listed(options.secrets ?? []), options: optionBytes(how, null), now }
  }

  /**
   * Says why a webhook is refused, for the owner of the secret: what it says helps whoever forges
   * webhooks, so do not send it back. Takes up to 50 ms, so do not call it for every refusal.
   *
   * @throws TypeError where the body is not raw bytes, or this Webhook is closed
   */
  explain(body: Body, headers: HeaderSource, options: ExplainOptions = {}): Explanation {
    if (!this.#given) throw new TypeError('This Webhook is closed: make a new one.')
    const { secrets } = this.#given
    const lines = allLines(headers)
    const { url = '', method = 'POST', now = this.#given.now(), others = [] } = options
    const parts = packed([
      imageOf(this.dialect), this.#given.options, toBytes(body), encoder.encode(url), encoder.encode(method),
      ...secrets.map((secret) => encoder.encode(secret)),
      ...lines.flatMap(([name, value]) => [encoder.encode(name), headerBytes(value)]),
      ...others.map(imageOf),
    ])
    let json = ''
    const code = core.run((abi) => {
      if (!core.writeParts([parts])) throw new RangeError('the request is too large')
      const status = abi.waxseal_explain!(parts.length, secrets.length, lines.length, now)
      json = core.textOf(-1, core.kind.made, 0) ?? ''
      return status
    })
    parts.fill(0)
    if (code !== 0) return { ok: false, code: 'internal', causes: [] }
    const told = JSON.parse(json) as { code: Code | 'ok'; causes: Cause[] }
    const ok = told.code === 'ok'
    return { ok, code: ok ? null : (told.code as Code), causes: told.causes }
  }

  override close(): void {
    this.#given = null
    super.close()
  }
}

/** A header's characters are its bytes; what is no byte becomes 0xff, which no grammar allows. */
function headerBytes(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => Math.min(character.charCodeAt(0), 0xff))
}
