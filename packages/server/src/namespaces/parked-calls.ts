import { parseParkedState } from '../upstream/worker-wire.ts'

/** Calls of one worker that wait for their caller's input, by the number the worker gave them. */
export class ParkedCalls {
  /** With the time each ends by itself; as all may wait equally long, the oldest is first. */
  readonly #until = new Map<string, number>()
  readonly #generation: string
  readonly #parkMs: number

  constructor(generation: string, parkMs: number) {
    this.#generation = generation
    this.#parkMs = parkMs
  }

  get size(): number {
    return this.#until.size
  }

  /** `state` as the outside knows it; one that does not name a parked call is an author's own and not kept. */
  add(state: string): void {
    const named = parseParkedState(state)
    if (named !== undefined) this.#until.set(named.number, performance.now() + this.#parkMs)
  }

  /** Is this the state of a parked call that no longer waits in worker `instance`? */
  isGone(state: unknown, instance: string | undefined): boolean {
    const named = typeof state === 'string' ? parseParkedState(state) : undefined
    return named !== undefined && !(named.generation === this.#generation && named.instance === instance && this.#until.has(named.number))
  }

  /** Ends the wait; returns the state as the worker knows it, or undefined for an author's own. */
  take(state: unknown): string | undefined {
    const named = typeof state === 'string' ? parseParkedState(state) : undefined
    if (named === undefined) return undefined
    this.#until.delete(named.number)
    return `parked:${named.number}`
  }

  expire(now: number): void {
    for (const [number, until] of this.#until) {
      if (until > now) return
      this.#until.delete(number)
    }
  }

  clear(): void {
    this.#until.clear()
  }
}
