// JSON as people write it: a value that fits on one line stands on one line.
const width = 120

/** Text of `value`, with a newline at its end. */
export function format(value: unknown): string {
  return lines(value, '') + '\n'
}

function lines(value: unknown, indent: string): string {
  const flat = inline(value)
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= width) return flat
  const deeper = indent + '  '
  const [open, close, entries] = Array.isArray(value)
    ? ['[', ']', value.map((item) => lines(item, deeper))]
    : ['{', '}', present(value).map(([key, item]) => `${JSON.stringify(key)}: ${lines(item, deeper)}`)]
  return `${open}\n${deeper}${entries.join(`,\n${deeper}`)}\n${indent}${close}`
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = present(value)
  return entries.length ? `{ ${entries.map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`).join(', ')} }` : '{}'
}

const present = (value: object) => Object.entries(value).filter(([, item]) => item !== undefined)
