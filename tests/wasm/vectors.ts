// The vectors of tests/vectors, as the tests of wasm and js take them.
import { readdirSync, readFileSync } from 'node:fs'

export interface Vector {
  dialect: string
  name: string
  secrets: string[]
  now: number
  tolerance?: number | null | { past: number; future: number }
  mode?: 'report' | 'enforce' | 'off'
  headers: [string, string][]
  bytes: Uint8Array
  settings?: Record<string, string>
  /** the secrets are what was fetched from where the request says */
  fetched?: true
  url?: string
  method?: string
  expect: { code: string; [member: string]: any }
}

const root = new URL('../../', import.meta.url)

/** The text of core/dialects/<name>.json. */
export const dialectText = (name: string): string => readFileSync(new URL(`core/dialects/${name}.json`, root), 'utf8')

export const dialectNames: string[] = readdirSync(new URL('core/dialects/', root))
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -5))

/** Whether a dialect has public keys: waxseal-full.wasm alone knows those. */
export const hasPublicKeys = (name: string): boolean =>
  [JSON.parse(dialectText(name)).signature].flat().some(({ scheme }) => /^(ed25519|ecdsa|rsa)/.test(scheme))

export const vectors: Vector[] = readdirSync(new URL('tests/vectors/', root))
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => {
    const { dialect, vectors } = JSON.parse(readFileSync(new URL(`tests/vectors/${file}`, root), 'utf8'))
    return vectors.map((vector: any) => ({
      ...vector,
      dialect,
      bytes: Buffer.from(vector.body ?? vector.body_base64, vector.body === undefined ? 'base64' : 'utf8'),
    }))
  })
