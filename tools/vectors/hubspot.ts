// HubSpot: https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
import { cases, replace } from './cases.ts'
import { plain } from './plain.ts'
import { hmac, type Header } from './recipe.ts'

const secret = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy', now = 1700000000
const body = '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]'
const sent = 'https://example.com/hook%3Ax?to=https%3A%2F%2Fa.example%2Fb%3Fc&at=%40x&s=%21%24%27%28%29%2A%2C%3B&keep=%26%3D%25%20%2B%23'
const signed = "https://example.com/hook:x?to=https://a.example/b?c&at=@x&s=!$'()*,;&keep=%26%3D%25%20%2B%23"
const mac = (url: string, text = body) => hmac('sha256', Buffer.from(secret), Buffer.from(`POST${url}${text}${now}000`)).toString('base64')
const headers = (signature: string): Header[] => [['Content-Type', 'application/json'], ['X-HubSpot-Request-Timestamp', `${now}000`], ['X-HubSpot-Signature-v3', signature]]
const { accept, refuse } = cases(secret, now)

export const vectors = [
  ...plain('hubspot'),
  accept("accepts the document's events", { headers: headers(mac('https://www.example.com/webhook_uri')), body, url: 'https://www.example.com/webhook_uri', method: 'POST' },
    { authenticity: 'verified', type: 'contact.creation', id: '1', dedupe: null, timestamp: now }),
  accept('decodes the escapes that HubSpot names, and no others', { headers: headers(mac(signed)), body, url: sent, method: 'POST' }),
  accept('decodes escapes in lower case', { headers: headers(mac('https://example.com/?a=/b')), body, url: 'https://example.com/?a=%2fb', method: 'POST' }),
  refuse('wants the escapes to be decoded', 'bad_signature', { headers: headers(mac(sent)), body, url: sent, method: 'POST' }, replace('/signature/url', 'exact')),
  refuse('refuses another method', 'bad_signature', { headers: headers(mac('https://example.com/')), body, url: 'https://example.com/', method: 'PUT' }),
  refuse('refuses another URL', 'bad_signature', { headers: headers(mac('https://example.com/')), body, url: 'https://example.org/', method: 'POST' }),
  refuse('does not look at the older signature', 'missing_signature', {
    headers: [['Content-Type', 'application/json'], ['X-HubSpot-Signature-Version', 'v1'], ['X-HubSpot-Signature', '232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de']],
    body, url: 'https://www.example.com/webhook_uri', method: 'POST', source: 'https://github.com/HubSpot/hubspot-api-nodejs, test/unit/signature.spec.ts; signature as published' }),
]
