// A small load generator: so many connections, each sending one request after the other. Raw sockets,
// so that it leaves the processors to the server.
import { connect } from 'node:net'

export interface Load {
  /** answers a second */
  rate: number
  /** milliseconds that the slowest of a hundred answers took */
  p99: number
}

/**
 * Sends requests for `milliseconds`.
 *
 * @param next    the next whole HTTP/1.1 request
 * @param status  what every answer must have; another one is an error
 */
export async function load(url: string, connections: number, milliseconds: number, status: number, next: () => Buffer): Promise<Load> {
  const { hostname, port } = new URL(url)
  const taken: number[] = []
  const began = performance.now()
  const one = () =>
    new Promise<void>((done, failed) => {
      const socket = connect(Number(port), hostname)
      let received = ''
      let sent = 0
      const send = () => {
        sent = performance.now()
        socket.write(next())
      }
      socket.setNoDelay(true)
      socket.once('connect', send)
      socket.once('error', failed)
      socket.once('end', () => failed(new Error('the server closed the connection')))
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1')
        const head = received.indexOf('\r\n\r\n')
        if (head < 0) return
        const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? Number.NaN)
        if (Number.isNaN(length)) failed(new Error(`an answer without a length: ${received}`))
        if (received.length < head + 4 + length) return
        if (!received.startsWith(`HTTP/1.1 ${status} `)) failed(new Error(`expected ${status}: ${received}`))
        received = ''
        const now = performance.now()
        taken.push(now - sent)
        if (now - began < milliseconds) return send()
        socket.removeAllListeners('end')
        socket.destroy()
        done()
      })
    })
  await Promise.all(Array.from({ length: connections }, one))
  const seconds = (performance.now() - began) / 1000
  taken.sort((a, b) => a - b)
  return { rate: taken.length / seconds, p99: taken[Math.floor(taken.length * 0.99)]! }
}
