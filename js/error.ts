// WaxsealError: why a webhook was refused. Thrown by webhook.ts and event.ts; nothing else is ever
// thrown because of what the network sent.

/** The core's closed table of answers, in its order; tests/js/error.test.ts holds it against the core. */
export const codes = [
  'ok',
  'missing_signature',
  'bad_signature',
  'missing_timestamp',
  'bad_timestamp',
  'too_old',
  'too_new',
  'missing_id',
  'bad_id',
  'duplicate_header',
  'contradiction',
  'too_many_signatures',
  'body_too_large',
  'bad_encoding',
  'bad_utf8',
  'bad_json',
  'too_deep',
  'duplicate_key',
  'schema',
  'key_unavailable',
  'internal',
] as const

/** Why a webhook was refused: the same word in C++, in the ABI and here. */
export type Code = Exclude<(typeof codes)[number], 'ok'>

const sentences: Record<Code, string> = {
  missing_signature: 'the signature header is missing',
  bad_signature: 'no signature matches the body and the secrets',
  missing_timestamp: 'the timestamp is missing',
  bad_timestamp: 'the timestamp is malformed',
  too_old: 'the timestamp lies too far in the past',
  too_new: 'the timestamp lies too far in the future',
  missing_id: 'the id is missing',
  bad_id: 'the id is malformed',
  duplicate_header: 'a header that must stand once stands several times',
  contradiction: 'a header contradicts the signed body',
  too_many_signatures: 'the signature header holds more than is looked at',
  body_too_large: 'the body is larger than is allowed',
  bad_encoding: 'the body has an encoding that is not read',
  bad_utf8: 'the body is not UTF-8',
  bad_json: 'the body is not JSON',
  too_deep: 'the JSON is nested too deeply',
  duplicate_key: 'an object has the same key twice',
  schema: 'the body does not keep to its schema',
  key_unavailable: 'the public key to verify with could not be had',
  internal: 'the verifier failed; this is a bug in waxseal',
}

/** A webhook that was refused, or whose data cannot be read. `code` says why. */
export class WaxsealError extends Error {
  readonly code: Code

  constructor(code: Code) {
    super(`${code}: ${sentences[code]}`)
    this.code = code
  }
}
WaxsealError.prototype.name = 'WaxsealError'
