import type { FastifyReply, FastifyRequest } from 'fastify'
import type { View, Views } from '../catalog/view.types.ts'
import type { Config } from '../config/settings.ts'
import type { Frontend } from '../http/context.ts'
import { registerDocsPage } from '../http/docs-page.ts'
import { createProxiedBaseUrl, type ProxyConfig } from '../http/public-url.ts'
import type { CallRecorder } from '../telemetry/call-recorder.ts'
import { createCallTool } from './call-tool.ts'
import { createDocuments } from './document.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

export interface OpenapiDeps {
  readonly config: Pick<Config, 'jsonDepthMax'> & ProxyConfig
  readonly views: Views
  readonly recorder: CallRecorder
  /** Of ToolDock; `info.version` of the documents. */
  readonly version: string
}

/** Tools as plain REST with an OpenAPI document: `/{ns}/openapi/…`, and `/openapi/…` for all namespaces. */
export function createOpenapi(deps: OpenapiDeps): Frontend {
  const documentOf = createDocuments(deps.version)
  const proxiedBaseUrl = createProxiedBaseUrl(deps.config)
  const callTool = createCallTool(deps.recorder, deps.config.jsonDepthMax)
  const viewOf = (request: FastifyRequest): View => {
    const { ns } = request.params as { ns?: string }
    const { sees } = request.principal
    return ns === undefined ? deps.views.all(sees) : deps.views.of(ns, sees)
  }

  const sendDocument = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const view = viewOf(request)
    const document = documentOf(view)
    const serverUrl = `${proxiedBaseUrl(request) ?? ''}${basePath(view)}`
    const etag = document.etag(serverUrl)
    reply.header('etag', etag).header('cache-control', 'private, no-cache')
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.header('content-type', JSON_TYPE).send(document.text(serverUrl))
  }

  const sendResult = async (request: FastifyRequest, reply: FastifyReply): Promise<string> => {
    const { tool } = request.params as { tool: string }
    const body = await callTool(viewOf(request), tool, request, reply)
    reply.header('content-type', JSON_TYPE)
    return body
  }

  return {
    part: 'openapi',
    register: (app) => {
      const route = { config: { errors: 'rest' as const } }
      for (const base of ['/openapi', '/:ns/openapi']) {
        app.get(`${base}/openapi.json`, route, sendDocument)
        app.get(`${base}/tools`, route, (request, reply) => reply.send(toolList(viewOf(request))))
        app.post(`${base}/tools/:tool`, route, sendResult)
        app.get(`${base}/health`, route, (request, reply) => reply.send(health(viewOf(request))))
      }
      registerDocsPage(app, [
        { url: '/openapi/docs', root: '..' },
        { url: '/:ns/openapi/docs', root: '../..' },
      ])
    },
  }
}

const basePath = (view: View): string => (view.namespace === null ? '/openapi' : `/${view.namespace}/openapi`)

function toolList(view: View): Record<string, unknown> {
  return {
    namespace: view.namespace,
    tools: view.tools.map(({ name, title, description, inputSchema, outputSchema, annotations }) => ({
      name,
      title,
      description,
      inputSchema,
      outputSchema,
      annotations,
    })),
  }
}

function health(view: View): Record<string, unknown> {
  return { status: 'healthy', namespace: view.namespace, transport: 'openapi', tools: { total: view.tools.length } }
}
