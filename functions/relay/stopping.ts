// Stopping in good order: nothing new begins, and what is under way is finished. State of this process,
// which the worker and all objects share; on Cloudflare's network nobody asks for it. Called by the
// worker, the Inbox and the Outbox.

let stopping = false
let running = 0

/** Whether nothing new is to begin. */
export const isStopping = (): boolean => stopping

/** Counts `work` as under way until it ends. */
export async function underWay<Result>(work: Promise<Result> | Result): Promise<Result> {
  running++
  try {
    return await work
  } finally {
    running--
  }
}

/** Begins nothing from here on, and waits so long at most. @return how many things are under way still */
export async function drain(milliseconds: number): Promise<number> {
  stopping = true
  for (const late = Date.now() + milliseconds; running && Date.now() < late;) await new Promise(wake => setTimeout(wake, 20))
  return running
}
