import { ERRORS, type ErrorCode, type ErrorRow } from './catalogue.ts'

/** An expected failure: a row of the catalogue with a message for its reader. Anything else that is thrown is a bug. */
export class ToolDockError extends Error {
  readonly code: ErrorCode
  readonly details: unknown

  constructor(code: ErrorCode, message: string, details?: unknown, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ToolDockError'
    this.code = code
    this.details = details
  }

  get row(): ErrorRow {
    return ERRORS[this.code]
  }
}
