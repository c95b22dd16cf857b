// Cosmo's webhook configs: their shapes in protobuf's JSON, and the graphs that each event is told of.
// Used by cosmo.ts.
import { z, type Call } from '../../api/base.ts'
import { typePattern } from '../../api/shapes.ts'
import { describe } from '../../../../js/index.ts'
import { dialectOf } from '../../dialects.ts'
import type { Endpoint, Selection } from '../../model.ts'
import { configOf, directoryOf } from '../../objects.ts'
import { Refused } from './answer.ts'

export const dialect = 'cosmo'

/** Each kind of meta: the event it is of, and where that event's data names its graph. */
const kinds = {
  federatedGraphSchemaUpdated: { event: 'FEDERATED_GRAPH_SCHEMA_UPDATED', pointer: '/federated_graph/id' },
  monographSchemaUpdated: { event: 'MONOGRAPH_SCHEMA_UPDATED', pointer: '/monograph/id' },
  proposalStateUpdated: { event: 'PROPOSAL_STATE_UPDATED', pointer: '/federated_graph/id' },
} as const
const names = Object.keys(kinds) as (keyof typeof kinds)[]

// Protobuf's JSON leaves out what is empty, an enum's first value too; the member tells the event.
const ids = z.object({ graphIds: z.array(z.string().min(1).max(256)).max(10_000).default([]) })
export const EventMeta = z.object({ federatedGraphSchemaUpdated: ids.optional(), monographSchemaUpdated: ids.optional(), proposalStateUpdated: ids.optional() })
type EventMeta = z.infer<typeof EventMeta>
const id = z.string().max(256).default('')
const settings = { endpoint: z.string().max(65536).default(''), key: z.string().max(1024).default(''), events: z.array(typePattern).max(500).default([]), eventsMeta: z.array(EventMeta).max(100).default([]) }
export const Creation = z.object(settings)
export const Update = z.object({ id, ...settings, shouldUpdateKey: z.boolean().default(false) })
export const Named = z.object({ id })
export const Nothing = z.object({})

/** Protobuf's JSON spells a field in either way; here it is camelCase. */
export function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), camel(inner)]))
}

/** @throws Refused where a graph is not the app's */
export async function selectionsOf(context: Call, metas: EventMeta[]): Promise<Selection[]> {
  const selected = (name: keyof typeof kinds): string[] => [...new Set(metas.flatMap(meta => meta[name]?.graphIds ?? []))]
  const { data } = describe(dialectOf(configOf(context.env), dialect)!).event as { data: string }
  const selections = names.map(name => ({ ...kinds[name], data, values: selected(name) }))
  const wanted = selections.flatMap(({ values }) => values)
  const known = wanted.length ? await directoryOf(context.env, context.get('app').id).graphs({ limit: 100_000 }) : []
  if (wanted.some(id => !known.some(graph => graph.id === id))) throw new Refused('ERROR_NOT_AUTHORIZED', 'You are not authorized to access one of the graphs')
  return selections
}

/** All three, with whatever was selected. */
export const metaOf = ({ selections = [] }: Endpoint): object[] => names.map(name => {
  const { event } = kinds[name]
  return { eventName: event, [name]: { graphIds: selections.find(one => one.event === event)?.values ?? [] } }
})
