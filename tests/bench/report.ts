// How results are written: for the terminal and for docs/performance.md alike, in Markdown.
import type { Times } from './race.ts'

/** A goal and whether this run met it. */
export interface Goal {
  what: string
  /** what was measured, in the same unit as `wanted` */
  found: number
  wanted: number
  /** `most`: found must not be above wanted */
  sense: 'least' | 'most'
  unit: string
}

/** One part of the benchmarks, written out. */
export interface Section {
  title: string
  /** Markdown: how it was measured, and the tables */
  text: string
  goals: Goal[]
  /** what the README shows of it */
  quote?: string
}

export const met = ({ found, wanted, sense }: Goal): boolean => (sense === 'least' ? found >= wanted : found <= wanted)

/** A Markdown table; the first column is text, the others figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column ? '--:' : '---'))), ...rows.map(line)].join('\n')
}

/** Three significant digits, without an exponent. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toString()
  return value.toFixed(value >= 10 ? 1 : 2)
}

export const microseconds = (nanoseconds: number): string => figure(nanoseconds / 1000)
export const times = (ratio: number): string => `${figure(ratio)}×`

/** A size as people say it. */
export function bytes(size: number): string {
  if (size >= 1 << 20) return `${size >> 20} MiB`
  return size >= 1024 ? `${size / 1024} KiB` : `${size} B`
}

/** One row a candidate, one column a race: median microseconds. */
export function timeTable(races: ReadonlyMap<string, Times>, names: readonly string[]): string {
  const all = [...races.values()]
  const rows = names.map((name) => [name, ...all.map((race) => microseconds(race.of(name)))])
  return table(['µs a call', ...races.keys()], rows)
}

/** One row a candidate, one column a race: how many times as long as `than` it takes. */
export function ratioTable(races: ReadonlyMap<string, Times>, names: readonly string[], than: string): string {
  const all = [...races.values()]
  const rows = names.map((name) => [name, ...all.map((race) => times(race.ratio(name, than)))])
  return table([`time ÷ ${than}`, ...races.keys()], rows)
}

export function goalTable(goals: readonly Goal[]): string {
  const say = (goal: Goal, value: number) => `${figure(value)}${goal.unit}`
  const rows = goals.map((goal) => [
    goal.what,
    `${goal.sense === 'least' ? '≥' : '≤'} ${say(goal, goal.wanted)}`,
    say(goal, goal.found),
    met(goal) ? 'met' : '**missed**',
  ])
  return table(['goal', 'wanted', 'measured', ''], rows)
}
