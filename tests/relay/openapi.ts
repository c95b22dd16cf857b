// Svix's OpenAPI document as a judge: every answer that a test gets is held against it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'

export const openapi = JSON.parse(readFileSync(new URL('../data/svix-openapi/openapi.json', import.meta.url), 'utf8'))
const formats = { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'uri': /^https?:/, 'int16': true, 'uint16': true, 'uint32': true, 'int64': true } as const
const ajv = new Ajv({ strict: false, formats })
ajv.addSchema({ $id: 'svix', components: nullable(openapi.components) })

/** OpenAPI 3.0's `nullable` in JSON Schema's words. */
function nullable(schema: any): any {
  if (Array.isArray(schema)) return schema.map(nullable)
  if (schema === null || typeof schema !== 'object') return schema
  const { nullable: orNull, ...rest } = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, nullable(value)]))
  return orNull === true && typeof rest.type === 'string' ? { ...rest, type: [rest.type, 'null'] } : rest
}

/** The document's path for a request's. */
export function templateOf(path: string): string | undefined {
  const fits = (template: string): boolean => new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path)
  return Object.keys(openapi.paths).filter(fits).sort((a, b) => a.split('{').length - b.split('{').length)[0]
}

/** Fails where an answer is not as the document says. */
export function keeps(method: string, template: string, status: number, body: unknown): void {
  const responses = openapi.paths[template]?.[method.toLowerCase()]?.responses
  // Two of its calls name no success at all.
  const silent = responses && !Object.keys(responses).some(code => code.startsWith('2'))
  if (silent && status === 204) return
  assert.ok(responses?.[status], `${method} ${template} may not answer ${status}`)
  const { $ref } = responses[status].content?.['application/json']?.schema ?? {}
  if (!$ref) return assert.ok(body === undefined || body === null || body === '', `${method} ${template} ${status} has a body: ${JSON.stringify(body)}`)
  const check = ajv.compile({ $ref: `svix${$ref}` })
  assert.ok(check(body), `${method} ${template} ${status}: ${ajv.errorsText(check.errors)} in ${JSON.stringify(body)}`)
}

/** `fetch` that holds every answer of the API against the document, and notes which calls it saw. */
export function judged(seen: Set<string>): typeof fetch {
  return async (input, init) => {
    const answer = await fetch(input, init)
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    const template = templateOf(new URL(input instanceof Request ? input.url : input).pathname)
    if (template) {
      const text = await answer.clone().text()
      keeps(method, template, answer.status, text ? JSON.parse(text) : undefined)
      seen.add(`${method.toUpperCase()} ${template}`)
    }
    return answer
  }
}
