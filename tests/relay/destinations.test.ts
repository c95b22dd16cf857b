// Where an endpoint may be: asked of the core whenever an endpoint changes and before each attempt, and of
// workerd's network on the address that it connects to.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { destination } from '../functions/destination.ts'
import { run, type Options } from './run.ts'

interface Case { url: string; expect: 'allow' | 'block'; why: string }
const { cases } = JSON.parse(readFileSync(new URL('../data/ssrf/ssrf-urls.json', import.meta.url), 'utf8')) as { cases: Case[] }
const types = ['where.to']

type Relay = Awaited<ReturnType<typeof run>>
async function using(options: Options, check: (relay: Relay) => Promise<void>): Promise<void> {
  const relay = await run(options)
  await check(relay).finally(relay.close)
}

/** Sends a message of that type. @return the attempts it comes to, once there is one */
async function attemptsOf(relay: Relay): Promise<any[]> {
  const { status, body } = await relay.call('POST', '/app/test/msg', { eventType: 'where.to', payload: {} })
  assert.equal(status, 202)
  return relay.attempts(body.id, 1)
}

test('every destination of the kept list is refused or taken as it says, when an endpoint is made and when it is changed', async () => {
  for (const http of [true, false]) {
    await using({ network: ['public'], http }, async relay => {
      const made = (await relay.call('POST', '/app/test/endpoint', { url: 'https://example.com/', eventTypes: types })).body
      for (const { url, expect, why } of cases) {
        const asked = http ? url : url.replace(/^http:/, 'https:')
        const answers = [
          await relay.call('POST', '/app/test/endpoint', { url: asked, eventTypes: types }),
          await relay.call('PATCH', `/app/test/endpoint/${made.id}`, { url: asked }),
        ]
        assert.deepEqual(answers.map(({ status }) => status), expect === 'allow' ? [201, 200] : [422, 422], `${asked} ${why}`)
      }
    })
  }
})

test('without the settings for development neither http nor a private address is taken, and the answer says what is', async () => {
  await using({ network: ['public'], http: false }, async relay => {
    for (const [url, advice] of [
      ['http://example.com/', 'the URL must begin with https://'],
      ['https://127.0.0.1:8443/', 'the host is an address that is not public'],
      ['https://localhost/', 'the host is a name of a local network: use one that the public DNS knows'],
      ['https://user@example.com/', 'a URL carries no user name or password: use a header of the endpoint'],
      ['https://example.com:22/', 'the port must be 443 or above 1023, and none that browsers refuse'],
    ] as const) {
      const { status, body } = await relay.call('POST', '/app/test/endpoint', { url })
      assert.deepEqual([status, body.detail], [422, [{ loc: ['body', 'url'], msg: advice, type: 'value_error' }]], url)
    }
  })
})

test('an endpoint that was taken under other settings is refused at each attempt', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-relay-'))
  const end = await destination()
  try {
    await using({ folder }, async relay => {
      await relay.call('POST', '/app/test/endpoint', { url: end.url, eventTypes: types, delivery: { retry: { delays: [] } } })
      assert.equal((await attemptsOf(relay))[0].responseStatusCode, 200)
    })
    for (const [settings, advice] of [
      [{ http: false }, 'the URL must begin with https://'],
      [{ network: ['public'] }, 'the host is an address that is not public'],
    ] satisfies [Partial<Options>, string][]) {
      await using({ folder, ...settings }, async relay => {
        const [attempt] = await attemptsOf(relay)
        assert.deepEqual([attempt.statusText, attempt.responseStatusCode, attempt.response], ['fail', 0, `not sent: ${advice}`])
      })
    }
    assert.equal(end.received.length, 1)
  } finally {
    await end.close()
    rmSync(folder, { recursive: true })
  }
})

test('a public name that leads to a private address is refused when workerd connects', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-hosts-'))
  writeFileSync(join(folder, 'hosts'), '127.0.0.1 inside.example.com\n::1 six.example.com\n')
  const end = await destination()
  // What a source names as its secrets stands in workerd's environment, and so reaches the resolver there.
  const env = { LD_PRELOAD: 'libnss_wrapper.so', NSS_WRAPPER_HOSTS: join(folder, 'hosts') }
  const sources = { resolver: { dialect: 'platform-core', secrets: Object.keys(env).map(name => `env:${name}`) } }
  const url = end.url.replace('127.0.0.1', 'inside.example.com')
  try {
    for (const network of [['public', 'private'], ['public']]) {
      const open = network.includes('private') // then the name does lead there
      await using({ sources, env, network }, async relay => {
        for (const each of open ? [url] : [url, url.replace('inside', 'six')]) {
          const { status, body } = await relay.call('POST', '/app/test/endpoint', { url: each, eventTypes: types, delivery: { retry: { delays: [] } } })
          assert.equal(status, 201, JSON.stringify(body))
          const [attempt] = await attemptsOf(relay)
          assert.equal(attempt.responseStatusCode, open ? 200 : 0, attempt.response)
          await relay.call('DELETE', `/app/test/endpoint/${body.id}`)
        }
      })
      assert.equal(end.received.length, 1)
    }
  } finally {
    await end.close()
    rmSync(folder, { recursive: true })
  }
})
