// Shopify: https://shopify.dev/docs/apps/build/webhooks/subscribe/https
import { dialectFile, eventRules } from './events.ts'
import {
  accept, digest, forge, hmac, refuse, rename, set, sign, twice, vector, without, type Recipe,
} from './recipe.ts'
import { bodyRules, signatureRules } from './rules.ts'

const secret = '8ab2e4d1c0f35a697b8c9d0e1f2a3b4c'
const webhook = 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043'
const event = '98880550-7158-44d4-b7cd-2c97c8a091b5'
const examples = dialectFile('shopify').events
const product = JSON.stringify(examples['products/update'].example)

const shopify: Recipe = {
  dialect: 'shopify',
  secret,
  other: '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',
  now: 1700000000,
  body: product,
  extended: (extra) => `${product.slice(0, -1)},"x":${extra}}`,
  depth: 1,
  header: 'X-Shopify-Hmac-Sha256',
  encoding: 'base64',
  key: (text) => Buffer.from(text),
  message: (body) => body,
  value: (signatures) => signatures.join(),
  headers: (signature, how) => [
    ['Content-Type', how.contentType ?? 'application/json'],
    ['X-Shopify-Topic', how.type ?? 'products/update'],
    ['X-Shopify-Hmac-Sha256', signature],
    ['X-Shopify-Shop-Domain', 'johns-apparel.myshopify.com'],
    ['X-Shopify-API-Version', how.version ?? '2026-07'],
    ['X-Shopify-Webhook-Id', how.id ?? webhook],
    ['X-Shopify-Triggered-At', '2023-03-29T18:00:27.877041743Z'],
    ['X-Shopify-Event-Id', event],
  ],
  // The type stands in a header: whether a body that cannot be read is a known event is not asked.
  unread: { type: 'products/update', alias: null, id: webhook, timestamp: null, version: '2026-07', known: undefined, dedupe: { key: event, signed: false } },
}

const good = sign(shopify, shopify.body)
const right = digest(shopify, shopify.body)
const one = right.toString('base64')
const key = Buffer.from(secret)
const bad = (title: string, text: string, remove?: any) => refuse(shopify, title, 'bad_signature', forge(shopify, text), { remove })
const order = examples['orders/create'].example

export const vectors = [
  accept(shopify, 'accepts a webhook', shopify.body, { ...shopify.unread, known: true, content: 'json', schema: { ok: true }, authenticity: 'verified', secret: 0, handshake: false }),
  accept(shopify, 'accepts an order whose ids are beyond 2^53', JSON.stringify(order).replaceAll(String(order.id), '820982911946154508').replaceAll(String(order.customer.id), '115310627314723954')
    .replaceAll(String(order.line_items[0].id), '866550311766439020'), { type: 'orders/create', known: true, schema: { ok: true } }, { type: 'orders/create' }),
  accept(shopify, 'accepts a topic that it does not know', '{"id":1}', { type: 'carts/update', alias: null, known: false, schema: { ok: true } }, { type: 'carts/update' }),
  accept(shopify, 'reports a body that is an array', '[]', { type: 'carts/update', content: 'json', schema: { ok: false, at: '', code: 'schema' } }, { type: 'carts/update' }),
  accept(shopify, 'reports an order whose total is a number', JSON.stringify({ ...order, total_price: 398 }), { type: 'orders/create', schema: { ok: false, at: '/total_price', code: 'schema' } }, { type: 'orders/create' }),
  vector(shopify, 'has no key for deduplication without X-Shopify-Event-Id', shopify.body, without(good, 'X-Shopify-Event-Id'), { code: 'ok', id: webhook, dedupe: null }),
  vector(shopify, 'names the version of the API', shopify.body, set(good, 'X-Shopify-API-Version', '2025-10'), { code: 'ok', version: '2025-10' }),
  refuse(shopify, 'refuses two lines of the topic header', 'duplicate_header', twice(good, 'X-Shopify-Topic', 'orders/create')),
  refuse(shopify, 'refuses two lines of the webhook id header', 'duplicate_header', twice(good, 'X-Shopify-Webhook-Id')),
  refuse(shopify, 'refuses the topic header as Fetch joins two lines of it', 'duplicate_header', set(good, 'X-Shopify-Topic', 'orders/create, products/update')),
  refuse(shopify, 'refuses the webhook id header as Fetch joins two lines of it', 'duplicate_header', set(good, 'X-Shopify-Webhook-Id', `${webhook}, ${webhook}`)),
  refuse(shopify, 'refuses the event id header as Fetch joins two lines of it', 'duplicate_header', set(good, 'X-Shopify-Event-Id', `${event}, ${event}`)),
  accept(shopify, 'does not read a body in which the id comes twice', product.replace('"handle":', '"id":1,"handle":'), { schema: { ok: false, at: '/id', code: 'duplicate_key' } }),

  // The dialect's rules, each with what removes it.
  refuse(shopify, 'takes the signature from X-Shopify-Hmac-Sha256 alone', 'missing_signature', rename(good, 'X-Shopify-Hmac-Sha256', 'X-Hmac-Sha256'),
    { remove: [{ op: 'replace', path: '/signature/header', value: 'X-Hmac-Sha256' }] }),
  bad('refuses a signature with the prefix sha256=', `sha256=${one}`, [{ op: 'replace', path: '/signature/value', value: 'sha256={sig}' }]),
  bad('wants base64', right.toString('hex'), [{ op: 'replace', path: '/signature/encoding', value: 'hex' }]),
  bad('wants HMAC with SHA-256', hmac('sha512', key, Buffer.from(shopify.body)).toString('base64'), [{ op: 'replace', path: '/signature/scheme', value: 'hmac-sha512' }]),
  bad('refuses two signatures in one header', `${one},${one}`, [{ op: 'add', path: '/signature/list', value: { separator: ',' } }]),
  refuse(shopify, 'uses the secret as text', 'bad_signature', sign({ ...shopify, key: (text) => Buffer.from(text, 'hex') }, shopify.body, { signers: ['a1b2c3d4e5f60718293a4b5c6d7e8f90'] }),
    { secrets: ['a1b2c3d4e5f60718293a4b5c6d7e8f90'], remove: [{ op: 'replace', path: '/secret/decode', value: 'hex' }] }),
  refuse(shopify, 'wants an object, when schemas are enforced', 'schema', sign(shopify, '[]', { type: 'carts/update' }), { body: '[]', mode: 'enforce', remove: [{ op: 'remove', path: '/body' }] }),
  refuse(shopify, 'wants the title of a product, when schemas are enforced', 'schema', sign(shopify, product.replace('"title":"Example T-Shirt",', '')),
    { body: product.replace('"title":"Example T-Shirt",', ''), mode: 'enforce', remove: [{ op: 'remove', path: '/events/products~1update/schema/required/2' }] }),

  ...signatureRules(shopify),
  ...bodyRules(shopify),
  ...eventRules(shopify, (type, data) => ({ body: data, at: '', how: { type }, expect: { id: webhook, version: '2026-07', dedupe: { key: event, signed: false } } })),
]
