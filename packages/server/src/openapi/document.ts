import { hash } from 'node:crypto'
import type { ToolEntry } from '@tooldock/worker/protocol'
import type { View } from '../catalog/view.types.ts'
import { ERRORS, type ErrorCode } from '../errors/catalogue.ts'
import { embedSchema } from './local-refs.ts'

/** What a call of a tool over REST can fail with; the document shows one answer for each status. */
const CALL_ERRORS = [
  'invalid_request',
  'parse_error',
  'json_too_deep',
  'unauthorized',
  'origin_not_allowed',
  'host_not_allowed',
  'namespace_not_found',
  'tool_not_found',
  'payload_too_large',
  'unsupported_media_type',
  'invalid_arguments',
  'tool_error',
  'input_unsupported',
  'too_many_calls',
  'rate_limited',
  'invalid_result',
  'result_too_large',
  'worker_crashed',
  'worker_start_failed',
  'namespace_unavailable',
  'shutting_down',
  'tool_timeout',
] as const satisfies readonly ErrorCode[]

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'requestId'],
      properties: {
        code: { type: 'string', description: 'What happened, for programs.' },
        message: { type: 'string', description: 'What happened, for people and models.' },
        details: { description: 'More about it; depends on the code.' },
        requestId: { type: 'string', description: 'Finds this request in the log of the server.' },
      },
    },
  },
}

const CONTENT_SCHEMA = {
  type: 'object',
  description: 'What the tool returned: the structured result when there is one, else content blocks as in the Model Context Protocol.',
  properties: {
    content: { type: 'array', items: { type: 'object', required: ['type'], properties: { type: { type: 'string' }, text: { type: 'string' } } } },
  },
}

/** A document as text, without its `servers`, which depend on the request. */
export interface RenderedDocument {
  readonly etag: (serverUrl: string) => string
  readonly text: (serverUrl: string) => string
}

/** Makes the document of a view once; it is as immutable as the view's snapshot. */
export function createDocuments(version: string): (view: View) => RenderedDocument {
  const rendered = new WeakMap<View, RenderedDocument>()
  return (view) => {
    const known = rendered.get(view)
    if (known !== undefined) return known
    const json = JSON.stringify(buildDocument(view, version))
    const digest = hash('sha256', json)
    const made: RenderedDocument = {
      etag: (serverUrl) => `"${hash('sha256', `${digest} ${serverUrl}`, 'base64url')}"`,
      text: (serverUrl) => `${json.slice(0, -1)},"servers":${JSON.stringify([{ url: serverUrl }])}}`,
    }
    rendered.set(view, made)
    return made
  }
}

/** OpenAPI 3.1: one operation for each tool of the view. */
function buildDocument(view: View, version: string): Record<string, unknown> {
  const schemas: Record<string, unknown> = { Error: ERROR_SCHEMA, Content: CONTENT_SCHEMA }
  const statuses = errorStatuses()
  const errorRefs = Object.fromEntries([...statuses.keys()].map((status) => [status, { $ref: `#/components/responses/Error${status}` }]))
  const paths = Object.fromEntries(view.tools.map((tool) => [`/tools/${tool.name}`, { post: operationOf(tool, view, schemas, errorRefs) }]))
  const description = view.namespaces.length === 1 ? view.namespaces[0]?.description : undefined
  return {
    openapi: '3.1.0',
    info: { title: view.title, version, ...(description === undefined ? {} : { description }) },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas,
      responses: Object.fromEntries([...statuses].map(([status, codes]) => [`Error${status}`, errorResponse(codes)])),
    },
  }
}

function operationOf(tool: ToolEntry, view: View, schemas: Record<string, unknown>, errors: Record<string, unknown>): Record<string, unknown> {
  const result = tool.outputSchema === undefined ? { $ref: '#/components/schemas/Content' } : embedSchema(tool.outputSchema, `${tool.name}.output`, schemas)
  const namespace = view.namespace ?? view.findTool(tool.name)?.namespace.name
  return {
    operationId: tool.name,
    summary: tool.title ?? tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    ...(namespace === undefined ? {} : { tags: [namespace] }),
    requestBody: {
      required: hasRequiredArguments(tool),
      content: { 'application/json': { schema: embedSchema(tool.inputSchema, `${tool.name}.input`, schemas) } },
    },
    responses: { 200: { description: 'The result of the tool.', content: { 'application/json': { schema: result } } }, ...errors },
  }
}

function hasRequiredArguments(tool: ToolEntry): boolean {
  const { required } = tool.inputSchema
  return Array.isArray(required) && required.length > 0
}

function errorStatuses(): Map<number, ErrorCode[]> {
  const statuses = new Map<number, ErrorCode[]>()
  for (const code of CALL_ERRORS) statuses.set(ERRORS[code].status, [...(statuses.get(ERRORS[code].status) ?? []), code])
  return statuses
}

function errorResponse(codes: readonly ErrorCode[]): Record<string, unknown> {
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].doc}`).join('\n\n'),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  }
}
