// Netlify: https://docs.netlify.com/deploy/deploy-notifications/#payload-signature
import { createHash } from 'node:crypto'
import { cases, replace } from './cases.ts'
import { hmac, type Header } from './recipe.ts'

const secret = 'a shared secret of Netlify', other = 'another secret of Netlify'
const body = '{"id":"5f0e1d2c3b4a59687786950a","state":"ready","name":"example","deploy_url":"https://example.netlify.app"}'
const hash = (text: string, digits: 'hex' | 'base64' = 'hex', algorithm = 'sha256') => createHash(algorithm).update(text).digest(digits)
const part = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const jwt = (claims: unknown, header: unknown = { alg: 'HS256', typ: 'JWT' }, key = secret, algorithm = 'sha256') => {
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${hmac(algorithm, Buffer.from(key), Buffer.from(signed)).toString('base64url')}`
}
const claims = { iss: 'netlify', sha256: hash(body) }
const good = jwt(claims)
const headers = (text: string): Header[] => [['Content-Type', 'application/json'], ['X-Netlify-Event', 'deploy_created'], ['X-Webhook-Signature', text]]
const { accept, refuse } = cases(secret)
const bad = (name: string, text: string, remove?: any) => refuse(name, 'bad_signature', { headers: headers(text), body }, remove)
const none = good.split('.').slice(0, 2).join('.')
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export const vectors = [
  accept('accepts a deploy', { headers: headers(good), body }, { secret: 0, authenticity: 'verified', type: 'deploy_created', id: '5f0e1d2c3b4a59687786950a', dedupe: { key: '5f0e1d2c3b4a59687786950a', signed: true }, timestamp: null, content: 'json', known: false }),
  accept('accepts a JWT header without a typ', { headers: headers(jwt(claims, { alg: 'HS256' })), body }),
  accept('accepts a claim that it does not know', { headers: headers(jwt({ ...claims, sub: 'x' })), body }),
  accept('accepts an expiry to come', { headers: headers(jwt({ ...claims, exp: 1700000001, nbf: 1700000000 })), body }),
  accept('accepts a body that is not JSON, as bytes', { headers: headers(jwt({ ...claims, sha256: hash('Hello') })), body: 'Hello' }, { content: 'bytes' }),
  accept('names the second secret', { headers: headers(good), body, secrets: [other, secret] }, { secret: 1 }),
  refuse('refuses an expiry that is past', 'too_old', { headers: headers(jwt({ ...claims, exp: 1700000000 })), body }),
  refuse('refuses a JWT that is not valid yet', 'too_new', { headers: headers(jwt({ ...claims, nbf: 1700000001 })), body }),
  refuse('refuses an expiry that is no number', 'bad_timestamp', { headers: headers(jwt({ ...claims, exp: '1800000000' })), body }),
  refuse('refuses a time of validity that is no number', 'bad_timestamp', { headers: headers(jwt({ ...claims, nbf: 1.5 })), body }),
  refuse('takes the JWT from X-Webhook-Signature alone', 'missing_signature', { headers: [...headers('').slice(0, 2), ['X-Signature', good]], body }, replace('/signature/header', 'X-Signature')),
  refuse('refuses a request without a JWT', 'missing_signature', { headers: headers('').slice(0, 2), body }),
  refuse('refuses two lines of the signature header', 'duplicate_header', { headers: [...headers(good), ['X-Webhook-Signature', good]], body }),
  refuse('refuses a body changed after signing', 'bad_signature', { headers: headers(good), body: body.replace('ready', 'error') }),
  bad('wants the issuer netlify', jwt({ ...claims, iss: 'other' }), replace('/signature/claims/iss', 'other')),
  bad('wants an issuer', jwt({ sha256: claims.sha256 })),
  bad('wants the hash in the claim sha256', jwt({ iss: 'netlify', hash: claims.sha256 }), replace('/signature/hashes/0/claim', 'hash')),
  bad('wants the hash in hex', jwt({ ...claims, sha256: hash(body, 'base64') }), replace('/signature/hashes/0/encoding', 'base64')),
  bad('wants the hash to be SHA-256', jwt({ ...claims, sha256: hash(body, 'hex', 'sha512') })),
  bad('refuses the hash in upper case', jwt({ ...claims, sha256: hash(body).toUpperCase() })),
  bad('refuses a hash that stands twice', jwt(`{"iss":"netlify","sha256":"x","sha256":"${claims.sha256}"}`)),
  bad('refuses a hash that is null', jwt({ ...claims, sha256: null })),
  bad('refuses a prefix before the JWT', `Bearer ${good}`, [{ op: 'add', path: '/signature/value', value: 'Bearer {sig}' }]),
  bad('refuses the algorithm none', `${part({ alg: 'none' })}.${part(claims)}.`),
  bad('refuses the algorithm none under a right HMAC', jwt(claims, { alg: 'none' })),
  bad('refuses the algorithm HS512', jwt(claims, { alg: 'HS512' }, secret, 'sha512')),
  bad('refuses another algorithm under a right HMAC', jwt(claims, { alg: 'RS256' })),
  bad('refuses the algorithm in lower case', jwt(claims, { alg: 'hs256' })),
  bad('refuses a header without an algorithm', jwt(claims, { typ: 'JWT' })),
  bad('refuses an algorithm that stands twice', jwt(claims, '{"alg":"none","alg":"HS256"}')),
  bad('refuses another type', jwt(claims, { alg: 'HS256', typ: 'JWE' })),
  bad('refuses critical extensions', jwt(claims, { alg: 'HS256', crit: ['b64'], b64: false })),
  bad('refuses a header that is no JSON', jwt(claims, 'HS256')),
  bad('refuses claims that are no JSON', jwt('netlify')),
  bad('refuses claims that are no object', jwt([1])),
  bad('refuses a JWT without a signature', `${none}.`),
  bad('refuses a JWT of two parts', none),
  bad('refuses a JWT of four parts', `${good}.x`),
  bad('refuses padding', `${good}=`),
  bad('refuses unused bits that are not zero', good.slice(0, -1) + alphabet[alphabet.indexOf(good.at(-1)!) | 1]),
  bad('refuses a signature by another secret', jwt(claims, undefined, other)),
  bad('refuses a signature without its last byte', `${none}.${Buffer.from(good.split('.')[2]!, 'base64url').subarray(0, -1).toString('base64url')}`),
  bad('refuses claims changed after signing', [good.split('.')[0], part({ ...claims, sub: 'x' }), good.split('.')[2]].join('.')),
]
