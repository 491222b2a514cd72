/** One finished call of a tool, prompt, resource or completion: what metrics and the calls log are made of. */
export interface CallRecord {
  readonly namespace: string
  /** `tools/call`, `resources/read`, … */
  readonly method: string
  /** Tool or prompt name; for resources the URI. */
  readonly name: string
  readonly protocol: 'mcp' | 'rest'
  readonly era: 'modern' | 'legacy' | 'none'
  readonly durationMs: number
  /** `ok`, `input_required`, or the error code of the catalogue. */
  readonly outcome: string
  readonly principal: string
  readonly requestId: string
  /** The trace it belongs to. */
  readonly traceId?: string | undefined
  /** Of the HTTP request that brought it. */
  readonly requestBytes?: number | undefined
  readonly resultBytes?: number | undefined
  /** Name and version its client gave itself. */
  readonly client?: string | undefined
  /** As they came; given only when {@link CallRecorder.keepsArguments} says so. */
  readonly arguments?: unknown
}

/** A call that waits for its caller has not failed. */
export const isFailure = (outcome: string): boolean => outcome !== 'ok' && outcome !== 'input_required'
