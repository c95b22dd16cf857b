// The destination of the crash test, a process of its own: verifies and journals what it is sent.
// argv: journal, secret. Its port is the message that it sends.
import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from '../../../js/index.ts'
import { standardWebhooks } from '../../../js/dialects/standard-webhooks.ts'

const [path, secret] = process.argv.slice(2) as [string, string]
const hook = new Webhook(standardWebhooks, { secrets: [secret] })

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const result = hook.check(body, request.rawHeaders)
  const { id } = JSON.parse(body.toString()) as { id: string }
  appendFileSync(path, `${id} ${createHash('sha256').update(body).digest('hex')} ${result.ok ? 'verified' : result.code}\n`)
  response.writeHead(204).end()
})
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
