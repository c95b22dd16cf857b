// The package as npm publishes it: packed, installed in an empty project, and run on each runtime.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { mutations } from '../mutations/list.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const modules = join(root, 'node_modules')
const folder = mkdtempSync(join(tmpdir(), 'waxseal-pack-'))
after(() => rmSync(folder, { recursive: true }))

function run(command: string, args: string[], cwd = folder): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } })
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${error ?? ''}${stdout}${stderr}`)
  return stdout
}

const program = `
  const secret = 'whsec_' + btoa('a key of at least 24 bytes, that is it')
  const hook = new Webhook(standardWebhooks, { secrets: [secret] })
  const small = '{"type":"a","data":{"n":9007199254740993}}'
  const large = JSON.stringify({ type: 'b', data: 'x'.repeat(5000) })
  const headers = hook.sign(small, { id: 'msg_1' })
  if (hook.verify(small, headers).data.n !== 9007199254740993n) throw new Error('verify')
  if (hook.verify(new TextEncoder().encode(large), hook.sign(large, { id: 'm' })).type !== 'b') throw new Error('large')
  if (hook.check(large, headers).code !== 'bad_signature') throw new Error('check')
  const request = new Request('https://example.com', { method: 'POST', body: large, headers: hook.sign(large, { id: 'm2' }) })
  hook.receive(request).then((event) => console.log('verified', event.id))
`
const files: Record<string, string> = {
  'package.json': '{ "private": true, "type": "module" }',
  'esm.mjs': `import { Webhook } from 'waxseal'\nimport { standardWebhooks } from 'waxseal/dialects/standard-webhooks'\n${program}`,
  'require.cjs': `const { Webhook } = require('waxseal')\nconst { standardWebhooks } = require('waxseal/dialects/standard-webhooks')\n${program}`,
  'every.mjs': `
    import { readdirSync } from 'node:fs'
    import { createRequire } from 'node:module'
    const names = readdirSync(new URL('node_modules/waxseal/dist/js/dialects/', import.meta.url)).filter((file) => file.endsWith('.js') && file !== 'index.js')
    const { Webhook } = await import('waxseal')
    const key = Buffer.from('a key of at least 24 bytes, of 40 in all')
    /** What keeps it from being opened with a secret in this form; nothing if it opens, or is the full module's. */
    const problem = (dialect, form) => {
      try {
        new Webhook(dialect, { secrets: (dialect.file.secret?.prefix ?? '') + key.toString(form) })
      } catch (error) {
        if (!error.message.includes("'waxseal/full'")) return error.message
      }
    }
    for (const file of names) {
      const [dialect] = Object.values(await import('waxseal/dialects/' + file.slice(0, -3)))
      const problems = ['base64', 'hex'].map((form) => problem(dialect, form))
      if (problems.every(Boolean)) throw new Error(file + ': ' + problems[0])
    }
    createRequire(import.meta.url).resolve('waxseal/wasm')
    createRequire(import.meta.url)('waxseal/package.json')
    console.log(names.length)`,
}

const own = `
  const own = loadDialect({ name: 'own', title: 'Own', documents: ['https://example.com'], signature: { scheme: 'hmac-sha256', header: 'x-own', encoding: 'hex' } })
  const hook = new Webhook(own, { secrets: 'a secret' })
  console.log('verified', hook.verify('{}', hook.sign('{}')).content)
`
files['full.mjs'] = `import { loadDialect, Webhook } from 'waxseal/full'\n${own}`
files['full.cjs'] = `const { loadDialect, Webhook } = require('waxseal/full')\n${own}`

const refused = `
  const hook = new Webhook(loadDialect(github.file), { secrets: 'a secret' })
  console.log(hook.explain('{}\\n', hook.sign('{}', { id: 'a', type: 'ping' })).causes[0].code)
`
files['explain.mjs'] = `import { loadDialect, Webhook } from 'waxseal/explain'\nimport { github } from 'waxseal/dialects/github'\n${refused}`
files['explain.cjs'] = `const { loadDialect, Webhook } = require('waxseal/explain')\nconst { github } = require('waxseal/dialects/github')\n${refused}`

let tarball = ''
before(() => {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root))
  tarball = join(folder, packed.filename)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  run('npm', ['install', '--no-audit', '--no-fund', '--offline', tarball])
})

/** A Node of the matrix, by its alias in node_modules. */
function node(version: number): string {
  const paths = [`node${version}`, `node${version}-arm64`].map((name) => join(modules, name, 'bin/node'))
  return paths.find((path) => existsSync(path)) ?? paths[0]!
}

describe('the tarball, installed in an empty project', () => {
  test('brings no dependencies', () => {
    assert.deepEqual(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')), ['waxseal'])
  })

  test('holds the code as it is: no test, no mutation and no name of one', () => {
    const inside = join(folder, 'node_modules/waxseal')
    const paths = readdirSync(inside, { recursive: true, encoding: 'utf8' })
    assert.deepEqual(paths.filter((path) => /(^|\/)tests?\//.test(path)), [])
    const texts = paths.filter((path) => path.endsWith('.js')).map((path) => readFileSync(join(inside, path), 'utf8'))
    assert.ok(texts.length > 100, `${texts.length} modules`)
    // A name of one word may be a word of the code.
    const names = ['WAXSEAL_MUTATION', ...mutations.map(({ name }) => name).filter((name) => name.split('-').length > 2)]
    assert.deepEqual(names.filter((name) => texts.some((text) => text.includes(name))), [])
  })

  for (const version of [20, 22, 24, 26]) {
    test(`verifies by import and by require under Node ${version}`, () => {
      assert.match(run(node(version), ['--version']), new RegExp(`^v${version}\\.`))
      assert.equal(run(node(version), ['esm.mjs']), 'verified m2\n')
      assert.equal(run(node(version), ['require.cjs']), 'verified m2\n')
    })
  }
  test('opens every dialect', () => {
    assert.ok(Number(run(node(24), ['every.mjs'])) >= 4)
  })
  test('compiles a dialect of your own, by import and by require, under the oldest Node and with the module of browsers', () => {
    for (const options of [[], ['--conditions=browser']]) {
      assert.equal(run(node(20), [...options, 'full.mjs']), 'verified json\n')
      assert.equal(run(node(20), [...options, 'full.cjs']), 'verified json\n')
    }
  })
  test('explains a refusal, by import and by require, with the module of browsers too', () => {
    for (const options of [[], ['--conditions=browser']]) {
      assert.equal(run(node(24), [...options, 'explain.mjs']), 'body_newline_added\n')
      assert.equal(run(node(24), [...options, 'explain.cjs']), 'body_newline_added\n')
    }
  })
  test('verifies by import and by require under Bun', () => {
    // Past the `bun` package's own launcher, which only its install script makes.
    const builds = readdirSync(join(modules, '@oven')).filter((name) => !name.includes('musl')).sort().reverse() // -baseline, for machines without AVX2, first
    const bun = join(modules, '@oven', builds[0]!, 'bin/bun')
    assert.equal(run(bun, ['esm.mjs']), 'verified m2\n')
    assert.equal(run(bun, ['require.cjs']), 'verified m2\n')
  })
  test('verifies by import and by require under Deno', () => {
    const deno = join(modules, 'deno/bin.cjs')
    const as = (file: string) => run(node(24), [deno, 'run', '--allow-read', '--no-lock', '--cached-only', file])
    assert.equal(as('esm.mjs'), 'verified m2\n')
    assert.equal(as('require.cjs'), 'verified m2\n')
  })
  test('verifies with the module of browsers', () => {
    assert.equal(run(node(24), ['--conditions=browser', 'esm.mjs']), 'verified m2\n')
  })
})

describe('the package', () => {
  test('is what publint asks for', () => {
    const said = run(node(24), [join(modules, 'publint/src/cli.js'), '--strict', tarball], root)
    assert.match(said, /All good/)
  })
  test('has types that every way of resolving finds', () => {
    const cli = join(modules, '@arethetypeswrong/cli/dist/index.js')
    run(node(24), [cli, tarball, '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm', '--exclude-entrypoints', './wasm'], root)
  })
})
