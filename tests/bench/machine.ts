// What the figures were taken on.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'

const root = new URL('../../', import.meta.url)

/** The load of the machine before anything of ours runs. */
export const loadBefore = loadavg().map((load) => load.toFixed(2)).join(' ')

function versionOf(name: string): string {
  const file = new URL(`node_modules/${name}/package.json`, root)
  return `${name} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`
}

function revision(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

const peers = ['standardwebhooks', 'svix', 'stripe', '@octokit/webhooks-methods', '@hookflo/tern', 'hash-wasm', '@noble/hashes', 'typebox', 'zod', 'workerd']

/** Number and kind of the processors. */
export const cpu = (): string => `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`

/** As a Markdown list. */
export function machine(): string {
  return [
    `- ${new Date().toISOString().slice(0, 10)}, waxseal ${revision()}`,
    `- ${cpu()}, ${Math.round(totalmem() / 2 ** 30)} GiB; load average before the run ${loadBefore}`,
    `- Node ${process.versions.node} (V8 ${process.versions.v8}, OpenSSL ${process.versions.openssl})`,
    `- ${peers.map(versionOf).join(', ')}`,
  ].join('\n')
}
