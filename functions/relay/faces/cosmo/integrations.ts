// Cosmo's Slack integrations: endpoints whose events are written as messages for Slack. Used by cosmo.ts.
import { z, type Call } from '../../api/base.ts'
import { fresh, put } from '../../api/endpoints.ts'
import { typePattern } from '../../api/shapes.ts'
import type { Endpoint } from '../../model.ts'
import { directoryOf } from '../../objects.ts'
import { Refused } from './answer.ts'
import { dialect, EventMeta, metaOf, selectionsOf } from './configs.ts'

const settings = { events: z.array(typePattern).max(500).default([]), eventsMeta: z.array(EventMeta).max(100).default([]) }
export const NewIntegration = z.object({ type: z.string().default(''), name: z.string().max(256).default(''), code: z.string().max(65536).default(''), ...settings })
export const IntegrationUpdate = z.object({ id: z.string().max(256).default(''), endpoint: z.string().max(65536).default(''), ...settings })

/** Newest first. */
export async function integrations(context: Call): Promise<Endpoint[]> {
  const endpoints = await directoryOf(context.env, context.get('app').id).endpoints({ limit: 10_000 })
  return endpoints.filter(({ format }) => format === 'slack').sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
}

export async function findIntegration(context: Call, id: string): Promise<Endpoint> {
  const found = id ? await directoryOf(context.env, context.get('app').id).findEndpoint(id) : null
  if (found?.format !== 'slack') throw new Refused('ERR_NOT_FOUND', 'Integration not found')
  return found
}

/** Cosmo trades a code with Slack for the URL of an incoming webhook; here the URL itself is given. */
export async function createIntegration(context: Call, { type, name, code, events, eventsMeta }: z.infer<typeof NewIntegration>): Promise<Endpoint> {
  if (type !== 'slack') throw new Refused('ERR', `Integration type ${JSON.stringify(type)} is not known: slack is`)
  if (!name) throw new Refused('ERR', 'The integration has no name')
  if (!/^https?:/.test(code)) throw new Refused('ERR', "This relay does not speak with Slack to trade a code: give the URL of the incoming webhook as the code")
  if ((await integrations(context)).some(({ description }) => description === name)) throw new Refused('ERR_ALREADY_EXISTS', `Integration with name ${JSON.stringify(name)} already exists`)
  const selections = await selectionsOf(context, eventsMeta)
  return put(context, { ...await fresh(context, code, dialect), id: crypto.randomUUID(), format: 'slack', description: name, events: [...new Set(events)], selections }, [])
}

export const integrationOut = (endpoint: Endpoint): object => ({
  id: endpoint.id, name: endpoint.description, type: 'slack', events: endpoint.events ?? [], integrationConfig: { slackIntegrationConfig: { endpoint: endpoint.url } }, eventsMeta: metaOf(endpoint),
})
