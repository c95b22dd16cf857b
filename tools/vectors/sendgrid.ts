// SendGrid: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event. A body is an array of events.
import { dialectFile } from './events.ts'
import { plain } from './plain.ts'
import { derive } from './derive.ts'
import { accept } from './recipe.ts'

const sendgrid = derive('sendgrid')
const { delivered, bounce, dropped } = dialectFile('sendgrid').events
const { reason: _, ...unexplained } = bounce.example
const items = (name: string, body: object[], at?: string) =>
  accept(sendgrid, name, JSON.stringify(body), { type: null, id: null, known: false, content: 'json', dedupe: null, schema: at === undefined ? { ok: true } : { ok: false, at, code: 'schema' } })

export const vectors = [
  ...plain('sendgrid'),
  items('reads a body of several events', [delivered, bounce, dropped].map(({ example }) => example)),
  items('holds each item to the event that it names', [delivered.example, dropped.example, unexplained], '/2/reason'),
  items('tells the first of several broken items', [delivered.example, { ...bounce.example, status: 511 }, { ...dropped.example, email: null }], '/1/status'),
  items('passes an item of an event that it does not know', [{ event: 'unheard.of', email: 7 }, delivered.example]),
  items('reports an item that names no event', [delivered.example, { email: 'ada@example.org' }], '/1/event'),
  items('reads a body without an item', []),
]
