// The load of the crash test, a process of its own: posts signed webhooks and journals each 202,
// with fsync, before it sends the next. argv: URL, journal, workers. It answers `count` with the
// number of requests in flight, and ends at `stop`.
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { platformBody, platformCore, request } from '../../functions/events.ts'

const [url, path, workers] = process.argv.slice(2) as [string, string, string]
const journal = await open(path, 'a')
let inFlight = 0
let running = true

process.on('message', message => {
  if (message === 'count') process.send!(inFlight)
  if (message === 'stop') running = false
})

/** One line a request: id, hash of the body, and what came of it. */
async function note(id: string, body: string, outcome: string): Promise<void> {
  await journal.write(`${id} ${createHash('sha256').update(body).digest('hex')} ${outcome}\n`)
  if (outcome === 'acknowledged') await journal.datasync()
}

async function work(): Promise<void> {
  while (running) {
    const body = platformBody({ filler: 'x'.repeat(700) })
    const { headers } = request(platformCore, body)
    const { id } = JSON.parse(body) as { id: string }
    let outcome = 'unknown'
    inFlight++
    try {
      const answer = await fetch(url, { method: 'POST', headers, body })
      await answer.arrayBuffer()
      outcome = answer.status === 202 ? 'acknowledged' : `status ${answer.status}`
    } catch { /* killed under it: the event may be there or not */ }
    inFlight--
    await note(id, body, outcome)
    if (outcome === 'unknown') await new Promise(wake => setTimeout(wake, 10))
  }
}

await Promise.all(Array.from({ length: Number(workers) }, work))
await journal.close()
process.disconnect?.()
