// One attempt: sends a delivery and says how that ended. Called by the Outbox.
import type { Outcome } from '../../js/index.ts'
import { post } from '../forward.ts'
import { secretsOf } from './config.ts'
import type { Endpoint } from './model.ts'
import type { Env } from './objects.ts'
import { postThrough, ProxyError, type Dial } from './proxy.ts'

export interface Answer {
  /** What the core decides by. */
  ended: Outcome
  /** 0 where there was no answer. */
  status: number
  /** The first 2 KiB of the answer, or why there is none. */
  response: string
  /** The answer's headers; left out where there was none. */
  headers?: [string, string][]
}

const read = 16 * 1024
const kept = 2 * 1024

/** The URL of a proxy, and what opens a connection to it. */
export interface Proxy { url: string; dial?: Dial }

/** The proxy that an endpoint's deliveries go through. @throws Error where its URL is not in the environment */
export function proxyOf(env: Env, { proxy }: Endpoint): Proxy | undefined {
  if (proxy === undefined) return undefined
  const [url] = secretsOf(env, [proxy])
  if (url === undefined) throw new Error(`${proxy.slice(4)}, its proxy, is not in the environment`)
  const { PROXIES } = env
  return { url, ...PROXIES && { dial: (address, options) => PROXIES.connect(address, options) } }
}

/** Posts `body`; the attempt and the reading of its answer end after `seconds` at the latest. */
export async function send(url: string, body: Uint8Array, headers: [string, string][], seconds: number, proxy?: Proxy): Promise<Answer> {
  let answer: Response
  try {
    answer = proxy ? await postThrough(proxy.url, url, body, headers, seconds, proxy.dial) : await post(url, body, headers, seconds)
  } catch (error) {
    const timedOut = (error as Error).name === 'TimeoutError'
    return { ended: timedOut ? { timedOut } : { unreachable: true }, status: 0, response: timedOut ? `no answer in ${seconds} s` : error instanceof ProxyError ? error.message : 'no connection' }
  }
  const { status } = answer
  return { ended: { status, retryAfter: retryAfter(answer.headers.get('retry-after')) }, status, response: await start(answer), headers: [...answer.headers] }
}

/** The start of an answer's body; the rest is never read. */
async function start(answer: Response): Promise<string> {
  const bytes = new Uint8Array(kept)
  let length = 0
  let total = 0
  try {
    const reader = answer.body?.getReader()
    while (reader && total < read) {
      const { done, value } = await reader.read()
      if (done) break
      total += value.length
      const part = value.subarray(0, kept - length)
      bytes.set(part, length)
      length += part.length
    }
    if (total >= read) await reader?.cancel()
  } catch { /* the status counts; a body that breaks off is kept as far as it came */ }
  return new TextDecoder().decode(bytes.subarray(0, length))
}

/** Seconds, from either form of Retry-After. */
function retryAfter(value: string | null): number {
  if (!value) return 0
  if (/^\d{1,9}$/.test(value)) return Number(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? 0 : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}
