import type { FastifyReply, FastifyRequest } from 'fastify'
import { isLoopbackHost } from '../config/load-config.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'

const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const ALLOWED_HEADERS =
  'Authorization, Content-Type, Accept, Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name, Last-Event-ID, X-Request-Id, Traceparent, Tracestate, Baggage'
const EXPOSED_HEADERS = 'Mcp-Session-Id, WWW-Authenticate, X-Request-Id, Traceparent, Retry-After'
/** Headers that a tool declares for its own parameters (MCP 2026-07-28, `x-mcp-header`). */
const PARAMETER_HEADER = /^mcp-param-[a-z0-9-]{1,100}$/i
const PARAMETER_HEADERS_MAX = 50
const PREFLIGHT_MAX_AGE_SECONDS = '600'

export interface OriginPolicy {
  /** Origins that may call, or `*`. */
  readonly origins: readonly string[]
  /** Nobody needs a token: only local hosts and origins may call, whatever `origins` says (DNS rebinding). */
  readonly localOnly: boolean
  /** The origin clients reach us by, when it is configured. */
  readonly publicUrl: string | undefined
}

/** Checks Host and Origin of a request and writes the CORS headers of its answer. Throws host_not_allowed, origin_not_allowed. */
export type CheckOrigin = (request: FastifyRequest, reply: FastifyReply) => void

export function createOriginCheck(policy: OriginPolicy): CheckOrigin {
  const any = policy.origins.includes('*') && !policy.localOnly
  const listed = new Set(policy.origins)
  const ownOrigin = policy.publicUrl === undefined ? undefined : new URL(policy.publicUrl).origin
  const allowed = (origin: string, host: string | undefined): boolean => {
    if (policy.localOnly) return isLocalOrigin(origin)
    return any || listed.has(origin) || origin === ownOrigin || isSameHost(origin, host)
  }
  return (request, reply) => {
    const { origin, host } = request.headers
    if (policy.localOnly && !isLocalHost(host)) {
      throw new ToolDockError('host_not_allowed', 'Without a token only a local Host header is accepted, such as localhost or 127.0.0.1.')
    }
    if (!any) reply.header('vary', 'Origin')
    if (origin === undefined) return
    if (!allowed(origin, host)) throw new ToolDockError('origin_not_allowed', `Requests from the origin ${origin.slice(0, 200)} are not accepted here.`)
    reply.header('access-control-allow-origin', any ? '*' : origin)
    reply.header('access-control-expose-headers', EXPOSED_HEADERS)
  }
}

/** A CORS preflight carries no credentials and is answered before authentication. */
export function isPreflight(request: FastifyRequest): boolean {
  return request.method === 'OPTIONS' && request.headers.origin !== undefined && request.headers['access-control-request-method'] !== undefined
}

/** Answers a preflight whose origin was checked. */
export function answerPreflight(request: FastifyRequest, reply: FastifyReply): void {
  const asked = request.headers['access-control-request-headers'] ?? ''
  const parameters = asked
    .split(',')
    .map((name) => name.trim())
    .filter((name) => PARAMETER_HEADER.test(name))
    .slice(0, PARAMETER_HEADERS_MAX)
  reply.header('vary', 'Origin, Access-Control-Request-Headers')
  reply.header('access-control-allow-methods', ALLOWED_METHODS)
  reply.header('access-control-allow-headers', [ALLOWED_HEADERS, ...parameters].join(', '))
  reply.header('access-control-max-age', PREFLIGHT_MAX_AGE_SECONDS)
  // A page of a public site reaching a private address: the origin was allowed, and every request still needs a token or is local.
  if (request.headers['access-control-request-private-network'] === 'true') reply.header('access-control-allow-private-network', 'true')
  reply.code(204).send()
}

function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && URL.canParse(`http://${host}`) && isLoopbackHost(new URL(`http://${host}`).hostname)
}

function isLocalOrigin(origin: string): boolean {
  return /^https?:\/\//.test(origin) && URL.canParse(origin) && isLoopbackHost(new URL(origin).hostname)
}

/** A page of our own: browsers send its origin too with every POST. */
function isSameHost(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}
