// One attempt: sends a delivery and says how that ended. Called by the Outbox.
import type { Outcome } from '../../js/index.ts'
import { deadline, post } from '../forward.ts'
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
  /** Of a call: the answer's bytes, and what is wrong with them, as `breaks off`. */
  body?: Uint8Array
  fault?: string
}

const read = 16 * 1024
const kept = 2 * 1024
/** Whatever a dialect says. */
const mostOfCall = 5 * 1024 * 1024

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

/**
 * Posts `body`; the attempt and the reading of its answer end after `seconds` at the latest.
 *
 * @param call  the answer is wanted, and has at most so many bytes; left out: its status is
 */
export async function send(url: string, body: Uint8Array, headers: [string, string][], seconds: number, proxy?: Proxy, call?: { bytes?: number }): Promise<Answer> {
  return deadline(seconds, async signal => {
    let answer: Response
    try {
      answer = proxy ? await postThrough(proxy.url, url, body, headers, signal, proxy.dial) : await post(url, body, headers, signal)
    } catch (error) {
      const timedOut = (error as Error).name === 'TimeoutError'
      return { ended: timedOut ? { timedOut } : { unreachable: true }, status: 0, response: timedOut ? `no answer in ${seconds} s` : error instanceof ProxyError ? error.message : 'no connection' }
    }
    return await answered(answer, call)
  })
}

async function answered(answer: Response, call: { bytes?: number } | undefined): Promise<Answer> {
  const { status } = answer
  const most = call ? Math.min(call.bytes ?? read, mostOfCall) : read
  const { body: bytes, error } = await start(answer, call ? most + 1 : kept, call ? most + 1 : read)
  const ended = { status, retryAfter: retryAfter(answer.headers.get('retry-after')) }
  const got = { status, response: new TextDecoder().decode(bytes.subarray(0, kept)), headers: [...answer.headers] as [string, string][] }
  if (!call) return { ended, ...got }
  // The answer is what was asked for: without it the attempt ended as it would have without a status.
  if (error) return { ...got, body: bytes, fault: 'breaks off', ended: error.name === 'TimeoutError' ? { timedOut: true } : { unreachable: true } }
  return { ended, ...got, body: bytes.subarray(0, most), ...bytes.length > most && { fault: `is longer than ${most} bytes` } }
}

/** The first `keep` bytes of an answer's body; no more is read than `most`, and what broke off is kept as far as it came. */
async function start(answer: Response, keep: number, most: number): Promise<{ body: Uint8Array; error?: Error }> {
  const parts: Uint8Array[] = []
  let length = 0
  let total = 0
  let error: Error | undefined
  try {
    const reader = answer.body?.getReader()
    while (reader && total < most) {
      const { done, value } = await reader.read()
      if (done) break
      total += value.length
      parts.push(value.slice(0, keep - length))
      length += parts.at(-1)!.length
    }
    if (total >= most) await reader?.cancel()
  } catch (thrown) {
    error = thrown as Error
  }
  const body = new Uint8Array(length)
  let at = 0
  for (const part of parts) body.set(part, at), at += part.length
  return { body, ...error && { error } }
}

/** Seconds, from either form of Retry-After. */
function retryAfter(value: string | null): number {
  if (!value) return 0
  if (/^\d{1,9}$/.test(value)) return Number(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? 0 : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}
