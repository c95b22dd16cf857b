// A reporter for node's test runner: the name of each test that ran and passed, one a line. tools/test
// writes build/tests/<group>.passed with it; conformance.test.ts reads them.
interface Event { type: string; data: { name: string; skip?: unknown; todo?: unknown } }

export default async function* record(source: AsyncIterable<Event>): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    if (type === 'test:pass' && data.skip === undefined && data.todo === undefined) yield `${data.name}\n`
  }
}
