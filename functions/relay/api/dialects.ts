// Dialects: those that every app has, and an app's own, which are the same kind of file.
import { describe, loadDialect, type Dialect } from '../../../js/relay.ts'
import { dialectOf, load, namesOf } from '../dialects.ts'
import type { OwnDialect } from '../model.ts'
import { configOf, directoryOf } from '../objects.ts'
import { forget } from '../views.ts'
import { answers, invalid, iso, kept, listOf, notFound, nothing, ordered, page, pageOf, paging, Problem, route, router, sends, z } from './base.ts'
import { appPath } from './shapes.ts'

const shown = { name: z.string(), title: z.string(), events: z.array(z.string()), delivery: z.record(z.string(), z.unknown()).nullable() }
const DialectOut = z.object(shown).openapi('DialectOut')
const OwnOut = z.object({ ...shown, createdAt: z.string().datetime() }).openapi('OwnDialectOut')
const OwnFileOut = z.object({ ...shown, createdAt: z.string().datetime(), file: z.record(z.string(), z.unknown()) }).openapi('OwnDialectFileOut')
const DialectIn = z.record(z.string(), z.unknown()).openapi('DialectFile', { description: 'A dialect file, as docs/dialects.md has it' })
const name = z.string().min(1).max(256).openapi({ param: { name: 'dialect', in: 'path' } })
/** Bytes of a file. */
const most = 128 * 1024

const out = (dialect: Dialect, name: string) => ({ name, title: dialect.title, events: [...dialect.events], delivery: describe(dialect).delivery ?? null })

export const dialects = router()

dialects.openapi(route('read', { method: 'get', path: '/dialect', summary: 'List the dialects that every app has', request: { query: paging }, responses: { 200: answers(listOf('DialectOut', DialectOut), 'A page of them') } }), context => {
  const { limit, iterator = '' } = context.req.valid('query')
  const names = namesOf(configOf(context.env)).filter(name => name > iterator).sort()
  return context.json(page(names, limit, name => name, name => out(dialectOf(configOf(context.env), name)!, name)), 200)
})

dialects.openapi(route('read', { method: 'get', path: '/dialect/{dialect}', summary: 'Get such a dialect', request: { params: z.object({ dialect: name }) }, responses: { 200: answers(DialectOut, 'Its events and its rules of delivery') } }), context => {
  const { dialect: name } = context.req.valid('param')
  const dialect = dialectOf(configOf(context.env), name)
  if (!dialect) throw notFound()
  return context.json(out(dialect, name), 200)
})

dialects.openapi(route('read', { method: 'get', path: '/app/{app_id}/dialect', summary: 'List the app\'s own dialects', request: { params: appPath, query: ordered }, responses: { 200: answers(listOf('OwnDialectOut', OwnOut), 'A page of them') } }), async context => {
  const query = context.req.valid('query')
  const found = await directoryOf(context.env, context.get('app').id).dialects(pageOf(query))
  return context.json(page(found, query.limit, one => one.name, one => ({ ...out(load(one.file), one.name), createdAt: iso(one.createdAt) })), 200)
})

dialects.openapi(route('manage', { method: 'post', path: '/app/{app_id}/dialect', summary: 'Make a dialect of a file', request: { params: appPath, body: sends(DialectIn) }, responses: { 201: answers(OwnOut, 'Made: sources and endpoints may name it') } }), async context => {
  const text = context.get('text')
  if (new TextEncoder().encode(text).length > most) throw new Problem(413, 'payload_too_large', `A dialect file has at most ${most} bytes`)
  const dialect = compiled(text)
  const { name } = dialect
  if (dialectOf(configOf(context.env), name) || name === 'as-received') throw new Problem(409, 'conflict', `the relay has a dialect ${name}: choose another name`)
  const { id: app } = context.get('app')
  const { createdAt } = kept<OwnDialect>(await directoryOf(context.env, app).addDialect({ name, file: JSON.parse(text) as object, createdAt: Date.now() }, context.get('by')))
  forget(app)
  return context.json({ ...out(dialect, name), createdAt: iso(createdAt) }, 201)
})

dialects.openapi(route('read', { method: 'get', path: '/app/{app_id}/dialect/{dialect}', summary: 'Get one of the app\'s own dialects, with its file', request: { params: appPath.extend({ dialect: name }) }, responses: { 200: answers(OwnFileOut, 'The dialect') } }), async context => {
  const own = await directoryOf(context.env, context.get('app').id).findDialect(context.req.valid('param').dialect)
  if (!own) throw notFound()
  return context.json({ ...out(load(own.file), own.name), createdAt: iso(own.createdAt), file: own.file as Record<string, unknown> }, 200)
})

dialects.openapi(route('manage', { method: 'delete', path: '/app/{app_id}/dialect/{dialect}', summary: 'Delete one of the app\'s own dialects that nothing uses', request: { params: appPath.extend({ dialect: name }) }, responses: nothing }), async context => {
  const { id: app } = context.get('app')
  kept(await directoryOf(context.env, app).removeDialect(context.req.valid('param').dialect, context.get('by')))
  forget(app)
  return context.body(null, 204)
})

/** @throws Invalid with the core's sentence, at the place that it names */
function compiled(text: string): Dialect {
  try {
    return loadDialect(text)
  } catch (error) {
    const [, pointer = '', sentence = (error as Error).message] = /^dialect: (\/\S*|\(root\)): (.*)$/s.exec((error as Error).message) ?? []
    const places = pointer.split('/').slice(1).map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    throw invalid(['body', ...places], sentence, 'dialect')
  }
}
