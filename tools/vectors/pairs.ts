// Public-key signatures by the `openssl` command, with the keys in keys/. Used by derive.ts.
import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Scheme = 'ed25519' | 'ecdsa-p256-sha256'

const folder = new URL('./keys/', import.meta.url)
const kept = new URL('signatures.json', folder)
const signatures: Record<string, string> = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {}
const checking = process.argv.includes('--check')
const made = new Map<string, Buffer>()

const fileOf = (scheme: Scheme, index: number) => new URL(`${scheme === 'ed25519' ? 'ed25519' : 'p256'}-${index}.pem`, folder)
const pemOf = (scheme: Scheme, index: number) => readFileSync(fileOf(scheme, index), 'utf8')

/** The public half of key `index` (1 to 3), as DER SubjectPublicKeyInfo or in PEM. */
export const spki = (scheme: Scheme, index: number): Buffer => createPublicKey(pemOf(scheme, index)).export({ type: 'spki', format: 'der' })
export const pem = (scheme: Scheme, index: number): string => createPublicKey(pemOf(scheme, index)).export({ type: 'spki', format: 'pem' }) as string

/** A signature of `message` by key `index`; of ECDSA in DER. */
export function signBy(scheme: Scheme, index: number, message: Buffer): Buffer {
  const name = `${scheme} ${index} ${createHash('sha256').update(message).digest('hex')}`
  let signature = made.get(name)
  if (!signature) made.set(name, (signature = scheme === 'ed25519' ? ed25519(index, message) : ecdsa(name, index, message)))
  return signature
}

function ed25519(index: number, message: Buffer): Buffer {
  if (checking) return nodeSign(null, message, pemOf('ed25519', index))
  const place = mkdtempSync(join(tmpdir(), 'waxseal-'))
  try {
    const file = join(place, 'message') // pkeyutl does not take such a message from a pipe
    writeFileSync(file, message)
    const options = ['pkeyutl', '-sign', '-rawin', '-inkey', fileOf('ed25519', index).pathname, '-in', file]
    return execFileSync('openssl', options)
  } finally {
    rmSync(place, { recursive: true })
  }
}

function ecdsa(name: string, index: number, message: Buffer): Buffer {
  const scheme = 'ecdsa-p256-sha256'
  if (!signatures[name]) {
    const options = ['dgst', '-sha256', '-sign', fileOf(scheme, index).pathname]
    signatures[name] = execFileSync('openssl', options, { input: message }).toString('base64')
    if (!checking) writeFileSync(kept, JSON.stringify(signatures, null, 1) + '\n')
  }
  const signature = Buffer.from(signatures[name]!, 'base64')
  if (!nodeVerify('sha256', message, pem(scheme, index), signature)) throw new Error(`${name}: the signature kept is wrong`)
  return signature
}
