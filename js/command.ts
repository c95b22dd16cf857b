#!/usr/bin/env node
// The npm package's command `waxseal`. The command line is C++ (core/command), built for WASI; this
// file runs it, so that it says the same as the native program. Only what WASI has no network for is done
// here: posting in send.ts; listen, replay, doctor and relay in functions/local, which stand on the handlers.
import { readFile } from 'node:fs/promises'
import { capture, send } from './send.ts'

const wasm = new URL('../waxseal-cli.wasm', import.meta.url)

/** Runs the command line with `words`, its answer going to the open file `stdout`; its exit code. */
export async function run(words: string[], stdout: number): Promise<number> {
  const { WASI } = await quietly(() => import('node:wasi'))
  const wasi = new WASI({
    version: 'preview1',
    args: ['waxseal', ...words],
    // WASI has no current folder: the command makes relative paths absolute by PWD.
    env: { ...process.env, PWD: process.cwd() },
    preopens: { '/': '/' },
    stdout,
    returnOnExit: true,
  })
  const module = await WebAssembly.compile(await readFile(wasm))
  return wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject() as WebAssembly.Imports))
}

/** Keeps node:wasi's "WASI is an experimental feature" from the user, and no other warning. */
async function quietly<T>(load: () => Promise<T>): Promise<T> {
  const emitWarning = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: []) => {
    if (!String(warning).includes('WASI')) emitWarning.call(process, warning, ...rest)
  }) as typeof process.emitWarning
  try {
    return await load()
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Lets the command line check the words, and does what its settings say. */
async function onNetwork(words: string[]): Promise<number> {
  const { code, output } = await capture(words, run)
  const text = output.toString()
  if (code !== 0 || !text.startsWith('{')) {
    process.stdout.write(text) // the help
    return code
  }
  const { local } = await import('../functions/local/main.ts')
  return local(words[0]!, JSON.parse(text))
}

const words = process.argv.slice(2)
const [name = ''] = words
process.exitCode = name === 'send' ? await send(words, run)
  : ['listen', 'replay', 'doctor', 'relay'].includes(name) ? await onNetwork(words)
  : await run(words, 1)
