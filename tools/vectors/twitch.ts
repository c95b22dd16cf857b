// Twitch: https://dev.twitch.tv/docs/eventsub/handling-webhook-events/
import { plain } from './plain.ts'
import { derive } from './derive.ts'
import { accept, set } from './recipe.ts'

const twitch = derive('twitch')
const body = '{"challenge":"pogchamp-kappa-360noscope-vohiyo","subscription":{"id":"f1c2a387-161a-49f9-a165-0f21d7a4e1c4","status":"webhook_callback_verification_pending","type":"channel.follow","version":"1"}}'
const verification = accept(twitch, 'hands on the challenge of a callback verification', body, { handshake: true, challenge: 'pogchamp-kappa-360noscope-vohiyo', type: 'channel.follow' }, { type: 'channel.follow' })

export const vectors = [
  // An id is joined to what follows by nothing, and a date is told from a number by its unit alone.
  ...plain('twitch').filter(({ name }) => name !== 'refuses an empty id' && name !== 'refuses a timestamp that is a number'),
  { ...verification, headers: set(verification.headers, 'Twitch-Eventsub-Message-Type', 'webhook_callback_verification') },
  accept(twitch, 'sees no handshake in a notification with a challenge', body, { handshake: false, challenge: null }, { type: 'channel.follow' }),
  { ...accept(twitch, 'accepts a timestamp with nanoseconds', twitch.body, { timestamp: twitch.now }, { timestamp: '2023-11-14T22:13:20.634234626Z' }) },
]
