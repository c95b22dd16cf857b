// Discord: https://discord.com/developers/docs/interactions/overview. Interactions come beside its events.
import { dialectFile } from './events.ts'
import { plain } from './plain.ts'
import { derive } from './derive.ts'
import { accept, type Vector } from './recipe.ts'

const discord = derive('discord')
const { example } = dialectFile('discord').events.INTERACTION_CREATE
const text = (changes: object) => JSON.stringify({ ...example, ...changes })
const ping = text({ type: 1, data: undefined, channel_id: undefined, locale: undefined })
const rule = (name: string, body: string, expect: object): Vector => accept(discord, name, body, { handshake: false, challenge: null, ...expect })

export const vectors = [
  ...plain('discord'),
  rule('answers the PING of an interactions URL', ping, { handshake: true, challenge: '1', type: 'INTERACTION_CREATE', schema: { ok: true } }),
  rule('sees no PING in a command', text({}), { type: 'INTERACTION_CREATE', id: example.id, dedupe: { key: example.id, signed: true } }),
  rule('sees no PING in a webhook event, whose type is 1 as well', discord.body, { type: discord.type }),
  rule('sees no PING in the PING of a webhook-events URL', '{"version":1,"application_id":"1234560123453231555","type":0}', { type: null, known: false, schema: { ok: true } }),
]
