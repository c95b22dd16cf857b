// Group commit: writes of requests in flight share one transaction and one wait for the disk.
// Called by Inbox and Outbox.

const most = 1024

interface Waiting<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

interface Written<Item, Result> extends Waiting<Item, Result> { result: Result }

export interface Options<Item, Result> {
  /** Told what was written, while the commit is yet to come: what it writes is part of it. */
  written?(items: Item[]): void
  /** Told of every commit that held. */
  committed?(results: Result[]): void
}

/** Resolves after so many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (; count > 0; count--) await new Promise(resolve => setTimeout(resolve, 0))
}

/** Collects items while the previous commit is under way, then writes them all in one transaction. */
export class GroupCommit<Item, Result> {
  readonly #storage: DurableObjectStorage
  readonly #write: (item: Item) => Result
  readonly #options: Options<Item, Result>
  #waiting: Waiting<Item, Result>[] = []
  #busy = false
  #company = true // whether others are likely to come at the same time: the last did not come alone

  /** @param write  writes one item, synchronously; what it returns answers `add` after the commit */
  constructor(storage: DurableObjectStorage, write: (item: Item) => Result, options: Options<Item, Result> = {}) {
    this.#storage = storage
    this.#write = write
    this.#options = options
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
      await null // those that come in the same turn join
      if (this.#company) await turns(2) // and those that have arrived: in one turn few are read
      const batch = this.#waiting.splice(0, most)
      this.#company = batch.length > 1
      const written = this.#writeAll(batch)
      try {
        this.#options.written?.(written.map(({ item }) => item))
        await this.#storage.sync()
        written.forEach(({ resolve, result }) => resolve(result))
        this.#options.committed?.(written.map(({ result }) => result))
      } catch (error) {
        written.forEach(({ reject }) => reject(error))
      }
    }
    this.#busy = false
  }

  /** Writes them together, or each by itself where one can't be written. @return those that were */
  #writeAll(batch: Waiting<Item, Result>[]): Written<Item, Result>[] {
    try {
      return this.#storage.transactionSync(() => batch.map(one => ({ ...one, result: this.#write(one.item) })))
    } catch (error) {
      if (batch.length > 1) return batch.flatMap(one => this.#writeAll([one]))
      batch[0]!.reject(error)
      return []
    }
  }
}
