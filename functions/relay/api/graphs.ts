// Graphs of an app: what endpoints may be told to hear of, by Cosmo's face.
import { directoryOf } from '../objects.ts'
import { answers, kept, listOf, nothing, ordered, page, pageOf, route, router, sends, z } from './base.ts'
import { appPath } from './shapes.ts'

const text = z.string().min(1).max(256)
/** What Cosmo's Slack messages tell of a new version. */
const Changelog = z.object({ schemaVersionId: text, changes: z.array(z.object({ changeType: text, changeMessage: z.string().min(1).max(3000) })).max(1000) })
const GraphIn = z.object({ name: text, namespace: text.default('default'), changelog: Changelog.optional() }).openapi('GraphIn')
const GraphOut = z.object({ id: text, name: text, namespace: text, changelog: Changelog.optional() }).openapi('GraphOut')
const path = appPath.extend({ graph_id: z.string().min(1).max(256).regex(/^[a-zA-Z0-9\-_.]+$/).openapi({ param: { name: 'graph_id', in: 'path' } }) })

export const graphs = router()

graphs.openapi(route('read', { method: 'get', path: '/app/{app_id}/graph', summary: 'List graphs', request: { params: appPath, query: ordered }, responses: { 200: answers(listOf('GraphOut', GraphOut), 'A page of them') } }), async context => {
  const query = context.req.valid('query')
  return context.json(page(await directoryOf(context.env, context.get('app').id).graphs(pageOf(query)), query.limit, graph => graph.id, graph => graph), 200)
})

graphs.openapi(route('manage', { method: 'put', path: '/app/{app_id}/graph/{graph_id}', summary: 'Make a graph known, or change its name', request: { params: path, body: sends(GraphIn) }, responses: { 200: answers(GraphOut, 'The graph') } }), async context => {
  const graph = { id: context.req.valid('param').graph_id, ...context.req.valid('json') }
  await directoryOf(context.env, context.get('app').id).putGraph(graph, context.get('by'))
  return context.json(graph, 200)
})

graphs.openapi(route('manage', { method: 'delete', path: '/app/{app_id}/graph/{graph_id}', summary: 'Forget a graph', request: { params: path }, responses: nothing }), async context => {
  kept(await directoryOf(context.env, context.get('app').id).removeGraph(context.req.valid('param').graph_id, context.get('by')))
  return context.body(null, 204)
})
