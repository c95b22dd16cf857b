// A client of OST's API, written from OST's documents alone: it shares no code with the relay.
import { createHmac } from 'node:crypto'

export interface Credentials { api_key: string; api_secret: string }
export type Parameters = Record<string, unknown>

/** Nested values in brackets, sorted at each level, as the SDKs of OST write them. */
function flat(name: string, value: unknown): [string, string][] {
  if (Array.isArray(value)) return value.flatMap(one => flat(`${name}[]`, one))
  if (value !== null && typeof value === 'object') return Object.keys(value).sort().flatMap(key => flat(`${name}[${key}]`, (value as Parameters)[key]))
  return [[name, value === null || value === undefined ? '' : String(value)]]
}
const escaped = (text: string): string => [...Buffer.from(text)].map(byte =>
  /[A-Za-z0-9._~-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : byte === 32 ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
export const query = (parameters: Parameters): string => Object.keys(parameters).sort().flatMap(key => flat(key, parameters[key])).map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&')
export const sign = (resource: string, parameters: Parameters, secret: string): string => createHmac('sha256', secret).update(`${resource}?${query(parameters)}`).digest('hex')

export interface Answer { status: number; body: any; headers: Headers }
/** One request, signed. */
export async function send(relay: string, method: string, path: string, parameters: Parameters, { api_key, api_secret }: Credentials, change: { age?: number; kind?: string; add?: string; network?: string } = {}): Promise<Answer> {
  const { age = 0, kind = 'OST1-HMAC-SHA256', add = '', network = 'testnet' } = change
  const resource = `/ost/${network}/v2${path}`
  const all = { ...parameters, api_key, api_request_timestamp: Math.floor(Date.now() / 1000) - age, api_signature_kind: kind }
  const text = `${query(all)}&api_signature=${sign(resource, all, api_secret)}${add}`
  const answer = method === 'POST'
    ? await fetch(`${relay}${resource}`, { method, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: text })
    : await fetch(`${relay}${resource}?${text}`, { method })
  return { status: answer.status, body: JSON.parse(await answer.text()), headers: answer.headers }
}
