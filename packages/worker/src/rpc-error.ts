/** Answers a request with a JSON-RPC error instead of a result. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: object | undefined
  constructor(code: number, message: string, data?: object) {
    super(message)
    this.code = code
    this.data = data
  }
}

export const INVALID_PARAMS = -32602
export const METHOD_NOT_FOUND = -32601
export const INTERNAL_ERROR = -32603
/** MCP 2026-07-28, schema MissingRequiredClientCapabilityError. */
export const MISSING_CLIENT_CAPABILITY = -32021
