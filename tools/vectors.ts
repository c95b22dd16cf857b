// Writes tests/vectors/<dialect>.json. Run by hand after a change under tools/vectors/:
//
//   node tools/vectors.ts            (Node ≥ 22.18, and the `openssl` command)
//   node tools/vectors.ts --check    says which files would change, and fails if any would
//
// Every signature is computed by the `openssl` command from a recipe written out for each system in
// tools/vectors/<dialect>.ts, never by Waxseal and never from the dialect file, so that the vectors
// are an oracle for both. Signatures that others published are compared with what openssl says.
import { readFileSync, writeFileSync } from 'node:fs'
import { format } from './vectors/format.ts'
import type { Vector } from './vectors/recipe.ts'

const names = ['cosmo', 'github', 'ost', 'platform-core', 'shopify', 'slack', 'standard-webhooks', 'stripe']
const check = process.argv.includes('--check')
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))

for (const name of only.length ? only : names) {
  const { vectors } = (await import(`./vectors/${name}.ts`)) as { vectors: Vector[] }
  const repeated = vectors.find((one, index) => vectors.findIndex((other) => other.name === one.name) !== index)
  if (repeated) throw new Error(`${name}: two vectors are called "${repeated.name}"`)
  const file = new URL(`../tests/vectors/${name}.json`, import.meta.url)
  const text = format({ dialect: name, vectors })
  if (check) {
    if (readFileSync(file, 'utf8') !== text) {
      console.error(`tests/vectors/${name}.json differs from what tools/vectors.ts writes`)
      process.exitCode = 1
    }
  } else {
    writeFileSync(file, text)
    const refused = vectors.filter((vector) => vector.expect.code !== 'ok').length
    const patched = vectors.filter((vector) => vector.remove).length
    console.log(`${name}: ${vectors.length} vectors, ${refused} refused, ${patched} with the rule's removal`)
  }
}
