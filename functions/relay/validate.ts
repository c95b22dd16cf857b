// Checks waxseal.config.json and says in one sentence what is wrong. Called by the launcher.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import { checkDestination } from '../../js/relay.ts'
import type { FileConfig } from './config.ts'
import { dialectOf, policyOf } from './dialects.ts'
import { badHeader } from './headers.ts'
import { root } from './model.ts'

/** A mistake of whoever wrote the configuration: printed without a stack. */
export class ConfigError extends Error {}

const kinds: Record<string, string> = { object: 'an object', array: 'a list', string: 'a string', integer: 'a whole number', null: 'null' }

/** Reads and checks the file at `path`, and the dialect files that it names. */
export function readConfig(path: string): FileConfig {
  const file = path.split('/').pop()!
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
  let config: FileConfig
  try {
    config = JSON.parse(text) as FileConfig
  } catch (error) {
    throw new ConfigError(`${file}: is not JSON: ${(error as Error).message}.`)
  }
  return checkConfig(config, file, dirname(path))
}

export function checkConfig(config: FileConfig, file: string, folder: string): FileConfig {
  const check = new Ajv({ allErrors: false, verbose: true, strict: false }).compile(schema())
  if (!check(config)) throw new ConfigError(`${file}: ${sentence(check.errors![0]!)}`)
  if (config.app === root) throw new ConfigError(`${file}: /app is "${root}", which is the name of the list of apps: choose another.`)
  config.endpoints ??= {}
  config.dialects = {}
  config.private = config.network?.some(network => network !== 'public') ?? false
  const load = (at: string, name: string): void => {
    if (name.endsWith('.json')) config.dialects![name] = dialectFile(file, at, resolve(folder, name))
    if (!dialectOf(config, name)) throw new ConfigError(`${file}: ${at} is ${JSON.stringify(name)}, which is neither a dialect of this version nor a .json file.`)
  }
  for (const [name, source] of Object.entries(config.sources)) load(`/sources/${name}/dialect`, source.dialect)
  for (const [name, endpoint] of Object.entries(config.endpoints)) {
    const destination = checkDestination(endpoint.url, config)
    if (!destination.ok) throw new ConfigError(`${file}: /endpoints/${name}/url is ${JSON.stringify(endpoint.url)}, but ${destination.advice}.${destination.code === 'not_https' ? ' For development "http": true allows http://.' : ''}`)
    const bad = badHeader(endpoint.headers ?? {})
    if (bad) throw new ConfigError(`${file}: /endpoints/${name}/headers has ${JSON.stringify(bad.name)}: ${bad.sentence}.`)
    if (endpoint.dialect !== 'as-received') load(`/endpoints/${name}/dialect`, endpoint.dialect ?? 'standard-webhooks')
    load(`/endpoints/${name}/policy`, endpoint.policy ?? 'platform-core')
    const unknown = endpoint.sources?.findIndex(source => !Object.hasOwn(config.sources, source)) ?? -1
    if (unknown >= 0) throw new ConfigError(`${file}: /endpoints/${name}/sources/${unknown} is ${JSON.stringify(endpoint.sources![unknown])}; the sources are ${Object.keys(config.sources).join(', ')}.`)
    try {
      policyOf(config, endpoint)
    } catch (error) {
      throw new ConfigError(`${file}: /endpoints/${name}/delivery is not a delivery rule: ${(error as Error).message}`)
    }
  }
  return config
}

function dialectFile(file: string, at: string, path: string) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ConfigError(`${file}: ${at} names ${path}, which cannot be read as JSON: ${(error as Error).message}.`)
  }
}

/** The schema stands beside package.json, two folders above this one in the sources and three in dist/. */
function schema(): object {
  for (const place of ['../../waxseal.config.schema.json', '../../../waxseal.config.schema.json']) {
    try {
      return JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as object
    } catch { /* the other place */ }
  }
  throw new Error('waxseal.config.schema.json is missing')
}

function sentence({ instancePath, keyword, params, parentSchema = {}, data, propertyName }: ErrorObject): string {
  const at = instancePath || 'the file'
  const known = Object.keys(parentSchema.properties ?? {}).filter(name => name !== '$schema').join(', ')
  if (keyword === 'additionalProperties') return `${at} has the setting ${JSON.stringify(params.additionalProperty)}, which there is not; allowed are ${known}.`
  if (keyword === 'required') return `${instancePath}/${params.missingProperty} is missing; allowed in ${at} are ${known}.`
  if (propertyName !== undefined) return `${instancePath}/${propertyName} is no name: allowed are lower-case letters, digits and hyphens.`
  const allowed = parentSchema.description ? ` ${parentSchema.description}` : ''
  const must = keyword === 'type' ? `must be ${[params.type].flat().map(type => kinds[type] ?? type).join(' or ')}`
    : keyword === 'enum' ? `must be one of ${params.allowedValues.join(', ')}`
    : keyword === 'pattern' ? `must be written ${params.pattern}`
    : keyword === 'minimum' || keyword === 'maximum' ? `must be ${params.comparison} ${params.limit}`
    : 'must not be empty'
  return `${at} is ${JSON.stringify(data)?.slice(0, 60)}, but ${must}.${allowed}`
}
