// Runs a worker under plain workerd, with its Durable Objects on this machine's disk. Called by the
// launcher and by tests.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

/** The binary's path. */
const workerd = (createRequire(import.meta.url)('workerd') as { default: string }).default

export interface WorkerdOptions {
  /** Where the bundle is, and where config.capnp is written. */
  folder: string
  /** Where the objects' SQLite files are. */
  state: string
  /** Host and port; port 0 for any. */
  listen: string
  /** Classes of Durable Objects, by the name of their binding. */
  objects?: Record<string, string>
  /** A socket for each further entrypoint. */
  entrypoints?: string[]
  /** Values that are no secrets, by the name of their binding. */
  values?: Record<string, unknown>
  /** Secrets: they go through the process's environment, never onto the disk. */
  secrets?: Record<string, string>
  /** Networks that fetch may reach. */
  network?: string[]
  /** Further networks that a worker may connect to, by the name of their binding. */
  networks?: Record<string, string[]>
  /** Certificates in PEM of authorities to be trusted beside the browsers'. */
  trust?: string
  /** Told each line that workerd prints. */
  print?: (line: string) => void
}

export interface Workerd {
  process: ChildProcess
  /** Addresses by socket: `main`, and one for each entrypoint. */
  urls: Record<string, string>
  /** Ends it; resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/**
 * A terminal sends Ctrl-C to every process, and this one is to end only when the launcher says so, or
 * when the launcher is gone (where Linux can tell).
 */
const underLauncher = `trap "" INT HUP
if setpriv --pdeathsig TERM true 2> /dev/null; then exec setpriv --pdeathsig TERM "$0" "$@"; fi
exec "$0" "$@"`

export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const { folder, state, listen, secrets = {}, print = line => process.stderr.write(`${line}\n`) } = options
  mkdirSync(state, { recursive: true })
  writeFileSync(join(folder, 'config.capnp'), capnp(options))
  const child = spawn('/bin/sh', ['-c', underLauncher, workerd, 'serve', '--control-fd=3', join(folder, 'config.capnp')], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH, TZ: 'UTC', ...secrets },
  })
  // What it says before it serves belongs to the sentence that says why it does not.
  const early: string[] = []
  let say = (line: string): void => void early.push(line)
  for (const stream of [child.stdout!, child.stderr!]) createInterface(stream).on('line', line => say(line))
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    child.kill(signal)
    await gone
    clearTimeout(late)
  }
  const host = listen.replace(/:\d+$/, '')
  const urls: Record<string, string> = {}
  const wanted = 1 + (options.entrypoints?.length ?? 0)
  const control = createInterface(child.stdio[3] as NodeJS.ReadableStream)
  await new Promise<void>((ready, failed) => {
    control.on('line', line => {
      const { event, socket, port } = JSON.parse(line) as { event: string; socket: string; port: number }
      if (event === 'listen') urls[socket] = `http://${socket === 'main' ? host : '127.0.0.1'}:${port}`
      if (Object.keys(urls).length === wanted) ready()
    })
    child.once('error', failed)
    child.once('exit', () => failed(new Error(early.some(line => line.includes('Address already in use'))
      ? `${listen} is in use: stop what listens there, or choose another with --listen ADDRESS:PORT.` : `workerd did not start: ${early.slice(-3).join(' ')}`)))
  })
  say = print
  early.forEach(print)
  return { process: child, urls, stop }
}

const text = (value: string): string => JSON.stringify(value).replaceAll(/[\u007f-\uffff]/g, char => [...Buffer.from(char)].map(byte => `\\x${byte.toString(16)}`).join(''))

function capnp({ folder, state, listen, objects = {}, entrypoints = [], values = {}, secrets = {}, network = ['public'], networks = {}, trust = '' }: WorkerdOptions): string {
  const bindings = [
    ...Object.entries(objects).map(([name, object]) => `(name = ${text(name)}, durableObjectNamespace = ${text(object)})`),
    ...Object.entries(values).map(([name, value]) => `(name = ${text(name)}, json = ${text(JSON.stringify(value))})`),
    ...Object.keys(networks).map(name => `(name = ${text(name)}, service = ${text(name)})`),
    ...Object.keys(secrets).map(name => `(name = ${text(name)}, fromEnvironment = ${text(name)})`),
  ]
  const classes = Object.values(objects).map(name => `(className = ${text(name)}, uniqueKey = ${text(`waxseal-${name}`)}, enableSql = true)`)
  const modules = readdirSync(folder).filter(name => name.endsWith('.wasm')).map(name => `, (name = ${text(name)}, wasm = embed ${text(name)})`).join('')
  const storage = classes.length ? `durableObjectNamespaces = [${classes.join(', ')}], durableObjectStorage = (localDisk = "state"),` : ''
  const trusted = trust.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  const tls = `tlsOptions = (trustBrowserCas = true, trustedCertificates = [${trusted.map(text).join(', ')}])`
  return `# Written at each start: changes are lost.
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")${modules}],
      compatibilityDate = "2026-10-01",
      bindings = [${bindings.join(',\n        ')}],
      ${storage}
      globalOutbound = "network",
    )),
    ${Object.entries({ network, ...networks }).map(([name, allow]) => `(name = ${text(name)}, network = (allow = [${allow.map(text).join(', ')}], ${tls})),`).join('\n    ')}
    (name = "state", disk = (path = ${text(resolve(state))}, writable = true)),
  ],
  sockets = [
    (name = "main", address = ${text(listen)}, http = (), service = "worker"),
    ${entrypoints.map(name => `(name = ${text(name)}, address = "127.0.0.1:0", http = (), service = (name = "worker", entrypoint = ${text(name)})),`).join('\n    ')}
  ],
);
`
}
