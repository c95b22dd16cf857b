// API keys, `wx_<app>_<random>`: made, read and compared. Called by the API and the launcher's tests.
import { newId } from './ids.ts'
import type { Key, Scope } from './model.ts'

const form = /^wx_([a-zA-Z0-9_-]{1,64})_([A-Za-z0-9]{16,128})$/

/** The app that a key speaks for, as the key says; undefined where it is no key. */
export const appOf = (key: string): string | undefined => form.exec(key)?.[1]

/** A new key: its text, which is shown once, and what is stored. */
export async function makeKey(app: string, name: string, scopes: Scope[], until: number | null, signed = false): Promise<{ text: string; key: Key }> {
  const text = `wx_${app}_${randomHex(24)}`
  const createdAt = Date.now()
  return { text, key: { id: newId('key', createdAt), name, hash: await sha256(text), scopes, until, configured: false, ...signed && { signed }, createdAt } }
}

/** So many random bytes, in hex. */
export const randomHex = (bytes: number): string => hexOf(crypto.getRandomValues(new Uint8Array(bytes)))

/**
 * The key with this hash. Every one is compared, each in constant time.
 *
 * @param signed  one that signs its requests, and only such a one: its text alone opens nothing
 */
export function findKey<Found extends Key>(keys: Found[], hash: string, now: number, signed = false): Found | undefined {
  const given = new TextEncoder().encode(hash)
  let found: Found | undefined
  for (const key of keys) {
    const known = new TextEncoder().encode(key.hash)
    if (known.length === given.length && crypto.subtle.timingSafeEqual(known, given) && (key.until === null || key.until > now) && (key.signed ?? false) === signed) found = key
  }
  return found
}

export async function sha256(text: string | Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', typeof text === 'string' ? new TextEncoder().encode(text) : text as BufferSource)
  return hexOf(new Uint8Array(digest))
}

const hexOf = (bytes: Uint8Array): string => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
