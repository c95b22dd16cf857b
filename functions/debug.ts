// The line that `debug` prints for each request: headers, body and verdict, without secrets.
// Called by handler.ts.
import { describe, type Dialect } from '../js/index.ts'

const sensitive = /authorization|cookie|secret|password|token|api-?key/i
const bodyLimit = 16_384
const fieldLimit = 1024

/** One line of JSON. Of the signature it shows the first eight characters, of a secret nothing. */
export function debugLine(dialect: Dialect<any>, secrets: string[], headers: [string, string][], body: Uint8Array, verdict: object): string {
  const bytes = body.subarray(0, bodyLimit)
  const line = JSON.stringify({
    at: new Date().toISOString(),
    dialect: dialect.name,
    headers: headers.map(([name, value]) => [name, redact(dialect, name, value)]),
    body: new TextDecoder().decode(bytes),
    ...(body.length > bytes.length && { length: body.length }),
    ...verdict,
  })
  return plain(secrets.reduce((text, secret) => without(text, secret), line))
}

function redact(dialect: Dialect<any>, name: string, value: string): string {
  const ways = [describe(dialect).signature].flat().filter(({ header = [] }) => [header].flat().some(one => one.toLowerCase() === name.toLowerCase()))
  if (ways.length) {
    return ways.some(({ scheme }) => scheme === 'static-token' || scheme === 'http-basic') ? '[redacted]' : value.slice(0, fieldLimit).replace(/[A-Za-z0-9+/_-]{9,}={0,2}/g, shorten)
  }
  return sensitive.test(name) ? '[redacted]' : value.slice(0, fieldLimit)
}

/** A signature's first eight characters; a timestamp beside it stays. */
const shorten = (run: string): string => /^\d{10,13}$/.test(run) ? run : `${run.slice(0, 8)}…`

function without(text: string, secret: string): string {
  const quoted = JSON.stringify(secret).slice(1, -1)
  return quoted ? text.replaceAll(quoted, '[redacted]') : text
}

/** Escapes what JSON leaves bare and a terminal or a log reader would act on. */
export const plain = (text: string): string => text.replace(/[\u007f-\u009f\u2028\u2029]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
