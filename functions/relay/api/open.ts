// What a customer's token of the portal may call; all else is closed to it. Its scopes hold beside this.
// Read by base.ts.
const app = '/app/{app_id}'
const endpoint = `${app}/endpoint/{endpoint_id}`
const message = `${app}/msg/{msg_id}`

/** `METHOD path`, as the routes are declared. */
export const open: ReadonlySet<string> = new Set([
  'get /app', `get ${app}`,
  'get /event-type', 'get /event-type/{event_type_name}', 'get /dialect', 'get /dialect/{dialect}', `get ${app}/dialect`, `get ${app}/dialect/{dialect}`,
  `get ${app}/endpoint`, `post ${app}/endpoint`,
  ...['get', 'put', 'patch', 'delete'].map(method => `${method} ${endpoint}`),
  ...['get', 'put', 'patch'].map(method => `${method} ${endpoint}/headers`),
  `get ${endpoint}/secret`, `post ${endpoint}/secret/rotate`,
  `get ${endpoint}/stats`, `get ${endpoint}/policy`, `get ${endpoint}/msg`, `post ${endpoint}/recover`, `post ${endpoint}/replay`, `post ${endpoint}/send-example`, `post ${endpoint}/test`,
  `get ${app}/msg`, `get ${message}`, `get ${message}/skipped`, `get ${message}/endpoint`, `get ${message}/attempt/{attempt_id}`, `get ${message}/attempt/{attempt_id}/headers`,
  `post ${message}/endpoint/{endpoint_id}/resend`,
  `get ${app}/attempt/msg/{msg_id}`, `get ${app}/attempt/endpoint/{endpoint_id}`, `get ${app}/delivery`,
  'get /background-task', 'get /background-task/{task_id}', 'post /auth/logout',
])
