// Sources whose keys are fetched: a real relay, and a server with TLS on this machine where the dialect
// pins its keys. The dialect is one of the test's own, because the shipped ones pin hosts of the network.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { destination } from '../functions/destination.ts'
import { run } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'waxseal-keys-'))
const at = (name: string): string => join(folder, name)
const openssl = (...given: string[]): void => void execFileSync('openssl', given, { stdio: 'ignore' })
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const asked: string[] = []

openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at('key.pem'), '-out', at('cert.pem'), '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost')
const provider = createServer({ key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) }, (request, response) => {
  asked.push(request.url!)
  const known = request.url!.startsWith('/key')
  response.writeHead(known ? 200 : 404).end(known ? publicKey.export({ type: 'spki', format: 'pem' }) : '')
})

let host: string
let end: Awaited<ReturnType<typeof destination>>
let relay: Awaited<ReturnType<typeof run>>
const partner = (name: string): object => ({
  name, title: 'Partner', documents: ['https://partner.example/docs'],
  signature: { scheme: 'rsa-pkcs1-sha256', header: 'x-signature', encoding: 'base64', signed: '{timestamp}.{setting:account}.{body}' },
  key: { header: 'x-key-url', urls: [`${host}/{name}.pem`] },
  timestamp: { header: 'x-time', tolerance: { past: 300, future: 300 } },
  event: { id: { pointer: '/id' }, type: { pointer: '/type' } },
  handshake: { when: { pointer: '/type', equals: 'subscribe' }, answer: { pointer: '/visit', visit: [`${host}/yes/{rest}`] } },
})

before(async () => {
  await new Promise<void>(ready => provider.listen(0, '127.0.0.1', ready))
  host = `https://localhost:${(provider.address() as AddressInfo).port}`
  writeFileSync(at('partner.json'), JSON.stringify(partner('partner')))
  end = await destination()
  relay = await run({
    sources: { partner: { dialect: at('partner.json'), settings: { account: 'a-1' } } }, endpoints: { all: { url: end.url } },
    env: { WAXSEAL_SECRET_PARTNER: '', NODE_EXTRA_CA_CERTS: at('cert.pem') },
  })
})
after(async () => {
  await relay?.close()
  await end?.close()
  provider.closeAllConnections()
  provider.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => void asked.splice(0))

let count = 0
interface Change { url?: string; by?: typeof other; age?: number; account?: string; body?: object; to?: string }
/** Posts a webhook, signed as the partner does but for the change. */
function post({ url = `${host}/key-1.pem`, by = privateKey, age = 0, account = 'a-1', body = { id: `e${++count}`, type: 'thing.made' }, to = 'partner' }: Change = {}, at = relay) {
  const time = String(Math.floor(Date.now() / 1000) - age), text = JSON.stringify(body)
  const signature = sign('sha256', Buffer.from(`${time}.${account}.${text}`), by).toString('base64')
  return at.post(to, new Request('http://x/', { method: 'POST', body: text, headers: { 'x-signature': signature, 'x-time': time, 'x-key-url': url } }))
}

test('a webhook is verified by the key that it names, fetched once, and delivered', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => post()))
  assert.deepEqual(answers.map(({ status }) => status), Array(20).fill(202))
  assert.deepEqual(asked, ['/key-1.pem'])
  await end.until(20)
  const { eventType } = (await relay.api(`/app/test/msg/${answers[0]!.body.id}`)).body
  assert.equal(eventType, 'thing.made')
})

test('nothing is fetched for a webhook that is refused without its key', async () => {
  for (const [change, status] of [
    [{ url: `${host}/a/key-2.pem` }, 401],
    [{ url: `https://localhost.example.com/key-2.pem` }, 401],
    [{ url: `${host}/key-2.pem`, age: 400 }, 401],
    [{ url: `${host}/key-2.pem`, age: -400 }, 401],
  ] as const) assert.equal((await post(change)).status, status, JSON.stringify(change))
  assert.deepEqual(asked, [])
})

test('another key, another account and another body are refused; a key that is not there is 500, and asked for once', async () => {
  assert.equal((await post({ by: other })).status, 401)
  assert.equal((await post({ account: 'a-2' })).status, 401)
  assert.equal((await post({ url: `${host}/gone.pem` })).status, 500)
  assert.equal((await post({ url: `${host}/gone.pem` })).status, 500)
  assert.deepEqual(asked, ['/gone.pem'])
})

test('a subscription that a visit confirms is an event, and the relay visits nothing', async () => {
  const visit = `${host}/yes/token`
  const { status, body: { id } } = await post({ body: { id: `e${++count}`, type: 'subscribe', visit } })
  assert.equal(status, 202)
  assert.equal((await relay.api(`/app/test/msg/${id}`)).body.eventType, 'subscribe')
  await end.until(21)
  assert.equal(JSON.parse(end.received.at(-1)!.body.toString()).visit, visit)
  assert.deepEqual(asked, [])
})

test('a source made by the API needs no secret where its dialect says from where keys are fetched, and its settings', async () => {
  assert.equal((await relay.call('POST', '/app/test/dialect', partner('mine'))).status, 201)
  const put = (change: object) => relay.call('POST', '/app/test/source', { name: 'made', dialect: 'mine', settings: { account: 'a-1' }, ...change })
  for (const [change, loc, message] of [
    [{ settings: undefined }, 'settings', /Partner needs the setting "account": give it beside the secret/],
    [{ settings: { account: 'a 1' } }, 'settings', /./],
    [{ settings: { acount: 'a-1', account: 'a-1' } }, 'settings', /Partner has no setting "acount"/],
    [{ dialect: 'github', settings: undefined }, 'secrets', /no secret is set: give the one that GitHub shows/],
    [{ secrets: ['no key'] }, 'secrets', /secret 0 /],
  ] as const) {
    const { status, body } = await put(change)
    assert.equal(status, 422, JSON.stringify(body))
    assert.equal(body.detail[0].loc[1], loc)
    assert.match(body.detail[0].msg, message)
  }
  const made = await put({})
  assert.deepEqual([made.status, made.body.settings], [201, { account: 'a-1' }])
  assert.equal((await post({ to: 'made' })).status, 202)
  assert.equal((await post({ to: 'made', url: `${host}/key-3.pem` })).status, 202)
  assert.deepEqual(asked, ['/key-1.pem', '/key-3.pem'], 'each source has keys of its own')
  const change = (settings: object) => relay.call('PUT', '/app/test/source/made', { dialect: 'mine', ...settings })
  assert.equal((await change({ settings: { account: 'a-2' } })).status, 200)
  assert.equal((await post({ to: 'made' })).status, 401)
  assert.equal((await post({ to: 'made', account: 'a-2' })).status, 202)
  // a key that is given is the only one, whatever a webhook names
  assert.equal((await change({ settings: { account: 'a-2' }, secrets: [publicKey.export({ type: 'spki', format: 'pem' })] })).status, 200)
  asked.splice(0)
  assert.equal((await post({ to: 'made', account: 'a-2', url: `${host}/gone-2.pem` })).status, 202)
  assert.deepEqual(asked, [])
  assert.equal((await change({ settings: { account: 'a-2' }, secrets: [] })).status, 200)
  assert.equal((await post({ to: 'made', account: 'a-2', url: `${host}/gone-2.pem` })).status, 500)
})

test('a dialect of an app cannot have keys fetched from where nothing may be sent', async () => {
  const public_ = await run({ network: ['public'], http: false, env: { NODE_EXTRA_CA_CERTS: at('cert.pem') } })
  try {
    assert.equal((await public_.call('POST', '/app/test/dialect', partner('own'))).status, 201)
    assert.equal((await public_.call('POST', '/app/test/source', { name: 'own', dialect: 'own', settings: { account: 'a-1' } })).status, 201)
    assert.equal((await post({ to: 'own' }, public_)).status, 500)
    assert.deepEqual(asked, [])
  } finally {
    await public_.close()
  }
})
