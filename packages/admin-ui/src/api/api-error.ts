/** What the gateway answered instead of the wanted, or why it did not answer. */
export class ApiError extends Error {
  override name = 'ApiError'
  /** Of the gateway's catalogue; `unreachable` when no answer came. */
  readonly code: string
  /** 0 when no answer came. */
  readonly status: number
  /** Finds the lines of the log that tell more. */
  readonly requestId: string | undefined
  readonly details: unknown

  constructor(message: string, { code, status, requestId, details, cause }: ApiErrorParts) {
    super(message, { cause })
    this.code = code
    this.status = status
    this.requestId = requestId
    this.details = details
  }
}

interface ApiErrorParts {
  readonly code: string
  readonly status: number
  readonly requestId?: string
  readonly details?: unknown
  readonly cause?: unknown
}

/** Makes an {@link ApiError} of whatever the generated client would throw. */
export function toApiError(thrown: unknown, response: Response | undefined): unknown {
  if (thrown instanceof DOMException && thrown.name === 'AbortError') return thrown
  if (response === undefined) return new ApiError('The gateway does not answer. Is it running?', { code: 'unreachable', status: 0, cause: thrown })
  const { error } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    error?: { code: string; message: string; details?: unknown; requestId?: string }
  }
  const status = response.status
  if (error?.message === undefined) return new ApiError(`The gateway answered ${status}.`, { code: `http_${status}`, status, cause: thrown })
  return new ApiError(error.message, { code: error.code, status, requestId: error.requestId, details: error.details })
}
