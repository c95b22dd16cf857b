// Wakes every object, so that nothing due is forgotten, whatever became of its alarm, and finishes what
// was left half done. Called by the launcher every 30 seconds and by cron on Cloudflare.
import { root } from './model.ts'
import { retentionOf } from './prune.ts'
import { aloneOf, configOf, directoryOf, inboxesOf, outboxesOf, type Env } from './objects.ts'
import { viewOf } from './views.ts'

const page = 100

export async function sweep(env: Env): Promise<void> {
  await viewOf(env, configOf(env).app) // the configuration is applied before anything else
  const list = directoryOf(env, root)
  for (const app of await list.leaving()) await eraseApp(env, app)
  for (let after: string | undefined, more = true; more;) {
    const apps = await list.apps({ limit: page, ...(after !== undefined && { after }) })
    for (const { id } of apps) await sweepApp(env, id)
    more = apps.length === page
    after = apps.at(-1)?.id
  }
  await list.sweep(retentionOf(configOf(env), null))
}

async function sweepApp(env: Env, app: string): Promise<void> {
  const view = await viewOf(env, app)
  if (!view) return
  const days = retentionOf(configOf(env), view.app)
  await directoryOf(env, app).sweep(days)
  await Promise.allSettled(inboxesOf(env, app, view.sources).map(inbox => inbox.sweep(days)))
  await Promise.allSettled(outboxesOf(env, app, view.endpoints).map(outbox => outbox.sweep(app, days)))
}

/** Erases all that an app had; it is off the list already. */
export async function eraseApp(env: Env, app: string): Promise<void> {
  const directory = directoryOf(env, app)
  const view = await directory.view()
  await Promise.all([
    ...inboxesOf(env, app, view?.sources ?? []).map(inbox => inbox.erase()),
    ...outboxesOf(env, app, view?.endpoints ?? []).map(outbox => outbox.wipe()),
    ...(await directory.alone()).map(id => aloneOf(env, app, id).wipe()),
  ])
  await directory.erase()
  await directoryOf(env, root).left(app)
}
