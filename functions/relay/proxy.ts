// Posts through an HTTP proxy: by CONNECT to an https:// destination, with the whole URL in the request
// to an http:// one. The runtime's fetch knows no proxy, so the request goes over a socket. Called by
// the Outbox, for endpoints that the operator has given a proxy.
import { connect, type Socket, type SocketOptions } from 'cloudflare:sockets'
import { Stream } from './stream.ts'

/** Opens a connection: `connect` of the runtime, or a binding that may reach where the proxy is. */
export type Dial = (address: string, options: SocketOptions) => Socket

/** Why nothing came back, in words that name no secret. */
export class ProxyError extends Error {}

/**
 * One POST through `proxy`, as `post` in forward.ts does one without.
 *
 * @param proxy  its URL, with user name and password where it wants them
 * @throws ProxyError, or the time-out
 */
export async function postThrough(proxy: string, url: string, body: Uint8Array, headers: [string, string][], signal: AbortSignal, dial: Dial = connect): Promise<Response> {
  const to = new URL(url), by = new URL(proxy)
  const tunnel = to.protocol === 'https:'
  const socket = dial(hostAndPort(by), { secureTransport: by.protocol === 'https:' ? 'on' : tunnel ? 'starttls' : 'off', allowHalfOpen: false })
  signal.addEventListener('abort', () => void socket.close().catch(() => {}))
  try {
    await within(signal, socket.opened)
    const end = tunnel ? await within(signal, secured(socket, by, to)) : socket
    const target = tunnel ? `${to.pathname}${to.search}` : `http://${to.host}${to.pathname}${to.search}`
    const lines: [string, string][] = [['Host', to.host], ...tunnel ? [] : credentials(by), ...headers, ['Content-Length', String(body.length)], ['Connection', 'close']]
    await within(signal, write(end, [head(`POST ${target} HTTP/1.1`, lines), body]))
    return await within(signal, new Stream(end.readable, signal, () => void end.close().catch(() => {})).answer())
  } catch (error) {
    void socket.close().catch(() => {})
    if (signal.aborted) throw signal.reason
    throw error instanceof ProxyError ? error : new ProxyError('no connection through the proxy')
  }
}

/** Asks the proxy for a tunnel, and speaks TLS through it with the destination itself. */
async function secured(socket: Socket, by: URL, to: URL): Promise<Socket> {
  const address = hostAndPort(to)
  await write(socket, [head(`CONNECT ${address} HTTP/1.1`, [['Host', address], ...credentials(by)])])
  const stream = new Stream(socket.readable)
  const { status } = await stream.head()
  if (status < 200 || status > 299) throw new ProxyError(`the proxy answered ${status}`)
  stream.release()
  return socket.startTls({ expectedServerHostname: to.hostname.replace(/^\[|\]$/g, '') })
}

async function write(socket: Socket, parts: Uint8Array[]): Promise<void> {
  const writer = socket.writable.getWriter()
  for (const part of parts) await writer.write(part)
  writer.releaseLock()
}

/** @throws Error where a header would break the request */
function head(line: string, headers: [string, string][]): Uint8Array {
  const bad = headers.find(([name, value]) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
  if (bad) throw new ProxyError(`the header ${bad[0]} cannot be sent`)
  return Uint8Array.from([line, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'), character => character.charCodeAt(0))
}

const hostAndPort = ({ hostname, port, protocol }: URL): string => `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`

function credentials({ username, password }: URL): [string, string][] {
  if (!username && !password) return []
  const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  return [['Proxy-Authorization', `Basic ${btoa(String.fromCharCode(...bytes))}`]]
}

/** What `promise` becomes, unless the time is up before. */
function within<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
    promise.then(resolve, reject)
  })
}
