export interface BoundedQueueOptions {
  /** Tasks that run at once. */
  readonly concurrency: number
  /** Tasks that run or wait; one more is refused. */
  readonly pendingMax: number
  /** Longest wait for a turn. A task that runs is never interrupted. */
  readonly waitMs: number
  /** The error of a task that never ran. */
  readonly refusal: (reason: 'full' | 'timeout' | 'closed') => Error
}

interface Waiting {
  readonly start: () => void
  readonly refuse: (reason: 'timeout' | 'closed') => void
  readonly timer: NodeJS.Timeout
}

/** First come, first served; bounded in number and in waiting time. */
export class BoundedQueue {
  readonly #options: BoundedQueueOptions
  readonly #waiting = new Set<Waiting>()
  #running = 0
  #closed: PromiseWithResolvers<void> | undefined

  constructor(options: BoundedQueueOptions) {
    this.#options = options
  }

  /** Tasks that run or wait now. */
  get pending(): number {
    return this.#running + this.#waiting.size
  }

  /** @throws what `refusal` makes, when the task never ran; else what the task throws. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    const { concurrency, pendingMax, refusal } = this.#options
    if (this.#closed) throw refusal('closed')
    if (this.pending >= pendingMax) throw refusal('full')
    if (this.#running < concurrency) this.#running++
    else await this.#wait()
    try {
      return await task()
    } finally {
      this.#next()
    }
  }

  /** Refuses what waits and what comes; resolves when what runs has ended. */
  close(): Promise<void> {
    this.#closed ??= Promise.withResolvers()
    for (const waiting of this.#waiting) waiting.refuse('closed')
    if (this.#running === 0) this.#closed.resolve()
    return this.#closed.promise
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(waiting.timer)
        this.#waiting.delete(waiting)
      }
      const waiting: Waiting = {
        timer: setTimeout(() => waiting.refuse('timeout'), this.#options.waitMs),
        start: () => {
          leave()
          resolve()
        },
        refuse: (reason) => {
          leave()
          reject(this.#options.refusal(reason))
        },
      }
      this.#waiting.add(waiting)
    })
  }

  /** The turn that ends is handed to the one who waits longest, so the count of running tasks stays. */
  #next(): void {
    const [first] = this.#waiting
    if (first) first.start()
    else if (--this.#running === 0) this.#closed?.resolve()
  }
}
