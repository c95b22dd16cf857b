// API keys, `wx_<app>_<random>`: made, read and compared. Called by the API and the launcher's tests.
import { newId } from './ids.ts'
import type { Key, Scope } from './model.ts'

const form = /^wx_([a-zA-Z0-9_-]{1,64})_([A-Za-z0-9]{16,128})$/

/** The app that a key speaks for, as the key says; undefined where it is no key. */
export const appOf = (key: string): string | undefined => form.exec(key)?.[1]

/** A new key: its text, which is shown once, and what is stored. */
export async function makeKey(app: string, name: string, scopes: Scope[], until: number | null): Promise<{ text: string; key: Key }> {
  const random = [...crypto.getRandomValues(new Uint8Array(24))].map(byte => byte.toString(16).padStart(2, '0')).join('')
  const text = `wx_${app}_${random}`
  const createdAt = Date.now()
  return { text, key: { id: newId('key', createdAt), name, hash: await sha256(text), scopes, until, configured: false, createdAt } }
}

/** The key with this hash. Every one is compared, each in constant time. */
export function findKey(keys: Key[], hash: string, now: number): Key | undefined {
  const given = new TextEncoder().encode(hash)
  let found: Key | undefined
  for (const key of keys) {
    const known = new TextEncoder().encode(key.hash)
    if (known.length === given.length && crypto.subtle.timingSafeEqual(known, given) && (key.until === null || key.until > now)) found = key
  }
  return found
}

export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
}
