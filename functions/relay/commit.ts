// Group commit: writes of requests in flight share one transaction and one wait for the disk.
// Called by Inbox and Outbox.

const most = 512

interface Waiting<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

/** Collects items while the previous commit is under way, then writes them all in one transaction. */
export class GroupCommit<Item, Result> {
  readonly #storage: DurableObjectStorage
  readonly #write: (item: Item) => Result
  readonly #committed: (results: Result[]) => void
  #waiting: Waiting<Item, Result>[] = []
  #busy = false

  /**
   * @param write      writes one item, synchronously; what it returns answers `add` after the commit
   * @param committed  told of every commit that held
   */
  constructor(storage: DurableObjectStorage, write: (item: Item) => Result, committed: (results: Result[]) => void = () => {}) {
    this.#storage = storage
    this.#write = write
    this.#committed = committed
  }

  /** Resolves only when the item is on disk. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (!this.#busy) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#busy = true
    while (this.#waiting.length) {
      await new Promise(resolve => setTimeout(resolve, 0)) // those that have arrived join
      const batch = this.#waiting.splice(0, most)
      try {
        const results = this.#storage.transactionSync(() => batch.map(({ item }) => this.#write(item)))
        await this.#storage.sync()
        batch.forEach(({ resolve }, i) => resolve(results[i]!))
        this.#committed(results)
      } catch (error) {
        batch.forEach(({ reject }) => reject(error))
      }
    }
    this.#busy = false
  }
}
