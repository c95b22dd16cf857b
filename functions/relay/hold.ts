// Holds a relay's state for one process: a lock that ends with it, however it ends. Called by the
// launcher and by what restores a backup.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * @param state  the folder of everything that is kept; made where it is missing
 * @return lets go
 * @throws Error whose sentence says that another process has it
 */
export function hold(state: string): () => void {
  mkdirSync(state, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(state, 'lock.sqlite'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch {
    lock.close()
    throw new Error(`${state} is in use: stop the relay that runs with it first`)
  }
  return () => { if (lock.isOpen) lock.close() }
}
