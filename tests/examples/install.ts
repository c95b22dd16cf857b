// Lays an example out as a user has it: its own files, and the package as `npm pack` makes it.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

/** @param peers packages of this repository's node_modules that the example depends on */
export async function install(example: string, peers: string[] = []): Promise<{ folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), `waxseal-${example}-`))
  cpSync(join(root, 'examples', example), folder, { recursive: true })
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root })
  await run('sh', ['-c', 'tar -xzf waxseal-*.tgz && mv package node_modules/waxseal'], { cwd: folder })
  for (const name of peers) symlinkSync(join(root, 'node_modules', name), join(modules, name))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
