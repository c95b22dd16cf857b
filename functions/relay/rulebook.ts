// The rules of an Outbox's endpoints: asked for once a second each, and in one call those that are wanted
// at the same time. Used by outbox.ts and sender.ts.
import { withOwn } from './dialects.ts'
import { configOf, directoryOf, type Env, type Signing } from './objects.ts'
import { rulesOf, type Rules } from './rules.ts'

const fresh = 1000

interface Waiting { app: string; id: string; resolve(rules: Rules | null): void; reject(error: unknown): void }

export class Rulebook {
  readonly #env: Env
  readonly #known = new Map<string, { at: number; text: string; rules: Rules | null }>()
  #waiting: Waiting[] = []
  #asking = false

  constructor(env: Env) {
    this.#env = env
  }

  /** An endpoint's rules; null: there is no such endpoint. @throws Error whose sentence says what is wrong with them */
  of(app: string, id: string): Promise<Rules | null> {
    const known = this.#known.get(id)
    if (known && Date.now() - known.at < fresh) return Promise.resolve(known.rules)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ app, id, resolve, reject })
      if (!this.#asking) void this.#ask()
    })
  }

  /** It is asked for anew when it is next wanted. */
  expire(id: string): void {
    const known = this.#known.get(id)
    if (known) known.at = 0
  }

  forget(id: string): void {
    this.#known.delete(id)
  }

  async #ask(): Promise<void> {
    this.#asking = true
    while (this.#waiting.length) {
      await Promise.resolve() // those that are asked for in the same breath join
      const batch = this.#waiting.splice(0)
      try {
        const signings = await directoryOf(this.#env, batch[0]!.app).signings(batch.map(({ id }) => id))
        for (const [each, one] of batch.entries()) this.#learn(one, signings[each]!)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#asking = false
  }

  #learn({ id, resolve, reject }: Waiting, signing: Signing | null): void {
    try {
      const text = JSON.stringify(signing), known = this.#known.get(id)
      const rules = known?.text === text ? known.rules : signing && rulesOf(withOwn(configOf(this.#env), signing.dialects), signing)
      this.#known.set(id, { at: Date.now(), text, rules })
      resolve(rules)
    } catch (error) {
      reject(error)
    }
  }
}
