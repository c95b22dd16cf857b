// What this process has counted since it started, for /metrics. Written where things happen.

const counts = new Map<string, number>()

/** @param series  name and labels, as Prometheus writes them; labels come from closed lists */
export function count(series: string): void {
  counts.set(series, (counts.get(series) ?? 0) + 1)
}

/** In Prometheus' text format, sorted by name. */
export function lines(): string[] {
  const sorted = [...counts].sort(([a], [b]) => a < b ? -1 : 1)
  const named = new Set<string>()
  return sorted.flatMap(([series, value]) => {
    const name = series.replace(/\{.*/, '')
    const head = named.has(name) ? [] : [`# TYPE ${name} counter`]
    named.add(name)
    return [...head, `${series} ${value}`]
  })
}
