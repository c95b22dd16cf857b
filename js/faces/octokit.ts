// The face of `@octokit/webhooks-methods`: the same names, arguments, answers and errors, so that
// changing the import is the migration. docs/migrating.md lists where our answers are stricter.
import { github } from '../dialects/github.ts'
import { open, refusal } from './open.ts'

const header = 'x-hub-signature-256'

/** @return the value of `X-Hub-Signature-256`. @throws TypeError where an argument is missing or no text */
export async function sign(secret: string, payload: string): Promise<string> {
  if (!secret || !payload) throw new TypeError('[waxseal/octokit] secret & payload required for sign()')
  if (typeof payload !== 'string') throw new TypeError('[waxseal/octokit] payload must be a string')
  const headers = new Headers(open(github, secret).sign(payload))
  return headers.get(header)!
}

/** Whether `signature` is that of `eventPayload`. @throws TypeError where an argument is missing or no text */
export async function verify(secret: string, eventPayload: string, signature: string): Promise<boolean> {
  if (!secret || !eventPayload || !signature) throw new TypeError('[waxseal/octokit] secret, eventPayload & signature required')
  if (typeof eventPayload !== 'string') throw new TypeError('[waxseal/octokit] eventPayload must be a string')
  return refusal(open(github, secret), eventPayload, { [header]: signature }) === null
}

/** As `verify`, with one of several secrets. */
export async function verifyWithFallback(
  secret: string, payload: string, signature: string, additionalSecrets: undefined | string[],
): Promise<boolean> {
  for (const each of [secret, ...(additionalSecrets ?? [])]) {
    if (await verify(each, payload, signature)) return true
  }
  return false
}
