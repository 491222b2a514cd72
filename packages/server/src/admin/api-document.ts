import type { FastifyInstance, RouteOptions } from 'fastify'
import { z } from 'zod'
import { ERRORS } from '../errors/catalogue.ts'
import type { Role } from '../kernel/principal.ts'

/** What the admin API's document says of a route; the schemas are those that check its requests. */
export interface ApiOperation {
  readonly summary: string
  /** What the summary leaves open; CommonMark. */
  readonly description?: string
  /**
   * Who may use it; missing: administrators. A route for others answers with what `request.principal` may see alone; a
   * namespace (`:ns`) or tool (`:tool`) of its path is looked at before it is reached.
   */
  readonly role?: Role
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /**
   * The answer when all is well; of an event stream, the data of each event. Schemas with `.meta({ id })` become named
   * components, and so types of generated clients.
   */
  readonly response?: z.ZodType
  /** What the answer is when it is not JSON, such as `text/event-stream`. */
  readonly contentType?: string
  /** False: it only looks, though it is not a GET; the audit log leaves it out. */
  readonly changes?: false
  /** The member of the body that names what is made or changed, where the address does not: the subject in the audit log. */
  readonly subject?: string
  /** Status of the answer when all is well; 202: it goes on after the answer. */
  readonly status?: 200 | 201 | 202
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly api?: ApiOperation
  }
}

export interface ApiDocument {
  /** Serves the document, OpenAPI 3.1; every route that is added to `app` afterwards is part of it. */
  register(app: FastifyInstance): void
}

/** The document of the admin API, made of its routes, so that neither can be without the other. */
export function createApiDocument(version: string): ApiDocument {
  const paths: Record<string, Record<string, unknown>> = {}
  const schemas: Record<string, unknown> = { Error: ERROR }
  const build = () => ({
    openapi: '3.1.0',
    info: { title: 'ToolDock admin API', version, description: 'Everything that can be changed or looked at. Errors have one shape.' },
    security: [{ token: [] }],
    // In the order of the alphabet, whatever order routes are registered in.
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas,
      responses: {
        Error: { description: 'What was wrong, and what to do.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
      },
    },
  })

  return {
    register(app) {
      app.addHook('onRoute', (route) => {
        for (const method of [route.method].flat()) (paths[toPath(route.url)] ??= {})[method.toLowerCase()] = operation(route, method, schemas)
      })
      app.get('/api/openapi.json', { config: { api: { summary: 'This document' } } }, async () => build())
    },
  }
}

const ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'requestId'],
      properties: { code: { type: 'string', enum: Object.keys(ERRORS) }, message: { type: 'string' }, details: {}, requestId: { type: 'string' } },
    },
  },
}

/** `/api/servers/:ns/files/*` → `/api/servers/{ns}/files/{path}` */
const toPath = (url: string): string => url.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')

/** `DELETE /api/servers/:ns` → `deleteServersNs` */
export function operationIdOf(method: string, url: string): string {
  return `${method.toLowerCase()}${toPath(url)
    .replace(/^\/api/, '')
    .replace(/[^A-Za-z0-9]+(\w?)/g, (_match, letter: string) => letter.toUpperCase())}`
}

function operation({ url, config }: RouteOptions, method: string, schemas: Record<string, unknown>): Record<string, unknown> {
  const { summary, description, query, body, response, contentType, status = 200 } = config?.api ?? { summary: '' }
  const inPath = [...toPath(url).matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  return {
    operationId: operationIdOf(method, url),
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [url.split('/')[2] ?? 'api'],
    parameters: [...inPath, ...queryParameters(query)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: moveNamed(toSchema(body), schemas) } } } }),
    responses: {
      [status]: { description: status === 202 ? 'Begun; the answer says where it stands.' : 'Done.', ...content(response, contentType, schemas) },
      default: { $ref: '#/components/responses/Error' },
    },
  }
}

function content(response: z.ZodType | undefined, contentType: string | undefined, schemas: Record<string, unknown>): Record<string, unknown> {
  const schema = response === undefined ? undefined : named(response, schemas)
  if (contentType === undefined) return schema === undefined ? {} : { content: { 'application/json': { schema } } }
  const events = schema === undefined ? {} : { contentMediaType: 'application/json', contentSchema: schema }
  return { content: { [contentType]: { schema: { type: 'string', ...events } } } }
}

/** The schema of an answer. */
function named(schema: z.ZodType, schemas: Record<string, unknown>): unknown {
  return moveNamed(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }), schemas)
}

/** What has a name in a schema moves to the components. */
function moveNamed({ $schema: _, $defs = {}, ...rest }: Record<string, unknown>, schemas: Record<string, unknown>): unknown {
  const moved = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'))
  for (const [name, definition] of Object.entries($defs as Record<string, unknown>)) schemas[name] ??= moved(definition)
  return moved(rest)
}

function queryParameters(query: z.ZodType | undefined): Record<string, unknown>[] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = toSchema(query) as { properties?: Record<string, unknown>; required?: string[] }
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }))
}

function toSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  // Of two objects that must both match, neither may forbid the members of the other.
  return rest.allOf === undefined ? rest : { ...(withoutClosing(rest) as object), unevaluatedProperties: false }
}

function withoutClosing(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutClosing)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => key !== 'additionalProperties' || value !== false)
      .map(([key, value]) => [key, ['allOf', 'anyOf', 'oneOf'].includes(key) ? withoutClosing(value) : value]),
  )
}
