// Vectors of systems whose requests are made by hand, one at a time. Used by the files of such systems.
import { computed, type Expect, type Header, type Patch, type Tolerance, type Vector } from './recipe.ts'

export interface Sent {
  headers: Header[]
  body?: string
  url?: string
  method?: string
  secrets?: string[]
  settings?: Record<string, string>
  fetched?: true
  now?: number
  tolerance?: Tolerance | null
  source?: string
}

/** Makes vectors of one dialect; `secret`, `now` and `settings` are theirs unless told. */
export function cases(secret: string, now = 1700000000, settings?: Record<string, string>) {
  const made = (name: string, sent: Sent, expect: Expect, remove?: Patch): Vector => ({
    name, source: sent.source ?? computed, secrets: sent.secrets ?? [secret], settings: sent.settings ?? settings, fetched: sent.fetched, now: sent.now ?? now, tolerance: sent.tolerance,
    headers: sent.headers, url: sent.url, method: sent.method, body: sent.body ?? '', expect, remove,
  })
  return {
    accept: (name: string, sent: Sent, expect: Record<string, unknown> = {}) => made(name, sent, { code: 'ok', ...expect }),
    refuse: (name: string, code: string, sent: Sent, remove?: Patch) => made(name, sent, { code }, remove),
  }
}

export const replace = (path: string, value: unknown): Patch => [{ op: 'replace', path, value }]
export const add = (path: string, value: unknown): Patch => [{ op: 'add', path, value }]
export const drop = (path: string): Patch => [{ op: 'remove', path }]
