// Apps: the operator makes them; an app's own key sees and changes its own.
import { newId } from '../ids.ts'
import { root, type App } from '../model.ts'
import { configOf, directoryOf } from '../objects.ts'
import { eraseApp } from '../sweep.ts'
import { forget, viewOf } from '../views.ts'
import { answers, iso, kept, listOf, notFound, nothing, ordered, page, pageOf, Problem, route, router, sends, z, type Call } from './base.ts'
import { edit } from './edit.ts'
import { appPath, metadata, throttleRate, uid } from './shapes.ts'

export const ApplicationIn = z.object({ name: z.string().min(1), uid: uid.nullish(), metadata: metadata.default({}), throttleRate: throttleRate.nullish() }).openapi('ApplicationIn')
const ApplicationPatch = z.object({ name: z.string().min(1), uid: uid.nullable(), metadata, throttleRate: throttleRate.nullable(), deactivated: z.boolean(), retention: z.number().int().min(1).max(3650).nullable() }).partial().openapi('ApplicationPatch')
const ApplicationOut = z.object({
  id: z.string(), uid: uid.nullable(), name: z.string(), metadata, throttleRate: z.number().int().nullable(), deactivated: z.boolean(), retention: z.number().int().nullable(),
  createdAt: z.string().datetime(), updatedAt: z.string().datetime(),
}).openapi('ApplicationOut')

const out = ({ createdAt, updatedAt, ...app }: App) => ({ deactivated: false, retention: null, ...app, createdAt: iso(createdAt), updatedAt: iso(updatedAt) })
export const apps = router()

apps.openapi(route('read', {
  method: 'get', path: '/app', summary: 'List apps', request: { query: ordered }, responses: { 200: answers(listOf('ApplicationOut', ApplicationOut), 'A page of them') },
}), async context => {
  const query = context.req.valid('query')
  const all = context.get('holder') === root ? await directoryOf(context.env, root).apps(pageOf(query)) : [context.get('view').app!]
  return context.json(page(all, query.limit, app => app.id, out), 200)
})

apps.openapi(route('manage', {
  method: 'post', path: '/app', summary: 'Create an app', request: { query: z.object({ get_if_exists: z.enum(['true', 'false']).optional() }), body: sends(ApplicationIn) },
  responses: { 200: answers(ApplicationOut, 'There was one with this uid'), 201: answers(ApplicationOut, 'Created') },
}), async context => {
  onlyOperator(context)
  const given = context.req.valid('json')
  const list = directoryOf(context.env, root)
  const old = given.uid ? await list.findApp(given.uid) : null
  if (old && context.req.valid('query').get_if_exists === 'true') return context.json(out(old), 200)
  return context.json(out(await create(context, given)), 201)
})

apps.openapi(route('read', { method: 'get', path: '/app/{app_id}', summary: 'Get an app', request: { params: appPath }, responses: { 200: answers(ApplicationOut, 'The app') } }),
  context => context.json(out(context.get('app')), 200))

apps.openapi(route('manage', {
  method: 'put', path: '/app/{app_id}', summary: 'Update an app, or create it', request: { params: appPath, body: sends(ApplicationIn) },
  responses: { 200: answers(ApplicationOut, 'Updated'), 201: answers(ApplicationOut, 'Created') },
}), async context => {
  const given = context.req.valid('json')
  let uid = given.uid ?? null
  if (!(context.get('app') as App | undefined)) {
    uid ??= context.req.valid('param').app_id
    try {
      return context.json(out(await create(context, { ...given, uid })), 201)
    } catch (error) {
      const made = await directoryOf(context.env, root).findApp(uid)
      if (!made) throw error // else somebody made it meanwhile
      context.set('app', made)
    }
  }
  return context.json(out(await change(context, { ...given, uid, throttleRate: given.throttleRate ?? null })), 200)
})

apps.openapi(route('manage', {
  method: 'patch', path: '/app/{app_id}', summary: 'Change an app', request: { params: appPath, body: sends(ApplicationPatch) }, responses: { 200: answers(ApplicationOut, 'Changed') },
}), async context => {
  const given = context.req.valid('json')
  if (given.deactivated !== undefined) onlyOperator(context, 'deactivates apps and activates them')
  if (given.retention !== undefined) onlyOperator(context, 'says how long an app\'s messages are kept')
  return context.json(out(await change(context, given)), 200)
})

apps.openapi(route('manage', { method: 'delete', path: '/app/{app_id}', summary: 'Delete an app and all that it has', request: { params: appPath }, responses: nothing }), async context => {
  onlyOperator(context)
  const { id } = context.get('app')
  if (id === configOf(context.env).app) throw new Problem(409, 'conflict', `app ${id} is declared in the configuration file`)
  await directoryOf(context.env, root).removeApp(id, context.get('by'))
  forget(id)
  await eraseApp(context.env, id)
  return context.body(null, 204)
})

type Given = z.infer<typeof ApplicationIn>

async function create(context: Call, { name, uid, metadata, throttleRate }: Given): Promise<App> {
  const now = Date.now()
  return stored(context, kept<App>(await directoryOf(context.env, root).putApp({ id: newId('app', now), name, uid: uid ?? null, metadata, throttleRate: throttleRate ?? null, createdAt: now, updatedAt: now }, context.get('by'))))
}

/** The path's app; where there is none yet it is made as a request says, which the operator's may. */
export async function ensure(context: Call, given: Given | null | undefined): Promise<App> {
  const known = context.get('app') as App | undefined
  if (known) return known
  if (!given) throw notFound()
  const uid = given.uid ?? context.req.param('app_id')!
  const app = await create(context, { ...given, uid }).catch(async error => await directoryOf(context.env, root).findApp(uid) ?? Promise.reject(error)) // two may make it at once
  context.set('app', app)
  context.set('view', (await viewOf(context.env, app.id))!)
  return app
}

/** Changes the path's app. */
async function change(context: Call, given: Partial<App>): Promise<App> {
  const list = directoryOf(context.env, root)
  const find = async (): Promise<App> => await list.findApp(context.get('app').id) ?? missing()
  return stored(context, await edit(find, old => list.putApp({ ...old, ...given, updatedAt: Date.now() }, context.get('by'), old)))
}

/** Hands the record to the app's own Directory. */
async function stored(context: Call, put: App): Promise<App> {
  await directoryOf(context.env, put.id).found(put)
  forget(put.id)
  return put
}

function missing(): never {
  throw notFound()
}

function onlyOperator(context: Call, does = 'makes and deletes apps'): void {
  if (context.get('holder') !== root) throw new Problem(403, 'forbidden', `Only the operator's key ${does}`)
}
