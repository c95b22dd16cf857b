// Prepares and starts the relay on this machine: secrets, key, bundle, workerd, sweep. Called by
// main.ts and by tests.
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { bundle } from './bundle.ts'
import { endpointSecrets, secretsOf, sourceSecrets, type Config, type EndpointConfig, type FileConfig, type SourceConfig } from './config.ts'
import { demoSecrets } from './demo.ts'
import { checkDestination, describe, type Dialect } from '../../js/relay.ts'
import { dialectOf } from './dialects.ts'
import { hold } from './hold.ts'
import { own } from './model.ts'
import { ConfigError } from './validate.ts'
import { fetchesKeys, open } from './verifier.ts'
import { startWorkerd, type Workerd } from './workerd.ts'

export interface Launch {
  config: FileConfig
  /** The file's name, for sentences. */
  file: string
  folder: string
  env: Record<string, string | undefined>
  print?: (line: string) => void
  /** Makes the bundle in the folder; the relay's own unless told. */
  make?: (folder: string) => Promise<void>
}
/** `key` is the configured app's; `operator` is good for every app. `stop` finishes what is under way first, unless a signal is given. */
export interface Relay extends Workerd { url: string; key: string; operator: string; sweep(): Promise<void> }

const sweepEvery = 30_000

/** @throws Error whose sentence says why it cannot start */
export async function launch(options: Launch): Promise<Relay> {
  const state = resolve(options.folder, options.config.state ?? '.waxseal')
  const release = hold(state)
  try {
    const relay = await start(state, options)
    return { ...relay, stop: signal => relay.stop(signal).finally(release) }
  } catch (error) {
    release()
    throw error
  }
}

async function start(state: string, { config, file, env, print, make = bundle }: Launch): Promise<Relay> {
  const listen = config.listen ?? '127.0.0.1:8787'
  const all = withPlatformEndpoint(config, env)
  const secrets = gather(all, file, env, isLoopback(listen))
  const key = apiKey(state, config.app)
  const operator = apiKey(state, 'root')
  secrets.WAXSEAL_LAUNCHER = randomBytes(32).toString('base64')
  secrets.WAXSEAL_KEY = sealKey(state, env, isLoopback(listen))
  const worker = join(state, 'worker')
  await make(worker)
  const { app, sources, endpoints, dialects, maxMessage, retention, requestsPerHour, debug, http } = all
  const relay = await startWorkerd({
    folder: worker, state: join(state, 'state'), listen, secrets, print, network: config.network, trust: extraAuthorities(env),
    ...Object.values(endpoints).some(({ proxy }) => proxy !== undefined) && { networks: { PROXIES: ['public', 'private'] } },
    objects: { DIRECTORY: 'Directory', INBOX: 'Inbox', OUTBOX: 'Outbox' }, entrypoints: ['Sweep', 'Stop'],
    values: {
      CONFIG: { app, sources, endpoints, dialects, maxMessage, retention, requestsPerHour, debug, http, private: config.private },
      WAXSEAL_KEY_HASHES: hashOf(key),
      WAXSEAL_ROOT_KEY_HASHES: hashOf(operator),
      ...env.WEB_BASE_URL?.trim() && { WEB_BASE_URL: env.WEB_BASE_URL.trim() },
      WAXSEAL_DEMO: isLoopback(listen) ? 'yes' : 'no',
    },
  })
  const sweep = async (): Promise<void> => {
    const answer = await fetch(relay.urls.Sweep!)
    const text = await answer.text()
    if (!answer.ok) throw new ConfigError(`${text}.`)
  }
  await sweep().catch(async error => { throw (await relay.stop(), error) })
  const timer = setInterval(() => sweep().catch(() => {}), sweepEvery)
  const stop = async (signal?: NodeJS.Signals): Promise<void> => {
    clearInterval(timer)
    if (!signal) await drain(relay, secrets.WAXSEAL_LAUNCHER!, config.drain ?? 30, print)
    await relay.stop(signal)
  }
  return { ...relay, url: relay.urls.main!, key, operator, sweep, stop }
}

/** Has the worker finish what is under way, for so many seconds at most; begins nothing new meanwhile. */
async function drain({ process, urls }: Workerd, token: string, seconds: number, print: Launch['print'] = console.error): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return
  try {
    const answer = await fetch(urls.Stop!, {
      method: 'POST', body: String(seconds), headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout((seconds + 5) * 1000),
    })
    const { left } = await answer.json() as { left: number }
    if (left) print(`After ${seconds} seconds ${left} attempts or requests were not finished. Attempts that were cut off are made again at the next start.`)
  } catch { /* It ended on the way, and what was under way with it. */ }
}

/**
 * WEBHOOK_URL, WEBHOOK_SECRET and WEBHOOK_PROXY_URL as Cosmo documents them: with a URL, platform events go there,
 * signed; without a URL nothing is sent; without a secret they are sent without the signature. They
 * go through the proxy WEBHOOK_PROXY_URL, if there is one.
 */
function withPlatformEndpoint(config: FileConfig, env: Launch['env']): Config {
  const url = env.WEBHOOK_URL?.trim()
  if (!url) return config
  const destination = checkDestination(url, config)
  if (!destination.ok) throw new ConfigError(`WEBHOOK_URL is ${JSON.stringify(url)}, but ${destination.advice}.`)
  const sources = Object.entries(config.sources).filter(([, source]) => source.dialect === 'cosmo').map(([name]) => name)
  const endpoint: EndpointConfig = {
    url, sources: [...sources, own], events: platformEvents, dialect: 'cosmo', policy: 'cosmo', delivery: { timeout: 10 }, secrets: ['env:WEBHOOK_SECRET'],
    ...env.WEBHOOK_PROXY_URL?.trim() && { proxy: 'env:WEBHOOK_PROXY_URL' },
  }
  return { ...config, endpoints: { ...config.endpoints, 'webhook-url': endpoint } }
}

/** Cosmo's `PlatformEventName`; the dialect holds the organization's events too. */
const platformEvents = ['USER_REGISTER_SUCCESS', 'APOLLO_MIGRATE_INIT', 'APOLLO_MIGRATE_SUCCESS', 'USER_DELETE_SUCCESS']

/** The secrets that the configuration names, from the environment. */
function gather(config: Config, file: string, env: Launch['env'], loopback: boolean): Record<string, string> {
  const found: Record<string, string> = {}
  const take = (owner: string, names: string[], required: boolean): void => {
    const given = names.map(name => name.slice('env:'.length)).filter(name => env[name]?.trim())
    if (required && !given.length) throw new ConfigError(`${file}: ${owner} has no secret: set ${names.map(name => name.slice(4)).join(' or ')} in the environment.`)
    for (const name of given) {
      found[name] = env[name]!
      if (!loopback && demoSecrets.includes(env[name]!)) throw new ConfigError(`${file}: ${owner} has a demo secret (${name}), which is public: set one of your own, or listen on 127.0.0.1.`)
    }
  }
  for (const [name, source] of Object.entries(config.sources)) {
    const dialect = dialectOf(config, source.dialect)!
    take(`source ${name}`, sourceSecrets(name, source), !fetchesKeys(dialect))
    checkSource(file, name, source, dialect, secretsOf(env, sourceSecrets(name, source)))
  }
  for (const [name, endpoint] of Object.entries(config.endpoints)) {
    if (endpoint.proxy !== undefined) found[endpoint.proxy.slice(4)] = proxyUrl(file, name, endpoint, env)
    if (endpoint.dialect === 'as-received') continue
    const unsigned = describe(dialectOf(config, endpoint.dialect ?? 'standard-webhooks')!).delivery?.unsigned === true
    take(`endpoint ${name}`, endpointSecrets(name, endpoint), !unsigned)
  }
  return found
}

/** Sees that a source can be opened with what is configured. @throws ConfigError */
function checkSource(file: string, name: string, { settings }: SourceConfig, dialect: Dialect, secrets: string[]): void {
  try {
    open(dialect, { secrets, settings }).close()
  } catch (error) {
    const { message } = error as Error
    throw new ConfigError(`${file}: source ${name}: ${message}.${message.includes('the setting') ? ' Settings stand in the source: "settings": { "NAME": "VALUE" }.' : ''}`)
  }
}

/** The URL of the proxy that an endpoint names. @throws ConfigError, which never shows it: it may hold a password */
function proxyUrl(file: string, name: string, { proxy, url }: EndpointConfig, env: Launch['env']): string {
  const variable = proxy!.slice('env:'.length)
  const given = env[variable]?.trim()
  if (!given) throw new ConfigError(`${file}: endpoint ${name} has the proxy ${variable}, which is not set: put the proxy's URL into the environment.`)
  const { protocol, pathname } = URL.canParse(given) ? new URL(given) : { protocol: '', pathname: '' }
  if ((protocol !== 'http:' && protocol !== 'https:') || pathname !== '/') throw new ConfigError(`${variable} is not the URL of an HTTP proxy: write http://HOST:PORT, with USER:PASSWORD@ before the host where the proxy wants them.`)
  if (protocol === 'https:' && url.startsWith('https:')) throw new ConfigError(`${variable} is https://, and so is the URL of endpoint ${name}: workerd has no TLS within TLS. Give the proxy's http:// port; through it the delivery is encrypted all the way to its destination.`)
  return given
}

/** What NODE_EXTRA_CA_CERTS names, as it does for Node: authorities that are trusted beside the browsers'. */
function extraAuthorities(env: Launch['env']): string {
  const path = env.NODE_EXTRA_CA_CERTS
  if (!path) return ''
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`NODE_EXTRA_CA_CERTS names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex')

/** An app's key, or the operator's. The relay itself stores its hash. */
const apiKey = (state: string, app: string): string => kept(state, `key-${app}`, () => `wx_${app}_${randomBytes(24).toString('hex')}`)

/** What stored secrets are encrypted with. Beside what it encrypts it is safe on one's own machine only. */
function sealKey(state: string, env: Launch['env'], loopback: boolean): string {
  const given = env.WAXSEAL_KEY?.trim()
  if (given && Buffer.from(given, 'base64').length !== 32) throw new ConfigError('WAXSEAL_KEY must be 32 bytes in base64; make one with: openssl rand -base64 32')
  if (given) return given
  if (!loopback) throw new ConfigError('WAXSEAL_KEY is not set: stored secrets are encrypted with it. Make one with: openssl rand -base64 32')
  return kept(state, 'secret-key', () => randomBytes(32).toString('base64'))
}

/** Made once, and kept where only its owner reads it. */
function kept(state: string, name: string, make: () => string): string {
  const path = join(state, name)
  mkdirSync(state, { recursive: true, mode: 0o700 })
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    const text = make()
    writeFileSync(path, `${text}\n`, { mode: 0o600, flag: 'wx' })
    chmodSync(path, 0o600)
    return text
  }
}

/** Whether only this machine can reach the address. */
export function isLoopback(listen: string): boolean {
  const host = listen.replace(/:\d+$/, '')
  return host === 'localhost' || host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}
