import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { ErrorCode } from '../errors/catalogue.ts'
import { fromFullDisk } from '../errors/disk-full.ts'
import { toHttp } from '../errors/to-http.ts'
import { jsonRpcStatus, toJsonRpcError } from '../errors/to-jsonrpc.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { ErrorShape } from './context.ts'

/** `/mcp…`, `/sse`, `/messages`, and the same under a namespace. */
const MCP_ADDRESS = /^\/(?!api\/|openapi\/)(?:[^/?]+\/)?(?:mcp|sse|messages)(?:[/?]|$)/

/** The shape for a path that no route answers. */
export function errorShapeOf(url: string): ErrorShape {
  return MCP_ADDRESS.test(url) ? 'jsonrpc' : 'rest'
}

/**
 * An error as status and JSON text in the shape of its address. MCP addresses answer a JSON-RPC error without `id`:
 * it is for errors that end a request before its message was read.
 */
export function renderError(error: unknown, requestId: string, shape: ErrorShape): { status: number; body: string } {
  if (shape === 'jsonrpc') return { status: jsonRpcStatus(error), body: JSON.stringify({ jsonrpc: '2.0', error: toJsonRpcError(error, requestId) }) }
  const { status, body } = toHttp(error, requestId)
  return { status, body: JSON.stringify(body) }
}

/** The one error handler: translates, logs what is a fault of ours once with its stack, answers. */
export function createErrorHandler(log: Logger): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (thrown, request, reply) => {
    const error = fromFullDisk(fromFastify(thrown))
    if (!(error instanceof ToolDockError)) log.error({ err: error, requestId: request.requestId }, 'a request failed by a fault of ToolDock')
    const { status, body } = renderError(error, request.requestId, request.routeOptions.config?.errors ?? errorShapeOf(request.url))
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    if (status === 413) drain(request, reply)
    if (status === 429 || status === 503) reply.header('retry-after', retryAfterSeconds(error))
    reply.code(status).header('content-type', 'application/json; charset=utf-8').send(body)
  }
}

/** A limit of a rate knows; what is merely busy is worth another try soon. */
function retryAfterSeconds(error: unknown): string {
  const details = error instanceof ToolDockError ? (error.details as { readonly retryAfterSeconds?: number } | undefined) : undefined
  return String(details?.retryAfterSeconds ?? 1)
}

/** What of a refused body is still read, and how long, before the connection is cut. */
const DRAIN_BYTES_MAX = 64 * 1024 * 1024
const DRAIN_MS = 2000

/**
 * Goes on reading a body that was refused, and throws it away: closing a connection on a client that still writes makes
 * the system drop the answer before it is read (RFC 9112 section 9.6).
 */
function drain({ raw }: FastifyRequest, reply: FastifyReply): void {
  // Fastify asks for the connection to be closed as soon as the answer is written.
  reply.removeHeader('connection')
  let left = DRAIN_BYTES_MAX
  const timer = setTimeout(() => raw.destroy(), DRAIN_MS)
  raw.on('data', ({ length }: Buffer) => {
    left -= length
    if (left < 0) raw.destroy()
  })
  raw.once('close', () => clearTimeout(timer))
  raw.resume()
}

const BY_STATUS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  408: ['request_timeout', 'The request took too long to arrive.'],
  413: ['payload_too_large', 'The request body is larger than BODY_BYTES_MAX allows.'],
  414: ['uri_too_long', 'The URL is too long.'],
  415: ['unsupported_media_type', 'The Content-Type of the request is not accepted.'],
  431: ['header_too_large', 'The request headers are too large.'],
}

/** Fastify's own refusals in the words of the catalogue; everything else unchanged. */
function fromFastify(error: unknown): unknown {
  if (error instanceof ToolDockError || !(error instanceof Error)) return error
  const { code, statusCode } = error as Error & { code?: unknown; statusCode?: unknown }
  if (code === 'ECONNRESET') return new ToolDockError('cancelled', 'The client went away before its request had arrived.')
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') return new ToolDockError('uri_too_long', 'A part of the URL is too long.')
  if (typeof code !== 'string' || !code.startsWith('FST_ERR_') || typeof statusCode !== 'number' || statusCode >= 500) return error
  const [known, message] = BY_STATUS[statusCode] ?? ['invalid_request', 'The request is malformed.']
  return new ToolDockError(known, message, undefined, { cause: error })
}
