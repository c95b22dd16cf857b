// The programs of docs/platforms.md, each installed from the tarball and run where its platform can be
// had: workerd, Deno, Bun, Node, edge-runtime. Netlify is called as it documents its calls.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { destination } from '../functions/destination.ts'
import { bundle } from '../../functions/relay/bundle.ts'
import { startWorkerd } from '../../functions/relay/workerd.ts'
import { documented, headings, modules, post, project, receives, root, secret, type Project, type Sent } from './project.ts'

let home: Project
let end: Awaited<ReturnType<typeof destination>>
before(async () => {
  home = project('platforms')
  end = await destination()
})
after(async () => {
  await end.close()
  home.remove()
})

// Past the packages' own launchers, whose children outlive them.
const deno = join(modules, '@deno', readdirSync(join(modules, '@deno')).filter(name => !name.includes('musl'))[0]!, 'deno')
const bun = join(modules, '@oven', readdirSync(join(modules, '@oven')).filter(name => !name.includes('musl')).sort().reverse()[0]!, 'bin/bun')
const env = () => ({ GITHUB_SECRET: secret, FORWARD_URL: end.url })

/** Writes the first program of a section. @return its path */
function program(heading: string, folder: string): string {
  const [{ path, code } = assert.fail()] = documented(heading)
  home.write({ [`${folder}/${path}`]: code })
  return join(home.folder, folder, path)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Runs a server until `work` is done with it. */
async function serving(command: string, args: string[], port: number, work: (url: string) => Promise<void>): Promise<void> {
  const url = `http://127.0.0.1:${port}/webhook`
  const child = spawn(command, args, { cwd: home.folder, stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env.PATH, HOME: home.folder, PORT: String(port), ...env() } })
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', text => { said += text })
  const gone = once(child, 'exit')
  try {
    for (let tries = 0; ; tries++) {
      if (child.exitCode !== null || tries > 300) assert.fail(`${command} does not serve: ${said}`)
      const up = await fetch(url).then(answer => answer.status, () => 0)
      if (up) {
        assert.equal(up, 405)
        break
      }
      await new Promise(wake => setTimeout(wake, 100))
    }
    await work(url)
  } finally {
    child.kill()
    await gone
  }
}

test('every program of the document compiles against the package', () => {
  const files: Record<string, string> = {}
  for (const heading of headings.filter(heading => heading !== 'Bundlers')) {
    documented(heading).forEach(({ code }, index) => { files[`types/${heading.replace(/\W+/g, '-')}-${index}.ts`] = code })
  }
  assert.ok(Object.keys(files).length >= 8)
  home.write({
    ...files,
    'types/tsconfig.json': JSON.stringify({ compilerOptions: { module: 'nodenext', target: 'es2022', lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'], typeRoots: [join(modules, '@types')], strict: true, noEmit: true, skipLibCheck: true }, include: ['*.ts'] }),
  })
  const tsc = join(modules, 'typescript/bin/tsc')
  const compile = () => execFileSync(process.execPath, [tsc, '-p', join(home.folder, 'types')], { encoding: 'utf8', stdio: 'pipe' })
  compile()
  home.write({ 'types/wrong.ts': documented('Bun')[0]!.code.replace('dialect: github', "dialect: 'github'") })
  assert.throws(compile, (error: { stdout: string }) => /wrong\.ts.*TS2322/.test(error.stdout))
})

test('every platform file but Node and Lambda has fewer than 40 lines', () => {
  for (const name of ['cloudflare', 'vercel', 'netlify', 'deno', 'bun']) {
    const lines = readFileSync(join(root, `functions/${name}.ts`), 'utf8').split('\n').length
    assert.ok(lines < 40, `${name} has ${lines}`)
  }
})

test('Cloudflare: under workerd', async () => {
  const built = join(home.folder, 'cloudflare-built')
  await bundle(built, program('Cloudflare Workers', 'cloudflare'))
  const worker = await startWorkerd({
    folder: built, state: join(built, 'state'), listen: '127.0.0.1:0', network: ['public', 'private'], print: () => {},
    values: { FORWARD_URL: end.url }, secrets: { GITHUB_SECRET: secret },
  })
  try {
    await receives(post(worker.urls.main!), end)
  } finally {
    await worker.stop()
  }
})

test('Deno: deno serve, allowed no more than the document says', async () => {
  const path = program('Deno', 'deno')
  const port = await freePort()
  const [command, ...words] = readFileSync(path, 'utf8').split('\n')[0]!.replace(/^.*: (?=deno serve)/, '').split(' ')
  assert.equal(command, 'deno')
  const args = [...words.slice(0, -1), '--host=127.0.0.1', `--port=${port}`, '--no-lock', '--cached-only', path]
  await serving(deno, args, port, url => receives(post(url), end))
})

test('Bun: bun index.ts', async () => {
  await serving(bun, [program('Bun', 'bun')], await freePort(), url => receives(post(url), end))
})

for (const version of [20, 24]) {
  test(`Node ${version}: http`, async () => {
    const node = [`node${version}`, `node${version}-arm64`].map(name => join(modules, name, 'bin/node')).find(existsSync)!
    const path = program('Node and Express', 'node')
    execFileSync(process.execPath, [join(modules, 'esbuild/bin/esbuild'), path, `--outfile=${path.replace('.ts', '.mjs')}`], { stdio: 'pipe' })
    await serving(node, [path.replace('.ts', '.mjs')], await freePort(), url => receives(post(url), end))
  })
}

type Fetch = (request: Request, context?: object) => Promise<Response>
const toRequest = ({ headers, body }: Sent): Request => new Request('https://example.com/webhook', { method: 'POST', headers, body })

/** Imports a program into this process. */
async function imported(path: string): Promise<Record<string, Fetch>> {
  Object.assign(process.env, env())
  return await import(pathToFileURL(path).href) as Record<string, Fetch>
}

test('Vercel: in Node, what goes on behind the answer is told to the platform', async () => {
  const { POST } = await imported(program('Vercel and Next.js', 'vercel'))
  const waited: Promise<unknown>[] = []
  const context = Symbol.for('@vercel/request-context')
  Object.assign(globalThis, { [context]: { get: () => ({ waitUntil: (promise: Promise<unknown>) => waited.push(promise) }) } })
  try {
    await receives(async sent => (await POST!(toRequest(sent))).status, end)
  } finally {
    delete (globalThis as Record<symbol, unknown>)[context]
  }
  assert.ok(waited.length >= 1)
  await Promise.all(waited)
})

test('Netlify: a function, called with a Request and a Context', async () => {
  const { default: handle } = await imported(program('Netlify', 'netlify'))
  const waited: Promise<unknown>[] = []
  // https://docs.netlify.com/functions/api/: a Request, and a Context of which waitUntil is used.
  const context = { ip: '192.0.2.1', requestId: '01H', params: {}, waitUntil: (promise: Promise<unknown>) => void waited.push(promise) }
  await receives(async sent => (await handle!(toRequest(sent), context)).status, end)
  assert.ok(waited.length >= 1)
})

test('Netlify: an edge function, in Deno, with the variables in Netlify.env', async () => {
  program('Netlify', 'netlify')
  const port = await freePort()
  // What Netlify's own bootstrap does: the global `Netlify`, and the function called with (Request, Context).
  home.write({ 'netlify/edge.ts': `
    const variables = Deno.env.toObject()
    Object.assign(globalThis, { Netlify: { env: { get: (name) => variables[name], toObject: () => variables } } })
    const { default: handle } = await import('./netlify/functions/webhook.ts')
    export default { fetch: (request) => handle(request, { waitUntil() {} }) }` })
  const args = ['serve', '--allow-net', '--allow-env', '--host=127.0.0.1', `--port=${port}`, '--no-lock', '--cached-only', join(home.folder, 'netlify/edge.ts')]
  await serving(deno, args, port, url => receives(post(url), end))
})
