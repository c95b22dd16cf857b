// docs/conformance.md as its test and the runner of mutations read it.
import { readFileSync } from 'node:fs'

export interface Row {
  /** The heading that it stands under. */
  system: string
  /** What is promised. */
  line: string
  tests: { group: string; name: string }[]
  mutations: string[]
}

const page = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')

/** The lines of its tables. */
export const rows: Row[] = page.split(/^## /m).slice(1).flatMap(section => {
  const [system = '', ...lines] = section.split('\n')
  return lines.filter(line => /^\| /.test(line) && !/^\| line \|/.test(line)).map(row => rowOf(system, row))
})

function rowOf(system: string, row: string): Row {
  const [, line = '', tests = '', mutations = ''] = row.split(/ \| |^\| | \|$/)
  return {
    system, line, tests: [...tests.matchAll(/`(\w+): ([^`]+)`/g)].map(([, group, name]) => ({ group: group!, name: name! })),
    mutations: [...mutations.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!),
  }
}
