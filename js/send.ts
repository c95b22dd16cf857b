// `waxseal send`: posts the request that the command line has made and signed. Called by command.ts.
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs the command line with its answer going to an open file. @return the exit code */
export type Run = (words: string[], stdout: number) => Promise<number>

const unreachable = 3

/** Prints the status and the answer. @returns 0 for 2xx, 1 for any other status, 3 for no answer. */
export async function send(words: string[], run: Run): Promise<number> {
  const made = await capture(words, run)
  if (made.code !== 0) return made.code
  const request = parse(made.output)
  if (!request) {
    process.stdout.write(made.output) // the help
    return 0
  }
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      headers: request.headers,
      body: request.body,
      redirect: 'manual', // a redirect is no delivery
      signal: AbortSignal.timeout(request.seconds * 1000),
    })
    const answer = await response.text()
    const end = answer === '' || answer.endsWith('\n') ? '' : '\n'
    process.stdout.write(`${response.status} ${response.statusText}`.trimEnd() + `\n${answer}${end}`)
    return response.ok ? 0 : 1
  } catch (error) {
    process.stderr.write(`waxseal send: no answer from ${request.url}: ${reason(error)}\n`)
    return unreachable
  }
}

/** Runs the command line and gives what it wrote to standard output. */
export async function capture(words: string[], run: Run): Promise<{ code: number; output: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'waxseal-'))
  try {
    const path = join(folder, 'request')
    const file = await open(path, 'wx', 0o600)
    const code = await run(words, file.fd).finally(() => file.close())
    return { code, output: await readFile(path) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The request as core/command/send.cpp writes it: URL, seconds, headers, an empty line, the body. */
function parse(output: Buffer) {
  const end = output.indexOf('\n\n')
  const [url = '', seconds = '', ...lines] = output.subarray(0, end).toString().split('\n')
  if (!/^https?:/.test(url)) return undefined
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })
  return { url, seconds: Number(seconds), headers, body: new Uint8Array(output.subarray(end + 2)) }
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : String(cause)
}
