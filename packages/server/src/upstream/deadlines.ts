/** Granularity of all deadlines of calls: one timer for each busy connection, none for each call. */
const SWEEP_MS = 100

/** Ends what waits too long. All wait equally long, so that the oldest is always the first to be late. */
export class Deadlines<T> {
  readonly #until = new Map<T, number>()
  readonly #waitMs: number
  readonly #onLate: (item: T) => void
  #timer: NodeJS.Timeout | undefined

  constructor(waitMs: number, onLate: (item: T) => void) {
    this.#waitMs = waitMs
    this.#onLate = onLate
  }

  get size(): number {
    return this.#until.size
  }

  /** Those that wait, oldest first. */
  items(): MapIterator<T> {
    return this.#until.keys()
  }

  has(item: T): boolean {
    return this.#until.has(item)
  }

  add(item: T): void {
    this.#until.set(item, performance.now() + this.#waitMs)
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS)
  }

  delete(item: T): boolean {
    return this.#until.delete(item)
  }

  /** Forgets all without a word and stops the timer. */
  clear(): void {
    this.#until.clear()
    this.#stop()
  }

  #sweep(): void {
    const now = performance.now()
    for (const [item, until] of this.#until) {
      if (until > now) break
      this.#until.delete(item)
      this.#onLate(item)
    }
    if (this.#until.size === 0) this.#stop()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
