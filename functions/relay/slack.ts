// Cosmo's events as messages for Slack's incoming webhooks: what Cosmo's Slack integration posts, with no
// signature and no envelope. Called by the Outbox for endpoints of that format, and by the API, which
// checks them.
import type { Changelog, Endpoint, Graph } from './model.ts'
import { directoryOf, type Env } from './objects.ts'
import { isOurs } from './sign.ts'
import type { Delivery } from './traffic.ts'

/** The dialect whose events can be written so. */
const dialect = 'cosmo'
/** Each event, and where its data names the graph. */
const graphOf = { FEDERATED_GRAPH_SCHEMA_UPDATED: 'federated_graph', MONOGRAPH_SCHEMA_UPDATED: 'monograph', PROPOSAL_STATE_UPDATED: 'federated_graph' } as const
const known = (type: string | null): type is keyof typeof graphOf => type !== null && Object.hasOwn(graphOf, type)

/** Cosmo's Studio, unless `WEB_BASE_URL` says otherwise. */
const studio = 'https://cosmo.wundergraph.com'
/** More changes are only counted. */
const most = 20
const colors = { plain: '#fafafa', added: '#22c55e', removed: '#e11d48', changed: '#8D879D' }

/** What is wrong with an endpoint of this format, and in which member; null: nothing. */
export function slackProblem({ dialect: signs, events }: Endpoint, secrets: string[] = []): { at: string; sentence: string } | null {
  if (signs !== dialect) return { at: 'format', sentence: `only events of the dialect ${dialect} can be written as Slack messages: set "dialect": "${dialect}"` }
  if (!events?.every(known)) return { at: 'eventTypes', sentence: `a Slack message is made of ${Object.keys(graphOf).join(', ')}: name which` }
  return secrets.length ? { at: 'secret', sentence: 'a Slack message is not signed: leave the secret out' } : null
}

/** The message of a delivery, with what is known by now of its graph. @throws Error where there is none */
export async function slackBody(env: Env, app: string, delivery: Delivery): Promise<Uint8Array> {
  const body = JSON.parse(new TextDecoder().decode(delivery.body)) as any
  const data = isOurs(delivery) ? body : body?.payload
  const { type } = delivery
  if (!known(type)) throw new Error(`no Slack message is made of ${type}`)
  const id = data?.[graphOf[type]]?.id
  const graph = typeof id === 'string' ? await directoryOf(env, app).findGraph(id) : null
  return new TextEncoder().encode(JSON.stringify(messageOf(type, data, baseOf(env), graph)))
}

const baseOf = ({ WEB_BASE_URL: given }: Env): string => (typeof given === 'string' && given.trim() || studio).replace(/\/+$/, '')

function messageOf(type: keyof typeof graphOf, data: any, base: string, known: Graph | null): object {
  const at = graphOf[type]
  const [name, namespace] = [text(data, at, 'name'), text(data, at, 'namespace')]
  const page = [base, ...[text(data, 'organization', 'slug'), namespace, 'graph', name].map(encodeURIComponent)].join('/')
  if (type === 'PROPOSAL_STATE_UPDATED') {
    const link = `${page}/proposals/${encodeURIComponent(text(data, 'proposal', 'id'))}`
    return { blocks: [section(`🚀 The state of the proposal *<${link} | ${plain(text(data, 'proposal', 'name'))}>* in namespace *${plain(namespace)}* has changed to *${plain(text(data, 'proposal', 'state'))}*`)], attachments: [] }
  }
  const { changelog } = known ?? {}
  const details = changelog ? `${page}/changelog/${encodeURIComponent(changelog.schemaVersionId)}` : page
  return {
    blocks: [section(`🚀 Schema of the federated graph *<${page} | ${plain(name)}>* in *${plain(namespace)}* namespace has been updated 🎉`)],
    attachments: [...changelog ? changesOf(changelog) : [], { color: colors.plain, blocks: [section(`Click <${details}| here> for more details.`)] }],
  }
}

function changesOf({ changes }: Changelog): object[] {
  const of = (word: string): string[] => changes.filter(({ changeType }) => changeType.includes(word)).map(({ changeMessage }) => changeMessage)
  const [added, removed, changed] = [of('ADDED'), of('REMOVED'), of('CHANGED')]
  if (added.length + removed.length + changed.length > most) {
    return [{ color: colors.removed, blocks: [section(`Too many changes to display. There were ${removed.length + changed.length} deletions and ${added.length + changed.length} additions.`)] }]
  }
  return [[colors.added, added], [colors.removed, removed], [colors.changed, changed]].filter(([, list]) => list!.length).map(([color, list]) => ({
    color,
    blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_list', style: 'bullet', elements: (list as string[]).map(text => ({ type: 'rich_text_section', elements: [{ type: 'text', text }] })) }] }],
  }))
}

const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text } })
/** Nothing in a name is a link or calls somebody. */
const plain = (name: string): string => name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function text(data: any, member: string, name: string): string {
  const value = data?.[member]?.[name]
  if (typeof value !== 'string' || !value) throw new Error(`the event has no ${member}.${name}`)
  return value
}
