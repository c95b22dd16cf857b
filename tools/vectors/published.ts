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
  source: string
  expect?: Record<string, unknown>
}

export const published: Record<string, Published[]> = {
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
}
