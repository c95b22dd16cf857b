// The demo's sources and their secrets, which are public and therefore accepted on loopback only.
// Read by the worker, which refuses them elsewhere, and by the launcher.
import type { Config } from './config.ts'

const secret = (name: string): string => `waxseal-demo-secret-${name}`

/** A source for each system, and the dialect that it speaks. */
export const demoSources: Config['sources'] = {
  'platform-core': { dialect: 'platform-core' },
  'ost': { dialect: 'ost' },
  'cosmo-platform': { dialect: 'cosmo' },
  'cosmo-organization': { dialect: 'cosmo' },
}

/** What the demo's destination verifies with, in Standard Webhooks. */
export const destinationSecret = `whsec_${btoa('waxseal demo destination, public')}`

export const demoSecretOf = secret
export const demoSecrets: string[] = [...Object.keys(demoSources).map(secret), destinationSecret]
