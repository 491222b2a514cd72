import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { View } from '../catalog/view.types.ts'
import { jsonRpcStatus } from '../errors/to-jsonrpc.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Frontend } from '../http/context.ts'
import { parseJson } from '../http/json-body.ts'
import type { PublicBaseUrl } from '../http/public-url.ts'
import { isLegacyVersion, isModernVersion, LEGACY_VERSIONS, META, MODERN_VERSIONS } from '../kernel/protocol-version.ts'
import type { ChannelReply } from '../upstream/channel.ts'
import { createCalls } from './calls.ts'
import type { McpDeps } from './deps.ts'
import { isObject, toMessage } from './json-rpc.ts'
import { createLegacyEndpoint, refusalText } from './legacy/http-endpoint.ts'
import { createLegacyMethods } from './legacy/methods.ts'
import { createSessions } from './legacy/sessions.ts'
import { createSseEndpoint } from './legacy/sse-endpoint.ts'
import { createLists } from './lists.ts'
import { createModernEndpoint } from './modern/endpoint.ts'
import { createSubscriptions } from './modern/subscriptions.ts'
import { createRequestStateSealer } from './request-state.ts'
import { createStreamSlots } from './stream-slots.ts'

export interface McpFrontend extends Frontend {
  /** Open legacy sessions. */
  readonly sessions: number
  /** Open event streams of both eras. */
  readonly streams: number
  /** Asks the client of a legacy session what its server asks outside of any call. Never rejects: who cannot be asked is answered for. */
  askSession(session: string, method: string, params: Readonly<Record<string, unknown>>): Promise<ChannelReply>
  /** Ends the legacy sessions of a principal that is no more, or sees something else now. */
  endSessionsOf(principal: string): void
  /** Cancels what is still under way. */
  close(): void
}

/**
 * MCP of every revision on the same addresses: `/{ns}/mcp` and `/mcp` (all namespaces), and the HTTP+SSE transport of
 * 2024-11-05 beside them. Each request says by itself which era it belongs to.
 */
export function createMcpFrontend(deps: McpDeps, publicBaseUrl: PublicBaseUrl): McpFrontend {
  const { config, views, catalog } = deps
  const slots = createStreamSlots({
    streamsMax: config.streamsMax,
    keepAliveMs: config.keepAliveSeconds * 1000,
    bufferBytesMax: config.streamBufferBytesMax,
    clientStreams: deps.clientStreams,
  })
  const subscriptions = createSubscriptions()
  const sessions = createSessions({
    sessionsMax: config.sessionsMax,
    idleMs: config.sessionIdleMinutes * 60_000,
    replayEventsMax: config.replayEventsMax,
    replayBytesMax: config.replayBytesMax,
    retryMs: config.streamRetryMs,
    clientReplyMs: config.clientReplySeconds * 1000,
    onEnd: ({ id }) => {
      for (const { upstream } of catalog.current.namespaces.values()) upstream.endSession?.(id)
    },
  })
  const unsubscribe = catalog.subscribe((event) => {
    subscriptions.publish(event)
    sessions.publish(event)
  })
  const calls = createCalls(deps.recorder)
  const lists = createLists(config.listPageMax)
  const sealer = createRequestStateSealer(deps.requestStateKey, config.parkedCallMinutes * 60_000)
  const modern = createModernEndpoint(deps, { calls, lists, sealer, slots, subscriptions })
  const methods = createLegacyMethods(deps, calls, lists)
  const legacy = createLegacyEndpoint(methods, sessions, slots, config.batchMax)
  const sse = createSseEndpoint(methods, sessions, slots, (request) => new URL(publicBaseUrl(request)).pathname.replace(/\/$/, ''))

  const viewOf = (request: FastifyRequest): View => {
    const { ns } = request.params as { ns?: string }
    const { sees } = request.principal
    return ns === undefined ? views.all(sees) : views.of(ns, sees)
  }

  async function post(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    let body: unknown
    try {
      body = readBody(request)
      const view = viewOf(request)
      if (isModern(body, request)) return await modern.handle(toMessage(body), view, request, reply)
      return await legacy.post(body, view, request, reply)
    } catch (error) {
      if (!(error instanceof ToolDockError)) throw error
      return reply
        .code(jsonRpcStatus(error))
        .type('application/json')
        .send(refusalText(body, error, request.requestId))
    }
  }

  const readBody = (request: FastifyRequest): unknown => {
    if (!Buffer.isBuffer(request.body) || request.body.length === 0) throw new ToolDockError('parse_error', 'The body is empty: send a JSON-RPC message.')
    return parseJson(request.body, config.jsonDepthMax)
  }

  function register(app: FastifyInstance): void {
    const route = { config: { errors: 'jsonrpc' as const } }
    for (const prefix of ['', '/:ns']) {
      app.post(`${prefix}/mcp`, route, post)
      app.get(`${prefix}/mcp`, route, (request, reply) => legacy.get(viewOf(request), request, reply))
      app.delete(`${prefix}/mcp`, route, (request, reply) => legacy.remove(viewOf(request), request, reply))
      app.get(`${prefix}/sse`, route, (request, reply) => sse.open(viewOf(request), request, reply))
      app.post(`${prefix}/messages`, route, (request, reply) => sse.post(readBody(request), viewOf(request), request, reply))
      app.get(`${prefix}/mcp/info`, route, (request) => info(viewOf(request)))
    }
    app.get('/mcp/namespaces', route, (request) => namespaces(viewOf(request)))
  }

  const info = (view: View) => ({
    server: view.namespace === null ? config.serverName : `${config.serverName}/${view.namespace}`,
    protocol: 'MCP',
    supportedProtocolVersions: [...MODERN_VERSIONS, ...LEGACY_VERSIONS],
    transport: 'streamable-http',
    endpoint: view.namespace === null ? '/mcp' : `/${view.namespace}/mcp`,
    tools: view.tools.length,
    resources: view.resources.length,
    prompts: view.prompts.length,
  })

  return {
    part: 'mcp',
    register,
    get sessions() {
      return sessions.size
    },
    get streams() {
      return slots.size
    },
    askSession: sessions.ask,
    endSessionsOf: sessions.removeOf,
    onShutdown() {
      subscriptions.close()
      sessions.drain()
    },
    close() {
      unsubscribe()
      subscriptions.close()
      sessions.close()
      slots.close()
    },
  }
}

const namespaces = (view: View) => ({
  namespaces: view.namespaces.map(({ name, title, description, tools, resources, prompts }) => ({
    name,
    title,
    description,
    endpoint: `/${name}/mcp`,
    tools: tools.length,
    resources: resources.length,
    prompts: prompts.length,
  })),
  total: view.namespaces.length,
})

/** Methods that exist in no legacy revision. */
const MODERN_ONLY: ReadonlySet<unknown> = new Set(['server/discover', 'subscriptions/listen'])

/**
 * Which era a POST belongs to. A modern request names its version in `_meta` and in a header; one that shows either, or
 * headers or a method that only modern clients send, is answered by the modern rules, so that what is missing is said
 * in the terms its client knows.
 */
function isModern(body: unknown, request: FastifyRequest): boolean {
  if (!isObject(body)) return false
  const { params, method } = body
  if (isObject(params) && isObject(params._meta) && params._meta[META.protocolVersion] !== undefined) return true
  const version = request.headers['mcp-protocol-version']
  if (isModernVersion(version)) return true
  if (isLegacyVersion(version) || method === 'initialize') return false
  return MODERN_ONLY.has(method) || request.headers['mcp-method'] !== undefined
}
