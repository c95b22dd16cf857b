// A steady load: webhooks at a rate, each sent at its time whether the one before was answered or not.
import { connect, type Socket } from 'node:net'
import { webhooks, type Bench } from './start.ts'

const connections = 32
const now = (): number => performance.timeOrigin + performance.now()

/**
 * @param rate     webhooks a second
 * @param seconds  for how long
 * @return when each numbered webhook was sent and accepted, in Unix milliseconds
 */
export async function steady({ url }: Pick<Bench, 'url'>, rate: number, seconds: number): Promise<{ sent: Map<number, number>; accepted: Map<number, number> }> {
  const sent = new Map<number, number>(), accepted = new Map<number, number>()
  let number = 0
  const next = webhooks(count => { number = count })
  const idle: Socket[] = [], due: (() => void)[] = []
  const inFlight = new Map<Socket, number>()
  let failure: Error | undefined
  for (let i = 0; i < connections; i++) {
    const socket = connect(Number(new URL(url).port), new URL(url).hostname)
    let text = ''
    socket.setNoDelay(true).on('connect', () => idle.push(socket)).on('error', error => { failure = error })
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head < 0 || text.length < head + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1])) return
      if (!text.startsWith('HTTP/1.1 202')) failure = new Error(text)
      text = ''
      accepted.set(inFlight.get(socket)!, now())
      idle.push(socket)
      due.shift()?.()
    })
  }
  const send = (): void => {
    const socket = idle.pop()
    if (!socket) return void due.push(send)
    const bytes = next()
    inFlight.set(socket, number)
    sent.set(number, now())
    socket.write(bytes)
  }
  const began = now(), total = Math.round(rate * seconds)
  for (let count = 0; count < total;) {
    await new Promise(wake => setTimeout(wake, 2))
    if (failure) throw failure
    for (; count < total && count < (now() - began) / 1000 * rate; count++) send()
  }
  for (let tries = 0; accepted.size < total && tries < 500; tries++) await new Promise(wake => setTimeout(wake, 20))
  for (const socket of [...inFlight.keys(), ...idle]) socket.destroy()
  if (failure) throw failure
  return { sent, accepted }
}
