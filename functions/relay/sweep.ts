// Wakes every object, so that nothing due is forgotten, whatever became of its alarm, and finishes what
// was left half done. Of an app with many endpoints a part in each sweep, in turn. Called by the launcher every 30 seconds and by cron on Cloudflare.
import { root } from './model.ts'
import { retentionOf } from './prune.ts'
import { configOf, directoryOf, inboxesOf, outboxOf, type Env } from './objects.ts'
import { viewOf } from './views.ts'

const page = 100
/** Endpoints of an app that one sweep looks after, and at the same time. */
const most = 200, atOnce = 32
/** Behind which endpoint each app's next sweep begins. */
const reached = new Map<string, string>()

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
  const ids = nextOf(app, view.endpoints.map(({ id }) => id).sort())
  const each = async (): Promise<void> => {
    for (let id = ids.pop(); id !== undefined; id = ids.pop()) await outboxOf(env, app, id).sweep(days).catch(error => console.error(`sweep of ${id}: ${error}`))
  }
  await Promise.all(Array.from({ length: atOnce }, each))
}

/** The endpoints whose turn it is. @param ids  sorted */
export function nextOf(app: string, ids: string[]): string[] {
  if (ids.length <= most) return ids
  const from = reached.get(app) ?? ''
  const behind = ids.filter(id => id > from)
  const chosen = [...behind, ...ids].slice(0, most)
  reached.set(app, chosen.at(-1)!)
  return chosen
}

/** Erases all that an app had; it is off the list already. */
export async function eraseApp(env: Env, app: string): Promise<void> {
  const directory = directoryOf(env, app)
  const view = await directory.view()
  await Promise.all([
    ...inboxesOf(env, app, view?.sources ?? []).map(inbox => inbox.erase()),
    ...view?.endpoints.map(({ id }) => outboxOf(env, app, id).erase()) ?? [],
  ])
  await directory.erase()
  await directoryOf(env, root).left(app)
}
