// Headers of an endpoint's own: which ones may be set. Called by the API and by whoever checks the
// configuration file.

/** Names that belong to the connection or to the relay; no customer may set them. */
const reserved = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|content-encoding|expect|cookie|set-cookie|authorization-signature)$/

/** Headers whose values are shown to nobody, and go to no other host than the one they were given for. */
export const sensitive = /^(authorization|x-api-key|api-key)$|secret|password|token/i

/** The first header that would break the request or stand in for one of ours, and what is wrong with it. */
export function badHeader(headers: Record<string, string>): { name: string; sentence: string } | null {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(name) || reserved.test(name.toLowerCase())) return { name, sentence: 'this header cannot be set' }
    if (!/^[\t -~]{0,4096}$/.test(value)) return { name, sentence: 'a header value holds visible characters, spaces and tabs' }
  }
  return null
}
