// examples/cpp-ost: built against the installed library, it receives what `waxseal send` posts.
import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess, type ExecFileSyncOptions } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { file, npm, run } from '../command/programs.ts'

const root = new URL('../../', import.meta.url).pathname
const build = `${root}build/examples/cpp-ost`
const env = { OST_WEBHOOK_SECRET: 'the new secret', OST_WEBHOOK_GRACE_SECRET: 'the old secret' }

let receiver: ChildProcess
let url = ''
let printed = ''

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

function compile(): void {
  const quiet: ExecFileSyncOptions = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] }
  execFileSync('cmake', ['--install', 'build/native', '--prefix', `${build}/prefix`], quiet)
  const prefix = `-DCMAKE_PREFIX_PATH=${build}/prefix`
  execFileSync('cmake', ['-S', 'examples/cpp-ost', '-B', build, '-G', 'Ninja', prefix], quiet)
  execFileSync('cmake', ['--build', build], quiet)
}

before(async () => {
  compile()
  const port = await freePort()
  url = `http://127.0.0.1:${port}/webhooks`
  receiver = spawn(`${build}/ost_receiver`, [String(port)], { env: { ...process.env, ...env } })
  receiver.stdout?.setEncoding('utf8').on('data', (text: string) => (printed += text))
  await once(receiver.stderr!, 'data') // "listening"
})
after(() => receiver?.kill())

const send = (words: string[]) => run(npm, ['send', '--dialect', 'ost', ...words, url], { env })
const lines = () => printed.split('\n').slice(0, -1)

test('prints an authentic event, signed with the new secret or the old one', async () => {
  for (const name of ['OST_WEBHOOK_SECRET', 'OST_WEBHOOK_GRACE_SECRET']) {
    const outcome = await send(['--secret', `env:${name}`, '--event', 'transactions/success'])
    assert.deepEqual(outcome, { code: 0, stdout: '200 OK\nOK\n', stderr: '' })
    assert.match(lines().at(-1) ?? '', /^transactions\/success [0-9a-f-]{36} \{.*"result_type":"transaction"/)
  }
})

test('refuses a webhook of another secret', async () => {
  const before = lines().length
  const outcome = await send(['--secret', 'another secret'])
  assert.deepEqual(outcome, { code: 1, stdout: '401 Unauthorized\nUnauthorized\n', stderr: '' })
  assert.equal(lines().length, before)
})

test('accepts a repeated event and does not handle it twice', async () => {
  const sample = await run(npm, ['sample', '--dialect', 'ost'])
  const words = ['--secret', 'env:OST_WEBHOOK_SECRET', '--body', file('sample.json', sample.stdout)]
  const before = lines().length
  assert.equal((await send(words)).code, 0)
  assert.equal((await send(words)).code, 0)
  assert.equal(lines().length, before + 1)
})

test('does not start without a secret, and says which variable is missing', async () => {
  const outcome = await run([`${build}/ost_receiver`], ['0'], { env: { OST_WEBHOOK_SECRET: '' } })
  assert.equal(outcome.code, 2)
  assert.match(outcome.stderr, /OST_WEBHOOK_SECRET/)
})
