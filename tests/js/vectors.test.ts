// Every vector through Webhook, digested in wasm, by node:crypto and by crypto.subtle, with the dialects
// that the package ships. full.test.ts runs this again with the same files compiled at run time.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crossover, synchronous } from '../../js/digest.ts'
import { dialects as shipped } from '../../js/dialects/index.ts'
import { WaxsealError, Webhook } from '../../js/index.ts'
import { hosts } from '../../js/signature.ts'
import { dialectNames, dialectText, hasPublicKeys, vectors, type Vector } from '../wasm/vectors.ts'

const dialects = process.env.WAXSEAL_FULL ? await compiled() : shipped

async function compiled() {
  const { loadDialect } = await import('../../js/full.ts')
  return Object.fromEntries(dialectNames.map((name) => [name, loadDialect(dialectText(name))]))
}

function open({ dialect, secrets, tolerance, mode, settings, fetched }: Vector): Webhook {
  const keys = fetched ? { keys: async () => secrets[0]! } : { secrets }
  const options = { ...keys, ...(settings && { settings }), ...(tolerance !== undefined && { tolerance }), ...(mode && { schema: mode }) }
  return new Webhook(dialects[dialect]!, options as any)
}

/** Whether the small module leaves the dialect to `waxseal/full`, and says so. */
function isLeftToFull(name: string): boolean {
  try {
    open(vectors.find(({ dialect }) => dialect === name)!).close()
    return false
  } catch (error) {
    assert.match(String(error), /^TypeError: .* needs Webhook from 'waxseal\/full'$/)
    return true
  }
}

const left = dialectNames.filter(isLeftToFull)

test('the small module opens the dialects that sign as most do, and waxseal/full all', () => {
  assert.ok(process.env.WAXSEAL_FULL ? left.length === 0 : left.length > 0 && left.length < dialectNames.length / 3, left.join(' '))
})

/** What Webhook says of a vector, in the shape of its `expect`. */
function told(ask: () => any): Record<string, any> {
  try {
    return { code: 'ok', ...spread(ask()) }
  } catch (error) {
    if (!(error instanceof WaxsealError)) throw error
    return { code: error.code }
  }
}

/** The same where keys are fetched, which the asynchronous calls alone wait for. */
async function toldLater(hook: Webhook, { bytes, headers, url, method, now }: Vector): Promise<Record<string, any>> {
  const result = await hook.checkAsync(bytes, headers, { url, method, now })
  return told(() => {
    if (!result.ok) throw result.error
    return result.event
  })
}

function spread(event: any): Record<string, any> {
  const { type, alias, id, timestamp, version, known, content, schema, authenticity, secret, dedupe, handshake } = event
  let data
  try {
    data = event.data
  } catch (error) {
    data = (error as WaxsealError).code
  }
  return { type, alias, id, timestamp, version, known, content, schema, authenticity, secret, dedupe, handshake: handshake !== null, challenge: handshake?.challenge ?? null, data }
}

/** Members that `expect` does not state are not compared. */
function holds(answer: Record<string, any>, expect: Record<string, any>, path = ''): void {
  for (const [member, value] of Object.entries(expect)) {
    assert.ok(member in answer, `tests/js knows no member ${path}${member}`)
    if (value && typeof value === 'object' && answer[member] && !Array.isArray(value)) holds(answer[member], value, `${path}${member}.`)
    else assert.deepEqual(answer[member], value, `${path}${member}`)
  }
}

const ways: Record<string, (hook: Webhook, vector: Vector) => Promise<Record<string, any>>> = {
  'digested in wasm': async (hook, vector) => {
    const { bytes, headers, url, method, now, fetched } = vector
    crossover.synchronous = Infinity
    hosts.synchronous = false
    return fetched ? toldLater(hook, vector) : told(() => hook.verify(bytes, headers, { url, method, now }))
  },
  'digested by node:crypto': async (hook, vector) => {
    const { bytes, headers, url, method, now, fetched } = vector
    assert.ok(synchronous)
    crossover.synchronous = 0
    hosts.synchronous = true
    return fetched ? toldLater(hook, vector) : told(() => hook.verify(bytes, headers, { url, method, now }))
  },
  'received, digested by crypto.subtle': async (hook, { bytes, headers, url, method, now }) => {
    crossover.synchronous = Infinity
    crossover.asynchronous = 0
    hosts.synchronous = false
    const fetched = new Headers()
    for (const [name, value] of headers) fetched.append(name, value)
    const request = new Request(url?.includes('@') ? 'https://example.com/hook' : url ?? 'https://example.com/hook', { method: method ?? 'POST', headers: fetched, body: bytes.slice() as BodyInit })
    try {
      const event = await hook.receive(request, { now, url, method })
      return { code: 'ok', ...spread(event) }
    } catch (error) {
      if (!(error instanceof WaxsealError)) throw error
      return { code: error.code }
    }
  },
}

/** The answer of `authenticate`, beside that of `verify`: what only the body tells it does not see. */
const alone = (hook: Webhook, { bytes, headers, url, method, now }: Vector) =>
  told(() => ({ secret: hook.authenticate(bytes, headers, { url, method, now }) }))

for (const [how, crossing] of [['in wasm', Infinity], ['by the host', 0]] as const) {
  test(`authenticate, digesting ${how}, answers every vector as verify does, but for what only the body tells`, () => {
    crossover.synchronous = crossing
    hosts.synchronous = crossing === 0
    let unread = 0
    for (const vector of vectors.filter(({ dialect, fetched }) => !left.includes(dialect) && !fetched)) {
      const hook = open(vector)
      const { code, secret } = alone(hook, vector)
      hook.close()
      const { expect, mode } = vector
      if (code === 'ok' && expect.code !== 'ok') {
        unread++
        assert.ok(expect.code === 'contradiction' || mode === 'enforce', vector.name)
      } else {
        assert.equal(code, expect.code, vector.name)
        if (code === 'ok' && 'secret' in expect) assert.equal(secret, expect.secret, vector.name)
      }
    }
    assert.ok(unread >= 10, `${unread} vectors`)
  })
}

/** Fetch carries no character above 0xff, so that such a vector cannot arrive. */
const arrives = ({ headers }: Vector) => headers.every(([, value]) => !/[^\0-\xff]/.test(value))

/** Fetch joins lines of one name and trims values: what was refused for that may be refused otherwise. */
const asSent = ({ headers }: Vector) =>
  new Set(headers.map(([name]) => name.toLowerCase())).size === headers.length && headers.every(([, value]) => value === value.trim())

/** Where the joined header is not signed, it must at least not pass for one of its lines. */
function refusedOrJoined({ code, type, id }: Record<string, any>): void {
  if (code === 'ok') assert.match(`${type} ${id}`, /, /)
}

for (const [way, ask] of Object.entries(ways)) {
  describe(way, () => {
    const received = way.startsWith('received')
    for (const name of dialectNames.filter((name) => !left.includes(name))) {
      // One test for a dialect, and not for a vector: there are thousands, and each test costs more than its vector.
      test(`every vector of ${name}`, async () => {
        const own = vectors.filter(({ dialect }) => dialect === name)
        const wrong: string[] = []
        for (const vector of own.filter((each) => !received || arrives(each))) {
          const hook = open(vector)
          try {
            const answer = await ask(hook, vector)
            if (received && !asSent(vector)) refusedOrJoined(answer)
            else holds(answer, vector.expect)
          } catch (error) {
            wrong.push(`${vector.name}: ${(error as Error).message}`)
          }
          hook.close()
        }
        assert.deepEqual(wrong, [])
        assert.ok(own.length >= 10, `${own.length} vectors`)
      })
    }
  })
}

test('every dialect with public keys is refused where waxseal/full is not, with the sentence that names it', { skip: process.env.WAXSEAL_FULL && 'waxseal/full is there' }, () => {
  const names = dialectNames.filter(hasPublicKeys)
  assert.ok(names.length >= 4, `${names}`)
  for (const name of names) {
    const vector = vectors.find(({ dialect }) => dialect === name)!
    assert.throws(() => open(vector), (error) => error instanceof TypeError && error.message === `${shipped[name]!.title} needs Webhook from 'waxseal/full'`, name)
  }
})
