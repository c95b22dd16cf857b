// The two programs of the command line: the native one and npm's. `both` runs a command line in
// both and holds them to the same answer.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after } from 'node:test'

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url))

export const native = [path('build/native/waxseal')]
export const npm = [process.execPath, path('dist/js/command.js')]

export type Outcome = { code: number | null; stdout: string; stderr: string }
export type Circumstances = { input?: string; env?: Record<string, string>; cwd?: string }

/** A folder for the files of one test file; it is gone when its tests have run. */
export const folder = mkdtempSync(join(tmpdir(), 'waxseal-test-'))
after(() => rmSync(folder, { recursive: true }))

/** Writes a file into the folder. @returns its path */
export function file(name: string, text: string | Uint8Array): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

export function run(program: string[], words: string[], given: Circumstances = {}): Promise<Outcome> {
  const [command = '', ...first] = program
  const child = spawn(command, [...first, ...words], {
    cwd: given.cwd ?? folder,
    env: { ...process.env, ...given.env },
  })
  const outcome = { code: null as number | null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text))
  child.stdin.on('error', () => {}) // the command need not read it
  child.stdin.end(given.input ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...outcome, code }))
  })
}

/** The answer of both programs, which must be the same to the byte. */
export async function both(words: string[], given?: Circumstances): Promise<Outcome> {
  const [one, other] = await Promise.all([run(native, words, given), run(npm, words, given)])
  assert.deepEqual(other, one, 'the npm command answers as the native one')
  return one
}

/** An answer on standard output and nothing else. */
export async function answer(words: string[], given?: Circumstances): Promise<string> {
  const outcome = await both(words, given)
  assert.equal(outcome.stderr, '')
  assert.equal(outcome.code, 0)
  return outcome.stdout
}

export const hmac = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex')
