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
}
