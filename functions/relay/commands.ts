// The commands that the demo prints: each one can be pasted and works. Called by main.ts.
import { spawnSync } from 'node:child_process'
import { Webhook } from '../../js/index.ts'
import { platformCore } from '../../js/dialects/platform-core.ts'
import { demoSecretOf, demoSources } from './demo.ts'

export function commands(url: string, key: string, app: string): string {
  const send = Object.entries(demoSources).map(([name, { dialect }]) =>
    `  npm run -s waxseal -- send --dialect ${dialect} --secret ${demoSecretOf(name)}${name === 'cosmo-organization' ? ' --event FEDERATED_GRAPH_SCHEMA_UPDATED' : ''} ${url}/in/${name}`)
  const hasCurl = spawnSync('curl', ['--version']).status === 0
  const list = `${url}/api/v1/app/${app}/msg`
  const byHand = `
The same by hand (sent twice, the second is a duplicate):
${curl(`${url}/in/platform-core`)}
`
  const see = hasCurl ? `curl -s -H 'authorization: Bearer ${key}' ${list}`
    : `node -e "fetch('${list}', { headers: { authorization: 'Bearer ${key}' } }).then(r => r.text()).then(console.log)"`
  return `
Send a signed webhook, from another terminal in this folder:
${send.join('\n')}
${hasCurl ? byHand : ''}
See what became of it:
  ${see}
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
