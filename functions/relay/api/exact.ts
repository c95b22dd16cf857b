// The payloads of a request as their sender wrote the numbers: JSON.parse rounds those beyond 2^53.
// Used by messages.ts.

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }
/**
 * A number that JSON.parse and JSON.stringify may write differently: it stands behind a key, `[` or `,`, and is
 * not one of at most 15 digits without exponent, of which at most six are behind the point and the last no zero.
 */
const delicate = /(?:"\s*:|[,[])\s*(?!(?:-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,5}[1-9]|-?[1-9][0-9]{0,14}|0)(?![0-9.eE]))-?[0-9]/
const keepNumbers: Reviver = (_, value, { source }) => typeof value === 'number' && source !== undefined ? rawJSON(source) : value

/** @param parsed  the message of `text`, or its messages @return their payloads, in order */
export function payloadsOf(text: string, parsed: { payload: unknown } | { payload: unknown }[]): string[] {
  if (!delicate.test(text)) return [parsed].flat().map(({ payload }) => JSON.stringify(payload))
  const exact = JSON.parse(text, keepNumbers as Parameters<typeof JSON.parse>[1]) as { payload: unknown; messages?: { payload: unknown }[] }
  return (Array.isArray(parsed) ? exact.messages! : [exact]).map(({ payload }) => JSON.stringify(payload))
}
