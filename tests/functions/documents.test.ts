// Receivers written the way the systems' documents verify, against what sign() makes – and where
// verifying a re-serialised body breaks, which verifying the raw bytes does not.
import assert from 'node:assert/strict'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import express, { type Request as Incoming } from 'express'
import { node } from '../../functions/node.ts'
import { cosmo, cosmoBody, ost, platformBody, platformCore, request, secret } from './events.ts'

const hmac = (text: string | Buffer): string => createHmac('sha256', secret).update(text).digest('hex')

/** Platform Core's sample, as printed: it signs `JSON.stringify(request.body)`. */
function verifyWebhookSignature(request: Incoming): boolean {
  const signature = request.headers['x-platform-signature'] as string
  const expected = `sha256=${hmac(JSON.stringify(request.body))}`
  return timingSafeEqual(Buffer.from(signature), Buffer.from(expected))
}

/** Cosmo's sample, as printed. */
const verifySignature = (body: string, received: string): boolean => hmac(body) === received

/** OST's SDK: the string of timestamp, version and the stringified data; any of the signatures. */
const verifyOst = (request: Incoming): boolean => String(request.headers['ost-signature'])
  .includes(hmac(`${request.headers['ost-timestamp']}.${request.headers['ost-version']}.${JSON.stringify(request.body)}`))

/** Cosmo's rule over the raw body, as Platform Core's code examples use it. */
const verifyRaw = (request: Incoming): boolean => verifySignature(request.body, String(request.headers['x-cosmo-signature-256']))

async function receivers() {
  const app = express().set('env', 'test') // keeps its own log of the samples' errors quiet
  app.post('/platform', express.json(), (request, response) => {
    if (!verifyWebhookSignature(request)) return void response.status(401).send('Invalid signature')
    response.status(200).send('OK')
  })
  app.post('/cosmo', express.json(), (request, response) => void response.sendStatus(verifySignature(JSON.stringify(request.body), String(request.headers['x-cosmo-signature-256'])) ? 200 : 401))
  app.post('/cosmo-raw', express.raw({ type: '*/*' }), (request, response) => void response.sendStatus(verifyRaw(request) ? 200 : 401))
  app.post('/ost', express.json(), (request, response) => void response.sendStatus(verifyOst(request) ? 200 : 401))
  app.post('/waxseal/cosmo', node({ dialect: cosmo, secrets: [secret] }))
  app.post('/waxseal/platform', node({ dialect: platformCore, secrets: [secret] }))
  const server: Server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    post: async (path: string, sent: Request): Promise<number> => (await fetch(base + path, { method: 'POST', headers: sent.headers, body: await sent.arrayBuffer() })).status,
    close: () => (server.closeAllConnections(), server.close()),
  }
}

test('the documents\' own receivers accept what sign() makes', async () => {
  const { post, close } = await receivers()
  const body = JSON.stringify({ id: '7d2f0b5c-3c1f-4b43-9f1d-0a8f6d3e2b11', topic: 'users/activation_success', created_at: 1574321000, webhook_id: 'c1f9b3f4-5a0e-4a4e-8a55-2f64d1c0e111', version: 'v2', data: { result_type: 'user', user: {} } })
  assert.equal(await post('/platform', request(platformCore, platformBody())), 200)
  assert.equal(await post('/cosmo', request(cosmo, cosmoBody())), 200)
  assert.equal(await post('/cosmo-raw', request(cosmo, cosmoBody())), 200)
  assert.equal(await post('/ost', request(ost, body)), 200)
  close()
})

test('re-serialising breaks on spaces, numbers and escapes; the raw bytes verify', async () => {
  const { post, close } = await receivers()
  const compact = cosmoBody('USER_REGISTER_SUCCESS', { user_id: '1234abcd', user_email: 'user@example.com', n: 1 })
  for (const [what, body] of Object.entries({
    'printed with spaces': JSON.stringify(JSON.parse(compact), null, 2),
    'a trailing newline': `${compact}\n`,
    '1.0': compact.replace('"n":1', '"n":1.0'),
    '1e3': compact.replace('"n":1', '"n":1e3'),
    'an integer beyond 2^53': compact.replace('"n":1', '"n":9007199254740993'),
    'an escaped letter': compact.replace('1234abcd', '\\u0031234abcd'),
    'an escaped slash': compact.replace('1234abcd', 'a\\/b'),
    'number-like keys out of order': compact.replace('"n":1', '"b":1,"2":1,"1":1'),
    'a key twice': compact.replace('"n":1', '"n":1,"n":2'),
  })) {
    assert.equal(await post('/cosmo', request(cosmo, body)), 401, `re-serialised: ${what}`)
    assert.equal(await post('/cosmo-raw', request(cosmo, body)), 200, `raw: ${what}`)
    assert.equal(await post('/waxseal/cosmo', request(cosmo, body)), 200, `waxseal: ${what}`)
  }
  close()
})

test('the document\'s sample throws on a missing or short signature; this answers 401', async () => {
  const { post, close } = await receivers()
  for (const value of [null, 'sha256=short']) {
    const sent = () => {
      const { headers, body } = request(platformCore, platformBody())
      const changed = new Headers(headers)
      if (value) changed.set('x-platform-signature', value)
      else changed.delete('x-platform-signature')
      return new Request('http://localhost/', { method: 'POST', headers: changed, body, duplex: 'half' } as RequestInit)
    }
    assert.equal(await post('/platform', sent()), 500)
    assert.equal(await post('/waxseal/platform', sent()), 401)
  }
  close()
})
