// Each object's storage carries a version and migrates forward. Called by the objects' constructors.

/** Runs the steps that this storage has not seen yet, each in one transaction with its number. */
export function migrate(storage: DurableObjectStorage, steps: string[]): void {
  storage.sql.exec('CREATE TABLE IF NOT EXISTS version (number INTEGER NOT NULL)')
  const [row] = storage.sql.exec<{ number: number }>('SELECT number FROM version').toArray()
  const from = row?.number ?? 0
  if (from > steps.length) throw new Error(`this storage has version ${from}, this program knows ${steps.length}: it is older than its data`)
  if (from === steps.length) return
  storage.transactionSync(() => {
    for (const step of steps.slice(from)) storage.sql.exec(step)
    storage.sql.exec('DELETE FROM version')
    storage.sql.exec('INSERT INTO version VALUES (?)', steps.length)
  })
}
