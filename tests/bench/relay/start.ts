// A relay, its destination and its load for the benchmarks of `npm run bench:relay`: real workerd, a
// destination in a process of its own, requests ready to be written to a socket.
import { fork } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { bundle } from '../../../functions/relay/bundle.ts'
import type { EndpointConfig, FileConfig } from '../../../functions/relay/config.ts'
import { launch, type Relay } from '../../../functions/relay/launch.ts'
import { orders, poolSize } from '../orders.ts'

const secret = 'a secret of the benchmarks'
export const app = 'bench'

/** In the place of functions/relay/commit.ts: every row has a commit of its own. */
export const ungrouped: Plugin = {
  name: 'ungrouped',
  setup({ onLoad }) {
    const contents = readFileSync(new URL('../ungrouped.ts', import.meta.url), 'utf8')
    onLoad({ filter: /relay\/commit\.ts$/ }, () => ({ contents, loader: 'ts' }))
  },
}

export interface Bench extends Relay {
  state: string
  call(method: string, path: string, body?: unknown): Promise<any>
  /** The relay stops, `change` is done to its files, and it starts again. */
  again(change: (state: string) => void): Promise<void>
  close(): Promise<void>
}

const endpointSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

export async function relayWith({ endpoints = {}, plugins = [] }: { endpoints?: Record<string, EndpointConfig>; plugins?: Plugin[] } = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-bench-'))
  const config: FileConfig = { app, sources: { 'platform-core': { dialect: 'platform-core' } }, endpoints, listen: '127.0.0.1:0', http: true, private: true, network: ['public', 'private'], drain: 5 }
  const start = (): Promise<Relay> => launch({
    config, file: 'bench', folder, print: () => {},
    env: { WAXSEAL_SECRET_PLATFORM_CORE: secret, ...Object.fromEntries(Object.keys(endpoints).map(name => [`WAXSEAL_ENDPOINT_${name.toUpperCase()}`, endpointSecret])) },
    make: into => bundle(into, fileURLToPath(new URL('../../../functions/relay/worker.ts', import.meta.url)), plugins),
  })
  const bench: Bench = {
    ...await start(),
    state: join(folder, '.waxseal/state'),
    async call(method, path, body) {
      const answer = await fetch(`${bench.url}/api/v1/app/${app}${path}`, {
        method, headers: { authorization: `Bearer ${bench.key}`, 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      return text ? JSON.parse(text) : null
    },
    async again(change) {
      await bench.stop()
      change(bench.state)
      Object.assign(bench, await start())
    },
    async close() {
      await bench.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return bench
}

/** A destination in a process of its own, which answers 204 at once. */
export async function receiver() {
  const child = fork(new URL('receiver.ts', import.meta.url))
  const [port] = await once(child, 'message') as [number]
  const ask = async (what: 'count' | 'times') => {
    child.send(what)
    return (await once(child, 'message'))[0]
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    /** How many requests have come. */
    count: (): Promise<number> => ask('count'),
    /** When each numbered event came first, in Unix milliseconds; forgets them. */
    times: async (): Promise<Map<number, number>> => new Map(await ask('times') as [number, number][]),
    close: (): void => void child.disconnect(),
  }
}

/** An endpoint without rate windows: what is measured is the relay. */
export const unlimited = (url: string, more: Partial<EndpointConfig> = {}): EndpointConfig => ({ url, delivery: { rate: [] }, ...more })

const data = orders(860, poolSize(860)).map(order => JSON.stringify(JSON.parse(Buffer.from(order).toString()).data))
const request = (path: string, headers: string, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n`), body])

/** Signed webhooks of about 1 KiB without end, each with an id and a number of its own. */
export function webhooks(numbered: (count: number) => void = () => {}): () => Buffer {
  const run = randomBytes(8).toString('hex')
  let count = 0
  return () => {
    numbered(++count)
    const body = Buffer.from(`{"id":"evt_${run}_${count}","event":"order.placed","timestamp":"2026-01-15T10:30:00Z","n":${count},"data":${data[count % data.length]}}`)
    return request('/in/platform-core', `x-platform-event: order.placed\r\nx-platform-signature: sha256=${createHmac('sha256', secret).update(body).digest('hex')}\r\n`, body)
  }
}

/** The app's own messages of about 1 KiB, so many a request. */
export function messages({ key }: Bench, batch: number): () => Buffer {
  let count = 0
  const one = (): string => `{"eventType":"order.placed","payload":${data[++count % data.length]}}`
  return () => {
    const body = Buffer.from(batch === 1 ? one() : `{"messages":[${Array.from({ length: batch }, one).join()}]}`)
    return request(`/api/v1/app/${app}/msg${batch === 1 ? '' : '/batch'}?with_content=false`, `authorization: Bearer ${key}\r\n`, body)
  }
}

/** How often a second the disk under the state takes 4 KiB for good. */
export function fsyncRate(folder: string, milliseconds = 1000): number {
  const path = join(folder, 'fsync'), file = openSync(path, 'w'), block = Buffer.alloc(4096, 1)
  const began = performance.now()
  let count = 0
  for (; performance.now() - began < milliseconds; count++) {
    writeSync(file, block)
    fdatasyncSync(file)
  }
  const seconds = (performance.now() - began) / 1000
  closeSync(file)
  rmSync(path)
  return count / seconds
}

/** Memory that workerd holds, in MiB. */
export const memory = ({ process: { pid } }: Bench): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
