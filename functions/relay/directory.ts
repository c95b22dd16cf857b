// The Directory: what one app has – its sources, its endpoints and its API keys (as hashes).
// Called by the worker, the Inbox and the Outbox.
import { DurableObject } from 'cloudflare:workers'
import type { Config, EndpointConfig, Env, SourceConfig } from './config.ts'
import { migrate } from './schema.ts'

export interface Source extends SourceConfig { name: string }
export interface Endpoint extends EndpointConfig { name: string; disabled: boolean }

const steps = [`
  CREATE TABLE source (name TEXT PRIMARY KEY, settings TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE endpoint (name TEXT PRIMARY KEY, url TEXT NOT NULL, settings TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
  CREATE TABLE key (hash TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE configured (text TEXT NOT NULL);
`]

export class Directory extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    migrate(ctx.storage, steps)
  }

  /** Makes the tables say what the configuration says; an endpoint stays disabled while its URL is the same. */
  configure(config: Config, keyHashes: string[]): void {
    const text = JSON.stringify([config, keyHashes])
    if (this.#sql.exec<{ text: string }>('SELECT text FROM configured').toArray()[0]?.text === text) return
    this.ctx.storage.transactionSync(() => {
      const gone = this.#sql.exec<{ name: string; url: string }>('SELECT name, url FROM endpoint WHERE disabled = 1').toArray()
      for (const table of ['source', 'endpoint', 'key', 'configured']) this.#sql.exec(`DELETE FROM ${table}`)
      for (const [name, source] of Object.entries(config.sources)) this.#sql.exec('INSERT INTO source VALUES (?, ?)', name, JSON.stringify(source))
      for (const [name, endpoint] of Object.entries(config.endpoints)) {
        const disabled = gone.some(old => old.name === name && old.url === endpoint.url)
        this.#sql.exec('INSERT INTO endpoint VALUES (?, ?, ?, ?)', name, endpoint.url, JSON.stringify(endpoint), disabled ? 1 : 0)
      }
      for (const hash of keyHashes) this.#sql.exec('INSERT OR IGNORE INTO key VALUES (?)', hash)
      this.#sql.exec('INSERT INTO configured VALUES (?)', text)
    })
  }

  sources(): Source[] {
    return this.#sql.exec<{ name: string; settings: string }>('SELECT name, settings FROM source ORDER BY name').toArray()
      .map(({ name, settings }) => ({ ...JSON.parse(settings) as SourceConfig, name }))
  }

  endpoints(): Endpoint[] {
    return this.#sql.exec<{ name: string; settings: string; disabled: number }>('SELECT name, settings, disabled FROM endpoint ORDER BY name').toArray()
      .map(({ name, settings, disabled }) => ({ ...JSON.parse(settings) as EndpointConfig, name, disabled: disabled === 1 }))
  }

  /** After an endpoint answered 410: nothing more is sent to it until its URL changes. */
  disable(name: string): void {
    this.#sql.exec('UPDATE endpoint SET disabled = 1 WHERE name = ?', name)
  }

  /** Whether one of the app's keys has this hash. Every key is compared, each in constant time. */
  holdsKey(hash: string): boolean {
    const given = new TextEncoder().encode(hash)
    let found = false
    for (const { hash } of this.#sql.exec<{ hash: string }>('SELECT hash FROM key')) {
      const known = new TextEncoder().encode(hash)
      if (known.length === given.length && crypto.subtle.timingSafeEqual(known, given)) found = true
    }
    return found
  }
}
