// Signatures that providers published, in their documents or in the tests of their own libraries: they
// hold a dialect's facts, where the derived vectors of plain.ts hold the core to the file. Secrets, bodies
// and headers are quoted as facts, with their source.
import type { Header } from './recipe.ts'

export interface Published {
  name: string
  secret: string
  headers: Header[]
  body: string
  /** Unix seconds; absent where the dialect has no timestamp. */
  now?: number
  /** Where it was sent to, where that is signed. */
  url?: string
  source: string
  expect?: Record<string, unknown>
}

export const published: Record<string, Published[]> = {
  sendgrid: [{
    name: "accepts the signature of the library's tests",
    secret: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==',
    headers: [
      ['X-Twilio-Email-Event-Webhook-Signature', 'MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0='],
      ['X-Twilio-Email-Event-Webhook-Timestamp', '1588788367'],
    ],
    body: '{"category":"example_payload","event":"test_event","message_id":"message_id"}',
    now: 1588788367,
    source: 'https://github.com/sendgrid/sendgrid-nodejs, packages/eventwebhook/src/eventwebhook.spec.js',
  }],
  openai: [{
    name: "accepts the real webhook of the library's tests",
    secret: 'whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=',
    headers: [
      ['webhook-id', 'wh_685c059ae39c8190af8c71ed1022a24d'], ['webhook-timestamp', '1750861210'],
      ['webhook-signature', 'v1,gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY='],
    ],
    body: '{"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": 1750861210, "type": "response.completed", "data": {"id": "resp_123"}}',
    now: 1750861210,
    source: 'https://github.com/openai/openai-node, tests/api-resources/webhooks.test.ts',
    expect: { type: 'response.completed', id: 'wh_685c059ae39c8190af8c71ed1022a24d' },
  }],
  paddle: [
    {
      name: "accepts a signature of the library's tests",
      secret: 'VALID_SECRET',
      headers: [['Paddle-Signature', 'ts=1698796800;h1=a300428748dce5c70e4da19bffd60769591ea969c99dea3105d0ec9612cf43f9']],
      body: '{"data": ["1", "2"]}',
      now: 1698796800,
      source: 'https://github.com/PaddleHQ/paddle-node-sdk, src/__tests__/notifications/webhooks-validator.node.test.ts',
    },
    {
      name: "accepts several hashes of the library's tests",
      secret: 'VALID_SECRET',
      headers: [['Paddle-Signature', 'ts=1698796800;h1=28981e941fae76e53db32f3d2a83cb69db41476595e84e1970a1b5d98f62b261;h1=28981e941fae76e53db32f3d2a83cb69db41476595e84e1970a1b5d98f62b261;h2=RANDOM_HASH']],
      body: '{"data": "value"}',
      now: 1698796800,
      source: 'https://github.com/PaddleHQ/paddle-node-sdk, src/__tests__/notifications/webhooks-validator.node.test.ts',
    },
  ],
  mux: [
    {
      name: "accepts a signature of the library's tests",
      secret: 'SuperSecret123',
      headers: [['Mux-Signature', 't=1565125718,v1=854ece4c22acef7c66b57d4e504153bc512595e8e9c772ece2a68150548c19a7']],
      body: '{"test":"body"}',
      now: 1565125718,
      source: 'https://github.com/muxinc/mux-node-sdk, tests/api-resources/webhooks.test.ts',
    },
    {
      name: "accepts another signature of the library's tests, beside one of another version",
      secret: 'SuperSecret123',
      headers: [['Mux-Signature', 't=1565125718,v2=854ece4c22acef7c66b57d4e504153bc512595e8e9c772ece2a68150548c19a7,v1=bd315c24bce1c2b8ad325696f26530c8ef7d7d830afb7c1381903705d04607be']],
      body: '{"test":{"nested":{"nanos":718234, "seconds":1691711005}}}',
      now: 1565125718,
      source: 'https://github.com/muxinc/mux-node-sdk, tests/api-resources/webhooks.test.ts',
    },
  ],
  bitbucket: [{
    name: "accepts the document's Hello World!",
    secret: "It's a Secret to Everybody",
    headers: [['X-Hub-Signature', 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9']],
    body: 'Hello World!',
    source: 'https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/',
  }],
  sanity: [{
    name: "accepts the signature of the library's tests",
    secret: 'test',
    headers: [['sanity-webhook-signature', 't=1633519811129,v1=tLa470fx7qkLLEcMOcEUFuBbRSkGujyskxrNXcoh0N0']],
    body: '{"_id":"resume"}',
    now: 1633519811,
    source: 'https://github.com/sanity-io/webhook-toolkit, test/signature.test.ts',
  }, {
    name: "accepts the signature that the library's tests make",
    secret: 'try-me',
    headers: [['sanity-webhook-signature', 't=1633518820676,v1=e7C9h2sfbFfc4V7TEz7PSOp4IoNzl0UdVsBV-1wgdeA']],
    body: '{"title":"GROQ-Hooks are neat"}',
    now: 1633518820,
    source: 'https://github.com/sanity-io/webhook-toolkit, test/signature.test.ts',
  }],
  svix: [{
    name: "accepts the document's webhook",
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    headers: [['svix-id', 'msg_p5jXN8AQM9LWM0D4loKWxJek'], ['svix-timestamp', '1614265330'], ['svix-signature', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=']],
    body: '{"test": 2432232314}',
    now: 1614265330,
    source: 'https://docs.svix.com/receiving/verifying-payloads/how',
    expect: { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' },
  }],
  pagerduty: [{
    name: "accepts a signature of the library's tests",
    secret: 'lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK',
    headers: [['X-PagerDuty-Signature', 'v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd']],
    body: '{"event":{"id":"01BWDWL3NYY7LUFPZCC28QUCMK","event_type":"incident.priority_updated","resource_type":"incident","occurred_at":"2021-04-26T17:36:27.458Z","agent":{"html_url":"https://acme.pagerduty.com/users/PLH1HKV","id":"PLH1HKV","self":"https://api.pagerduty.com/users/PLH1HKV","summary":"Tenex Engineer","type":"user_reference"},"client":null,"data":{"id":"PGR0VU2","type":"incident","self":"https://api.pagerduty.com/incidents/PGR0VU2","html_url":"https://acme.pagerduty.com/incidents/PGR0VU2","number":2,"status":"triggered","title":"A little bump in the road","service":{"html_url":"https://acme.pagerduty.com/services/PF9KMXH","id":"PF9KMXH","self":"https://api.pagerduty.com/services/PF9KMXH","summary":"API Service","type":"service_reference"},"assignees":[{"html_url":"https://acme.pagerduty.com/users/PTUXL6G","id":"PTUXL6G","self":"https://api.pagerduty.com/users/PTUXL6G","summary":"User 123","type":"user_reference"}],"escalation_policy":{"html_url":"https://acme.pagerduty.com/escalation_policies/PUS0KTE","id":"PUS0KTE","self":"https://api.pagerduty.com/escalation_policies/PUS0KTE","summary":"Default","type":"escalation_policy_reference"},"teams":[{"html_url":"https://acme.pagerduty.com/teams/PFCVPS0","id":"PFCVPS0","self":"https://api.pagerduty.com/teams/PFCVPS0","summary":"Engineering","type":"team_reference"}],"priority":{"html_url":"https://acme.pagerduty.com/account/incident_priorities","id":"PSO75BM","self":"https://api.pagerduty.com/priorities/PSO75BM","summary":"P1","type":"priority_reference"},"urgency":"high","conference_bridge":{"conference_number":1000,"conference_url":"https://example.com"},"resolve_reason":null}}}',
    source: 'https://github.com/PagerDuty/go-pagerduty, webhookv3/webhookv3_test.go',
    expect: { type: 'incident.priority_updated', id: '01BWDWL3NYY7LUFPZCC28QUCMK' },
  }],
  'coinbase-commerce': [{
    name: "accepts a signature of the library's tests",
    secret: '30291a20-0bd1-4267-9b0f-e6e7b123c0bf',
    headers: [['X-CC-Webhook-Signature', '8be7742c7d372f08a6a3224edadf18a22b65fa9e28f3f2de97376cdaa092590d']],
    body: '{"id":1,"scheduled_for":"2017-01-31T20:50:02Z","attempt_number":1,"event":{"id":"24934862-d980-46cb-9402-43c81b0cdba6","type":"charge:created","api_version":"2018-03-22","created_at":"2017-01-31T20:49:02Z","data":{"code":"66BEOV2A","name":"The Sovereign Individual","description":"Mastering the Transition to the Information Age","hosted_url":"https://commerce.coinbase.com/charges/66BEOV2A","created_at":"2017-01-31T20:49:02Z","expires_at":"2017-01-31T21:04:02Z","timeline":[{"time":"2017-01-31T20:49:02Z","status":"NEW"}],"metadata":{},"pricing_type":"no_price","payments":[],"addresses":{"bitcoin":"0000000000000000000000000000000000","ethereum":"0x0000000000000000000000000000000000000000","litecoin":"3000000000000000000000000000000000","bitcoincash":"bitcoincash:000000000000000000000000000000000000000000"}}}}',
    source: 'https://github.com/coinbase/coinbase-commerce-node, test/testWebhook.spec.js',
    expect: { type: 'charge:created', id: '24934862-d980-46cb-9402-43c81b0cdba6', version: '2018-03-22' },
  }],
  gocardless: [{
    name: "accepts a signature of the library's tests",
    secret: 'ED7D658C-D8EB-4941-948B-3973214F2D49',
    headers: [['Webhook-Signature', '2693754819d3e32d7e8fcb13c729631f316c6de8dc1cf634d6527f1c07276e7e']],
    body: '{"events":[{"id":"EV00BD05S5VM2T","created_at":"2018-07-05T09:13:51.404Z","resource_type":"subscriptions","action":"created","links":{"subscription":"SB0003JJQ2MR06"},"details":{"origin":"api","cause":"subscription_created","description":"Subscription created via the API."},"metadata":{}},{"id":"EV00BD05TB8K63","created_at":"2018-07-05T09:13:56.893Z","resource_type":"mandates","action":"created","links":{"mandate":"MD000AMA19XGEC"},"details":{"origin":"api","cause":"mandate_created","description":"Mandate created via the API."},"metadata":{}}]}',
    source: 'https://github.com/gocardless/gocardless-nodejs, src/webhooks.test.ts',
  }],
  pusher: [{
    name: "accepts a signature of the library's tests",
    secret: 'tofu',
    headers: [['X-Pusher-Key', '123456789'], ['X-Pusher-Signature', 'c17257e92037cd7de407ebc1ed174ceb7b2e518db127f44411b9ffc4f5b28cc5']],
    body: '{"time_ms":1403175510755,"events":[{"channel":"test_channel","name":"channel_vacated"}]}',
    source: 'https://github.com/pusher/pusher-http-node, tests/integration/webhook.js',
    expect: { timestamp: 1403175510 },
  }],
  finch: [{
    name: "accepts a signature of the library's tests",
    secret: '5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH',
    headers: [['Finch-Event-ID', 'msg_2Lh9KRb0pzN4LePd3XiA4v12Axj'], ['Finch-Timestamp', '1676312382'], ['Finch-Signature', 'v1,m7y0TV2C+hlHxU42wCieApTSTaA8/047OAplBqxIV/s=']],
    body: '{"company_id":"720be419-0293-4d32-a707-32179b0827ab"}',
    now: 1676312382,
    source: 'https://github.com/Finch-API/finch-api-node, tests/api-resources/webhooks.test.ts',
  }],
  'modern-treasury': [{
    name: "accepts a signature of the library's tests",
    secret: 'foo',
    headers: [['X-Signature', '57e14f6f354543f0101fb06ea24df7731d90087b76651e3497345e22a3622940']],
    body: '{"foo":"bar"}',
    source: 'https://github.com/Modern-Treasury/modern-treasury-node, tests/api-resources/webhooks.test.ts',
  }],
  square: [{
    name: "accepts a signature of the library's tests",
    secret: 'Ibxx_5AKakO-3qeNVR61Dw',
    headers: [['x-square-hmacsha256-signature', 'GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=']],
    body: '{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}',
    url: 'https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9',
    source: 'https://github.com/square/square-nodejs-sdk, tests/integration/webhooks.test.ts',
    expect: { type: 'webhooks.test_notification', id: 'ac3ac95b-f97d-458c-a6e6-18981597e05f' },
  }],
}
