// What stands in the place of functions/relay/commit.ts in part 4's second bundle: every row has a
// commit of its own. Never part of the package.
import type { Options } from '../../functions/relay/commit.ts'

export class GroupCommit<Item, Result> {
  readonly #storage: DurableObjectStorage
  readonly #write: (item: Item) => Result
  readonly #options: Options<Item, Result>

  constructor(storage: DurableObjectStorage, write: (item: Item) => Result, options: Options<Item, Result> = {}) {
    this.#storage = storage
    this.#write = write
    this.#options = options
  }

  /** One after the other: the next row is written when this one is on disk. */
  #last: Promise<unknown> = Promise.resolve()

  add(item: Item): Promise<Result> {
    const result = this.#last.then(async () => {
      const written = this.#storage.transactionSync(() => this.#write(item))
      this.#options.written?.([item])
      await this.#storage.sync()
      this.#options.committed?.([written])
      return written
    })
    this.#last = result.catch(() => {})
    return result
  }
}
