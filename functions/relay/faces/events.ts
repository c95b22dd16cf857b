// Event types as the faces show them and take them: lists of names, where the relay has patterns too.
// Used by the faces.
import type { Call } from '../api/base.ts'
import { dialectOf } from '../dialects.ts'
import { root } from '../model.ts'
import { configOf } from '../objects.ts'
import { matches } from '../routing.ts'
import { viewOf } from '../views.ts'

/** The names that a subscription means to a system: all of its events where it names none. */
export function namesIn(events: string[] | null, known: readonly string[]): string[] {
  const found = (events ?? ['*']).flatMap(pattern => {
    const named = pattern.endsWith('*') ? known.filter(name => matches(pattern, name)) : []
    return named.length ? named : [pattern]
  })
  return [...new Set(found)]
}

/** The events of a dialect's file. */
export const eventsOf = (context: Call, dialect: string): readonly string[] => dialectOf(configOf(context.env), dialect)!.events

/** The event types of the app and of the operator. */
export const typesOf = async (context: Call): Promise<string[]> =>
  [...context.get('view').types, ...(await viewOf(context.env, root))?.types ?? []].map(({ name }) => name)

/** Whether two lists hold the same names. */
export const sameNames = (a: string[], b: string[]): boolean => JSON.stringify([...a].sort()) === JSON.stringify([...b].sort())

/** Those that are neither the dialect's, nor event types of the app or the operator. */
export async function unknownOf(context: Call, dialect: string, names: string[]): Promise<string[]> {
  const known = [...eventsOf(context, dialect), ...await typesOf(context)]
  return names.filter(name => name !== '*' && !known.some(one => matches(name, one)))
}
