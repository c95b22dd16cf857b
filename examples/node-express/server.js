// The receiver of Platform Core's document, made right: the signature is over the raw body, a missing
// or short one is a 401 and no exception, and a webhook that comes again is handled once.
import express from 'express'
import { node, TemporaryError } from 'waxseal/functions/node'
import { platformCore } from 'waxseal/dialects/platform-core'

const app = express()

// Before any body parser: the raw bytes are what is signed.
app.post('/webhooks/platform', node({
  dialect: platformCore,
  secrets: [process.env.WEBHOOK_SECRET],
  on: handleWebhookEvent,
  debug: process.env.DEBUG === 'webhooks',
}))

app.use(express.json()) // for everything else

/** 200 OK when it returns, 500 for a TemporaryError (sent again later), 400 for a PermanentError. */
async function handleWebhookEvent(event) {
  switch (event.type) {
    case 'user.created':
      console.log(`welcome, ${event.data.user.name}`)
      break
    case 'token.refreshed':
      console.log(`token of ${event.data.token.user_id} runs until ${event.data.token.expires_at}`)
      break
    case 'system.maintenance':
      throw new TemporaryError('not now')
    default:
      console.log(`${event.type} ${event.id}`)
  }
}

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening on ${server.address().port}`))
