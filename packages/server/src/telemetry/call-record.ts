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
  /** `ok`, or the error code of the catalogue. */
  readonly outcome: string
  readonly principal: string
  readonly requestId: string
}

export interface CallRecorder {
  /** Memory only, never throws, never waits. */
  record(call: CallRecord): void
}
