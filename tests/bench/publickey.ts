// Part 7: is this request signed with that public key? By the host, in wasm and by crypto.subtle, beside
// the runtime's own crypto written by hand.
import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { loadDialect, Webhook } from 'waxseal/full'
import { hosts } from '../../dist/js/signature.js'
import { orders, poolSize } from './orders.ts'
import { race, type Candidate, type Effort, type Times } from './race.ts'
import { bytes, ratioTable, timeTable, type Goal, type Section } from './report.ts'

const sizes = [1024, 20480]

const about = `One valid request whose signature covers time and body, as Discord and SendGrid sign: Ed25519, ECDSA on P-256 with SHA-256 (DER), RSA with 2048 bits (PKCS #1 v1.5, SHA-256). \`waxseal\` is \`verify\` as it comes: on Node the core reads the request and judges it, and node:crypto takes the public-key step. \`in wasm\` takes that step in WebAssembly, as a runtime without a synchronous host must. By hand is what a careful person writes: header, clock, \`crypto.verify\` with the key opened once. Every candidate has refused forged requests before it is timed.`

const later = 'Those that answer with a promise: `checkAsync` where crypto.subtle is all that the runtime has.'

interface Sent {
  body: Buffer
  headers: Record<string, string>
}

interface Scheme {
  title: string
  /** as a dialect calls it */
  name: string
  format?: 'der'
  hash: string | null
  subtle: { name: string; namedCurve?: string; hash?: string }
  keys: { publicKey: KeyObject; privateKey: KeyObject }
}

const schemes: Scheme[] = [
  { title: 'Ed25519', name: 'ed25519', hash: null, subtle: { name: 'Ed25519' }, keys: generateKeyPairSync('ed25519') },
  { title: 'P-256', name: 'ecdsa-p256-sha256', format: 'der', hash: 'sha256', subtle: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }, keys: generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
  { title: 'RSA 2048', name: 'rsa-pkcs1-sha256', hash: 'sha256', subtle: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, keys: generateKeyPairSync('rsa', { modulusLength: 2048 }) },
]

const dialectOf = ({ name, format }: Scheme) => loadDialect({
  name: 'bench', title: 'Bench', documents: ['https://example.com'],
  signature: { scheme: name, ...(format && { format }), header: 'x-signature', encoding: 'base64', signed: '{timestamp}{body}' },
  timestamp: { header: 'x-timestamp', unit: 'seconds', tolerance: { past: 300, future: 300 } },
  event: { type: { pointer: '/type' } },
})

/** A pool of different requests of about `size` bytes, signed now. */
function signed({ hash, keys }: Scheme, size: number): Sent[] {
  const now = `${Math.floor(Date.now() / 1000)}`
  return orders(size, poolSize(size)).map((text) => {
    const body = Buffer.from(text)
    const signature = sign(hash, Buffer.concat([Buffer.from(now), body]), keys.privateKey).toString('base64')
    return { body, headers: { host: 'hooks.example.com', 'content-type': 'application/json', 'x-timestamp': now, 'x-signature': signature } }
  })
}

const forged = (all: readonly Sent[]): Sent[] => all.map(({ body, headers }) => ({ body: Buffer.concat([body, Buffer.from(' ')]), headers }))

/** Time, signature and what is signed; null where the request is refused for its form or its age. */
function read({ body, headers }: Sent): [message: Buffer, signature: Buffer] | null {
  const { 'x-timestamp': timestamp, 'x-signature': signature } = headers
  if (!timestamp || !signature || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return null
  return [Buffer.concat([Buffer.from(timestamp), body]), Buffer.from(signature, 'base64')]
}

type Check = (sent: Sent) => boolean | Promise<boolean>

/** Verifies with `hosts` as given, and leaves them as they were. */
function withHosts<T>(synchronous: boolean, asynchronous: boolean, call: () => T): T {
  const before = { ...hosts }
  Object.assign(hosts, { synchronous, asynchronous })
  try {
    return call()
  } finally {
    Object.assign(hosts, before)
  }
}

async function checks(scheme: Scheme): Promise<{ now: Record<string, Check>; later: Record<string, Check> }> {
  const { hash, subtle, keys } = scheme
  const pem = keys.publicKey.export({ type: 'spki', format: 'pem' }) as string
  const hook = new Webhook(dialectOf(scheme), { secrets: pem })
  const key = createPublicKey(pem)
  const imported = await crypto.subtle.importKey('spki', keys.publicKey.export({ type: 'spki', format: 'der' }) as BufferSource, subtle, false, ['verify'])
  const byHand = (sent: Sent): boolean => {
    const parts = read(sent)
    return parts !== null && verify(hash, parts[0], key, parts[1])
  }
  return {
    now: {
      'waxseal': ({ body, headers }) => hook.check(body, headers).ok,
      'waxseal, in wasm': ({ body, headers }) => withHosts(false, false, () => hook.check(body, headers).ok),
      'node:crypto by hand': byHand,
      'node:crypto by hand + JSON.parse': (sent) => byHand(sent) && JSON.parse(sent.body.toString()).type !== undefined,
    },
    later: {
      'waxseal checkAsync': async ({ body, headers }) => (await withHosts(false, true, () => hook.checkAsync(body, headers))).ok,
      // Of ECDSA it takes r and s: DER must be read first.
      'crypto.subtle by hand': async (sent) => {
        const parts = read(sent)
        return parts !== null && crypto.subtle.verify(subtle, imported, (scheme.format ? raw(parts[1]) : parts[1]) as BufferSource, parts[0] as BufferSource)
      },
    },
  }
}

/** r and s of a DER signature on P-256, 32 bytes each. */
function raw(der: Buffer): Buffer {
  const first = der.subarray(4, 4 + der[3]!)
  const second = der.subarray(6 + der[3]!)
  return Buffer.concat([first, second].map((part) => Buffer.concat([Buffer.alloc(32), part]).subarray(-32)))
}

/** The candidates, after each has shown that it tells good from forged. */
async function candidates(all: Record<string, Check>, good: readonly Sent[]): Promise<Candidate[]> {
  for (const [name, check] of Object.entries(all)) {
    for (const sent of forged(good.slice(0, 4))) {
      if (await check(sent)) throw new Error(`${name} accepts a forged request`)
    }
  }
  return Object.entries(all).map(([name, check]) => ({ name, run: (index) => check(good[index % good.length]!) }))
}

export async function publicKey(effort: Effort, say: (line: string) => void): Promise<Section> {
  const races = new Map<string, Times>()
  const promised = new Map<string, Times>()
  for (const scheme of schemes) {
    const all = await checks(scheme)
    for (const size of sizes) {
      const name = `${scheme.title}, ${bytes(size)}`
      say(`publickey, ${name}`)
      const good = signed(scheme, size)
      races.set(name, await race(await candidates(all.now, good), effort))
      promised.set(name, await race(await candidates(all.later, good), effort))
    }
  }
  const namesOf = (of: Map<string, Times>) => [...[...of.values()][0]!.byName.keys()]
  const hand = 'node:crypto by hand + JSON.parse'
  const goals = [...races].map(([name, times]): Goal => ({
    what: `\`verify\` against ${hand}, ${name}`, found: times.ratio('waxseal', hand), wanted: 1, sense: 'most', unit: '× its time',
  }))
  return {
    title: 'Is it signed with that public key?',
    text: [about, timeTable(races, namesOf(races)), ratioTable(races, namesOf(races), 'waxseal'), later, timeTable(promised, namesOf(promised)), ratioTable(promised, namesOf(promised), 'waxseal checkAsync')].join('\n\n'),
    goals,
  }
}
