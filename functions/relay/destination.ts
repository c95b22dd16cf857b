// The demo's destination: a process of its own that verifies and prints what the relay sends it.
// Started by the launcher; its port is the first line that it prints.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { Webhook } from '../../js/index.ts'
import { standardWebhooks } from '../../js/dialects/standard-webhooks.ts'
import { destinationSecret } from './demo.ts'

function serve(port: number): void {
  const hook = new Webhook(standardWebhooks, { secrets: [destinationSecret] })
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const result = hook.check(body, request.rawHeaders)
    const id = String(request.headers['webhook-id'] ?? '-').replaceAll(/[^\w-]/g, '?')
    const verdict = result.ok ? 'verified' : `refused: ${result.code}`
    console.log(`\n<- destination received ${id}, ${verdict}, ${body.length} bytes\n   ${printable(body)}`)
    response.writeHead(result.ok ? 204 : 401).end()
  })
  server.on('error', error => (error as NodeJS.ErrnoException).code === 'EADDRINUSE' && port ? serve(0) : fail(error))
  server.listen(port, '127.0.0.1', () => {
    console.log((server.address() as AddressInfo).port)
    // With its launcher gone it has nothing to do.
    process.stdin.on('end', () => process.exit()).resume()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit())
  })
}

function fail(error: Error): void {
  console.error(`destination: ${error.message}`)
  process.exit(1)
}

/** The body as one line that a terminal shows and nothing more. */
const printable = (body: Buffer): string => body.subarray(0, 2000).toString().replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) serve(8788)
