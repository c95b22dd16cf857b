// Secrets of sources and endpoints: encrypted on disk, opened in memory. Used by the Directory.
import type { Secret } from '../model.ts'
import type { Seal } from '../seal.ts'
import type { Ledger } from './ledger.ts'

/** Owner of a text that tells whether the key is the right one. */
const keyCheck = 'check'

/** Sealed and ready for a transaction: sealing takes time, a transaction must not. */
export interface Sealed { owner: string; texts: string[] }

export class Secrets {
  readonly #ledger: Ledger
  readonly #seal: Seal
  /** Opened ones, by their sealed text. */
  readonly #opened = new Map<string, string>()

  constructor(ledger: Ledger, seal: Seal) {
    this.#ledger = ledger
    this.#seal = seal
  }

  async seal(owner: string, values: string[]): Promise<Sealed> {
    return { owner, texts: await Promise.all(values.map(value => this.#seal.close(value, owner))) }
  }

  /** @throws Error where the stored secrets were sealed with another key */
  async verify(): Promise<void> {
    const [check] = this.#ledger.rows<{ sealed: string }>('SELECT sealed FROM secret WHERE owner = ?', keyCheck)
    if (check) return void await this.#seal.open(check.sealed, keyCheck)
    this.replace(await this.seal(keyCheck, [keyCheck]))
  }

  /** Tells whether secrets are others than before, and nothing else about them. */
  print(values: unknown): Promise<string> {
    return this.#seal.print(JSON.stringify(values))
  }

  /** The owner has these and no others. */
  replace({ owner, texts }: Sealed): void {
    this.drop(owner)
    texts.forEach((sealed, position) => this.#ledger.rows('INSERT INTO secret VALUES (?, ?, ?, NULL)', owner, position, sealed))
  }

  /** Puts one before the others, which are good until `until`, in Unix milliseconds. */
  rotate({ owner, texts }: Sealed, until: number): void {
    const old = this.#rows(owner)
    this.replace({ owner, texts })
    old.forEach((row, i) => this.#ledger.rows('INSERT INTO secret VALUES (?, ?, ?, ?)', owner, texts.length + i, row.sealed, Math.min(row.until ?? until, until)))
  }

  /** Ends the grace of the older ones. */
  endGrace(owner: string): void {
    this.#ledger.rows('DELETE FROM secret WHERE owner = ? AND until IS NOT NULL', owner)
  }

  /** Whether the owner has any. */
  has(owner: string): boolean {
    return this.#rows(owner).length > 0
  }

  drop(owner: string): void {
    this.#ledger.rows('DELETE FROM secret WHERE owner = ?', owner)
    this.#ledger.rows('DELETE FROM declared WHERE owner = ?', owner)
  }

  /** Those whose grace has not ended, the newest first. */
  open(owner: string): Promise<Secret[]> {
    return Promise.all(this.#rows(owner).map(async ({ sealed, until }) => ({ value: await this.#openOne(sealed, owner), until })))
  }

  prune(now: number): void {
    this.#ledger.rows('DELETE FROM secret WHERE until <= ?', now)
  }

  #rows(owner: string): { sealed: string; until: number | null }[] {
    return this.#ledger.rows('SELECT sealed, until FROM secret WHERE owner = ? AND (until IS NULL OR until > ?) ORDER BY position', owner, Date.now())
  }

  async #openOne(sealed: string, owner: string): Promise<string> {
    const known = this.#opened.get(sealed)
    if (known !== undefined) return known
    const value = await this.#seal.open(sealed, owner)
    if (this.#opened.size > 10_000) this.#opened.clear()
    this.#opened.set(sealed, value)
    return value
  }
}
