/** Lets a number of requests run at once; further ones wait in order, up to a bound. */
export class Lane {
  readonly #waiting = new Set<() => void>()
  readonly #waitingMax: number
  #free: number

  constructor(runningMax: number, waitingMax: number) {
    this.#free = runningMax
    this.#waitingMax = waitingMax
  }

  /** Calls `start` now or when it is its turn. False when too many wait; else {@link leave} must follow `start`. */
  enter(start: () => void): boolean {
    if (this.#free === 0) {
      if (this.#waiting.size >= this.#waitingMax) return false
      this.#waiting.add(start)
      return true
    }
    this.#free--
    start()
    return true
  }

  /** Does not wait any more; false when it does not wait. */
  withdraw(start: () => void): boolean {
    return this.#waiting.delete(start)
  }

  leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
