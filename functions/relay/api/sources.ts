// Sources: who sends to `POST /in/<source>`, in which dialect.
import type { Source, View } from '../model.ts'
import { dialectOf } from '../dialects.ts'
import { open } from '../verifier.ts'
import { configOf, directoryOf, shardsOf } from '../objects.ts'
import { forget } from '../views.ts'
import { answers, configFor, invalid, iso, kept, listOf, notFound, nothing, page, paging, route, router, sends, z, type Call } from './base.ts'
import { appPath, sourcePath } from './shapes.ts'

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
const rate = z.array(z.object({ limit: z.number().int().min(1).max(10_000), seconds: z.number().int().min(1).max(3600) })).max(4)
const given = { dialect: z.string(), settings: z.record(z.string(), z.string().regex(/^[!-~]{1,256}$/)).optional(), description: z.string().default(''), tolerance: z.number().int().min(0).nullish(), dedupe: z.enum(['id', 'body']).optional(), shards: z.number().int().min(1).max(64).optional(), rate: rate.optional(), secrets: z.array(z.string().min(1).max(8192)).max(16).optional() }
const SourceIn = z.object({ name, ...given }).openapi('SourceIn')
const SourceUpdate = z.object(given).openapi('SourceUpdate')
const SourceOut = z.object({ name, dialect: z.string(), description: z.string(), settings: z.record(z.string(), z.string()).optional(), tolerance: z.number().int().nullable().optional(), dedupe: z.enum(['id', 'body']), shards: z.number().int(), rate, url: z.string(), configured: z.boolean(), createdAt: z.string().datetime(), updatedAt: z.string().datetime() }).openapi('SourceOut')
type Given = z.infer<typeof SourceUpdate>

export const sources = router()

const out = (context: Call, { name, dialect, description, settings, tolerance, dedupe = 'id', shards = 1, rate = [], configured, createdAt, updatedAt }: Source | View['sources'][number]) => ({
  name, dialect, description, ...(settings && { settings }), ...(tolerance !== undefined && { tolerance }), dedupe, shards, rate, configured, createdAt: iso(createdAt), updatedAt: iso(updatedAt),
  url: new URL(`/in/${configOf(context.env).app === context.get('app').id ? '' : `${context.get('app').id}/`}${name}`, context.req.url).href,
})

sources.openapi(route('read', { method: 'get', path: '/app/{app_id}/source', summary: 'List sources', request: { params: appPath, query: paging }, responses: { 200: answers(listOf('SourceOut', SourceOut), 'A page of them') } }), context => {
  const { limit, iterator = '' } = context.req.valid('query')
  return context.json(page(context.get('view').sources.filter(source => source.name > iterator), limit, source => source.name, source => out(context, source)), 200)
})

sources.openapi(route('manage', { method: 'post', path: '/app/{app_id}/source', summary: 'Create a source', request: { params: appPath, body: sends(SourceIn) }, responses: { 201: answers(SourceOut, 'Created') } }), async context => {
  const given = context.req.valid('json')
  return context.json(out(context, await save(context, given.name, given, undefined)), 201)
})

sources.openapi(route('read', { method: 'get', path: '/app/{app_id}/source/{source}', summary: 'Get a source', request: { params: sourcePath }, responses: { 200: answers(SourceOut, 'The source') } }),
  context => context.json(out(context, find(context)), 200))

sources.openapi(route('manage', { method: 'put', path: '/app/{app_id}/source/{source}', summary: 'Update a source; without secrets it keeps those it has, with an empty list it has none and its keys are fetched', request: { params: sourcePath, body: sends(SourceUpdate) }, responses: { 200: answers(SourceOut, 'Updated') } }), async context => {
  const old = find(context)
  return context.json(out(context, await save(context, old.name, context.req.valid('json'), old)), 200)
})

sources.openapi(route('manage', { method: 'delete', path: '/app/{app_id}/source/{source}', summary: 'Delete a source and the messages that came by it', request: { params: sourcePath }, responses: nothing }), async context => {
  const source = find(context)
  const { name } = source
  const { id: app } = context.get('app')
  kept(await directoryOf(context.env, app).removeSource(name, context.get('by')))
  forget(app)
  await Promise.all(shardsOf(context.env, app, source).map(inbox => inbox.erase()))
  return context.body(null, 204)
})

function find(context: Call): View['sources'][number] {
  const source = context.get('view').sources.find(({ name }) => name === context.req.param('source'))
  if (!source) throw notFound()
  return source
}

async function save(context: Call, name: string, { dialect, description, settings, tolerance, dedupe, rate, secrets, ...given }: Given, old: View['sources'][number] | undefined): Promise<Source> {
  const shards = given.shards ?? old?.shards
  const file = dialectOf(configFor(context), dialect)
  if (!file) throw invalid(['body', 'dialect'], `no dialect is called ${JSON.stringify(dialect)}`)
  try {
    open(file, { secrets: secrets ?? old?.secrets.map(({ value }) => value) ?? [], settings }).close()
  } catch (error) {
    const { message } = error as Error
    throw invalid(['body', message.includes('setting') ? 'settings' : 'secrets'], message)
  }
  if (old?.shards !== undefined && shards! < old.shards) throw invalid(['body', 'shards'], 'shards may grow and never shrink: the messages are in them')
  const now = Date.now()
  const source: Source = { name, dialect, description, ...(settings && { settings }), ...(tolerance !== undefined && { tolerance }), ...(dedupe && { dedupe }), ...(shards && { shards }), ...(rate?.length && { rate }), configured: false, createdAt: old?.createdAt ?? now, updatedAt: now }
  const saved = kept<Source>(await directoryOf(context.env, context.get('app').id).putSource(source, context.get('by'), secrets, !old))
  forget(context.get('app').id)
  return saved
}
