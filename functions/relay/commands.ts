// The commands that the demo prints: each one can be pasted and works. Called by main.ts.
import { Webhook } from '../../js/index.ts'
import { platformCore } from '../../js/dialects/platform-core.ts'
import { demoSecretOf, demoSources } from './demo.ts'

export function commands(url: string, key: string, app: string): string {
  const send = Object.entries(demoSources).map(([name, { dialect }]) =>
    `  npm run -s waxseal -- send --dialect ${dialect} --secret ${demoSecretOf(name)}${name === 'cosmo-organization' ? ' --event FEDERATED_GRAPH_SCHEMA_UPDATED' : ''} ${url}/in/${name}`)
  return `
Send a webhook, signed now:
${send.join('\n')}

The same by hand, in Platform Core's dialect (sent twice, the second is a duplicate):
${curl(`${url}/in/platform-core`)}

See what became of it:
  curl -s -H 'authorization: Bearer ${key}' ${url}/api/v1/app/${app}/msg
`
}

function curl(url: string): string {
  const now = new Date()
  const id = `webhook_${now.getTime().toString(36)}`
  const user = { id: 'user_789', username: 'john.doe@example.com', name: 'John Doe', created_at: '2024-01-15T10:30:00Z' }
  const body = JSON.stringify({ id, event: 'user.created', timestamp: now.toISOString().replace(/\.\d+/, ''), data: { user } })
  const headers = new Webhook(platformCore, { secrets: [demoSecretOf('platform-core')] }).sign(body, { type: 'user.created', id })
  const lines = Object.entries(headers).map(([name, value]) => `    -H '${name}: ${value}' \\`)
  return `  curl -i ${url} \\\n${lines.join('\n')}\n    -d '${body}'`
}
