// The parameters of OST's calls and its WebHook object. Used by ost.ts.
import { invalid, Invalid, z, type Call } from '../../api/base.ts'
import { idIn } from '../../ids.ts'
import type { Endpoint } from '../../model.ts'
import { eventsOf, namesIn } from '../events.ts'
import type { Pair } from './request.ts'

/** The dialect, and the name of the secret that an app's OST endpoints share. */
export const dialect = 'ost'

const status = z.enum(['active', 'inactive'], 'The status is active or inactive.').default('active')
const topics = z.array(z.string(), 'Topic is not valid, please check the list of available topics on https://dev.ost.com.')
export const Creation = z.object({ topics, status, url: z.string('The URL is missing.').max(254, 'The URL has at most 254 characters.').refine(url => URL.canParse(url), 'The URL is not valid.') })
export const Update = z.object({ topics, status })
export const Listing = z.object({
  limit: z.string().regex(/^\d{1,9}$/, 'The limit is a number from 1 to 25.').transform(Number).pipe(z.number().min(1, 'The limit is a number from 1 to 25.').max(25, 'The limit is a number from 1 to 25.')).default(25),
  pagination_identifier: z.string().transform((text, context) => place(text) ?? (context.addIssue('The pagination identifier is not valid.'), z.NEVER)).optional(),
})
const Place = z.object({ page: z.number().int().min(1).max(1e6), limit: z.number().int().min(1).max(25) })
export type Place = z.infer<typeof Place>

function place(text: string): Place | undefined {
  try {
    return Place.safeParse(JSON.parse(atob(text))).data
  } catch {
    return undefined
  }
}

/** @throws Invalid that names the parameters */
export function read<Schema extends z.ZodType>(schema: Schema, pairs: Pair[]): z.infer<Schema> {
  const given: Record<string, string | string[]> = {}
  for (const [name, value] of pairs) {
    const list = /^(\w+)\[\d*\]$/.exec(name)?.[1]
    if (list === undefined) given[name] = value
    else given[list] = [given[list] ?? [], value].flat()
  }
  const result = schema.safeParse(given)
  if (!result.success) throw new Invalid(result.error.issues.map(({ path, message, code }) => ({ loc: ['body', ...path.map(String)], msg: message, type: code })))
  return result.data
}

/** Trimmed, without doubles and blanks, in whichever case they were written. @param known  those that there are */
export function topicsOf(given: string[], known: readonly string[]): string[] {
  const names = new Map(known.map(name => [name.toLowerCase(), name]))
  const wanted = [...new Set(given.map(topic => topic.trim().toLowerCase()).filter(Boolean))]
  if (wanted.some(topic => !names.has(topic))) throw invalid(['body', 'topics'], 'Topic is not valid, please check the list of available topics on https://dev.ost.com.')
  return wanted.map(topic => names.get(topic)!)
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
export const isUuid = (text: string): boolean => uuid.test(text)
/** An endpoint's id in OST's form: its own, or for one that was made elsewhere always the same other. */
export const uuidOf = async (id: string): Promise<string> => isUuid(id) ? id : idIn('{uuid}', id)

export const shown = async (context: Call, { id, url, status, events, updatedAt }: Endpoint) => ({
  id: await uuidOf(id), url, format: 'json', status: status === 'active' ? 'active' : 'inactive', updated_timestamp: Math.floor(updatedAt / 1000),
  topics: namesIn(events, eventsOf(context, dialect)),
})
