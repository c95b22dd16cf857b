// Forgetting what is old, a little at a time. Called by the objects' sweeps.
import type { App } from './model.ts'
import type { Config } from './config.ts'

export const day = 24 * 3600_000
/** Rows in one go, and goes in one sweep: what is more waits for the next. */
const most = 500
const goes = 40

/** For how many days an app's messages, finished deliveries and attempts are kept. */
export const retentionOf = (config: Config, app: App | null): number => app?.retention ?? config.retention ?? 90

/**
 * Lets `forget` work in goes, between which waiting requests have their turn.
 *
 * @param forget  forgets at most so many rows and says how many it did
 */
export async function prune(forget: (most: number) => number): Promise<void> {
  for (let go = 0; go < goes && forget(most) === most; go++) await new Promise(wake => setTimeout(wake, 0))
}
