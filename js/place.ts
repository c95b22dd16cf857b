// Place: something opened in the core, as JavaScript holds it: an index that is good for one instance.
// Called by slot.ts (verifiers), delivery.ts and full.ts (dialects without secrets).
import * as core from './core.ts'

const internal = 20

/** The index of something opened in the core, good for one instance. */
export class Place {
  #generation = 0
  #index = -1

  /** the index; -1: not open in the running instance */
  get index(): number {
    return this.#generation === core.generation ? this.#index : -1
  }

  set index(index: number) {
    this.#index = index
    this.#generation = core.generation
  }

  close(): void {
    const { index } = this
    if (index >= 0) core.run((abi) => (abi.waxseal_close(index), 0))
    this.#index = -1
  }

  /**
   * Opens what `parts` hold, after closing what was open.
   *
   * @throws TypeError with the core's sentence
   */
  open(parts: readonly Uint8Array[], call: (abi: core.Abi) => number): number {
    this.close()
    for (let full = false; ; full = true) {
      let index = -1
      core.run((abi) => {
        if (!core.writeParts(parts)) return internal
        index = call(abi)
        return 0
      })
      this.index = index
      if (index >= 0) return index
      const sentence = core.sentence()
      if (full || !sentence.startsWith('too many verifiers')) throw new TypeError(sentence)
      // The instance has no slot left: begin a new one, in which those in use open themselves anew.
      core.discard()
    }
  }
}

const registry =
  typeof FinalizationRegistry === 'function' ? new FinalizationRegistry<Place>((place) => place.close()) : undefined

/** Has `place` closed when `owner` is forgotten. */
export function closeWith(owner: object, place: Place): void {
  registry?.register(owner, place, place)
}

export function forget(place: Place): void {
  registry?.unregister(place)
}

/** Loads a dialect without secrets. @throws TypeError with the core's sentence */
export function load(image: Uint8Array, place: Place): number {
  return place.open([image], (abi) => abi.waxseal_load(image.length))
}
