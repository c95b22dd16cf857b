// waxseal explain: the cause, its words and its exit code, in both programs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { both, file, hmac } from './programs.ts'

const secret = 'canary-secret-of-this-test'
const sent = '{"zen":"Keep it logically awesome.","hook_id":1}'
const header = `X-Hub-Signature-256: sha256=${hmac(secret, sent)}`
const words = (given: { secret?: string; body?: string; header?: string; dialect?: string }, ...more: string[]) => [
  'explain', '--dialect', given.dialect ?? 'github', '--secret', given.secret ?? secret,
  '--body', file(`body-${(given.body ?? sent).length}.json`, given.body ?? sent), '--header', given.header ?? header, ...more,
]
const causes = (outcome: { stdout: string }) =>
  JSON.parse(outcome.stdout).causes.map((each: { code: string; certainty: string }) => [each.code, each.certainty])

test('a webhook that verifies needs no explanation, and ends with 0', async () => {
  const outcome = await both(words({}))
  assert.deepEqual(outcome, { code: 0, stdout: 'verified: the webhook is authentic for GitHub; there is nothing to explain\n', stderr: '' })
  assert.equal((await both(words({}, '--json'))).stdout, '{"ok":true,"code":null,"causes":[]}\n')
})

test('a body written anew is told with what to do and the line of code, and ends with 1', async () => {
  const body = JSON.stringify(JSON.parse(sent), null, 2)
  const outcome = await both(words({ body }))
  assert.equal(outcome.code, 1)
  assert.equal(outcome.stderr, '')
  assert.equal(outcome.stdout, `refused: bad_signature
No signature is right for this body and these secrets.

The cause; with it undone the webhook verifies:

  The body was parsed and written anew with indentation. (body_indented)
  Give the body's raw bytes, as they came, before anything parses them.

      app.post('/webhook', express.raw({ type: '*/*' }), handler)
`)
})

test('with --json it is one line, its keys in this order', async () => {
  const { stdout } = await both(words({ secret: `${secret}\n` }, '--json'))
  assert.equal(stdout, JSON.stringify({
    ok: false, code: 'bad_signature', causes: [{
      code: 'secret_newline', certainty: 'proved', sentence: 'The secret has a line end on it.',
      remedy: 'Copy the secret again, alone, just as the provider shows it.',
      line: 'const secret = process.env.WEBHOOK_SECRET.trim()',
    }],
  }) + '\n')
})

test('two things wrong at once are told together', async () => {
  const outcome = await both(words({ secret: `"${secret}"`, body: sent + '\n' }, '--json'))
  assert.deepEqual(causes(outcome), [['secret_quoted', 'together'], ['body_newline_added', 'together']])
})

test('of another secret no cause is claimed', async () => {
  const outcome = await both(words({ secret: 'another one' }))
  assert.equal(outcome.code, 1)
  assert.match(outcome.stdout, /No known cause fits\. Most often the secret belongs to another endpoint/)
  assert.deepEqual(causes(await both(words({ secret: 'another one' }, '--json'))), [])
})

test('the webhook of another embedded dialect is told by its name', async () => {
  const outcome = await both(words({ dialect: 'stripe' }))
  assert.match(outcome.stdout, /The secret is right, but GitHub signed this\. \(dialect_other\)/)
})

test('the size of a clock that is off is told, and --now and --tolerance count as in verify', async () => {
  const signature = hmac(secret, `1700000000.${sent}`)
  const late = words({ dialect: 'stripe', header: `Stripe-Signature: t=1700000000,v1=${signature}` })
  const at = (now: string, ...more: string[]) => both([...late, '--now', now, '--json', ...more])
  assert.match((await at('1700007500')).stdout, /"clock_ahead".*lies 2 h 5 min before this clock; 5 min are allowed\./)
  assert.match((await at('1699999000')).stdout, /"clock_behind".*lies 16 min 40 s after this clock; 5 min are allowed\./)
  assert.equal((await at('1700007500', '--tolerance', 'none')).code, 0)
  assert.match((await at('1700000020', '--tolerance', '10')).stdout, /lies 20 s before this clock; 10 s are allowed/)
})

test('a secret that verify refuses to open is explained', async () => {
  const outcome = await both(words({ secret: ' ' }, '--json'))
  assert.equal(outcome.code, 1)
  assert.deepEqual(causes(outcome), [['secret_empty', 'seen']])
})

test('a setting that the dialect signs counts as in verify, and one that is missing is told', async () => {
  const paid = file('paid.json', JSON.stringify({
    name: 'paid', title: 'Paid', documents: ['https://example.com'],
    signature: { scheme: 'hmac-sha256', header: 'X-Sig', encoding: 'hex', signed: '{setting:webhook_id}|{body}' },
  }))
  const given = { dialect: paid, header: `X-Sig: ${hmac(secret, `WH-1|${sent}`)}` }
  assert.equal((await both(words(given, '--setting', 'webhook_id=WH-1'))).code, 0)
  assert.deepEqual(causes(await both(words({ ...given, body: sent + '\n' }, '--setting', 'webhook_id=WH-1', '--json'))), [['body_newline_added', 'proved']])
  assert.deepEqual(causes(await both(words({ ...given, header }, '--setting', 'webhook_id=WH-1', '--json'))), [['dialect_other', 'proved']])
  const missing = await both(words(given, '--json'))
  assert.deepEqual(causes(missing), [['settings_unfit', 'seen']])
  assert.match(missing.stdout, /Paid needs the setting .{1,2}webhook_id.{1,2}: give it beside the secret/)
})

test('neither secret nor expected signature is printed', async () => {
  const broken = [{ secret: `${secret} ` }, { secret: `'${secret}'` }, { body: sent + '\n' }, { header: header.replace(/........$/, '') }, { dialect: 'stripe' }]
  for (const given of broken) {
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = await both(words(given, ...more))
      for (const canary of [secret, secret.slice(0, 8), secret.slice(-8), hmac(secret, sent).slice(-16), hmac(secret, sent + '\n').slice(0, 16)]) {
        assert.ok(!(stdout + stderr).includes(canary), canary)
      }
    }
  }
})

test('wrong usage ends with 2, what cannot be read with 3', async () => {
  assert.equal((await both(['explain', '--dialect', 'github'])).code, 2)
  assert.equal((await both(['explain', '--dialect', 'github', '--secret', 'x', '--body', 'no-such-file'])).code, 3)
})
