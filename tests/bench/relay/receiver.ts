// The destination of the relay's benchmarks, a process of its own: reads just enough of each request to
// answer it. Its port is its first message; then it answers `count` and `times`.
import { createServer, type AddressInfo } from 'node:net'

const answer = Buffer.from('HTTP/1.1 204 No Content\r\n\r\n')
let count = 0
let times = new Map<number, number>()

const server = createServer(socket => {
  let waiting: Buffer = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    waiting = waiting.length ? Buffer.concat([waiting, chunk]) : chunk
    for (;;) {
      const head = waiting.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(waiting.toString('latin1', 0, head))?.[1] ?? 0)
      if (waiting.length < head + 4 + length) return
      const number = Number(/"n":(\d+)/.exec(waiting.toString('latin1', head, head + 200))?.[1])
      if (number && !times.has(number)) times.set(number, performance.timeOrigin + performance.now())
      waiting = waiting.subarray(head + 4 + length)
      count++
      socket.write(answer)
    }
  })
})
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
process.on('message', what => {
  process.send!(what === 'count' ? count : [...times])
  if (what === 'times') times = new Map()
})
process.on('disconnect', () => process.exit())
