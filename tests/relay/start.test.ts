// `npm start` as a person uses it: the printed commands are pasted, the destination prints, Ctrl-C stops.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Starts the launcher as a terminal does: in a process group of its own. */
function start(folder: string, words: string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(root, 'functions/relay/main.ts'), ...words], {
    cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env },
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { printed += chunk })
  const gone = new Promise<number | null>(done => child.once('exit', done))
  return {
    gone,
    printed: () => printed,
    async until(pattern: RegExp, milliseconds = 15_000): Promise<RegExpExecArray> {
      for (const late = Date.now() + milliseconds; ; await new Promise(wake => setTimeout(wake, 30))) {
        const found = pattern.exec(printed)
        if (found) return found
        if (Date.now() > late || child.exitCode !== null) throw new Error(`${pattern} was not printed:\n${printed}`)
      }
    },
    async interrupt(): Promise<number | null> {
      process.kill(-child.pid!, 'SIGINT')
      return gone
    },
    /** Whether any process of the group is left. */
    left(): boolean {
      try {
        return process.kill(-child.pid!, 0)
      } catch {
        return false
      }
    },
  }
}

const paste = (command: string) => promisify(execFile)('bash', ['-c', command], { cwd: root })

test('each printed command works, the destination prints the verified webhook, Ctrl-C stops everything', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-start-'))
  const relay = start(folder, ['--listen', '127.0.0.1:0'])
  try {
    await relay.until(/Ctrl-C stops/)
    const commands = relay.printed().replaceAll('\\\n', ' ').split('\n').map(line => line.trim()).filter(line => /^(npm|curl|node) /.test(line))
    const sends = commands.filter(command => command.includes('/in/'))
    assert.deepEqual(['platform-core', 'ost', 'cosmo-platform', 'cosmo-organization'].filter(name => !sends.some(send => send.includes(`/in/${name}`))), [])
    for (const command of sends) {
      const { stdout } = await paste(command)
      const [id] = /msg_[0-9A-Za-z]{27}/.exec(stdout) ?? assert.fail(`${command}\n${stdout}`)
      await relay.until(new RegExp(`destination received ${id}, verified`))
    }
    const { stdout } = await paste(commands.at(-1)!)
    assert.equal(JSON.parse(stdout).data.length, sends.length)
    assert.equal(statSync(join(folder, '.waxseal/key-demo')).mode & 0o777, 0o600)
  } finally {
    assert.equal(await relay.interrupt(), 0)
  }
  assert.match(relay.printed(), /Stopped\. What was accepted is on disk\./)
  assert.equal(relay.left(), false)
  rmSync(folder, { recursive: true, force: true })
})

test('no secret and no key in plain text reaches the state, but the key in its own file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-start-'))
  const relay = start(folder, ['--listen', '127.0.0.1:0'], { WAXSEAL_SECRET_OST: 'canary-of-the-tests' })
  const [, key] = await relay.until(/key +(wx_demo_\w+)/)
  await relay.until(/Ctrl-C stops/)
  await relay.interrupt()
  const { stdout } = await promisify(execFile)('grep', ['-rlE', `canary-of-the-tests|${key}`, join(folder, '.waxseal')])
  assert.deepEqual(stdout.trim().split('\n').map(path => path.slice(folder.length)), ['/.waxseal/key-demo'])
  assert.equal(readFileSync(join(folder, '.waxseal/key-demo'), 'utf8').trim(), key)
  assert.ok(!relay.printed().includes('canary-of-the-tests'))
  rmSync(folder, { recursive: true, force: true })
})

test('an address in use is one sentence, and nothing is left running', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-start-'))
  const first = start(folder, ['--listen', '127.0.0.1:0'])
  const [, port] = await first.until(/address +http:\/\/127\.0\.0\.1:(\d+)/)
  const other = mkdtempSync(join(tmpdir(), 'waxseal-start-'))
  const second = start(other, ['--listen', `127.0.0.1:${port}`])
  try {
    assert.equal(await second.gone, 1)
    assert.equal(second.printed(), `Not started: 127.0.0.1:${port} is in use: stop what listens there, or choose another with --listen ADDRESS:PORT.\n`)
    for (let tries = 0; second.left() && tries < 20; tries++) await new Promise(wake => setTimeout(wake, 100))
    assert.equal(second.left(), false)
  } finally {
    assert.equal(await first.interrupt(), 0)
    for (const path of [folder, other]) rmSync(path, { recursive: true, force: true })
  }
})
