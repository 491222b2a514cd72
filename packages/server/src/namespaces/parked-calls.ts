import { parseParkedState } from '../upstream/worker-wire.ts'

interface ParkedCall {
  readonly until: number
  /** Tells its caller not to look for answers any longer. */
  readonly settle: () => void
}

/** Calls of one worker that wait for their caller's input, by the number the worker gave them. */
export class ParkedCalls {
  /** As all may wait equally long, the oldest is first. */
  readonly #calls = new Map<string, ParkedCall>()
  readonly #generation: string
  readonly #parkMs: number

  constructor(generation: string, parkMs: number) {
    this.#generation = generation
    this.#parkMs = parkMs
  }

  get size(): number {
    return this.#calls.size
  }

  /**
   * `state` as the outside knows it; one that does not name a parked call is an author's own and not kept.
   * @returns resolves when the call waits no more, unless an answer ended the wait
   */
  add(state: string): Promise<void> | undefined {
    const named = parseParkedState(state)
    if (named === undefined) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#calls.set(named.number, { until: performance.now() + this.#parkMs, settle: resolve })
    return promise
  }

  /** Is this the state of a parked call that no longer waits in worker `instance`? */
  isGone(state: unknown, instance: string | undefined): boolean {
    const named = typeof state === 'string' ? parseParkedState(state) : undefined
    return named !== undefined && !(named.generation === this.#generation && named.instance === instance && this.#calls.has(named.number))
  }

  /** Ends the wait; returns the state as the worker knows it, or undefined for an author's own. */
  take(state: unknown): string | undefined {
    const named = typeof state === 'string' ? parseParkedState(state) : undefined
    if (named === undefined) return undefined
    this.#calls.delete(named.number)
    return `parked:${named.number}`
  }

  expire(now: number): void {
    for (const [number, { until, settle }] of this.#calls) {
      if (until > now) return
      this.#calls.delete(number)
      settle()
    }
  }

  clear(): void {
    for (const { settle } of this.#calls.values()) settle()
    this.#calls.clear()
  }
}
