// Makes the Directory say what the configuration file declares. What it declares is marked so; what
// was made through the API stays. Used by the Directory.
import { endpointSecrets, secretsOf, sourceSecrets, type Config, type EndpointConfig } from '../config.ts'
import { patience, type App, type Endpoint, type Key, type Source } from '../model.ts'
import type { Endpoints } from './endpoints.ts'
import type { Ledger } from './ledger.ts'
import type { Sealed, Secrets } from './secrets.ts'

const by = 'configuration'

/** @param env  where the secrets are that the file names */
export async function configure(ledger: Ledger, secrets: Secrets, endpoints: Endpoints, config: Config, keyHashes: string[], env: Record<string, unknown>): Promise<void> {
  await secrets.verify()
  const owned = [
    ...Object.entries(config.sources).map(([name, source]) => [`source/${name}`, secretsOf(env, sourceSecrets(name, source))] as const),
    ...Object.entries(config.endpoints).map(([name, endpoint]) => [`endpoint/${name}`, secretsOf(env, endpointSecrets(name, endpoint))] as const),
  ]
  const prints = new Map<string, string>()
  for (const [owner, values] of owned) prints.set(owner, await secrets.print(values))
  const text = await secrets.print([config, keyHashes, [...prints]])
  if (ledger.rows<{ text: string }>('SELECT text FROM configured')[0]?.text === text) return
  const sealed = await Promise.all(owned.map(([owner, values]) => secrets.seal(owner, values)))
  ledger.change(by, 'app.configure', config.app, () => {
    declareApp(ledger, config.app)
    declareSources(ledger, secrets, config)
    declareEndpoints(ledger, secrets, endpoints, config)
    declareKeys(ledger, keyHashes)
    for (const one of sealed) declareSecrets(ledger, secrets, one, prints.get(one.owner)!)
    ledger.rows('DELETE FROM configured')
    ledger.rows('INSERT INTO configured VALUES (?)', text)
  })
}

function declareApp(ledger: Ledger, id: string): void {
  const now = Date.now()
  const app: App = { id, uid: null, name: id, metadata: {}, throttleRate: null, createdAt: now, updatedAt: now }
  ledger.rows('INSERT OR IGNORE INTO app VALUES (?, NULL, ?, 0)', id, JSON.stringify(app))
}

function declareSources(ledger: Ledger, secrets: Secrets, config: Config): void {
  const known = new Map(ledger.records<Source>('SELECT record FROM source').map(source => [source.name, source]))
  for (const { name, configured } of known.values()) {
    if (!configured || Object.hasOwn(config.sources, name)) continue
    ledger.rows('DELETE FROM source WHERE name = ?', name)
    secrets.drop(`source/${name}`)
  }
  for (const [name, { dialect, settings, tolerance, dedupe, shards, rate }] of Object.entries(config.sources)) {
    const now = Date.now(), old = known.get(name)
    const source: Source = {
      name, dialect, ...(settings && { settings }), ...(tolerance !== undefined && { tolerance }), ...(dedupe && { dedupe }), ...(shards && { shards }), ...(rate && { rate }), description: old?.description ?? '',
      configured: true, createdAt: old?.createdAt ?? now, updatedAt: now,
    }
    ledger.rows('INSERT OR REPLACE INTO source VALUES (?, ?)', name, JSON.stringify(source))
  }
}

function declareEndpoints(ledger: Ledger, secrets: Secrets, endpoints: Endpoints, config: Config): void {
  const known = new Map(endpoints.all().map(endpoint => [endpoint.id, endpoint]))
  for (const { id, configured } of known.values()) {
    if (!configured || Object.hasOwn(config.endpoints, id)) continue
    endpoints.remove(id)
    secrets.drop(`endpoint/${id}`)
  }
  for (const [id, declared] of Object.entries(config.endpoints)) {
    const [gone] = ledger.rows<{ url: string }>('SELECT url FROM gone WHERE id = ?', id)
    const endpoint = declaredEndpoint(id, declared, known.get(id))
    if (gone?.url === declared.url) Object.assign(endpoint, { status: 'disabled', reason: 'it answered 410 Gone' })
    endpoints.put(endpoint)
  }
  ledger.rows('DELETE FROM gone')
}

/** An endpoint keeps its status while its URL is the same, and always what the file does not declare. */
function declaredEndpoint(id: string, declared: EndpointConfig, old: Endpoint | undefined): Endpoint {
  const now = Date.now()
  const same = old?.url === declared.url
  return {
    id, uid: old?.uid ?? null, url: declared.url, description: old?.description ?? '', metadata: old?.metadata ?? {},
    dialect: declared.dialect ?? 'standard-webhooks', envelope: declared.dialect !== undefined,
    policy: declared.policy ?? 'platform-core', delivery: declared.delivery ?? null, concurrency: declared.concurrency ?? 8,
    ordered: declared.ordered ?? false, orderBy: declared.orderBy ?? null, disableAfter: declared.disableAfter === undefined ? patience : declared.disableAfter,
    sources: declared.sources ?? null, events: declared.events ?? null, channels: old?.channels ?? null, filters: declared.filters ?? [],
    ...declared.proxy !== undefined && { proxy: declared.proxy }, headers: declared.headers ?? old?.headers ?? {}, throttleRate: old?.throttleRate ?? null,
    status: same ? old.status : 'active', reason: same ? old.reason : null,
    configured: true, createdAt: old?.createdAt ?? now, updatedAt: now,
  }
}

function declareKeys(ledger: Ledger, hashes: string[]): void {
  for (const { id, configured } of ledger.records<Key>('SELECT record FROM key')) if (configured) ledger.rows('DELETE FROM key WHERE id = ?', id)
  for (const hash of hashes) {
    const key: Key = { id: `key_${hash.slice(0, 27)}`, name: by, hash, scopes: ['send', 'manage', 'read', 'secrets'], until: null, configured: true, createdAt: Date.now() }
    ledger.rows('INSERT OR REPLACE INTO key VALUES (?, ?)', key.id, JSON.stringify(key))
  }
}

/** A secret that was rotated through the API stays until the environment holds another. */
function declareSecrets(ledger: Ledger, secrets: Secrets, sealed: Sealed, print: string): void {
  const [known] = ledger.rows<{ print: string }>('SELECT print FROM declared WHERE owner = ?', sealed.owner)
  if (known?.print === print) return
  secrets.replace(sealed)
  ledger.rows('INSERT OR REPLACE INTO declared VALUES (?, ?)', sealed.owner, print)
}
