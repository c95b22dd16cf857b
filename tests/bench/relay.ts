// Part 4: how many webhooks a second the relay takes in durably: verified, deduplicated, on disk, 202.
// Beside it the same relay with a commit for each row. Two workerd, loaded in turns.
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { bundle } from '../../functions/relay/bundle.ts'
import type { FileConfig } from '../../functions/relay/config.ts'
import { launch } from '../../functions/relay/launch.ts'
import { load, type Load } from './load.ts'
import { orders, poolSize } from './orders.ts'
import { median, type Effort } from './race.ts'
import { figure, table, times, type Goal, type Section } from './report.ts'

const connections = [32, 256]
const secret = 'a secret of the benchmarks'

const about = `\`POST /in/platform-core\` with different events of about 1 KiB over loopback: verified, deduplicated by id, on disk, then 202; no endpoints. Plain workerd, one source, one Inbox. Load generator, relay and the relay with a commit for each row (the bundle's commit.ts replaced by tests/bench/ungrouped.ts) share the machine; the two relays are loaded in turns. The disk's fsync decides.`

const ungrouped: Plugin = {
  name: 'ungrouped',
  setup({ onLoad }) {
    const contents = readFileSync(new URL('ungrouped.ts', import.meta.url), 'utf8')
    onLoad({ filter: /relay\/commit\.ts$/ }, () => ({ contents, loader: 'ts' }))
  },
}

async function start(plugins: Plugin[]) {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-bench-'))
  const config: FileConfig = { app: 'bench', sources: { 'platform-core': { dialect: 'platform-core' } }, endpoints: {}, listen: '127.0.0.1:0' }
  const relay = await launch({
    config, file: 'bench', folder, print: () => {},
    env: { WAXSEAL_SECRET_PLATFORM_CORE: secret },
    make: (into) => bundle(into, fileURLToPath(new URL('../../functions/relay/worker.ts', import.meta.url)), plugins),
  })
  return {
    url: relay.url,
    async stop() {
      await relay.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Signed requests without end, each with an id of its own. */
function requests(): () => Buffer {
  const data = orders(860, poolSize(860)).map((order) => JSON.stringify(JSON.parse(Buffer.from(order).toString()).data))
  const run = randomBytes(8).toString('hex')
  let count = 0
  return () => {
    const body = Buffer.from(`{"id":"evt_${run}_${++count}","event":"order.placed","timestamp":"2026-01-15T10:30:00Z","data":${data[count % data.length]}}`)
    const head = `POST /in/platform-core HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\nx-platform-event: order.placed\r\nx-platform-signature: sha256=${createHmac('sha256', secret).update(body).digest('hex')}\r\ncontent-length: ${body.length}\r\n\r\n`
    return Buffer.concat([Buffer.from(head), body])
  }
}

export async function relay({ rounds, loop }: Effort, say: (line: string) => void): Promise<Section> {
  const relays = { 'writes in flight share a commit': await start([]), 'a commit for each row': await start([ungrouped]) }
  const next = requests()
  const results = new Map<string, Load[]>()
  const key = (name: string, count: number) => `${name}, ${count}`
  const [turns, milliseconds] = [Math.ceil(rounds / 30), loop * 3000]
  try {
    for (const { url } of Object.values(relays)) await load(url, 8, milliseconds / 3, 202, next)
    for (const count of connections) {
      say(`relay, ${count} connections`)
      for (let turn = 0; turn < turns; turn++) {
        for (const [name, { url }] of Object.entries(relays)) {
          const found = await load(url, count, milliseconds, 202, next)
          results.set(key(name, count), [...(results.get(key(name, count)) ?? []), found])
        }
      }
    }
  } finally {
    for (const each of Object.values(relays)) await each.stop()
  }
  const all = (name: string, count: number, of: keyof Load) => results.get(key(name, count))!.map((result) => result[of])
  const [grouped, each] = Object.keys(relays) as [string, string]
  const ratio = (count: number) => median(all(grouped, count, 'rate').map((rate, turn) => rate / all(each, count, 'rate')[turn]!))
  const rows = Object.keys(relays).map((name) => [
    name,
    ...connections.flatMap((count) => [figure(median(all(name, count, 'rate'))), figure(median(all(name, count, 'p99')))]),
  ])
  return {
    title: 'The relay',
    text: [
      about,
      table(['', ...connections.flatMap((count) => [`${count} connections, requests/s`, 'p99 ms'])], [...rows, ['ratio', ...connections.flatMap((count) => [times(ratio(count)), ''])]]),
    ].join('\n\n'),
    goals: connections.map((count): Goal => ({ what: `relay at ${count} connections, against a commit for each row`, found: ratio(count), wanted: 1, sense: 'least', unit: '×' })),
  }
}
