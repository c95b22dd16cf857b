// RSA signatures by the `openssl` command, and the certificates of the keys that make them. Used by the
// files of systems whose certificates are fetched.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const folder = new URL('./keys/', import.meta.url)

/** The certificate of key `index` (1 or 2), in PEM. It holds from 2026-11-22 to 2036-11-19. */
export const certificate = (index: number): string => readFileSync(new URL(`rsa-${index}.crt.pem`, folder), 'utf8')

/** Unix seconds at which those certificates hold: 2027-01-15. */
export const holding = 1800000000

/** An RSA signature (PKCS #1 v1.5) of `message` by key `index`, in base64 unless told. */
export function signBy(index: number, hash: 'sha1' | 'sha256', message: string | Buffer, digits: 'base64' | 'hex' = 'base64'): string {
  const key = new URL(`rsa-${index}.pem`, folder).pathname
  return execFileSync('openssl', ['dgst', `-${hash}`, '-sign', key], { input: message }).toString(digits)
}
