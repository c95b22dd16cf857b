// Receives Cosmo's organization webhooks, verifies them and forwards them byte for byte.
import { cloudflare } from 'waxseal/functions/cloudflare'
import { cosmo } from 'waxseal/dialects/cosmo'

interface Env {
  COSMO_WEBHOOK_SECRET: string
  FORWARD_URL: string
}

export default cloudflare({
  dialect: cosmo,
  secrets: (env: Env) => [env.COSMO_WEBHOOK_SECRET],
  on(event) {
    if (event.type === 'FEDERATED_GRAPH_SCHEMA_UPDATED') {
      const { federated_graph: graph, errors } = event.data
      console.log(`${graph.name} in ${graph.namespace} was updated${errors ? ', with errors' : ''}`)
    }
  },
  forward: (env: Env) => env.FORWARD_URL,
})
