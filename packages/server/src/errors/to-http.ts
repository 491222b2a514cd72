import { ToolDockError } from './tooldock-error.ts'

export interface HttpErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly details?: unknown; readonly requestId: string }
}

/** The one error shape of REST and `/api`. An error outside the catalogue never shows its text (it may hold secrets). */
export function toHttp(error: unknown, requestId: string): { status: number; body: HttpErrorBody } {
  if (error instanceof ToolDockError) {
    const { code, message, details } = error
    return {
      status: error.row.status,
      body: { error: details === undefined ? { code, message, requestId } : { code, message, details, requestId } },
    }
  }
  return {
    status: 500,
    body: { error: { code: 'internal_error', message: 'Internal error; the log has it under this request id.', requestId } },
  }
}
