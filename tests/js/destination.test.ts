// checkDestination: the core's guard as `waxseal/full` gives it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDestination } from '../../js/relay.ts'

test('tells host and port, or the code and what to write instead', () => {
  assert.deepEqual(checkDestination('https://hooks.example.com/in?x=1'), { ok: true, host: 'hooks.example.com', port: 443 })
  assert.deepEqual(checkDestination('https://[2606:4700::1111]:8443'), { ok: true, host: '2606:4700::1111', port: 8443 })
  assert.deepEqual(checkDestination('http://example.com/'), { ok: false, code: 'not_https', advice: 'the URL must begin with https://' })
  assert.deepEqual(checkDestination('https://10.0.0.1/'), { ok: false, code: 'not_public', advice: 'the host is an address that is not public' })
})

test('development may relax http and private addresses, each by its own setting', () => {
  const url = 'http://127.0.0.1:3000/'
  const code = (rules: object) => { const found = checkDestination(url, rules); return found.ok ? found.port : found.code }
  assert.deepEqual([{}, { http: true }, { private: true }, { http: true, private: true }].map(code), ['not_https', 'not_public', 'not_https', 3000])
})

test('any text gets an answer', () => {
  for (const [url, code] of [['', 'not_https'], ['\ud800', 'bad_character'], ['https://exämple.com/', 'bad_character'], [`https://example.com/${'x'.repeat(1 << 20)}`, 'too_long'], ['https://a\0b.com/', 'bad_character']]) {
    const found = checkDestination(url!)
    assert.equal(found.ok ? 'ok' : found.code, code)
  }
})
