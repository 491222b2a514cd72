import { createServer, type RequestListener, type Server } from 'node:http'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
  type RawServerDefault,
  type RouteOptions,
} from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { readTraceContext } from '../kernel/trace-context.ts'
import type { RequestLog } from '../telemetry/request-log.ts'
import { createAccessLog } from './access-log.ts'
import { createErrorHandler } from './answer-error.ts'
import { createBadRequestHandler } from './bad-request.ts'
import { limitConnections } from './connection-limit.ts'
import { decorateRequests, type Frontend } from './context.ts'
import { createGuard, type GuardParts } from './guard.ts'
import { http1Options } from './http1-options.ts'
import { answerPreflight, type CheckOrigin, isPreflight } from './origin.ts'
import { requestIdOf } from './request-id.ts'
import type { Certificate } from './tls/certificate.ts'
import type { OwnRequest } from './tls/own-request.ts'
import { createTlsServer } from './tls/tls-server.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
/** Longest value of one parameter in a path (a tool's name, a namespace). */
const PATH_PARAMETER_CHARS_MAX = 1024

export type ListenerConfig = Pick<
  Config,
  | 'bodyBytesMax'
  | 'headerBytesMax'
  | 'urlBytesMax'
  | 'connectionsMax'
  | 'connectionsPerAddressMax'
  | 'trustProxy'
  | 'headersTimeoutSeconds'
  | 'requestTimeoutSeconds'
  | 'connectionIdleSeconds'
  | 'http2StreamsMax'
  | 'hstsSeconds'
>

export interface ListenerParts {
  readonly frontends: readonly Frontend[]
  readonly guard: GuardParts
  readonly checkOrigin: CheckOrigin
  /** Missing: plain HTTP. */
  readonly certificate?: Certificate | undefined
  readonly log: Logger
  readonly requestLog: RequestLog
  /** True once the edge is closing: new requests are refused. */
  readonly isClosing: () => boolean
}

/** Routes carry no schema for Fastify, so its two compilers would be loaded at every start for nothing: a twentieth of it. */
const noSchemas = (): never => {
  throw new Error('A route was given a schema; requests are checked where they are handled.')
}

/** One Fastify instance with everything the edge does for a request, on a server that does not listen yet. */
export function createListener(config: ListenerConfig, parts: ListenerParts): FastifyInstance {
  const onError = createErrorHandler(parts.log)
  const app = Fastify<RawServerDefault>({
    serverFactory: (handler) => createServerOf(config, parts, handler),
    logger: false,
    genReqId: () => '',
    bodyLimit: config.bodyBytesMax,
    exposeHeadRoutes: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PATH_PARAMETER_CHARS_MAX },
    clientErrorHandler: createBadRequestHandler(parts.log),
    frameworkErrors: (error, request, reply) => {
      request.requestId = requestIdOf(request.raw.headers['x-request-id'])
      reply.header('x-request-id', request.requestId)
      parts.log.info({ requestId: request.requestId, code: error.code }, 'a request was refused before it could be routed')
      onError(error, request as never, reply as never)
    },
  })
  decorateRequests(app)
  app.removeAllContentTypeParsers()
  // The first by name alone, because Fastify looks a type up anew for each request when only the second matches.
  for (const type of ['application/json', '*']) app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler(onError)
  app.addHook(
    'onRequest',
    createArrivalHook(config, parts, () => app.server.closeIdleConnections()),
  )
  guardRoutes(app, parts.guard)
  app.setNotFoundHandler((request, reply) => {
    parts.guard.clientLimits.rates.request(request, null)
    if (parts.frontends.some((frontend) => frontend.answerUnknown?.(request, reply))) return
    throw new ToolDockError('not_found', `Nothing is published at ${request.url.split('?')[0]?.slice(0, 200)}.`)
  })
  registerFrontends(app, parts.frontends)
  return app
}

function createServerOf(config: ListenerConfig, { certificate, log }: ListenerParts, handler: RequestListener): Server {
  const server = certificate === undefined ? createServer(http1Options(config), handler) : createTlsServer(config, { certificate, log }, handler)
  server.maxConnections = config.connectionsMax
  limitConnections(server, config.connectionsPerAddressMax, config.trustProxy)
  // An Expect header that is not 100-continue may be ignored (RFC 9110 section 10.1.1); Node alone answers it 417 without a word.
  server.on('checkExpectation', handler)
  return server
}

/** First for every request, whatever its address: id, shutdown, length of the URL, Host and Origin, preflight. */
function createArrivalHook(config: ListenerConfig, parts: ListenerParts, closeIdleConnections: () => void): onRequestHookHandler {
  const accessLog = createAccessLog(parts.requestLog)
  return (request, reply, done) => {
    const { raw } = request
    const startedMs = performance.now()
    request.requestId = requestIdOf(raw.headers['x-request-id'])
    reply.header('x-request-id', request.requestId)
    // What tools answer is never taken for a page or a script.
    reply.header('x-content-type-options', 'nosniff')
    if (raw.headers.traceparent !== undefined) joinTrace(request, reply)
    // Not the onResponse hook, which does not run when the client goes away first.
    reply.raw.on('close', () => {
      accessLog(request, reply, performance.now() - startedMs)
      // A connection that was busy when the edge began to close would stay open until its idle timeout.
      if (parts.isClosing()) setImmediate(closeIdleConnections)
    })
    try {
      if (parts.isClosing()) {
        if (raw.httpVersionMajor === 1) reply.header('connection', 'close')
        throw new ToolDockError('shutting_down', 'ToolDock is stopping.')
      }
      if (raw.headers.host === undefined && raw.httpVersion === '1.1') throw new ToolDockError('invalid_request', 'A request of HTTP/1.1 has a Host header.')
      if ((raw.url?.length ?? 0) > config.urlBytesMax) throw new ToolDockError('uri_too_long', `The URL is longer than ${config.urlBytesMax} bytes.`)
      parts.checkOrigin(request, reply)
    } catch (error) {
      done(error as Error)
      return
    }
    if (isPreflight(request)) answerPreflight(request, reply)
    else done()
  }
}

/** Says back what trace it was found to belong to. */
function joinTrace(request: FastifyRequest, reply: FastifyReply): void {
  request.trace = readTraceContext(request.raw.headers) ?? null
  if (request.trace !== null) reply.header('traceparent', request.trace.traceparent)
}

/** Gives each route its guard when it is added, so that nothing is looked up per request. */
function guardRoutes(app: FastifyInstance, parts: GuardParts): void {
  const guardOf = createGuard(parts)
  app.addHook('onRoute', (route) => {
    const hooks = route.onRequest === undefined ? [] : Array.isArray(route.onRequest) ? route.onRequest : [route.onRequest]
    const tolerant = route.config?.errors === 'jsonrpc' ? [tolerateContentType] : []
    route.onRequest = [guardOf(route), ...tolerant, ...hooks]
  })
}

/** Fastify refuses a malformed Content-Type by itself; on MCP addresses the body alone decides. */
const tolerateContentType: onRequestHookHandler = (request, _reply, done) => {
  const { headers } = request.raw
  if (headers['content-type'] !== 'application/json') delete headers['content-type']
  done()
}

/** Registers each frontend in its own scope, and answers 405 for the methods that no route of an address takes. */
function registerFrontends(app: FastifyInstance, frontends: readonly Frontend[]): void {
  const routes = new Map<string, { methods: Set<string>; config: RouteOptions['config'] }>()
  app.addHook('onRoute', ({ url, method, config }) => {
    const known = routes.get(url) ?? { methods: new Set(), config }
    for (const name of Array.isArray(method) ? method : [method]) known.methods.add(name)
    routes.set(url, known)
  })
  for (const frontend of frontends) {
    app.register((scope, _options, done) => {
      frontend.register(scope)
      done()
    })
  }
  app.register((scope, _options, done) => {
    for (const [url, { methods, config }] of [...routes]) {
      const allow = [...methods].join(', ')
      const others = METHODS.filter((method) => !methods.has(method))
      if (others.length === 0) continue
      scope.route({
        method: others,
        url,
        ...(config === undefined ? {} : { config: { ...config } }),
        handler: (request, reply) => {
          reply.header('allow', allow)
          throw new ToolDockError('method_not_allowed', `${request.method} is not possible here; ${allow} is.`)
        },
      })
    }
    done()
  })
}

/** Does the listener at this address answer a request now? */
export function answersRequests(request: OwnRequest, baseUrl: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(`${baseUrl}/health/live`, { signal: AbortSignal.timeout(timeoutMs) })
    probe.once('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    // Refused or too late: that is the answer.
    probe.on('error', () => resolve(false))
    probe.end()
  })
}
