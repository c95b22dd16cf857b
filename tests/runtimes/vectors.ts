// What every runtime runs: all vectors through Webhook.check, or receive. Bundled by runtimes.test.ts
// with the runtime's own import conditions; needs nothing but the platform.
import { Webhook, type Dialect } from 'waxseal'
import { files } from 'vectors:files'

export interface Report {
  run: number
  /** vectors of dialects that `waxseal` leaves to `waxseal/full`, and says so */
  left: number
  failed: string[]
}

/** Members that `expect` does not state are not compared. */
function differs(got: any, wanted: any, path: string): string | null {
  if (wanted === null || typeof wanted !== 'object') return got === wanted ? null : `${path} is ${got}, not ${wanted}`
  for (const member of Object.keys(wanted)) {
    const found = differs(got?.[member], wanted[member], `${path}/${member}`)
    if (found) return found
  }
  return null
}

function bytesOf({ body, body_base64 }: { body?: string; body_base64?: string }): Uint8Array {
  if (body !== undefined) return new TextEncoder().encode(body)
  return Uint8Array.from(atob(body_base64!), letter => letter.charCodeAt(0))
}

/** Runs every vector with the dialects that `dialectOf` gives by name. */
export async function runVectors(dialectOf: (name: string) => Dialect): Promise<Report> {
  const report: Report = { run: 0, left: 0, failed: [] }
  for (const { dialect, vectors } of files) {
    const from = dialectOf(dialect)
    for (const vector of vectors) {
      report.run++
      const { secrets, settings, fetched, tolerance, mode, headers, url, method, now, expect } = vector
      let hook: Webhook
      try {
        hook = new Webhook(from, { ...(fetched ? { keys: async () => secrets[0] } : { secrets }), settings, schema: mode, ...(tolerance !== undefined && { tolerance }) })
      } catch (error) {
        if (!(error instanceof TypeError && error.message.endsWith("needs Webhook from 'waxseal/full'"))) throw error
        report.left++
        continue
      }
      const given = [bytesOf(vector), headers, { url, method, now }] as const
      const result = fetched ? await hook.checkAsync(...given) : hook.check(...given)
      hook.close()
      const event = result.ok ? result.event : undefined
      const got = event
        ? { ...event, type: event.type, code: 'ok', handshake: event.handshake !== null, challenge: event.handshake?.challenge ?? null }
        : { code: result.ok || result.code }
      const problem = differs(got, expect, '')
      if (problem) report.failed.push(`${dialect}: ${vector.name}: ${problem}`)
    }
  }
  return report
}
