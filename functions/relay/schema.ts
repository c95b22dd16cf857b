// Each object's storage carries a version and migrates forward. Called by the objects' constructors.

/** One step: statements, or what makes them of the rows that there are. */
export type Step = string | ((sql: DurableObjectStorage['sql']) => void)

/** Runs the steps that this storage has not seen yet, all in one transaction with their number. */
export function migrate(storage: DurableObjectStorage, steps: Step[]): void {
  storage.sql.exec('CREATE TABLE IF NOT EXISTS version (number INTEGER NOT NULL)')
  const [row] = storage.sql.exec<{ number: number }>('SELECT number FROM version').toArray()
  const from = row?.number ?? 0
  if (from > steps.length) throw new Error(`this storage has version ${from}, this program knows ${steps.length}: it is older than its data`)
  if (from === steps.length) return
  storage.transactionSync(() => {
    for (const step of steps.slice(from)) {
      if (typeof step === 'string') storage.sql.exec(step)
      else step(storage.sql)
    }
    storage.sql.exec('DELETE FROM version')
    storage.sql.exec('INSERT INTO version VALUES (?)', steps.length)
  })
}
