// Linear: https://linear.app/developers/webhooks. Its time stands in the body.
import { plain } from './plain.ts'
import { derive } from './derive.ts'
import { accept, refuse, sign } from './recipe.ts'

const linear = derive('linear')
const at = (time: unknown) => JSON.stringify({ ...JSON.parse(linear.body), webhookTimestamp: time })
const milliseconds = (offset: number) => (linear.now + offset) * 1000
const timed = (name: string, code: string, time: unknown, remove?: any) => refuse(linear, name, code, sign(linear, at(time)), { body: at(time), remove })

export const vectors = [
  ...plain('linear').filter(({ name }) => name !== 'accepts a body that is not JSON, as bytes'),
  accept(linear, 'accepts a timestamp 60 seconds old', at(milliseconds(-60)), { timestamp: linear.now - 60 }),
  accept(linear, 'accepts a timestamp 60 seconds ahead', at(milliseconds(60)), { timestamp: linear.now + 60 }),
  timed('refuses a timestamp 61 seconds old', 'too_old', milliseconds(-61), [{ op: 'replace', path: '/timestamp/tolerance/past', value: 61 }]),
  timed('refuses a timestamp 61 seconds ahead', 'too_new', milliseconds(61), [{ op: 'replace', path: '/timestamp/tolerance/future', value: 61 }]),
  timed('takes the timestamp as milliseconds', 'too_old', linear.now, [{ op: 'replace', path: '/timestamp/unit', value: 'seconds' }]),
  timed('refuses a body without a timestamp', 'missing_timestamp', undefined),
  timed('refuses a timestamp that is a date', 'bad_timestamp', '2023-11-14T22:13:20Z', [{ op: 'replace', path: '/timestamp/unit', value: 'date-time' }]),
  timed('refuses a timestamp with a fraction', 'bad_timestamp', milliseconds(0) + 0.5),
  refuse(linear, 'refuses a signed body that is not JSON, because it has no timestamp', 'missing_timestamp', sign(linear, 'Hello, World!'), { body: 'Hello, World!' }),
]
