// How a request to OST's API is signed, OST1-HMAC-SHA256: the core verifies it, in a dialect of our
// own. Used by ost.ts.
//
// What is signed is `<path>?<parameters, sorted>` without `api_signature`. A dialect's `{form}`
// holds keys and values alone, so the parameters are put in order and written here; that text is cut
// at the time, which the core reads and whose age it judges: what stands before it is the dialect's
// `{url}`, what follows its `{body}`. The method is not signed; that is OST's way.
import { loadDialect, Webhook } from '../../../../js/relay.ts'

const dialect = loadDialect({
  name: 'ost-request', title: 'OST API request', documents: ['https://dev.ost.com/platform/docs/api/#authentication'],
  signature: { scheme: 'hmac-sha256', header: 'api-signature', value: '{sig}', encoding: 'hex', signed: '{url}{timestamp}{body}' },
  secret: { decode: 'utf8' },
  timestamp: { header: 'api-request-timestamp', unit: 'seconds', tolerance: { past: 100, future: 100 } },
})

export type Pair = [name: string, value: string]

/** The parameters of a query string or a form. */
export const pairsOf = (text: string): Pair[] => [...new URLSearchParams(text)]

/** Parameters as OST's SDKs write them to sign them: sorted, RFC 3986 with a plus for a space. */
export function written(pairs: Pair[]): Pair[] {
  const order = ([a]: Pair, [b]: Pair): number => a.replaceAll('[', '\0') < b.replaceAll('[', '\0') ? -1 : a === b ? 0 : 1
  return [...pairs].sort(order).map(([name, value]) => [encode(name), encode(value)])
}

const encode = (text: string): string => encodeURIComponent(text)
  .replaceAll(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll('%20', '+')

/** The one value of a parameter; undefined where it stands there never or more than once. */
export function single(pairs: Pair[], name: string): string | undefined {
  const found = pairs.filter(pair => pair[0] === name)
  return found.length === 1 ? found[0]![1] : undefined
}

/** Whether `secret` signed the request, at most 100 seconds ago. */
export function isSigned(path: string, pairs: Pair[], secret: string): boolean {
  const [signature, time] = ['api_signature', 'api_request_timestamp'].map(name => single(pairs, name))
  if (signature === undefined || time === undefined || single(pairs, 'api_signature_kind') !== 'OST1-HMAC-SHA256') return false
  const all = written(pairs.filter(([name]) => name !== 'api_signature'))
  const at = all.findIndex(([name]) => name === 'api_request_timestamp')
  const text = (some: Pair[]): string => some.map(([name, value]) => `${name}=${value}`).join('&')
  const before = `${path}?${text([...all.slice(0, at), ['api_request_timestamp', '']])}`
  const after = at + 1 < all.length ? `&${text(all.slice(at + 1))}` : ''
  const hook = new Webhook(dialect, { secrets: secret })
  try {
    return hook.check(new TextEncoder().encode(after), { 'api-signature': signature, 'api-request-timestamp': time }, { url: before }).ok
  } finally {
    hook.close()
  }
}
