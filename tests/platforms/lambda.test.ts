// AWS Lambda, called with the events that AWS documents; no Lambda can be had here. The shapes are
// those of the pages that functions/gateway.ts names, the values are made up.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { github } from '../../js/dialects/github.ts'
import { lambda, type GatewayAnswer, type GatewayEvent } from '../../functions/lambda.ts'
import { destination } from '../functions/destination.ts'
import { push, receives, secret, type Sent } from './project.ts'

let end: Awaited<ReturnType<typeof destination>>
let urls: string[] = []
let handle: (event: GatewayEvent) => Promise<GatewayAnswer>
before(async () => {
  end = await destination()
  process.env.GITHUB_SECRET = secret
  handle = lambda({
    dialect: github, secrets: env => [env.GITHUB_SECRET], forward: end.url, onError: () => {},
    on: (_, { request }) => { urls.push(request.url) },
  })
})
beforeEach(() => { urls = [] })
after(() => end.close())

const encoded = (body: string): string => Buffer.from(body).toString('base64')
const lower = (headers: Record<string, string>) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
const lists = (headers: Record<string, string>) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))

/** Payload version 2.0: function URLs and HTTP APIs. */
const version2 = ({ headers, body }: Sent, more: object = {}): GatewayEvent => ({
  version: '2.0', routeKey: '$default', rawPath: '/my/path', rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=a%20b',
  cookies: ['cookie1'], headers: { host: 'abcdefghij.lambda-url.us-east-1.on.aws', 'x-forwarded-proto': 'https', 'content-type': 'application/json', ...lower(headers) },
  queryStringParameters: { parameter1: 'value1,value2', parameter2: 'a b' },
  requestContext: {
    accountId: 'anonymous', apiId: 'abcdefghij', domainName: 'abcdefghij.lambda-url.us-east-1.on.aws', domainPrefix: 'abcdefghij',
    http: { method: 'POST', path: '/my/path', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'GitHub-Hookshot' },
    requestId: 'id', routeKey: '$default', stage: '$default', time: '12/Mar/2026:19:03:58 +0000', timeEpoch: 1583348638390,
  },
  body: encoded(body), isBase64Encoded: true, ...more,
} as GatewayEvent)

/** Payload version 1.0: REST APIs, and HTTP APIs that ask for it. */
const version1 = ({ headers, body }: Sent, more: object = {}): GatewayEvent => ({
  resource: '/{proxy+}', path: '/hook', httpMethod: 'POST',
  headers: { Host: 'api.example.com', 'X-Forwarded-Proto': 'https', ...headers }, multiValueHeaders: lists({ Host: 'api.example.com', 'X-Forwarded-Proto': 'https', ...headers }),
  queryStringParameters: { tenant: 'b', name: 'a b&c' }, multiValueQueryStringParameters: { tenant: ['a', 'b'], name: ['a b&c'] },
  pathParameters: { proxy: 'hook' }, stageVariables: null,
  requestContext: { accountId: '123456789012', apiId: 'id', domainName: 'api.example.com', httpMethod: 'POST', path: '/prod/hook', protocol: 'HTTP/1.1', stage: 'prod', identity: { sourceIp: '192.0.2.1' } },
  body, isBase64Encoded: false, ...more,
} as GatewayEvent)

const balancer = ({ body }: Sent, more: object): GatewayEvent => ({
  requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/lambda/abcdefgh' } },
  httpMethod: 'POST', path: '/hook', body, isBase64Encoded: false, ...more,
})
const single = (sent: Sent): GatewayEvent => balancer(sent, { headers: { host: 'lambda-alb.example.com', 'x-forwarded-proto': 'http', ...lower(sent.headers) }, queryStringParameters: { name: 'a%20b' } })
const several = (sent: Sent): GatewayEvent => balancer(sent, { multiValueHeaders: lists({ host: 'lambda-alb.example.com', 'x-forwarded-proto': 'http', ...lower(sent.headers) }), multiValueQueryStringParameters: { name: ['a%20b', 'c'] } })

const sources: [string, (sent: Sent) => GatewayEvent, string][] = [
  ['a function URL or an HTTP API', version2, 'https://abcdefghij.lambda-url.us-east-1.on.aws/my/path?parameter1=value1&parameter1=value2&parameter2=a%20b'],
  ['an HTTP API with payload version 1.0', sent => version1(sent, { version: '1.0' }), 'https://api.example.com/prod/hook?tenant=a&tenant=b&name=a%20b%26c'],
  ['a REST API', version1, 'https://api.example.com/prod/hook?tenant=a&tenant=b&name=a%20b%26c'],
  ['a REST API with binary media types', sent => version1(sent, { body: encoded(sent.body), isBase64Encoded: true }), 'https://api.example.com/prod/hook?tenant=a&tenant=b&name=a%20b%26c'],
  ['a load balancer', single, 'http://lambda-alb.example.com/hook?name=a%20b'],
  ['a load balancer with multi-value headers', several, 'http://lambda-alb.example.com/hook?name=a%20b&name=c'],
]

for (const [name, event, url] of sources) {
  test(`receives, verifies and forwards behind ${name}, and knows the URL`, async () => {
    await receives(async sent => (await handle(event(sent))).statusCode, end)
    assert.deepEqual(new Set(urls), new Set([url]))
  })
}

test('a header that came twice is refused, by every event that shows it', async () => {
  const count = end.received.length
  const sent = push()
  const [name, value] = Object.entries(sent.headers).find(([name]) => /signature/i.test(name))!
  const twice = (event: GatewayEvent): GatewayEvent => ({ ...event, multiValueHeaders: { ...event.multiValueHeaders, [event.requestContext?.elb ? name.toLowerCase() : name]: [value, value] } })
  for (const event of [twice(version1(sent)), twice(several(sent))]) assert.equal((await handle(event)).statusCode, 400)
  const joined = version2(sent)
  assert.equal((await handle({ ...joined, headers: { ...joined.headers, [name.toLowerCase()]: `${value},${value}` } })).statusCode, 401)
  assert.equal(end.received.length, count)
})

test('the answer has the shape that its reader wants', async () => {
  const plain = await handle(version2(push()))
  assert.deepEqual([plain.statusCode, plain.body, plain.isBase64Encoded, plain.multiValueHeaders], [200, 'OK', false, undefined])
  assert.equal(plain.headers!['content-type'], 'text/plain; charset=utf-8')
  const listed = await handle(several(push()))
  assert.deepEqual([listed.headers, listed.multiValueHeaders!['content-type']], [undefined, ['text/plain; charset=utf-8']])
  assert.ok((await handle(single(push()))).headers)
  const bytes = lambda({ dialect: github, secrets: [secret], on: () => new Response(Uint8Array.of(0xff, 0x00)) })
  const binary = await bytes(version2(push()))
  assert.deepEqual([binary.body, binary.isBase64Encoded], ['/wA=', true])
})

test('what is no POST is refused, and what is no HTTP is a mistake with a sentence', async () => {
  for (const method of ['GET', 'PUT', 'TRACE']) {
    assert.equal((await handle({ ...version1(push()), httpMethod: method })).statusCode, 405)
    assert.equal((await handle(version2(push(), { requestContext: { http: { method } } }))).statusCode, 405)
  }
  await assert.rejects(handle({ Records: [{ eventSource: 'aws:sqs' }] } as GatewayEvent), /no HTTP request: lambda\(\) is for function URLs/)
})

test('an event of broken parts is 400, and nothing is thrown', async () => {
  const good = version2(push())
  for (const broken of [
    { ...good, headers: { ...good.headers, 'x-name': 'line\nbreak' } }, { ...good, headers: { ...good.headers, 'bad name': 'x' } },
    { ...good, headers: { ...good.headers, host: 'a b' } },
  ]) assert.equal((await handle(broken)).statusCode, 400)
  assert.equal((await handle({ ...good, body: null })).statusCode, 401)
  assert.equal((await handle({ httpMethod: 'POST', headers: null, body: null })).statusCode, 401)
})

test('the work behind the answer is done before Lambda stops', async () => {
  let done = false
  const slow = lambda({
    dialect: github, secrets: [secret],
    on: (_, { waitUntil }) => waitUntil(new Promise<void>(wake => setTimeout(() => { done = true; wake() }, 50))),
  })
  assert.equal((await slow(version2(push()))).statusCode, 200)
  assert.ok(done)
})
