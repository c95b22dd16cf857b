// One answer for equal webhooks that arrive while the first is being handled. Used by handler.ts.

interface Plain { status: number; headers: [string, string][]; body: ArrayBuffer | null }

/** A sender waits so long for another request's answer; then it is asked to come again. */
const patience = 20_000

/**
 * Runs the work on a key once, and gives its answer to all who ask meanwhile.
 *
 * The answer is kept as plain bytes: on Cloudflare a Response belongs to the request that made it.
 */
export class Shared {
  readonly #running = new Map<string, { answer: Promise<Plain>; since: number }>()

  /** @return null where the first one has not ended in time */
  async answer(key: string, work: () => Promise<Response>, { waitUntil }: { waitUntil(promise: Promise<unknown>): void }): Promise<Response | null> {
    const first = this.#running.get(key)
    if (first && Date.now() - first.since < 2 * patience) return revive(await inTime(first.answer))
    const answer = work().then(plain)
    const entry = { answer, since: Date.now() }
    this.#running.set(key, entry)
    const end = answer.catch(() => {}).then(() => { if (this.#running.get(key) === entry) this.#running.delete(key) })
    waitUntil(end) // the work goes on should its sender hang up: others wait for it
    return revive(await answer)
  }
}

async function plain(response: Response): Promise<Plain> {
  const { status, headers, body } = response
  return { status, headers: [...headers], body: body && await response.arrayBuffer() }
}

const revive = (answer: Plain | null): Response | null => answer && new Response(answer.body, { status: answer.status, headers: answer.headers })

async function inTime(answer: Promise<Plain>): Promise<Plain | null> {
  let timer
  const late = new Promise<null>(give => { timer = setTimeout(give, patience, null) })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
