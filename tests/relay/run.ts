// Starts a relay of its own for a test: real workerd, real SQLite in a folder that is removed.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EndpointConfig, FileConfig, SourceConfig } from '../../functions/relay/config.ts'
import { bundle } from '../../functions/relay/bundle.ts'
import { launch, type Relay } from '../../functions/relay/launch.ts'
import { checkConfig } from '../../functions/relay/validate.ts'
import { secret } from '../functions/events.ts'
import { mutant } from '../mutations/apply.ts'

export const endpointSecret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

export interface Options {
  sources?: Record<string, SourceConfig>
  endpoints?: Record<string, EndpointConfig>
  env?: Record<string, string>
  folder?: string
  listen?: string
  make?: (folder: string) => Promise<void>
  maxMessage?: number
  retention?: number
  drain?: number
  requestsPerHour?: number
  debug?: boolean
  network?: string[]
  http?: boolean
}

/** The paths of all files in a folder. */
export const everyFile = (folder: string): string[] => readdirSync(folder, { withFileTypes: true, recursive: true })
  .filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_')

export async function run({ sources = { 'platform-core': { dialect: 'platform-core' } }, endpoints = {}, env = {}, folder, listen = '127.0.0.1:0', make, maxMessage, retention, drain = 1, requestsPerHour, debug, network = ['public', 'private'], http = true }: Options = {}) {
  const home = folder ?? mkdtempSync(join(tmpdir(), 'waxseal-relay-'))
  const printed: string[] = []
  const config = checkConfig({ app: 'test', sources, endpoints, listen, network, http, drain, ...(maxMessage && { maxMessage }), ...(retention && { retention }), ...(requestsPerHour && { requestsPerHour }), ...(debug && { debug }) } as FileConfig, 'test', home)
  const relay: Relay = await launch({
    config, file: 'test', folder: home, print: line => void printed.push(line), make: make ?? (into => bundle(into, undefined, mutant)),
    env: {
      ...Object.fromEntries(Object.keys(sources).map(name => [`WAXSEAL_SECRET_${upper(name)}`, secret])),
      ...Object.fromEntries(Object.keys(endpoints).map(name => [`WAXSEAL_ENDPOINT_${upper(name)}`, endpointSecret])),
      ...env,
    },
  })
  const call = async (method: string, path: string, body?: unknown, key = relay.key, headers: Record<string, string> = {}): Promise<{ status: number; body: any; headers: Headers }> => {
    const answer = await fetch(`${relay.url}/api/v1${path}`, {
      method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers }, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: answer.status, body: JSON.parse(await answer.text() || 'null'), headers: answer.headers }
  }
  const api = (path: string, key = relay.key) => call('GET', path, undefined, key)
  return {
    ...relay, home, printed, api, call,
    /** Posts a request to a source. */
    post: async (source: string, request: Request): Promise<{ status: number; body: any }> => {
      const answer = await fetch(`${relay.url}/in/${source}`, { method: 'POST', headers: request.headers, body: await request.arrayBuffer() })
      const text = await answer.text()
      return { status: answer.status, body: answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text }
    },
    /** The attempts of a message, oldest first, once there are so many that ended. */
    attempts: async (id: string, count: number, milliseconds = 15_000): Promise<any[]> => {
      for (const late = Date.now() + milliseconds; ; await new Promise(wake => setTimeout(wake, 50))) {
        const attempts = (await api(`/app/test/attempt/msg/${id}`)).body.data.filter((one: any) => one.status !== 3).reverse()
        if (attempts.length >= count || Date.now() > late) return attempts
      }
    },
    async close(): Promise<void> {
      await relay.stop()
      if (!folder) rmSync(home, { recursive: true, force: true })
    },
  }
}
