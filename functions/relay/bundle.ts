// Bundles the relay's worker and its wasm into a folder. Called by the launcher and by tests.
import { copyFileSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, stop, type Plugin } from 'esbuild'

/** Writes worker.js and the modules it imports into `folder`. @param entry the worker; the relay's unless told */
export async function bundle(folder: string, entry?: string, plugins: Plugin[] = []): Promise<void> {
  const own = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url))
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [entry ?? own],
    outfile: join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:*', 'node:*'],
    plugins: [...plugins, wasm(folder)],
    logLevel: 'warning',
  })
  await stop() // esbuild keeps a process for the next build; there is none
}

/** workerd compiles the wasm itself, as a module beside the script. */
const wasm = (folder: string): Plugin => ({
  name: 'wasm',
  setup({ onResolve }) {
    onResolve({ filter: /\.wasm$/ }, async ({ path, resolveDir }) => {
      copyFileSync(join(resolveDir, path), join(folder, basename(path)))
      return { path: `./${basename(path)}`, external: true }
    })
  },
})
