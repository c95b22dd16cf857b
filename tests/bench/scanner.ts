// Part 5: the scanner alone, in WebAssembly: how many bytes of JSON it checks against a schema in a
// second, each body copied in first, as a verification does.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Compile } from 'typebox/compile'
import dialect from './orders.json' with { type: 'json' }
import { orders, poolSize } from './orders.ts'
import { race, type Effort } from './race.ts'
import { figure, table, type Goal, type Section } from './report.ts'
import { eventSchemas } from './schemas.ts'

const sizes = [1229, 19456]

interface Bench {
  memory: WebAssembly.Memory
  _initialize(): void
  bench_text(): number
  bench_load(length: number): number
  bench_scan(length: number, check: number): number
}

const root = new URL('../../', import.meta.url)

function load(): { bench: Bench; write: (bytes: Uint8Array) => void } {
  execFileSync('cmake', ['--build', '--preset', 'wasi', '--target', 'waxseal_bench'], { cwd: fileURLToPath(root) })
  const module = new WebAssembly.Module(readFileSync(new URL('build/wasi/bench.wasm', root)))
  const bench = new WebAssembly.Instance(module).exports as unknown as Bench
  bench._initialize()
  const at = bench.bench_text()
  const write = (bytes: Uint8Array) => new Uint8Array(bench.memory.buffer).set(bytes, at)
  const text = new TextEncoder().encode(JSON.stringify(dialect))
  write(text)
  if (!bench.bench_load(text.length)) throw new Error('orders.json does not load')
  return { bench, write }
}

export async function scanner(effort: Effort, say: (line: string) => void): Promise<Section> {
  const { bench, write } = load()
  const validators = new Map(Object.entries(eventSchemas(dialect)).map(([type, schema]) => [type, Compile(schema)]))
  const known = 256
  const rows: string[][] = []
  const goals: Goal[] = []
  for (const size of sizes) {
    say(`scanner, ${size} B`)
    const pool = orders(size, poolSize(size)).map((bytes) => Buffer.from(bytes))
    const body = (index: number) => pool[index % pool.length]!
    const scan = (check: number) => (index: number) => {
      const bytes = body(index)
      write(bytes)
      return bench.bench_scan(bytes.length, check) === known
    }
    const times = await race([
      { name: 'scanner, with schema', run: scan(1) },
      { name: 'scanner, schema off', run: scan(0) },
      { name: 'decode + JSON.parse', run: (index) => JSON.parse(body(index).toString()).data !== undefined },
      {
        name: 'decode + JSON.parse + typebox, compiled',
        run: (index) => {
          const parsed = JSON.parse(body(index).toString())
          return validators.get(parsed.type)!.Check(parsed)
        },
      },
    ], effort)
    const bytes = pool.reduce((sum, { length }) => sum + length, 0) / pool.length
    for (const name of times.byName.keys()) {
      const cells = [figure(times.of(name) / 1000), figure(bytes / times.of(name))]
      const row = rows.find(([first]) => first === name)
      if (row) row.push(...cells)
      else rows.push([name, ...cells])
    }
    goals.push({ what: `scanner with schema, in wasm, ${size} B`, found: bytes / times.of('scanner, with schema'), wanted: 0.8, sense: 'least', unit: ' GB/s' })
  }
  return {
    title: 'The scanner alone',
    text: [
      'Different orders of 1.2 KB and 19 KB, checked against their schema by the core\'s scanner in a module of its own (build/wasi/bench.wasm, the same library and flags as waxseal.wasm). Copying the body into wasm memory and the call itself are counted.',
      table(['', '1.2 KB, µs', 'GB/s', '19 KB, µs', 'GB/s'], rows),
    ].join('\n\n'),
    goals,
  }
}
