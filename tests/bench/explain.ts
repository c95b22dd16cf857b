// Part 8: how long explain takes at most. No dialect is known to it, so every one is asked.
import { dialects } from 'waxseal/dialects/index'
import { Webhook } from 'waxseal/explain'
import { dialectText, hasPublicKeys, vectors, type Vector } from '../wasm/vectors.ts'
import { median, race, type Candidate, type Effort } from './race.ts'
import { figure, table, type Section } from './report.ts'

const size = 20 << 10
const most = 16 // secrets

const about = `\`hook.explain\` in wasm of a webhook whose body of 20 KiB was not signed with any of the ${most} secrets given (with public keys: with the key given), every shipped dialect among \`others\`: nothing fits, so all is tried that the bound allows. The bound is counted and not timed: it holds on any machine (docs/explain.md).`

const shipped = Object.values(dialects)

/** A body of about 20 KiB that begins as a kept one: JSON with small members, or a form. */
function grown(text: string): string {
  const items = Array.from({ length: Math.ceil((size - text.length) / 42) }, (_, index) => ({ id: String(index).padStart(8, '0'), 'né/e': [1, 2.5, true] }))
  try {
    const body = JSON.parse(text)
    if ('Message' in body) body.Message = 'another' // what AWS SNS signs of it
    return JSON.stringify(Array.isArray(body) ? [...body, { items }] : { ...body, items })
  } catch {
    return `${text}&items=${'a&%C3%A9+='.repeat((size - text.length) / 10)}`
  }
}

/** Secrets of the same form as `good`, another character of each changed. */
function others(good: string): string[] {
  const places = [...good].flatMap((character, index) => (index > 8 && index < good.length - 4 && /[0-8a-eA-E]/.test(character) ? [index] : []))
  if (!places.length) return Array.from({ length: most }, (_, index) => `${good}${index}`)
  return places.slice(0, most).map((at) => good.slice(0, at) + String.fromCharCode(good.charCodeAt(at) + 1) + good.slice(at + 1))
}

function candidate(name: string): Candidate | null {
  const accepted = vectors.filter(({ dialect, expect, bytes }) => dialect === name && expect.code === 'ok' && bytes.length > 2)
  const good: Vector | undefined = accepted.find(({ bytes }) => bytes[0] === 0x7b) ?? accepted[0]
  if (!good || JSON.parse(dialectText(name)).signature.scheme === 'static-token') return null // nothing of the body is tried
  const { headers, settings, url, now, method = 'POST' } = good
  const secrets = hasPublicKeys(name) ? Array<string>(most).fill(good.secrets[0]!) : others(good.secrets[0]!)
  const hook = new Webhook(dialects[name]!, { secrets, ...(settings && { settings }), tolerance: null })
  const body = Buffer.from(grown(Buffer.from(good.bytes).toString()))
  return { name, run: () => hook.explain(body, headers, { ...(url && { url }), method, now, others: shipped }).code === 'bad_signature' }
}

export async function explain(effort: Effort, say: (line: string) => void): Promise<Section> {
  say('explain')
  const all = Object.keys(dialects).flatMap((name) => candidate(name) ?? [])
  const times = await race(all, { rounds: Math.max(3, effort.rounds / 10), loop: effort.loop })
  const milliseconds = (name: string) => times.of(name) / 1e6
  const slowest = all.map(({ name }) => name).sort((a, b) => milliseconds(b) - milliseconds(a))
  return {
    title: 'How long explain takes at most',
    text: [about, table(['', 'ms'], [
      [`the median of ${all.length} dialects`, figure(median(slowest.map(milliseconds)))],
      ...slowest.slice(0, 3).map((name) => [name, figure(milliseconds(name))]),
    ])].join('\n\n'),
    goals: [{ what: `explaining a refusal of 20 KiB in wasm, the slowest dialect (${slowest[0]})`, found: milliseconds(slowest[0]!), wanted: 50, sense: 'most', unit: ' ms' }],
  }
}
