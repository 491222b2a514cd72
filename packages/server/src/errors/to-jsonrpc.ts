import { ToolDockError } from './tooldock-error.ts'

export interface JsonRpcErrorObject {
  readonly code: number
  readonly message: string
  readonly data: Record<string, unknown>
}

/** The error member of a JSON-RPC response. `data` holds our code, the request id and what the catalogue row adds. */
export function toJsonRpcError(error: unknown, requestId: string): JsonRpcErrorObject {
  if (error instanceof ToolDockError) {
    const extra = typeof error.details === 'object' && error.details !== null && !Array.isArray(error.details) ? error.details : error.details === undefined ? {} : { details: error.details }
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
