// A wrong configuration stops the start with one sentence that names the place and what is allowed.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import type { FileConfig } from '../../functions/relay/config.ts'
import { demoSecretOf } from '../../functions/relay/demo.ts'
import { launch } from '../../functions/relay/launch.ts'
import { checkConfig, ConfigError, readConfig } from '../../functions/relay/validate.ts'

const config = (change: object = {}): FileConfig => ({ app: 'test', sources: { core: { dialect: 'platform-core' } }, endpoints: {}, ...change })
const sentence = (change: object): string => {
  try {
    checkConfig(config(change), 'waxseal.config.json', '/tmp')
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    assert.ok(!error.message.includes('\n'), error.message)
    return error.message
  }
  return assert.fail(`accepted: ${JSON.stringify(change)}`)
}

test('names the pointer and what is allowed there', () => {
  const core = { dialect: 'platform-core' }
  for (const [change, expected] of [
    [{ sources: { core: { dialec: 'github' } } }, /\/sources\/core.*(dialect is missing|"dialec", which there is not).*dialect, secrets, settings, tolerance, dedupe, shards/],
    [{ extra: 1 }, /the file has the setting "extra", which there is not; allowed are app, listen/],
    [{ sources: { core: { dialect: 7 } } }, /\/sources\/core\/dialect is 7, but must be a string/],
    [{ sources: { core: { ...core, tolerance: -1 } } }, /\/sources\/core\/tolerance is -1, but must be >= 0/],
    [{ sources: { core: { ...core, secrets: ['hunter2'] } } }, /\/sources\/core\/secrets\/0 is "hunter2".*env:/],
    [{ sources: { 'My Source': core } }, /My Source is no name/],
    [{ sources: { core: { dialect: 'platform-cor' } } }, /\/sources\/core\/dialect is "platform-cor", which is neither a dialect/],
    [{ sources: { core: { dialect: './none.json' } } }, /\/sources\/core\/dialect names .*none.json, which cannot be read/],
    [{ endpoints: { a: { url: 'ftp://x' } } }, /\/endpoints\/a\/url is "ftp:\/\/x".*https, without user name/],
    [{ endpoints: { a: { url: 'https://user:pass@x/' } } }, /\/endpoints\/a\/url.*without user name/],
    [{ endpoints: { a: { url: 'http://example.com/' } } }, /\/endpoints\/a\/url is "http:\/\/example.com\/", but the URL must begin with https:\/\/. For development "http": true allows http:\/\/\.$/],
    [{ endpoints: { a: { url: 'https://10.0.0.1/' } } }, /\/endpoints\/a\/url is "https:\/\/10.0.0.1\/", but the host is an address that is not public\.$/],
    [{ http: true, endpoints: { a: { url: 'http://localhost/' } } }, /\/endpoints\/a\/url is "http:\/\/localhost\/", but the host is a name of a local network/],
    [{ endpoints: { a: { url: 'https://example.com/', sources: ['nobody'] } } }, /\/endpoints\/a\/sources\/0 is "nobody"; the sources are core/],
    [{ endpoints: { a: { url: 'https://example.com/', delivery: { retry: { delays: ['soon'] } } } } }, /\/endpoints\/a\/delivery is not a delivery rule: /],
    [{ endpoints: { a: { url: 'https://example.com/', delivery: { retries: 3 } } } }, /\/endpoints\/a\/delivery has the setting "retries".*retry, timeout, final, rate/],
    [{ listen: 'everywhere' }, /\/listen is "everywhere"/],
    [{ app: 'root' }, /\/app is "root", which is the name of the list of apps/],
    [{ sources: { core: { ...core, shards: 65 } } }, /\/sources\/core\/shards is 65, but must be <= 64/],
    [{ endpoints: { a: { url: 'https://example.com/', filters: [{ pointer: 'data', values: [1] }] } } }, /\/endpoints\/a\/filters\/0\/pointer is "data".*JSON Pointer/],
  ] as const) assert.match(sentence(change), expected)
})

test('a file that is missing or no JSON is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-config-'))
  writeFileSync(join(folder, 'bad.json'), '{ "app": ')
  assert.throws(() => readConfig(join(folder, 'none.json')), /none.json: cannot be read \(ENOENT\)/)
  assert.throws(() => readConfig(join(folder, 'bad.json')), /bad.json: is not JSON/)
  rmSync(folder, { recursive: true })
})

test('a dialect of one\'s own is named by its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-config-'))
  writeFileSync(join(folder, 'mine.json'), JSON.stringify({ name: 'mine', title: 'Mine', documents: ['https://mine.example/'], signature: { scheme: 'hmac-sha256', header: 'x-mine', encoding: 'hex' } }))
  assert.ok(checkConfig(config({ sources: { mine: { dialect: './mine.json' } } }), 'file', folder).dialects!['./mine.json'])
  rmSync(folder, { recursive: true })
})

const refused = async (change: object, env: Record<string, string>): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-config-'))
  try {
    const relay = await launch({ config: checkConfig(config(change), 'waxseal.config.json', folder), file: 'waxseal.config.json', folder, env })
    await relay.stop()
    return 'started'
  } catch (error) {
    return (error as Error).message
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('without its secret a source stops the start', async () => {
  for (const env of [{}, { WAXSEAL_SECRET_CORE: ' ' }] as Record<string, string>[]) {
    assert.equal(await refused({}, env), 'waxseal.config.json: source core has no secret: set WAXSEAL_SECRET_CORE in the environment.')
  }
  assert.match(await refused({ endpoints: { a: { url: 'https://example.com/' } } }, { WAXSEAL_SECRET_CORE: 'x' }), /endpoint a has no secret: set WAXSEAL_ENDPOINT_A/)
})

test('a source whose keys are fetched needs no secret, and what its dialect asks for beside one', async () => {
  const sns = (settings?: object) => ({ sources: { core: { dialect: 'aws-sns', ...settings && { settings } } } })
  assert.equal(await refused(sns(), {}), 'waxseal.config.json: source core: AWS SNS needs the setting "topic_arn": give it beside the secret. Settings stand in the source: "settings": { "NAME": "VALUE" }.')
  assert.match(await refused(sns({ topic: 'a', topic_arn: 'b' }), {}), /source core: AWS SNS has no setting "topic"\./)
  assert.match(await refused(sns({ topic_arn: 'b' }), { WAXSEAL_SECRET_CORE: 'no key' }), /source core: secret 0 /)
  assert.equal(await refused(sns({ topic_arn: 'arn:aws:sns:eu-west-1:123456789012:orders' }), {}), 'started')
})

test('demo secrets are refused when not on loopback', async () => {
  const env = { WAXSEAL_SECRET_CORE: demoSecretOf('platform-core') }
  assert.match(await refused({ listen: '0.0.0.0:0' }, env), /source core has a demo secret \(WAXSEAL_SECRET_CORE\), which is public/)
  assert.equal(await refused({ listen: '127.0.0.1:0' }, env), 'started')
})

test('off loopback the key that encrypts stored secrets must be given, and be one', async () => {
  const env = { WAXSEAL_SECRET_CORE: 'a secret of its own' }
  assert.match(await refused({ listen: '0.0.0.0:0' }, env), /^WAXSEAL_KEY is not set.*openssl rand -base64 32$/)
  assert.match(await refused({ listen: '0.0.0.0:0' }, { ...env, WAXSEAL_KEY: 'short' }), /^WAXSEAL_KEY must be 32 bytes in base64/)
  assert.equal(await refused({ listen: '0.0.0.0:0' }, { ...env, WAXSEAL_KEY: Buffer.alloc(32, 3).toString('base64') }), 'started')
})

test('the launcher prints the sentence alone and exits with 1', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-config-'))
  writeFileSync(join(folder, 'waxseal.config.json'), '{"app":"test"}')
  const main = fileURLToPath(new URL('../../functions/relay/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), new Promise<[number]>(done => child.on('exit', code => done([code!])))])
  assert.deepEqual([out, code], ['', 1])
  assert.match(error, /^Not started: waxseal.config.json: \/sources is missing; allowed in the file are .*\n$/)
  rmSync(folder, { recursive: true })
})

test('the example in docs/relay.md is a configuration', async () => {
  const { readFileSync } = await import('node:fs')
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-config-'))
  writeFileSync(join(folder, 'partner.dialect.json'), JSON.stringify({ name: 'partner', title: 'Partner', documents: ['https://partner.example/'], signature: { scheme: 'hmac-sha256', header: 'x-partner', encoding: 'hex' } }))
  const [, json] = /```json\n([^`]+)```/.exec(readFileSync(new URL('../../docs/relay.md', import.meta.url), 'utf8'))!
  writeFileSync(join(folder, 'waxseal.config.json'), json!)
  assert.equal(readConfig(join(folder, 'waxseal.config.json')).app, 'shop')
  rmSync(folder, { recursive: true })
})
