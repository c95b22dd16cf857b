// Writes tests/vectors/<dialect>.json. Run by hand after a change under tools/vectors/:
//
//   node tools/vectors.ts            (Node ≥ 22.18, and the `openssl` command)
//   node tools/vectors.ts --check    says which files would change, and fails if any would
//
// Every signature is computed by the `openssl` command, never by Waxseal. A dialect with a file of its own,
// tools/vectors/<dialect>.ts, has its recipe written out there, so that its vectors are an oracle for the
// core and for the dialect file. Those of all others are derived from the dialect file (plain.ts): they
// hold the core to it, and signatures that the provider published (published.ts) hold the file to the facts.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { format } from './vectors/format.ts'
import { plain } from './vectors/plain.ts'
import type { Vector } from './vectors/recipe.ts'

const names = readdirSync(new URL('../core/dialects/', import.meta.url)).map((file) => file.replace('.json', ''))
const check = process.argv.includes('--check')
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))

for (const name of only.length ? only : names) {
  const own = new URL(`./vectors/${name}.ts`, import.meta.url)
  const vectors: Vector[] = existsSync(own) ? (await import(own.href)).vectors : plain(name)
  const repeated = vectors.find((one, index) => vectors.findIndex((other) => other.name === one.name) !== index)
  if (repeated) throw new Error(`${name}: two vectors are called "${repeated.name}"`)
  const file = new URL(`../tests/vectors/${name}.json`, import.meta.url)
  const text = format({ dialect: name, vectors })
  if (check) {
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
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
