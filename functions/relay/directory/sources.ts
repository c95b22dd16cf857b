// The app's sources and what their webhooks are signed with. Used by the Directory.
import type { Refusal, Source, View } from '../model.ts'
import { declared, type Ledger } from './ledger.ts'
import type { Secrets } from './secrets.ts'

const ofSource = (name: string): string => `source/${name}`

export class Sources {
  readonly #ledger: Ledger
  readonly #secrets: Secrets

  constructor(ledger: Ledger, secrets: Secrets) {
    this.#ledger = ledger
    this.#secrets = secrets
  }

  /** With their secrets, opened. */
  all(): Promise<View['sources']> {
    const sources = this.#ledger.records<Source>('SELECT record FROM source ORDER BY name')
    return Promise.all(sources.map(async source => ({ ...source, secrets: await this.#secrets.open(ofSource(source.name)) })))
  }

  /**
   * @param secrets  left out: it keeps those that it has
   * @param fresh  there must be none of this name
   * @param check  what else may refuse it
   */
  async put(source: Source, by: string, secrets: string[] | undefined, fresh: boolean, check: () => Refusal | null): Promise<Source | Refusal> {
    const { name } = source
    const sealed = secrets && await this.#secrets.seal(ofSource(name), secrets)
    return this.#ledger.change(by, 'source.put', name, () => {
      const old = this.#find(name)
      if (old?.configured) return declared(`source ${name}`)
      if (old && fresh) return { refused: 'conflict', detail: `there is a source ${name}` }
      const refusal = check()
      if (refusal) return refusal
      this.#ledger.rows('INSERT OR REPLACE INTO source VALUES (?, ?)', name, JSON.stringify(source))
      if (sealed) this.#secrets.replace(sealed)
      return source
    })
  }

  remove(name: string, by: string): Refusal | null {
    return this.#ledger.change(by, 'source.delete', name, () => {
      const old = this.#find(name)
      if (!old) return { refused: 'not_found', detail: `no source ${name}` }
      if (old.configured) return declared(`source ${name}`)
      this.#ledger.rows('DELETE FROM source WHERE name = ?', name)
      this.#secrets.drop(ofSource(name))
      return null
    })
  }

  #find(name: string): Source | undefined {
    return this.#ledger.records<Source>('SELECT record FROM source WHERE name = ?', name)[0]
  }
}
