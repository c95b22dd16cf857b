// waxseal listen, replay and doctor: real HTTP on this machine, the terminal view in a real terminal (tmux).
import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Webhook } from '../../js/index.ts'
import { github } from '../../js/dialects/github.ts'
import { stripe } from '../../js/dialects/stripe.ts'
import { standardWebhooks } from '../../js/dialects/standard-webhooks.ts'
import { signedRequest } from '../../js/testing.ts'
import { destination } from '../functions/destination.ts'
import { file, folder, native, npm, run } from './programs.ts'

const secret = 'a secret of the listener'
const sns = {
  certificate: fileURLToPath(new URL('../data/sns/certificate.pem', import.meta.url)),
  message: readFileSync(new URL('../data/sns/version2.json', import.meta.url), 'utf8'),
}
const env = { HOOK_SECRET: secret }
const running: ChildProcess[] = []
after(() => running.forEach(child => child.kill('SIGKILL')))
let count = 0

/** Starts `waxseal listen`, piped. @return its address, its lines as they come, those that are not indented, and how it is ended */
async function listening(...words: string[]) {
  const path = join(folder, `caught-${++count}.jsonl`)
  const child = spawn(npm[0]!, [...npm.slice(1), 'listen', '--port', '0', '--file', path, ...words], { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(child)
  const lines: string[] = []
  const reader = createInterface(child.stdout!).on('line', line => lines.push(line))
  await once(reader, 'line')
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\//.exec(lines[0]!) ?? []
  return {
    url, lines, path,
    /** Those that are not indented, once there are so many: the first, and one for each webhook. */
    async until(wanted: number): Promise<string[]> {
      const webhooks = () => lines.filter(line => !line.startsWith(' '))
      while (webhooks().length < wanted) await once(reader, 'line')
      return webhooks()
    },
    async untilSays(wanted: RegExp): Promise<string> {
      const signal = AbortSignal.timeout(20_000)
      while (!wanted.test(lines.join('\n'))) await once(reader, 'line', { signal }).catch(() => assert.fail(`never says ${wanted}:\n${lines.join('\n')}`))
      return lines.join('\n')
    },
    async end(): Promise<number | null> {
      const gone = once(child, 'exit')
      child.kill('SIGINT')
      return (await gone)[0] as number | null
    },
  }
}
const verified = ['--dialect', 'github', '--secret', 'env:HOOK_SECRET']
const sent = (url: string, event: 'push' | 'issues' = 'push', key = secret, more: object = {}) => signedRequest(github, event, { secret: key, url, ...more })
/** Fetch joins what a Request's URL had; the URL is given again for the port. */
const post = async (request: Request): Promise<[number, string]> => {
  const answer = await fetch(request)
  return [answer.status, await answer.text()]
}

test('listen prints each webhook, refuses what is forged with its reason, hands the rest on byte for byte', async () => {
  const end = await destination((_, response) => response.writeHead(202).end('taken'))
  const listener = await listening(...verified, '--forward', end.url)
  const body = '{ "ref" : "refs/heads/é", "n": 12345678901234567890 }'
  assert.deepEqual(await post(sent(`${listener.url}hook?x=1`, 'push', secret, { id: 'delivery-1', body })), [202, 'taken'])
  assert.deepEqual(await post(sent(listener.url, 'push', 'another')), [401, 'Invalid signature'])
  const lines = await listener.until(3)
  assert.match(lines[1]!, /^#1 {2}\d\d:\d\d:\d\d\.\d{3} {2}ok {2}push {2}delivery-1 {2}[\d.]+ ms {2}→ 202 {2}breaks its schema at /)
  assert.match(lines[2]!, /^#2 .* bad_signature {2}POST \/ .*→ 401 {2}\S/)
  assert.equal(end.received.length, 1, 'a refused one is not handed on')
  assert.equal(end.received[0]!.body.toString(), body)
  assert.equal(end.received[0]!.headers['x-github-event'], 'push')
  assert.equal((await fetch(listener.url)).status, 405)
  end.answer = 500
  assert.equal((await post(sent(listener.url)))[0], 500)
  assert.match((await listener.until(5))[4]!, /→ 500 {2}http:.*answered 500$/)
  assert.equal(await listener.end(), 0)
  await end.close()
})

test('listen verifies by a certificate and a setting', async () => {
  const listener = await listening('--dialect', 'aws-sns', '--secret', `file:${sns.certificate}`, '--setting', 'topic_arn=arn:aws:sns:us-west-2:131990247566:dongie-standard-topic')
  assert.equal((await fetch(listener.url, { method: 'POST', body: sns.message })).status, 200)
  assert.equal((await fetch(listener.url, { method: 'POST', body: sns.message.replace('version 2', 'version 3') })).status, 401)
  assert.match((await listener.until(2))[1]!, /  ok  Notification  9d2c5580-b61d-550c-8583-37a582870907  /)
  await listener.end()
})

test('listen fetches the keys of a dialect that publishes them, and says what a subscription waits for', async () => {
  const vectors = JSON.parse(readFileSync(new URL('../vectors/aws-sns.json', import.meta.url), 'utf8')).vectors as { name: string; secrets: string[]; body: string; settings: { topic_arn: string } }[]
  const named = (name: string) => vectors.find(each => each.name === name)!
  const asked: string[] = []
  let status = 200
  const provider = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(status).end(named('accepts a message').secrets[0])
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  // in the place of the runtime's fetch one that asks this machine for what is at the provider's pinned host;
  // and the vectors' time, at which the certificate holds
  const there = file('fetch.mjs', `
    Date.now = () => 1_800_000_000_000
    const real = globalThis.fetch
    globalThis.fetch = (url, init) => real(new URL(new URL(url).pathname, 'http://127.0.0.1:${(provider.address() as AddressInfo).port}'), init)
  `)
  process.env.NODE_OPTIONS = `--import=${there}`
  const { body, settings } = named('accepts a message')
  const listener = await listening('--dialect', 'aws-sns', '--setting', `topic_arn=${settings.topic_arn}`)
  delete process.env.NODE_OPTIONS
  const post = async (text: string) => (await fetch(listener.url, { method: 'POST', body: text })).status
  assert.equal(await post(body.replace(/https:\/\/sns\.[^"]+?amazonaws\.com/, 'https://sns.example.com')), 401)
  assert.equal(await post(body.replace(settings.topic_arn, `${settings.topic_arn}x`)), 401)
  assert.deepEqual(asked, [], 'nothing is fetched before the other checks pass')
  assert.equal(await post(body), 200)
  assert.equal(await post(body.replace(/"Message" ?: ?"/, '$&x')), 401)
  assert.equal(await post(body.slice(0, -20)), 401)
  assert.equal(await post(named('hands on the address to visit as it stands').body), 200)
  assert.equal(asked.length, 1)
  status = 404
  assert.equal(await post(body.replace(/SimpleNotificationService-\w+/, 'SimpleNotificationService-other')), 500)
  const text = await listener.untilSays(/^#7 /m)
  assert.match(text, /^#3 .* ok {2}Notification /m)
  assert.match(text, /^#5 .* missing_signature .*\n {4}The body is cut off.*\(body_truncated\)/m)
  assert.match(text, /^#6 .* ok {2}SubscriptionConfirmation .*→ 200 {2}to say yes, visit https:\/\/sns\.[\w-]+\.amazonaws\.com\/\?Action=ConfirmSubscription/m)
  assert.match(text, /^#7 .* key_unavailable .*→ 500 /m)
  await listener.end()
  provider.closeAllConnections()
  provider.close()
})

test('listen says why it refuses, and what to do, and never the secret', async () => {
  const listener = await listening(...verified)
  const body = '{"zen":"Keep it logically awesome.","hook_id":1}'
  const { headers } = sent(listener.url, 'push', secret, { body })
  await fetch(listener.url, { method: 'POST', headers, body: JSON.stringify(JSON.parse(body), null, 2) })
  await post(sent(listener.url, 'push', 'another'))
  await fetch(listener.url, { method: 'POST', body })
  await post(signedRequest(stripe, 'invoice.paid', { secret, url: listener.url }))
  const text = await listener.untilSays(/^#4 .*\n.*dialect_other.*\n/m)
  for (const expected of [
    /^#1 .* bad_signature .*\n {4}The body was parsed and written anew with indentation\. \(body_indented\)\n {4}Give the body's raw bytes, as they came, before anything parses them\.\n {8}app\.post\(/m,
    /^#2 .* bad_signature .*\n {4}No known cause fits\. Is the secret that of this endpoint and of its mode \(test or live\)\?$/m,
    /^#3 .* missing_signature .*\n {4}The request has no header x-hub-signature-256\. \(header_missing\)\n/m,
    /^#4 .* missing_signature .*\n {4}The secret is right, but Stripe signed this\. \(dialect_other\)\n/m,
  ]) assert.match(text, expected)
  for (const told of [text, readFileSync(listener.path, 'utf8')]) assert.ok(!told.includes(secret))
  const kept = readFileSync(listener.path, 'utf8').trim().split('\n').map(line => JSON.parse(line) as { causes: { code: string }[] | null })
  assert.deepEqual(kept.map(({ causes }) => causes?.map(({ code }) => code)), [['body_indented'], [], ['header_missing'], ['dialect_other']])
  await post(sent(listener.url))
  assert.match((await listener.until(6))[5]!, / ok /)
  await listener.end()
})

test('listen tells two causes at once, where only together they explain it', async () => {
  const listener = await listening('--dialect', 'stripe', '--secret', `"${secret}"`)
  const { headers } = signedRequest(stripe, 'invoice.paid', { secret, url: listener.url, body: '{"type":"invoice.paid"}', timestamp: Math.floor(Date.now() / 1000) - 7210 })
  await fetch(listener.url, { method: 'POST', headers, body: '{"type":"invoice.paid"}' })
  await listener.untilSays(/^#1 .*\n {4}The secret has quotes around it\. \(secret_quoted\)\n[^]*\n {4}The webhook's time lies 2 h 1\d s before this clock; 5 min are allowed\. \(clock_ahead\)\n {4}Set the clock/m)
  await listener.end()
})

test('listen shows headers and body with --details, its numbers as they came, and nothing that moves the cursor', async () => {
  const listener = await listening('--details')
  await fetch(listener.url, { method: 'POST', headers: { 'x-a': 'b' }, body: '{"n":12345678901234567890,"e":[],"s":"a\u202e"}' })
  await fetch(listener.url, { method: 'POST', body: Uint8Array.of(0xff, 0x1b) })
  await fetch(listener.url, { method: 'POST', body: 'a\u001b[2J' })
  const text = await listener.untilSays(/^ {4}a\?\[2J$/m)
  assert.match(text, /unverified {2}POST \//)
  assert.match(text, /^ {4}x-a: b$/m)
  assert.match(text, /^ {6}"n": 12345678901234567890,$/m)
  assert.match(text, /^ {6}"e": \[\],$/m)
  assert.match(text, /2 bytes that are no UTF-8: ff1b$/m)
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e]/)
  await listener.end()
})

test('what listen kept, replay sends again: bytes and headers, all or one by number or id', async () => {
  const listener = await listening(...verified)
  const bodies = [JSON.stringify({ ref: 'é' }), Buffer.from([0xff, 0xfe, 0x00])]
  await post(sent(`${listener.url}a?b=1`, 'push', secret, { id: 'first', body: bodies[0] }))
  await post(sent(`${listener.url}c`, 'issues', secret, { id: 'second', body: bodies[1] }))
  await listener.until(3)
  await listener.end()
  const kept = readFileSync(listener.path, 'utf8').trim().split('\n').map(line => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(kept.map(({ number, verdict, id, path, body, base64 }) => ({ number, verdict, id, path, body, base64 })), [
    { number: 1, verdict: 'ok', id: 'first', path: '/a?b=1', body: bodies[0], base64: undefined },
    { number: 2, verdict: 'ok', id: 'second', path: '/c', body: undefined, base64: '//4A' },
  ])
  const end = await destination()
  const replay = (...words: string[]) => run(npm, ['replay', listener.path, end.url, ...words])
  assert.deepEqual(await replay(), { code: 0, stdout: '200 #1 push first\n200 #2 issues second\n', stderr: '' })
  assert.deepEqual(end.received.map(({ body }) => body.toString('hex')), bodies.map(body => Buffer.from(body).toString('hex')))
  for (const { headers, body } of end.received) assert.ok(new Webhook(github, { secrets: secret }).check(body, headers).ok)
  assert.equal((await replay('--id', '2')).stdout, '200 #2 issues second\n')
  assert.equal((await replay('--id', 'first')).stdout, '200 #1 push first\n')
  assert.deepEqual(await replay('--id', '9'), { code: 2, stdout: '', stderr: 'waxseal replay: none has the number or id 9\n' })
  end.answer = 503
  assert.equal((await replay()).code, 1)
  await end.close()
  assert.match((await replay()).stderr, /no answer from http:.* to #1 push first: .+/)
  assert.equal((await replay()).code, 3)
  assert.deepEqual(await run(npm, ['replay', file('other.jsonl', '{"a":1}\n'), end.url]), { code: 3, stdout: '', stderr: 'waxseal replay: line 1 is no webhook that waxseal listen kept\n' })
})

test('behind a reverse proxy that changes Host, adds X-Forwarded-* and cuts the body anew, it verifies', async () => {
  const listener = await listening(...verified)
  const proxy = createServer(async (incoming, response) => {
    const headers: Record<string, string | string[] | undefined> = { ...incoming.headers, host: 'inner.example', 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'outer.example', 'transfer-encoding': 'chunked' }
    delete headers['content-length']
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const on = httpRequest(listener.url, { method: 'POST', headers }, answer => { response.writeHead(answer.statusCode!); answer.pipe(response) })
    for (let at = 0; at < body.length; at += 7) {
      on.write(body.subarray(at, at + 7))
      if (at % 700 === 0) await new Promise(wake => setImmediate(wake))
    }
    on.end()
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const outer = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/`
  assert.equal((await post(sent(outer)))[0], 200)
  assert.equal((await post(sent(outer, 'push', 'another')))[0], 401)
  const lines = await listener.until(3)
  assert.match(lines[1]!, / ok {2}push /)
  assert.match(lines[2]!, / bad_signature /)
  const [first] = readFileSync(listener.path, 'utf8').split('\n')
  assert.ok(first!.includes('"inner.example"') && first!.includes('"chunked"'), 'it came as the proxy sent it')
  await listener.end()
  proxy.closeAllConnections()
  proxy.close()
})

test('a port that is taken is a sentence, and exit 3', async () => {
  const listener = await listening()
  const port = new URL(listener.url).port
  const other = await run(npm, ['listen', '--port', port, '--file', join(folder, 'x.jsonl')])
  assert.deepEqual([other.code, other.stdout], [3, ''])
  assert.equal(other.stderr, `waxseal listen: 127.0.0.1:${port} is in use: stop what listens there, or choose another with --port\n`)
  await listener.end()
})

test('wrong usage is exit 2, with what to write; the native program says where these are', async () => {
  const table: [string[], RegExp][] = [
    [['listen', '--port', '70000'], /--port is no port: write --port 3000\n/],
    [['listen', '--forward', 'localhost'], /--forward is no URL: write --forward http/],
    [['listen', '--secret', secret], /--secret without --dialect: write --dialect NAME\|FILE\n/],
    [['listen', '--setting', 'a=b'], /--setting without --dialect: write --dialect NAME\|FILE\n/],
    [['listen', '--dialect', 'github'], /no secret/],
    [['listen', '--dialect', 'aws-sns'], /AWS SNS needs the setting "topic_arn": give it beside the secret; write --setting NAME=VALUE\n/],
    [['doctor', '--dialect', 'aws-sns', '--setting', 'topic_arn=a'], /no key is set: give the certificate of AWS SNS/],
    [['listen', '--dialect', 'aws-sns', '--secret', `file:${sns.certificate}`], /AWS SNS needs the setting "topic_arn": give it beside the secret; write --setting NAME=VALUE\n/],
    [['listen', '--dialect', 'githb', '--secret', secret], /did you mean github\?/],
    [['replay'], /the file is missing: write the one that waxseal listen kept\n/],
    [['replay', file('empty', ''), 'x'], /the last word is no URL/],
    [['doctor', 'example.com'], /the last word is no URL/],
  ]
  for (const [words, sentence] of table) {
    const outcome = await run(npm, words)
    assert.deepEqual([outcome.code, outcome.stdout], [2, ''], words.join(' '))
    assert.match(outcome.stderr, sentence)
    assert.ok(!outcome.stderr.includes(secret))
  }
  for (const name of ['listen', 'replay', 'doctor', 'relay']) {
    assert.match((await run(native, [name])).stderr, new RegExp(`^waxseal ${name}: this program has no ${name === 'relay' ? 'SQLite' : 'network code'}; the npm package has: npx waxseal\n`))
    const [one, other] = await Promise.all([run(native, [name, '--help']), run(npm, [name, '--help'])])
    assert.deepEqual(other, one)
    assert.match(one.stdout, new RegExp(`^usage: waxseal ${name} `))
  }
})

test('doctor: what is well, and what to do where it is not', async () => {
  const alone = await run(npm, ['doctor'])
  assert.equal(alone.code, 0, alone.stdout)
  assert.match(alone.stdout, /^✓ Node \d.*\n✓ the WebAssembly module verifies a webhook.*\n- no waxseal\.config\.json here/)
  const listener = await listening(...verified)
  const at = (...words: string[]) => run(npm, ['doctor', listener.url, ...words], { env: { ...env, WRONG: 'wrong' } })
  const right = await at(...verified)
  assert.equal(right.code, 0, right.stdout)
  assert.match(right.stdout, /✓ 127\.0\.0\.1 is 127\.0\.0\.1\n- no TLS, on this machine\n✓ this clock and the receiver’s agree\n✓ a signed github webhook is accepted \(200\)\n$/)
  const wrong = await at('--dialect', 'github', '--secret', 'env:WRONG')
  assert.equal(wrong.code, 1)
  assert.match(wrong.stdout, /✗ a signed github webhook is refused \(401\): is the secret the same on both sides\?\n$/)
  assert.match((await at()).stdout, /✓ an unsigned webhook is refused \(401\)/)
  await listener.end()
  const late = await destination((_, response) => response.writeHead(200, { date: new Date(Date.now() + 600_000).toUTCString() }).end())
  const skewed = await run(npm, ['doctor', late.url])
  assert.match(skewed.stdout, /✗ the receiver’s clock is (599|600|601) s ahead of this one: .*NTP/)
  assert.match(skewed.stdout, /✗ an unsigned webhook was answered 200, not refused: is it verified at all\?/)
  late.answer = (_, response) => response.writeHead(301, { location: '/other' }).end()
  assert.match((await run(npm, ['doctor', late.url])).stdout, /✗ answered 301: senders do not follow redirects/)
  await late.close()
  assert.match((await run(npm, ['doctor', late.url])).stdout, /✗ http:.* does not answer: .*ECONNREFUSED.*: is the server running/)
  assert.match((await run(npm, ['doctor', 'https://no-such-host.invalid/'])).stdout, /✗ no-such-host\.invalid has no address \(\w+\): look at its DNS record/)
  assert.match((await run(npm, ['doctor', late.url.replace('http:', 'https:')])).stdout, /✗ no TLS with 127\.0\.0\.1: .*: senders would refuse it too/)
})

test('the terminal view: a list, details, filters, and an end that leaves the terminal as it was', { timeout: 30_000 }, async () => {
  const tmux = (...words: string[]): string => execFileSync('tmux', ['-L', `waxseal-${process.pid}`, ...words], { encoding: 'utf8', env: { ...process.env, TERM: 'xterm-256color' } })
  const screen = (): string => tmux('capture-pane', '-p')
  const until = async (what: RegExp): Promise<string> => {
    for (let tries = 0; tries < 100; tries++) {
      const seen = screen()
      if (what.test(seen)) return seen
      await new Promise(wake => setTimeout(wake, 50))
    }
    assert.fail(`the screen never shows ${what}:\n${screen()}`)
  }
  const command = [...npm, 'listen', '--port', '0', '--file', join(folder, 'view.jsonl'), '--dialect', 'github', '--secret', secret].map(word => `'${word}'`).join(' ')
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '24', `${command}; echo ended $?; sleep 60`)
  try {
    const first = await until(/Waiting for webhooks\./)
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\//.exec(first) ?? []
    assert.match(first, new RegExp(`ngrok http ${new URL(url).port}`))
    await post(sent(url, 'push', secret, { id: 'one' }))
    await post(sent(url, 'issues', secret, { id: 'two' }))
    await post(sent(url, 'push', 'another'))
    await until(/3 caught, 1 refused\n.*\n 1 .* ok .* push .* one .*\n 2 .* ok .* issues .* two .*\n▌3 .* bad_signature .*401/)
    tmux('send-keys', 'Enter')
    await until(/▌3 [^]*── #3 POST \/ ─[^]*no signature matches[^]*No known cause fits\./)
    tmux('send-keys', 'Enter')
    const { headers } = sent(url, 'push', secret, { body: '{"a":1}' })
    await fetch(url, { method: 'POST', headers, body: '{"a": 1}' })
    tmux('send-keys', 'Enter')
    await until(/▌4 [^]*The body was parsed and written anew with a space behind every , and :\.\s+\(body_spaced\)\s+Give the body's raw bytes/)
    tmux('send-keys', 'Enter')
    await until(/▌4 /)
    tmux('send-keys', 'Up')
    tmux('send-keys', 'Up')
    tmux('send-keys', 'Enter')
    await until(/▌2 [^]*── #2 POST \/ ─[^]*X-GitHub-Event: issues/)
    tmux('send-keys', 'Tab')
    await until(/ok .* push [^]*only good/)
    assert.doesNotMatch(screen(), /bad_signature/)
    tmux('send-keys', 'Tab')
    assert.doesNotMatch(await until(/bad_signature[^]*only refused/), / issues /)
    tmux('send-keys', 'Tab')
    tmux('send-keys', '/')
    tmux('send-keys', 'issu')
    tmux('send-keys', 'Enter')
    assert.doesNotMatch(await until(/▌2 [^]*filter: issu/), /bad_signature/)
    tmux('send-keys', 'q')
    assert.doesNotMatch(await until(/^ended 0$/m), /waxseal listen/)
  } finally {
    tmux('kill-server')
  }
})

test('a dialect with a tolerance is verified too, an old one refused with its reason', async () => {
  const key = `whsec_${btoa('a key of at least 24 bytes, that is it')}`
  const listener = await listening('--dialect', 'standard-webhooks', '--secret', key)
  const hook = (timestamp?: number) => signedRequest(standardWebhooks, 'a.b', { secret: key, url: listener.url, data: {}, timestamp })
  assert.equal((await post(hook()))[0], 200)
  assert.equal((await post(hook(1000)))[0], 401)
  assert.match((await listener.until(3))[2]!, / too_old .*→ 401 {2}\S/)
  await listener.end()
})
