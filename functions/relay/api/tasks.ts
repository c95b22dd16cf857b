// Tasks: what is sent to an endpoint once more in bulk, and how far that is. They are the caller's: an
// app's key sees those of its app's keys, the operator its own.
import { newId } from '../ids.ts'
import type { Endpoint, Task } from '../model.ts'
import { directoryOf, inboxesOf, outboxOf } from '../objects.ts'
import { viewOf } from '../views.ts'
import { answers, iso, listOf, notFound, page, pageOf, paging, route, router, z, type Call } from './base.ts'

const kind = z.enum(['endpoint.recover', 'endpoint.replay'])
const count = z.number().int()
const TaskOut = z.object({
  id: z.string(), status: z.enum(['running', 'finished']), task: kind, updatedAt: z.string().datetime(),
  data: z.object({ appId: z.string(), endpointId: z.string(), total: count, success: count, fail: count, waiting: count }),
}).openapi('BackgroundTaskOut')

export const tasks = router()

tasks.openapi(route('read', { method: 'get', path: '/background-task', summary: 'List tasks, the newest first', request: { query: paging }, responses: { 200: answers(listOf('BackgroundTaskOut', TaskOut), 'A page of them') } }), async context => {
  const query = context.req.valid('query')
  const found = await directoryOf(context.env, context.get('holder')).tasks(pageOf(query))
  const { data, ...rest } = page(found, query.limit, task => task.id, task => task)
  return context.json({ ...rest, data: await Promise.all(data.map(task => out(context, task))) }, 200)
})

tasks.openapi(route('read', { method: 'get', path: '/background-task/{task_id}', summary: 'How far a task is', request: { params: z.object({ task_id: z.string().min(1).max(256).openapi({ param: { name: 'task_id', in: 'path' } }) }) }, responses: { 200: answers(TaskOut, 'The task') } }), async context => {
  const task = await directoryOf(context.env, context.get('holder')).findTask(context.req.valid('param').task_id)
  if (!task) throw notFound()
  return context.json(await out(context, task), 200)
})

/** Runs what sends to an endpoint once more, and keeps it as a task. @param run  takes the task's id, and says how many deliveries it made due */
export async function begin(context: Call, { id: endpoint }: Endpoint, kind: Task['kind'], run: (id: string) => Promise<number>): Promise<Task> {
  const now = Date.now()
  const { id: app } = context.get('app')
  const id = newId('qtask', now)
  const task: Task = { id, kind, app, endpoint, total: await run(id), createdAt: now }
  await directoryOf(context.env, context.get('holder')).putTask(task)
  await directoryOf(context.env, app).note(context.get('by'), kind, `${endpoint}: ${task.total}`)
  return task
}

async function out(context: Call, { id, kind: task, app, endpoint, total, createdAt }: Task): Promise<z.infer<typeof TaskOut>> {
  const { sources = [] } = await viewOf(context.env, app) ?? {}
  // What is owed first: what is handed over meanwhile is counted twice, and never not at all.
  const owing = task === 'endpoint.recover' ? [] : await Promise.all(inboxesOf(context.env, app, sources).map(inbox => inbox.owing(id)))
  const { success, fail, pending, sending, last } = await outboxOf(context.env, app, endpoint).progress(id)
  const waiting = Math.min(total - success - fail, owing.reduce((sum, one) => sum + one, pending + sending))
  return { id, status: waiting > 0 ? 'running' : 'finished', task, updatedAt: iso(Math.max(createdAt, last)), data: { appId: app, endpointId: endpoint, total, success, fail, waiting: Math.max(0, waiting) } }
}
