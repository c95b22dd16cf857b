// The terminal view of `waxseal listen`: a list of what came, filters, and one webhook in full. Called
// by main.ts. tools/build bundles this file with its library, so that the package depends on nothing.
import { matchesKey, ProcessTerminal, truncateToWidth, TuiAltScreen, visibleWidth, wrapTextWithAnsi, type Component } from '@earendil-works/pi-tui'
import type { Show } from './lines.ts'
import type { ListenSettings } from './listen.ts'
import { advice, clean, details, type Caught } from './record.ts'

const kept = 1000
const verdicts = ['all', 'good', 'refused'] as const
const keys = '↑↓ choose   ⏎ details   / filter   tab all, good, refused   q quit'

const colour = process.env.NO_COLOR ? (_: number, text: string) => text : (code: number, text: string) => `\u001b[${code}m${text}\u001b[0m`
const dim = (text: string): string => colour(2, text)
const bold = (text: string): string => colour(1, text)

const isGood = ({ verdict, answer }: Caught): boolean => verdict === 'ok' && answer < 400
const isRefused = ({ verdict, answer }: Caught): boolean => (verdict !== 'ok' && verdict !== null) || answer >= 400
const tint = (one: Caught, text: string): string => colour(isRefused(one) ? 31 : one.verdict === null || one.reason ? 33 : 32, text)

/** `text` in so many columns, cut or filled up. */
const column = (text: string, width: number): string => {
  const cut = truncateToWidth(text, width, '…')
  return cut + ' '.repeat(Math.max(0, width - visibleWidth(cut)))
}

class Screen implements Component {
  readonly all: Caught[] = []
  url = ''
  message = ''
  readonly #settings: ListenSettings
  readonly #height: () => number
  readonly #quit: () => void
  #filter = ''
  #typing = false
  #verdict = 0
  #chosen = Infinity // Infinity follows the newest
  #open = false
  #scrolled = 0

  constructor(settings: ListenSettings, height: () => number, quit: () => void) {
    this.#settings = settings
    this.#height = height
    this.#quit = quit
    this.#open = settings.details
  }

  invalidate(): void {}

  #shown(): Caught[] {
    const wanted = this.#filter.toLowerCase()
    const verdict = verdicts[this.#verdict]
    return this.all.filter(one => (verdict === 'all' || (verdict === 'good' ? isGood(one) : isRefused(one))) &&
      [one.type, one.id, one.verdict, one.reason, one.path].some(text => (text ?? '').toLowerCase().includes(wanted)))
  }

  render(width: number): string[] {
    const height = this.#height()
    const shown = this.#shown()
    const at = Math.min(this.#chosen, shown.length - 1)
    const chosen = shown[at]
    const room = height - 4
    const rows = this.#open && chosen ? Math.max(3, Math.min(shown.length, Math.floor(room / 3))) : room
    const first = Math.max(0, Math.min(at - Math.floor(rows / 2), shown.length - rows))
    const list = shown.slice(first, first + rows).map((one, index) => this.#row(one, first + index === at, width))
    const full = this.#open && chosen ? this.#details(chosen, width, room - rows - 1) : []
    const lines = [this.#head(width), dim(column(titles(width), width)), ...(list.length ? list : this.#empty()), ...full]
    while (lines.length < height - 2) lines.push('')
    return [...lines.slice(0, height - 2), dim('─'.repeat(width)), this.#foot(width)].map(line => truncateToWidth(line, width, ''))
  }

  #head(width: number): string {
    const { forward } = this.#settings
    const refused = this.all.filter(isRefused).length
    const counts = `${this.all.length} caught${refused ? `, ${colour(31, `${refused} refused`)}` : ''} `
    const left = ` ${bold('waxseal listen')}  ${this.url}${forward ? dim(` → ${forward}`) : ''}`
    return column(left, width - visibleWidth(counts)) + counts
  }

  #row(one: Caught, chosen: boolean, width: number): string {
    const [number, time, verdict, type, id, took, answer] = cells(one)
    const w = widths(width)
    const text = `${chosen ? '▌' : ' '}${column(number!, w[0]!)} ${column(time!, w[1]!)} ${tint(one, column(verdict!, w[2]!))} ${column(type!, w[3]!)} ${dim(column(id!, w[4]!))} ${took!.padStart(w[5]!)} ${answer}`
    return chosen ? bold(text) : text
  }

  #details(one: Caught, width: number, room: number): string[] {
    const reason = one.reason ? [tint(one, `  ${clean(one.reason)}`)] : []
    const why = advice(one).flatMap(line => wrapTextWithAnsi(line, width - 4)).map(line => `  ${line}`)
    const all = [...reason, ...why, ...(reason.length ? [''] : []), ...details(one, 5000).map(line => `  ${line}`)]
    this.#scrolled = Math.max(0, Math.min(this.#scrolled, all.length - room))
    const more = all.length > room ? ` ${this.#scrolled + 1}–${Math.min(all.length, this.#scrolled + room)} of ${all.length}, PgUp PgDn ` : ''
    return [dim(`── #${one.number} ${one.method} ${clean(one.path)} ${'─'.repeat(width)}`.slice(0, Math.max(0, width - more.length)) + more), ...all.slice(this.#scrolled, this.#scrolled + room)]
  }

  #empty(): string[] {
    if (this.all.length) return ['', dim('  None of them passes the filter.')]
    return ['', '  Waiting for webhooks.', '', dim(`  Reach it from outside:  ngrok http ${new URL(this.url || 'http://x').port}`), dim('  Send one yourself:      waxseal send --dialect NAME --secret SECRET ' + this.url)]
  }

  #foot(width: number): string {
    if (this.#typing) return ` / ${this.#filter}▏`
    if (this.message) return colour(33, ` ${clean(this.message)}`)
    const state = [this.#filter && `filter: ${this.#filter}`, this.#verdict && `only ${verdicts[this.#verdict]}`].filter(Boolean).join(', ')
    return column(` ${keys}`, width - visibleWidth(state) - 1) + colour(33, state) + ' '
  }

  handleInput(data: string): void {
    this.message = ''
    if (matchesKey(data, 'ctrl+c')) return this.#quit()
    if (this.#typing) return this.#type(data)
    const count = this.#shown().length
    const at = Math.min(this.#chosen, count - 1)
    const move = (to: number): void => {
      this.#chosen = to >= count - 1 ? Infinity : Math.max(0, to)
      this.#scrolled = 0
    }
    if (data === 'q') this.#quit()
    else if (matchesKey(data, 'up') || data === 'k') move(at - 1)
    else if (matchesKey(data, 'down') || data === 'j') move(at + 1)
    else if (matchesKey(data, 'home') || data === 'g') move(0)
    else if (matchesKey(data, 'end') || data === 'G') move(count)
    else if (matchesKey(data, 'pageDown')) this.#scrolled += 10
    else if (matchesKey(data, 'pageUp')) this.#scrolled -= 10
    else if (matchesKey(data, 'enter')) this.#open = !this.#open
    else if (matchesKey(data, 'tab')) this.#verdict = (this.#verdict + 1) % verdicts.length
    else if (matchesKey(data, 'escape')) this.#filter = ''
    else if (data === '/') this.#typing = true
  }

  #type(data: string): void {
    if (matchesKey(data, 'enter')) this.#typing = false
    else if (matchesKey(data, 'escape')) this.#typing = false, this.#filter = ''
    else if (matchesKey(data, 'backspace')) this.#filter = [...this.#filter].slice(0, -1).join('')
    else if (!/[\u0000-\u001f\u007f]/.test(data)) this.#filter += data
    this.#chosen = Infinity
  }
}

const cells = ({ number, at, verdict, type, id, milliseconds, answer, method, path }: Caught): string[] => [
  String(number), at.slice(11, 19), verdict ?? 'unverified', type ?? `${method} ${path}`, id ?? '', `${milliseconds.toFixed(1)} ms`, String(answer),
].map(clean)

/** Columns of number, time, verdict, type, id and duration in so wide a terminal. */
const widths = (width: number): number[] => {
  const rest = Math.max(20, width - 4 - 8 - 17 - 10 - 13)
  const id = Math.min(36, Math.floor(rest * 0.6))
  return [4, 8, 17, rest - id, id, 10]
}

const titles = (width: number): string => {
  const [a, b, c, d, e, f] = widths(width) as [number, number, number, number, number, number]
  return ` ${column('#', a)} ${column('time', b)} ${column('verdict', c)} ${column('type', d)} ${column('id', e)} ${'took'.padStart(f)} answer`
}

/** The view; nothing is drawn before `start`. */
export function view(settings: ListenSettings): Show {
  const tui = new TuiAltScreen(new ProcessTerminal(), false, undefined, { mouse: false })
  let end: () => void
  const ended = new Promise<void>(done => { end = done })
  const screen = new Screen(settings, () => tui.terminal.rows, () => end())
  tui.addChild(screen)
  tui.setFocus(screen)
  return {
    start(url) {
      screen.url = url
      tui.start()
    },
    caught(one) {
      screen.all.push(one)
      if (screen.all.length > kept) screen.all.shift()
      tui.requestRender()
    },
    note(sentence) {
      screen.message = sentence
      tui.requestRender()
    },
    stop: () => tui.stop(),
    ended,
  }
}
