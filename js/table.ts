// What the core reads behind a body, as wasm/reader.hpp does. Used by routing.ts and queue.ts.
const absent = 0xffffffff
const encoder = new TextEncoder()

/** Words and texts, one after the other. */
export class Table {
  #bytes = new Uint8Array(256)
  #length = 0

  word(value: number): void {
    this.#room(4)
    new DataView(this.#bytes.buffer).setUint32(this.#length, value, true)
    this.#length += 4
  }

  text(value: string): void {
    this.#room(8 + 3 * value.length)
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(this.#length + 4))
    this.word(written)
    this.#length += (written + 3) & -4
  }

  list(values: readonly string[] | null): void {
    this.word(values ? values.length : absent)
    for (const value of values ?? []) this.text(value)
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = new Uint8Array(2 * (this.#length + more))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}
