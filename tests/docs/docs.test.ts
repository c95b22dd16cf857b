// What the documents say is true: links lead somewhere, tables are what the code says, the version
// stands in one place, no promise is made that cannot be kept.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0').filter(path => path !== '' && existsSync(join(root, path)))
const documents = tracked.filter(path => path.endsWith('.md') && !path.startsWith('tests/data/'))
const manifest = JSON.parse(read('package.json')) as { version: string; scripts: Record<string, string> }

test('every link between documents leads to a file that is there', () => {
  let links = 0
  for (const document of documents) {
    for (const [, target] of read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)) {
      links++
      const path = normalize(join(dirname(document), target!))
      assert.ok(existsSync(join(root, path)), `${document} links to ${target}`)
    }
  }
  assert.ok(links >= 15, `${links} links`)
})

test("the tables of dialects are what the dialect files say", () => {
  execFileSync(process.execPath, ['tools/readme.ts', '--check'], { cwd: root, stdio: 'pipe' })
})

test('the vectors are what tools/vectors.ts writes, byte for byte', () => {
  execFileSync(process.execPath, ['tools/vectors.ts', '--check'], { cwd: root, stdio: 'pipe' })
})

test("the README's worker has eight lines and its commands exist", () => {
  const [, worker] = /```ts\n([^]*?)```/.exec(read('README.md'))!
  assert.equal(worker!.trimEnd().split('\n').length, 8)
  for (const [, script] of read('README.md').matchAll(/^npm (start|test|run \S+)/gm)) {
    assert.ok(manifest.scripts[script!.replace('run ', '')], `npm ${script}`)
  }
})

test('the README quotes the figures that the bench command wrote', () => {
  const [, quoted] = /<!-- speed: .* -->\n([^]*?)<!-- \/speed -->/.exec(read('README.md'))!
  assert.match(quoted!, /\d/)
  for (const line of quoted!.split('\n').filter(line => /^\| [^|]*\d/.test(line))) {
    assert.ok(read('docs/performance.md').includes(line), `docs/performance.md has no line ${line}`)
  }
})

test('the version stands in package.json and in no other source', () => {
  const allowed = /^(package(-lock)?\.json|CHANGELOG\.md|tests\/data\/|tools\/runtimes\/|examples\/.*package(-lock)?\.json)/
  for (const path of tracked.filter(path => /\.(ts|cpp|hpp|txt|cmake|in|json|md)$/.test(path) && !allowed.test(path))) {
    assert.ok(!new RegExp(`(waxseal|version)[^\\n]{0,20}\\b${manifest.version.replaceAll('.', '\\.')}\\b`, 'i').test(read(path)), path)
  }
})

test('no document promises delivery once only', () => {
  for (const document of documents) assert.doesNotMatch(read(document), /exactly[- ]once/i, document)
})

test('nothing of one machine or registry is written into the project', () => {
  const machine = new RegExp(['/work' + '/', 'shared' + '/facts', 'registry\\.' + 'npmjs', 'deb\\.' + 'debian\\.org'].join('|'))
  for (const path of tracked) {
    if (path.startsWith('tests/data/')) continue
    assert.doesNotMatch(read(path), machine, path)
  }
})

test('the rules of a provider stand in its dialect, not in the core or the ABI', () => {
  const names = /platform-core|\bost\b|cosmo|github|stripe|shopify|slack/i
  for (const path of tracked.filter(path => /^(core\/src|wasm)\/.*\.(cpp|hpp|c)$/.test(path))) {
    assert.doesNotMatch(read(path).replace(/\/\/\/?.*/g, ''), names, path)
  }
})
