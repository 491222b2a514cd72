/**
 * Rejects `ctx.elicit()`, `ctx.sample()` and `ctx.listRoots()` when the caller did not declare that it can answer.
 * Left uncaught, the call is answered with the protocol's own error (-32021) that names what is needed.
 */
export class InputUnsupportedError extends Error {
  override readonly name = 'InputUnsupportedError'
  /** Client capabilities as MCP writes them, e.g. `{ elicitation: {} }`. */
  readonly requiredCapabilities: Readonly<Record<string, unknown>>
  constructor(requiredCapabilities: Readonly<Record<string, unknown>>) {
    super(`This needs a client that supports ${Object.keys(requiredCapabilities).join(', ')}, which the caller did not declare.`)
    this.requiredCapabilities = requiredCapabilities
  }
}

/** Rejects what a call waits for when no input came in time, the call was cancelled, or too many calls wait already. */
export class InputAbandonedError extends Error {
  override readonly name = 'InputAbandonedError'
  readonly code: 'expired' | 'cancelled' | 'too_many_parked_calls'
  constructor(code: InputAbandonedError['code'], message: string) {
    super(message)
    this.code = code
  }
}
