// The table of answers in the documents is the one in the code.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { outcomeOf, respond, statuses, type Outcome } from '../../functions/respond.ts'
import { discord } from '../../js/dialects/discord.ts'
import { github } from '../../js/dialects/github.ts'

test('docs/relay.md lists every outcome with its status', () => {
  const page = readFileSync(new URL('../../docs/relay.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, outcome, status]) => [outcome, Number(status)])
  assert.deepEqual(Object.fromEntries(rows), statuses)
})

test('malformed and wrong signatures get the same answer', async () => {
  const answer = async (code: Parameters<typeof outcomeOf>[0]) => {
    const response = respond(outcomeOf(code), github)
    return [response.status, await response.text(), [...response.headers]]
  }
  for (const code of ['missing_signature', 'too_old', 'too_many_signatures'] as const) assert.deepEqual(await answer(code), await answer('bad_signature'))
})

test('every answer has a status, a sentence and no type to be sniffed', async () => {
  for (const [outcome, status] of Object.entries(statuses)) {
    const response = respond(outcome as Outcome)
    assert.equal(response.status, status)
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    const sentence = await response.text()
    if (status === 204) assert.equal(sentence, '')
    else assert.ok(sentence.length > 1)
  }
})

test('a dialect whose provider wants no body back is answered 204', async () => {
  const response = respond('accepted', discord)
  assert.deepEqual([response.status, await response.text()], [204, ''])
})
