export interface CircuitBreakerOptions {
  /** Connections that fail in a row before none is tried for a while. */
  readonly failuresMax: number
  /** The first pause, in milliseconds; each further failure doubles it. */
  readonly pauseMs: number
  readonly pauseMsMax: number
  readonly now?: () => number
}

/**
 * Keeps requests from waiting for a server that cannot be reached: after some failures in a row they are refused for a pause;
 * then one is let through, and its fortune decides for the others.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions
  readonly #now: () => number
  #failures = 0
  #pausedUntil = 0
  #isProbing = false

  constructor(options: CircuitBreakerOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** Undefined: go, and report how it went. Else why not. */
  enter(): string | undefined {
    if (this.#failures < this.#options.failuresMax) return undefined
    const waitMs = this.#pausedUntil - this.#now()
    if (waitMs > 0) return `could not be reached ${this.#failures} times in a row; the next attempt is in ${Math.ceil(waitMs / 1000)} s`
    if (this.#isProbing) return `could not be reached ${this.#failures} times in a row; an attempt is under way`
    this.#isProbing = true
    return undefined
  }

  succeeded(): void {
    this.#failures = 0
    this.#isProbing = false
  }

  failed(): void {
    const { failuresMax, pauseMs, pauseMsMax } = this.#options
    this.#failures++
    this.#isProbing = false
    const doublings = this.#failures - failuresMax
    if (doublings >= 0) this.#pausedUntil = this.#now() + Math.min(pauseMs * 2 ** doublings, pauseMsMax)
  }

  /** What was let through ended without telling whether the server can be reached. */
  undecided(): void {
    this.#isProbing = false
  }
}
