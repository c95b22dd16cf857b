// Part 1: is this request signed? Waxseal beside what people use today, each on valid requests in its
// own format.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import { verify as octokit } from '@octokit/webhooks-methods'
import { hmac as noble } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { createHMAC, createSHA256 } from 'hash-wasm'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import { Webhook } from 'waxseal'
import { standardWebhooks } from 'waxseal/dialects/standard-webhooks'
import { forged, key, messages, secrets, type Message } from './messages.ts'
import { race, type Candidate, type Effort, type Times } from './race.ts'
import { bytes, ratioTable, timeTable, type Goal, type Section } from './report.ts'

const sizes = [256, 1024, 4096, 20480, 1 << 20]

const about = `One valid request in each peer's own format (HMAC-SHA-256 everywhere), out of a pool of different JSON bodies, given as a Buffer with headers as Node's \`req.headers\` shows them. Every candidate has refused forged requests before it is timed. Waxseal's \`authenticate\` answers that question alone; \`verify\` reads the event as well: its type, id and where its data is, after one pass over the body that shows it is sound JSON. svix 2 and the rows that say so give back nothing of the body.`

type Check = (message: Message) => boolean | Promise<boolean>

/** What throws where it refuses, as an answer. */
const accepted = (call: () => unknown): boolean => {
  try {
    call()
    return true
  } catch {
    return false
  }
}

const secretKey = createSecretKey(key)

/** Standard Webhooks by hand, as a careful person writes it: header, clock, digest over the raw bytes. */
function byHand(body: Buffer, header: (name: string) => string | null | undefined): boolean {
  const id = header('webhook-id')
  const timestamp = header('webhook-timestamp')
  const signature = header('webhook-signature')
  if (!id || !timestamp || !signature?.startsWith('v1,')) return false
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false
  const expected = createHmac('sha256', secretKey).update(`${id}.${timestamp}.`).update(body).digest()
  const given = Buffer.from(signature.slice(3), 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

async function checks(): Promise<Record<string, Check>> {
  const hook = new Webhook(standardWebhooks, { secrets: secrets.standard })
  const subtle = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  const standard = new StandardWebhook(secrets.standard)
  const svix = new SvixWebhook(secrets.standard)
  const stripe = new Stripe('sk_test_none').webhooks
  const hashWasm = await createHMAC(createSHA256(), key)
  const nobleKeyed = noble.create(sha256, key)
  const request = ({ body, standard: headers }: Message) =>
    new Request('https://hooks.example.com/', { method: 'POST', headers, body: body as BodyInit })
  return {
    'waxseal authenticate': ({ body, standard: headers }) => accepted(() => hook.authenticate(body, headers)),
    'waxseal': ({ body, standard: headers }) => accepted(() => hook.verify(body, headers)),
    'node:crypto by hand': ({ body, standard }) => byHand(body, (name) => standard[name]),
    'node:crypto by hand + JSON.parse': ({ body, standard }) =>
      byHand(body, (name) => standard[name]) && JSON.parse(body.toString()).type !== undefined,
    'crypto.subtle, cached key': ({ prefix, body, digest }) =>
      crypto.subtle.verify('HMAC', subtle, digest as BufferSource, Buffer.concat([Buffer.from(prefix), body])),
    'standardwebhooks': ({ body, standard: headers }) => accepted(() => standard.verify(body, headers)),
    'standardwebhooks, no parsing': ({ body, standard: headers }) =>
      accepted(() => standard.verify(body, headers, { jsonParse: false })),
    'svix': ({ body, standard: headers }) => accepted(() => svix.verify(body, headers)),
    'stripe constructEvent': ({ body, stripe: header }) => accepted(() => stripe.constructEvent(body, header, secrets.stripe)),
    'stripe verifyHeader': ({ body, stripe: header }) =>
      accepted(() => stripe.signature!.verifyHeader(body, header, secrets.stripe, 300)),
    '@octokit/webhooks-methods': ({ body, github }) => octokit(secrets.github, body.toString(), github),
    'hash-wasm': ({ prefix, body, digest }) =>
      timingSafeEqual(hashWasm.init().update(prefix).update(body).digest('binary'), digest),
    '@noble/hashes': ({ prefix, body, digest }) =>
      timingSafeEqual(nobleKeyed.clone().update(Buffer.from(prefix)).update(body).digest(), digest),
    'waxseal receive(request)': async (message) => (await hook.receive(request(message))).id !== null,
    'node:crypto by hand on a Request': async (message) => {
      const made = request(message)
      return byHand(Buffer.from(await made.arrayBuffer()), (name) => made.headers.get(name))
    },
  }
}

/** The candidates of one size, after each has shown that it tells good from forged. */
async function candidates(size: number): Promise<Candidate[]> {
  const good = messages(size)
  const bad = forged(good.slice(0, 4))
  const all: Candidate[] = []
  for (const [name, check] of Object.entries(await checks())) {
    for (const message of bad) {
      const answer = await Promise.resolve(check(message)).catch(() => false)
      if (answer) throw new Error(`${name} accepts a forged request`)
    }
    all.push({ name, run: (index) => check(good[index % good.length]!) })
  }
  return all
}

/** These wait for a promise, some for other threads: they race apart, beside `waxseal` again. */
const asynchronous = ['crypto.subtle, cached key', '@octokit/webhooks-methods', 'waxseal receive(request)', 'node:crypto by hand on a Request']

export async function signature(effort: Effort, say: (line: string) => void): Promise<Section> {
  const races = new Map<string, Times>()
  const later = new Map<string, Times>()
  for (const size of sizes) {
    say(`signature, ${bytes(size)}`)
    const all = await candidates(size)
    races.set(bytes(size), await race(all.filter(({ name }) => !asynchronous.includes(name)), effort))
    later.set(bytes(size), await race(all.filter(({ name }) => name === 'waxseal' || asynchronous.includes(name)), effort))
  }
  const namesOf = (of: Map<string, Times>) => [...[...of.values()][0]!.byName.keys()]
  const tables = (of: Map<string, Times>) => [timeTable(of, namesOf(of)), ratioTable(of, namesOf(of), 'waxseal')]
  const than = (size: number, name: string, ours: string) => races.get(bytes(size))!.ratio(name, ours)
  const faster = (what: string, size: number, peer: string, ours: string, wanted: number): Goal =>
    ({ what: `${what}, ${bytes(size)}`, found: than(size, peer, ours), wanted, sense: 'least', unit: '×' })
  const noSlower = (what: string, size: number, ours: string, peer: string): Goal =>
    ({ what: `${what}, ${bytes(size)}`, found: than(size, ours, peer), wanted: 1, sense: 'most', unit: '× its time' })
  const [alone, reading, hand, parsing] = ['waxseal authenticate', 'waxseal', 'node:crypto by hand', 'node:crypto by hand + JSON.parse'] as const
  const [whole, bare] = ['standardwebhooks', 'standardwebhooks, no parsing'] as const
  const goals = [
    faster('`authenticate` against standardwebhooks\' `verify`', 1024, whole, alone, 4),
    faster('the same', 20480, whole, alone, 10),
    faster('the same, told not to parse', 1024, bare, alone, 4),
    faster('the same, told not to parse', 20480, bare, alone, 10),
    faster('`verify` against standardwebhooks\' `verify`', 1024, whole, reading, 4),
    faster('the same', 20480, whole, reading, 10),
    ...sizes.map((size) => noSlower(`\`verify\` against ${parsing}`, size, reading, parsing)),
    ...sizes.map((size) => noSlower(`\`authenticate\` against ${hand} that reads nothing`, size, alone, hand)),
  ]
  return {
    title: 'Is it signed?',
    text: [about, ...tables(races), 'Those that answer with a promise, in a race of their own; the last two begin with a fetch Request, which costs most of their time.', ...tables(later)].join('\n\n'),
    goals,
  }
}
