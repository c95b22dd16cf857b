// The answer to a request that went over a socket: HTTP/1.1, read strictly. Called by proxy.ts.

/** Bytes of a status line with its headers, and of a chunk's line. */
const most = 64 * 1024

/** An answer that is not HTTP/1.1. */
export class BadAnswer extends Error {}

export class Stream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #signal: AbortSignal | undefined
  readonly #done: () => void
  #rest = new Uint8Array()

  /**
   * @param signal  ends the reading of a body
   * @param done    called when the answer has been read, or nobody wants it
   */
  constructor(readable: ReadableStream<Uint8Array>, signal?: AbortSignal, done: () => void = () => {}) {
    this.#reader = readable.getReader()
    this.#signal = signal
    this.#done = done
  }

  /** Gives the connection back. @throws BadAnswer where more has come than was read */
  release(): void {
    if (this.#rest.length) throw new BadAnswer('more than an answer')
    this.#reader.releaseLock()
  }

  /** The answer, its body yet to be read. Those before the final one are passed over. */
  async answer(): Promise<Response> {
    for (;;) {
      const { status, headers } = await this.head()
      if (status >= 200) return new Response(this.#body(status, headers), { status, headers })
      if (status === 101) throw new BadAnswer('an upgrade that nobody asked for')
    }
  }

  async head(): Promise<{ status: number; headers: Headers }> {
    const [, status] = /^HTTP\/1\.[01] ([1-5]\d\d)( |$)/.exec(await this.#line(most)) ?? []
    if (!status) throw new BadAnswer('no status line')
    const headers = new Headers()
    for (let left = most; ;) {
      const line = await this.#line(left)
      if (!line) return { status: Number(status), headers }
      left -= line.length
      const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/.exec(line) ?? []
      if (name === undefined) throw new BadAnswer('no header line')
      headers.append(name, value!.trim())
    }
  }

  /** A text line without its end. */
  async #line(limit: number): Promise<string> {
    for (let from = 0; ;) {
      const end = this.#rest.indexOf(10, from)
      if (end >= 0) {
        const line = Array.from(this.#take(end + 1), byte => String.fromCharCode(byte)).join('')
        return line.replace(/\r?\n$/, '')
      }
      from = this.#rest.length
      if (from > limit) throw new BadAnswer('a line without an end')
      if (!await this.#more()) throw new BadAnswer('it broke off')
    }
  }

  #take(bytes: number): Uint8Array {
    const taken = this.#rest.slice(0, bytes)
    this.#rest = this.#rest.slice(bytes)
    return taken
  }

  /** @return whether anything came */
  async #more(): Promise<boolean> {
    const { done, value } = await this.#reader.read()
    if (done) return false
    const joined = new Uint8Array(this.#rest.length + value.length)
    joined.set(this.#rest)
    joined.set(value, this.#rest.length)
    this.#rest = joined
    return true
  }

  #body(status: number, headers: Headers): ReadableStream<Uint8Array> | null {
    if (status === 204 || status === 205 || status === 304) return this.#done(), null
    const pieces = this.#pieces(headers)
    return new ReadableStream({
      pull: async controller => {
        const { done, value } = await pieces.next()
        if (this.#signal?.aborted) controller.error(this.#signal.reason)
        else if (done) controller.close(), this.#done()
        else controller.enqueue(value)
      },
      cancel: () => this.#done(),
    })
  }

  async *#pieces(headers: Headers): AsyncGenerator<Uint8Array, void> {
    const coding = headers.get('transfer-encoding'), length = headers.get('content-length')
    if (coding !== null && coding.toLowerCase() !== 'chunked') throw new BadAnswer('an unknown transfer coding')
    if (coding !== null) return yield* this.#chunks()
    if (length === null) return yield* this.#counted(Infinity)
    if (!/^\d{1,15}$/.test(length)) throw new BadAnswer('no length')
    yield* this.#counted(Number(length))
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const [, size] = /^([0-9a-fA-F]{1,12})[\t ]*(;|$)/.exec(await this.#line(most)) ?? []
      if (size === undefined) throw new BadAnswer('no chunk')
      const bytes = parseInt(size, 16)
      if (!bytes) return
      yield* this.#counted(bytes)
      if (await this.#line(2) !== '') throw new BadAnswer('a chunk without an end')
    }
  }

  /** So many bytes, or all that come until the connection ends. */
  async *#counted(bytes: number): AsyncGenerator<Uint8Array, void> {
    for (let left = bytes; left > 0;) {
      if (!this.#rest.length && !await this.#more()) {
        if (left === Infinity) return
        throw new BadAnswer('it broke off')
      }
      const piece = this.#take(left)
      left -= piece.length
      yield piece
    }
  }
}
