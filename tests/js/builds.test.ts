// The tests of this folder once more, with the module that Emscripten built for browsers: what the
// other files run against is the one that the WASI toolchain built.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

for (const file of ['vectors', 'webhook', 'trap', 'mutants']) {
  test(`${file}.test.ts holds for the module that Emscripten built`, async () => {
    const path = fileURLToPath(new URL(`${file}.test.ts`, import.meta.url))
    const env = { ...process.env }
    delete env.NODE_TEST_CONTEXT // or the inner run would report to the outer one and always succeed
    const run = spawn(process.execPath, ['--conditions=browser', '--test-reporter=tap', path], { env })
    let output = ''
    run.stdout.on('data', (text) => (output += text))
    run.stderr.on('data', (text) => (output += text))
    const [status] = await once(run, 'close')
    assert.equal(status, 0, output.split('\n').filter((line) => /not ok/.test(line)).join('\n') || output)
    assert.match(output, /^# pass [1-9]/m)
  })
}
