/** What a handler answered cannot be sent; the message says what is wrong with it. */
export class ResultError extends Error {
  override readonly name = 'ResultError'
  readonly code: 'invalid_result' | 'result_too_large'
  readonly details: unknown
  constructor(code: ResultError['code'], message: string, details?: unknown) {
    super(message)
    this.code = code
    this.details = details
  }
}

export const invalid = (message: string, details?: unknown): ResultError => new ResultError('invalid_result', message, details)
