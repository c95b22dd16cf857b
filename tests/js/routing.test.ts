// Routes: the core's routing as `waxseal/full` gives it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Routes, skipReasons, type Subscription } from '../../js/relay.ts'
import * as core from '../../js/core.ts'

const all: Subscription = { status: 'active', sources: null, events: null, channels: null, filters: [] }
const message = { source: 'shop', type: 'order.paid', channels: null, body: '{"team":{"id":"ä"},"n":7}' }

test('the words are those of the core, in its order', () => {
  const abi = core.instance()
  const word = (reason: number): string | null => {
    const at = abi.waxseal_reason_name!(reason)
    return at ? Buffer.from(abi.memory.buffer, at, 32).toString('latin1').split('\0')[0]! : null
  }
  assert.deepEqual(skipReasons.map((_, reason) => word(reason)), [...skipReasons])
  assert.equal(word(skipReasons.length), null)
})

test('says for each endpoint why it does not get a message, in their order', () => {
  const asked: [Partial<Subscription>, string][] = [
    [{}, 'none'],
    [{ sources: ['shop', 'other'], events: ['order.*'] }, 'none'],
    [{ sources: ['other'] }, 'not_subscribed'],
    [{ sources: [] }, 'not_subscribed'],
    [{ events: ['order.paid.late'] }, 'not_subscribed'],
    [{ channels: ['eu'] }, 'not_subscribed'],
    [{ status: 'inactive' }, 'inactive'],
    [{ status: 'disabled' }, 'disabled'],
    [{ filters: [{ pointer: '/team/id', values: ['ä', null] }, { pointer: '/n', values: [7] }] }, 'none'],
    [{ filters: [{ pointer: '/team/id', values: ['ä'] }, { pointer: '/n', values: [8, '7'] }] }, 'filtered'],
    [{ filters: [{ pointer: '/n', values: [] }] }, 'none_selected'],
  ]
  const routes = new Routes(asked.map(([change]) => ({ ...all, ...change })))
  for (const body of [message.body, new TextEncoder().encode(message.body)]) {
    assert.deepEqual(routes.reasons({ ...message, body }), asked.map(([, reason]) => reason))
  }
  assert.deepEqual(new Routes([]).reasons(message), [])
  assert.deepEqual(new Routes([{ ...all, channels: ['eu'] }]).reasons({ ...message, channels: ['us', 'eu'] }), ['none'])
  assert.deepEqual(new Routes([{ ...all, events: ['*'] }]).reasons({ ...message, type: null }), ['not_subscribed'])
})

test('ten thousand endpoints and a body of a mebibyte, whatever their texts are', () => {
  const many = Array.from({ length: 10_000 }, (_, each) => ({ ...all, events: [`type.${each}`, '日本'.repeat(each % 7), '\ud800'] }))
  const reasons = new Routes(many).reasons({ ...message, type: 'type.7', body: `"${'x'.repeat(1 << 20)}"` })
  assert.equal(reasons.filter(reason => reason === 'none').length, 1)
  assert.equal(reasons[7], 'none')
})
