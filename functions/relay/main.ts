// `npm start`: the relay on this machine. With a waxseal.config.json it serves that; without one, a
// demo source for each system and a local destination that prints what it receives.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { commands } from './commands.ts'
import type { FileConfig } from './config.ts'
import { demoSecretOf, demoSources, destinationSecret } from './demo.ts'
import { launch } from './launch.ts'
import { checkConfig, ConfigError, readConfig } from './validate.ts'

const usage = 'usage: npm start [-- --config FILE] [--listen ADDRESS:PORT]'
const children: { stop(signal?: NodeJS.Signals): Promise<void> }[] = []

async function main(): Promise<void> {
  const { config: path = 'waxseal.config.json', listen } = options()
  const demo = !existsSync(path) && path === 'waxseal.config.json'
  const file = demo ? 'demo' : path
  const folder = demo ? process.cwd() : dirname(resolve(path))
  const destination = demo ? await startDestination() : 0
  const config = demo ? checkConfig(demoConfig(destination), file, folder) : readConfig(path)
  if (listen) config.listen = listen
  const relay = await launch({ config, file, folder, env: demo ? { ...demoEnv(), ...process.env } : process.env })
  children.push(relay)
  relay.process.once('exit', () => stopping || void stop(1, 'workerd stopped; start again: nothing accepted is lost.'))
  console.log(banner(relay.url, relay.key, config, join(folder, config.state ?? '.waxseal'), destination))
}

function options(): { config?: string; listen?: string } {
  try {
    return parseArgs({ options: { config: { type: 'string' }, listen: { type: 'string' } } }).values
  } catch (error) {
    throw new ConfigError(`${(error as Error).message.split('\n')[0]}\n${usage}`)
  }
}

const demoConfig = (port: number): FileConfig => ({
  app: 'demo', sources: demoSources, network: ['public', 'private'], http: true,
  endpoints: { destination: { url: `http://127.0.0.1:${port}/` } },
})

const demoEnv = (): Record<string, string> => ({
  ...Object.fromEntries(Object.keys(demoSources).map(name => [`WAXSEAL_SECRET_${name.toUpperCase().replaceAll('-', '_')}`, demoSecretOf(name)])),
  WAXSEAL_ENDPOINT_DESTINATION: destinationSecret,
})

/** @return its port */
async function startDestination(): Promise<number> {
  const script = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './destination.ts' : './destination.js', import.meta.url))
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push({ stop: signal => end(child, signal) })
  const lines = createInterface(child.stdout)
  const [port] = await once(lines, 'line') as [string]
  lines.on('line', line => console.log(line))
  return Number(port)
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

function banner(url: string, key: string, config: FileConfig, state: string, destination: number): string {
  const listing = Object.entries(config.sources).map(([name, { dialect }]) => `    ${`${url}/in/${name}`.padEnd(url.length + 24)} ${dialect}`).join('\n')
  return `
Waxseal relay
  address  ${url}
  app      ${config.app}
  key      ${key}
  state    ${state}
  API      ${url}/openapi.json
  sources
${listing}
${destination ? `  destination  http://127.0.0.1:${destination}/ prints below what it receives
` : ''}${destination ? commands(url, key, config.app) : ''}
Ctrl-C stops.`
}

/** When stopping began, in Unix milliseconds. One Ctrl-C may arrive twice: from the terminal and from npm. */
let stopping = 0

async function stop(code: number, sentence?: string): Promise<void> {
  if (stopping) return Date.now() - stopping > 500 ? void children.forEach(child => child.stop('SIGKILL')) : undefined
  stopping = Date.now()
  if (sentence) console.error(sentence)
  else console.log('\nStopping: what is under way is finished. Ctrl-C again stops at once.')
  for (const child of children.reverse()) await child.stop()
  if (code === 0) console.log('Stopped. What was accepted is on disk.')
  process.exit(code)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0))
main().catch(error => stop(1, error instanceof ConfigError ? `Not started: ${error.message}` : `Not started: ${(error as Error).message}`))
