// The same code deploys: wrangler's dry run bundles and checks it, without a network.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../../', import.meta.url))

export async function dryRun(config: string): Promise<{ code: number; output: string; files: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-deploy-'))
  const child = spawn(process.execPath, [join(root, 'node_modules/wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--config', join(root, config), '--outdir', folder], {
    cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1', CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_HIDE_BANNER: 'true' },
  })
  const [out, error, code] = await Promise.all([text(child.stdout), text(child.stderr), new Promise<number>(done => child.on('exit', status => done(status ?? -1)))])
  const files = existsSync(folder) ? readdirSync(folder) : []
  rmSync(folder, { recursive: true, force: true })
  return { code, output: out + error, files }
}

test('wrangler deploy --dry-run takes the relay, its three objects and its wasm', async () => {
  const { code, output, files } = await dryRun('functions/relay/wrangler.jsonc')
  assert.equal(code, 0, output)
  for (const name of ['DIRECTORY', 'INBOX', 'OUTBOX', 'CONFIG']) assert.match(output, new RegExp(name))
  assert.ok(files.some(file => file.endsWith('.wasm')), `no wasm among ${files.join(', ')}`)
})
