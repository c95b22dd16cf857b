// What the worker knows of each app, asked anew once a second. Called by the worker, the API and by
// whoever publishes a message.
import { configOf, directoryOf, type Env } from './objects.ts'
import { root, type Secret, type View } from './model.ts'

const fresh = 1000
const most = 1000
/** One request a second asks anew; the others go on with what is known. */
const known = new Map<string, { view: View; at: number }>()
/** Apps that there are: nobody makes an object by guessing a name. */
const real = new Set<string>()
let configured = false

/** The app's view by its id, or null: there is no such app. */
export async function viewOf(env: Env, app: string): Promise<View | null> {
  const old = known.get(app)
  if (old && Date.now() - old.at < fresh) return old.view
  if (old) old.at = Date.now()
  await configure(env)
  if (app !== root && !real.has(app) && !await enlist(env, app)) return null
  const view = await directoryOf(env, app).view(old?.view.revision) ?? old?.view
  if (!view || (app !== root && view.app?.id !== app)) return forget(app), null
  if (known.size >= most) known.clear()
  known.set(app, { view, at: Date.now() })
  return view
}

/** The next request sees what has just been changed. */
export function forget(app: string): void {
  known.delete(app)
  real.delete(app)
}

/** Those whose grace has not ended. */
export const valid = (secrets: Secret[]): string[] => secrets.filter(({ until }) => until === null || until > Date.now()).map(({ value }) => value)

/** Finds the app in the root's list, and sees to it that it has its own record. */
async function enlist(env: Env, id: string): Promise<boolean> {
  const app = await directoryOf(env, root).findApp(id)
  if (app?.id !== id) return false
  const directory = directoryOf(env, id)
  if (!await directory.findApp(id)) await directory.found(app)
  real.add(id)
  return true
}

/** Once in each isolate: what the configuration declares is there. */
async function configure(env: Env): Promise<void> {
  if (configured) return
  const config = configOf(env)
  const hashes = (text: string | undefined): string[] => (text ?? '').split(/\s+/).filter(Boolean)
  const directory = directoryOf(env, config.app)
  await directory.configure(config, hashes(env.WAXSEAL_KEY_HASHES))
  const app = await directory.findApp(config.app)
  if (app) await directoryOf(env, root).enroll(app, hashes(env.WAXSEAL_ROOT_KEY_HASHES))
  configured = true
}
