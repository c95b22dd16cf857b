// The HTTP events that AWS hands to a Lambda function, as Requests, and Responses as their answers.
// Used by lambda.ts.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
import { withLines } from './read.ts'

type Values<Value> = Record<string, Value | undefined> | null

/** What is read of an event. Version 2.0 is a function URL's and an HTTP API's; the others have none, or 1.0. */
export interface GatewayEvent {
  version?: string
  body?: string | null
  isBase64Encoded?: boolean
  headers?: Values<string>
  /** REST API always; a load balancer where its target group says so, and then it has no `headers` */
  multiValueHeaders?: Values<string[]>
  requestContext?: {
    /** version 2.0 */
    http?: { method: string }
    domainName?: string
    /** REST API: with the stage, as the sender wrote it */
    path?: string
    /** load balancer */
    elb?: object
  }
  /** version 2.0 */
  rawPath?: string
  /** version 2.0: repeated names one after the other, still encoded */
  rawQueryString?: string
  httpMethod?: string
  path?: string
  queryStringParameters?: Values<string>
  multiValueQueryStringParameters?: Values<string[]>
}

export interface GatewayAnswer {
  statusCode: number
  headers?: Record<string, string>
  multiValueHeaders?: Record<string, string[]>
  body: string
  isBase64Encoded: boolean
}

/**
 * The request that `event` tells of; null where what the sender wrote is none.
 *
 * @throws TypeError where the event is not one of HTTP
 */
export function toRequest(event: GatewayEvent): Request | null {
  const method = event?.requestContext?.http?.method ?? event?.httpMethod
  if (!method) {
    throw new TypeError('this event is no HTTP request: lambda() is for function URLs, HTTP APIs, REST APIs and Application Load Balancers')
  }
  const pairs = headerPairs(event)
  try {
    const url = urlOf(event, new Headers(pairs))
    if (method !== 'POST') return new Request(url) // refused alike, and not every method makes a Request
    return withLines(new Request(url, { method, headers: pairs, body: bodyOf(event) as BodyInit }), pairs)
  } catch {
    return null
  }
}

/** Each line of a header, where the event tells them apart. */
function headerPairs({ headers, multiValueHeaders }: GatewayEvent): [string, string][] {
  const several = Object.entries(multiValueHeaders ?? {})
  if (several.length) return several.flatMap(([name, values]) => (values ?? []).map((value): [string, string] => [name, value]))
  return Object.entries(headers ?? {}).filter((pair): pair is [string, string] => pair[1] !== undefined)
}

function bodyOf({ body, isBase64Encoded }: GatewayEvent): Uint8Array {
  return Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8')
}

function urlOf(event: GatewayEvent, headers: Headers): URL {
  const { requestContext, rawPath, rawQueryString, path = '/' } = event
  const host = headers.get('host') ?? requestContext?.domainName ?? 'localhost'
  const query = rawQueryString ?? queryOf(event)
  const scheme = headers.get('x-forwarded-proto') === 'http' ? 'http' : 'https'
  return new URL(`${scheme}://${host}${rawPath ?? requestContext?.path ?? path}${query && `?${query}`}`)
}

/** The query written anew: a REST API has decoded it, a load balancer has not. */
function queryOf({ requestContext, queryStringParameters, multiValueQueryStringParameters }: GatewayEvent): string {
  const several = Object.entries(multiValueQueryStringParameters ?? queryStringParameters ?? {})
    .flatMap(([name, values]) => [values ?? []].flat().map(value => [name, value] as const))
  const encode = requestContext?.elb ? String : encodeURIComponent
  return several.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
}

/** The answer in the shape that `event`'s sender reads: a load balancer wants lists back where it gave lists. */
export async function answerOf(response: Response, { requestContext, multiValueHeaders }: GatewayEvent): Promise<GatewayAnswer> {
  const bytes = Buffer.from(await response.arrayBuffer())
  const text = bytes.toString('utf8')
  const isText = Buffer.from(text, 'utf8').equals(bytes)
  const pairs = [...response.headers]
  return {
    statusCode: response.status,
    ...(requestContext?.elb && multiValueHeaders
      ? { multiValueHeaders: Object.fromEntries(pairs.map(([name, value]) => [name, [value]])) }
      : { headers: Object.fromEntries(pairs) }),
    body: isText ? text : bytes.toString('base64'),
    isBase64Encoded: !isText,
  }
}
