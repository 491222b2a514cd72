import { ERRORS, type ErrorCode } from './catalogue.ts'
import { ToolDockError } from './tooldock-error.ts'

export interface JsonRpcErrorObject {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** Details of `upstream_error`: what an external server answered. */
export interface UpstreamErrorDetails {
  readonly code: number
  readonly data?: unknown
}

/**
 * The error member of a JSON-RPC response. `data` holds our code, the request id and what the catalogue row adds; an error
 * that an external server gave is passed on as it is.
 */
export function toJsonRpcError(error: unknown, requestId: string): JsonRpcErrorObject {
  if (error instanceof ToolDockError) {
    if (error.code === 'upstream_error') return { message: error.message, ...(error.details as UpstreamErrorDetails) }
    const extra =
      typeof error.details === 'object' && error.details !== null && !Array.isArray(error.details)
        ? error.details
        : error.details === undefined
          ? {}
          : { details: error.details }
    return { code: error.row.rpc, message: error.message, data: { ...extra, code: error.code, requestId } }
  }
  return { code: -32603, message: 'Internal error; the log has it under this request id.', data: { code: 'internal_error', requestId } }
}

/** A tool result that tells a model what went wrong: `isError: true` and one text block. */
export function toToolResult(error: ToolDockError, requestId: string): Record<string, unknown> {
  return {
    content: [{ type: 'text', text: error.message }],
    isError: true,
    _meta: { 'io.tooldock/error': { code: error.code, requestId, ...(error.details === undefined ? {} : { details: error.details }) } },
  }
}

/** Refused before a method ran: these show their HTTP status on MCP addresses too. All others are answered in a 200. */
const REFUSED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid_request',
  'parse_error',
  'invalid_envelope',
  'header_mismatch',
  'missing_client_capability',
  'unsupported_protocol_version',
  'json_too_deep',
  'batch_too_large',
  'unauthorized',
  'forbidden',
  'csrf_failed',
  'rate_limited',
  'origin_not_allowed',
  'host_not_allowed',
  'not_found',
  'namespace_not_found',
  'method_not_found',
  'session_not_found',
  'method_not_allowed',
  'not_acceptable',
  'payload_too_large',
  'uri_too_long',
  'unsupported_media_type',
  'too_many_sessions',
  'header_too_large',
  'request_timeout',
  'shutting_down',
])

/** HTTP status of a JSON-RPC error answer (2026-07-28, basic/transports/streamable-http "Server Validation", "Protocol Version Header"). */
export function jsonRpcStatus(error: unknown): number {
  if (!(error instanceof ToolDockError)) return 500
  // A method that is passed on to a server, which does not know it, is known to nobody.
  if (error.code === 'upstream_error' && (error.details as UpstreamErrorDetails).code === ERRORS.method_not_found.rpc) return ERRORS.method_not_found.status
  return REFUSED.has(error.code) ? error.row.status : 200
}
