// QueuePolicy: the core's decisions about a queue as `waxseal/full` gives them. The properties of the
// decisions are tests/core/outbox_test.cpp's; this is how they come across.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { platformCore } from '../../js/dialects/platform-core.ts'
import { standardWebhooks } from '../../js/dialects/standard-webhooks.ts'
import { arrivalOf, describe, lineOf, loadDialect, QueuePolicy, type QueueState } from '../../js/relay.ts'

const now = 1_700_000_000_000
const policy = new QueuePolicy(platformCore)
const empty: QueueState = { concurrency: 8, past: [], open: [], waiting: [], now }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('begins the longest due, of each line its first, as many as the concurrency lets', () => {
  const waiting = [{ due: now - 5, line: 1 }, { due: now - 9, line: 1 }, { due: now - 7, line: 0 }, { due: now - 1, line: 2 }, { due: now, line: 0 }]
  assert.deepEqual(policy.admit({ ...empty, waiting }), { begins: [2, 0, 3, 4], again: null })
  assert.deepEqual(policy.admit({ ...empty, waiting, concurrency: 2 }), { begins: [2, 0], again: null })
  assert.deepEqual(policy.admit({ ...empty, waiting, open: [{ began: now, line: 1 }], concurrency: 3 }), { begins: [2, 3], again: null })
})

test('says when to look again: what is not due yet, what a window holds back, nothing', () => {
  assert.deepEqual(policy.admit(empty), { begins: [], again: null })
  assert.deepEqual(policy.admit({ ...empty, waiting: [{ due: now + 70, line: 0 }] }), { begins: [], again: now + 70 })
  const past = Array.from({ length: 100 }, (_, each) => now - 200 + each)
  assert.deepEqual(policy.admit({ ...empty, past: past.slice(1), waiting: [{ due: now, line: 0 }, { due: now, line: 0 }] }), { begins: [0], again: now - 199 + 10_000 })
  assert.deepEqual(policy.admit({ ...empty, past, waiting: [{ due: now, line: 0 }] }), { begins: [], again: now - 200 + 10_000 })
  assert.deepEqual([policy.earliestAttempt(past.slice(1), now), policy.earliestAttempt(past, now)], [now, now - 200 + 10_000])
  assert.equal(policy.widest, 1000)
})

test('an attempt on its way counts as arriving now, for 2 s', () => {
  assert.deepEqual([arrivalOf(now, 40), arrivalOf(now, 90_000)], [now + 40, now + 2000])
  const one = new QueuePolicy(loadDialect({ ...describe(platformCore), delivery: { rate: [{ limit: 1, seconds: 5 }] } }))
  assert.equal(one.admit({ ...empty, open: [{ began: now - 1000, line: 0 }], waiting: [{ due: now, line: 0 }] }).again, now + 5000)
  assert.equal(one.admit({ ...empty, open: [{ began: now - 6000, line: 0 }], waiting: [{ due: now, line: 0 }] }).again, now + 1000)
})

test('says what follows an attempt for its delivery and for its endpoint', () => {
  const health = { failing: 0, changed: now - 90_000, patience: 60 }
  assert.deepEqual(policy.conclude(1, { status: 204 }, { ...health, failing: now - 80_000 }, now - 10, now), { decision: { next: 'delivered' }, failing: 0, disable: null, since: 0 })
  assert.deepEqual(policy.conclude(1, { status: 500 }, health, now - 10, now, 0), { decision: { next: 'retry', delay: 15_000 }, failing: now - 10, disable: null, since: now - 10 })
  assert.deepEqual(policy.conclude(6, { timedOut: true }, { ...health, failing: now - 60_000 }, now - 10, now), { decision: { next: 'failed' }, failing: now - 60_000, disable: 'failing', since: now - 60_000 })
  assert.equal(policy.conclude(6, { unreachable: true }, { ...health, failing: now - 60_000, changed: now - 59_999 }, now - 10, now).disable, null)
  assert.equal(policy.conclude(6, { unreachable: true }, { ...health, failing: 1, patience: null }, now - 10, now).disable, null)
  assert.deepEqual(policy.conclude(1, { status: 410 }, { ...health, patience: null }, now, now), { decision: { next: 'disable' }, failing: now, disable: 'gone', since: now })
})

test('knows its longest delay, jitter included', () => {
  assert.equal(policy.longestDelay, 3600_000)
  assert.equal(new QueuePolicy(standardWebhooks).longestDelay, 95_040_000)
})

test('tells the line of a message: none, that of all, that of its key', () => {
  const message = { key: null, headers: [['X-Customer', 'ä']] as const, body: bytes('{"user":{"id":7}}') }
  assert.equal(lineOf('none', { ...message, key: 'k' }), null)
  assert.equal(lineOf('all', message), lineOf('all', { headers: [], body: bytes('') }))
  assert.equal(lineOf({ pointer: '/user/id' }, message), lineOf({}, { ...message, key: '7' }))
  assert.equal(lineOf({ header: 'x-customer' }, message), lineOf({}, { ...message, key: 'ä' }))
  assert.equal(lineOf({ pointer: '/user/id' }, { ...message, key: 'k' }), lineOf({}, { ...message, key: 'k' }))
  assert.equal(lineOf({ pointer: '/none' }, message), null)
  assert.equal(lineOf({}, message), null)
})
