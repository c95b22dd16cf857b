// The plain output of `waxseal listen`: a line each, and below a refused one why. Called by main.ts; the terminal view takes its
// place on a terminal.
import type { ListenSettings } from './listen.ts'
import { advice, clean, details, type Caught } from './record.ts'

/** What shows the webhooks that listen catches. */
export interface Show {
  start(url: string): void
  caught(one: Caught): void
  /** A sentence that belongs to no webhook. */
  note(sentence: string): void
  stop(): void
  /** Settles when the user wants to end. */
  ended: Promise<void>
}

/** Time of day, verdict, type, id, what it took, the answer; then what is wrong. */
export function summary({ number, at, verdict, type, id, reason, milliseconds, answer, method, path }: Caught): string {
  const parts = [
    `#${number}`, at.slice(11, 23), verdict ?? 'unverified', type ?? `${method} ${path}`, id ?? '', `${milliseconds.toFixed(1)} ms`, `→ ${answer}`,
  ]
  return clean(parts.filter(Boolean).join('  ') + (reason ? `  ${reason}` : ''))
}

export function lines({ details: full, forward, file }: ListenSettings, print: (line: string) => void): Show {
  return {
    start(url) {
      print(`listening on ${url}${forward ? `, handing on to ${forward}` : ''}, keeping them in ${file}`)
    },
    caught(one) {
      print(summary(one))
      advice(one).forEach(line => print(`    ${line}`))
      if (full) details(one).forEach(line => print(`    ${line}`.trimEnd()))
    },
    note: print,
    stop() {},
    ended: new Promise(() => {}),
  }
}
