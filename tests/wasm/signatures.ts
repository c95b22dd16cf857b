// The published signatures of public-key schemes that the tests of every layer run: Project Wycheproof's
// and RFC 8032's, as tests/data has them.
import { readFileSync } from 'node:fs'

interface Suite {
  numberOfTests: number
  testGroups: {
    publicKeyDer: string
    publicKeyPem: string
    tests: { tcId: number; comment: string; msg: string; sig: string; result: string }[]
  }[]
}

const read = (path: string) => JSON.parse(readFileSync(new URL(`../data/${path}`, import.meta.url), 'utf8'))

/** Wycheproof's files, each with the scheme and format that a dialect says and the number of its cases. */
export const files: [file: string, scheme: string, format: string | undefined, cases: number][] = [
  ['ed25519', 'ed25519', undefined, 151],
  ['ecdsa_secp256r1_sha256', 'ecdsa-p256-sha256', 'der', 484],
  ['ecdsa_secp256r1_sha256_p1363', 'ecdsa-p256-sha256', 'raw', 262],
  ['rsa_signature_2048_sha256', 'rsa-pkcs1-sha256', undefined, 259],
  ['rsa_signature_3072_sha256', 'rsa-pkcs1-sha256', undefined, 259],
  ['rsa_signature_4096_sha256', 'rsa-pkcs1-sha256', undefined, 258],
]

export const suiteOf = (file: string): Suite => read(`wycheproof/${file}_test.json`)

export const rfc8032: Record<'name' | 'secret' | 'public' | 'message' | 'signature', string>[] = read('rfc8032/ed25519.json')
