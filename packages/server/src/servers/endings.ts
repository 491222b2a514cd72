import type { ConnectionPool } from './connection-pool.ts'

/** What is on its way to its end: a new start waits for what was ended, and nothing is forgotten when all is closed. */
export class Endings {
  readonly #ending = new Set<Promise<unknown>>()
  /** Of versions before, with what ends when their calls have. */
  readonly #draining = new Map<ConnectionPool, Promise<void>>()
  readonly #onFault: (error: unknown) => void

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault
  }

  /** Pools of versions before that still hold calls. */
  pools(): Iterable<ConnectionPool> {
    return this.#draining.keys()
  }

  /** Remembers work until it is done. */
  track<T>(work: Promise<T>): Promise<T> {
    this.#ending.add(work)
    work.then(
      () => this.#ending.delete(work),
      () => this.#ending.delete(work),
    )
    return work
  }

  /** Closes a pool when its calls have ended; a new start does not wait for that. */
  retire(pool: ConnectionPool): void {
    const drained = pool
      .drain()
      .catch(this.#onFault)
      .finally(() => this.#draining.delete(pool))
    this.#draining.set(pool, drained)
  }

  /** Resolves when no call is left in a version before. */
  async drained(): Promise<void> {
    await Promise.all(this.#draining.values())
  }

  /** Resolves when what was tracked is over; what failed told whoever asked for it. */
  async over(): Promise<void> {
    while (this.#ending.size > 0) await Promise.allSettled(this.#ending)
  }

  /** Ends what drains, too. */
  async close(): Promise<void> {
    for (const pool of this.#draining.keys()) void this.track(pool.close()).catch(this.#onFault)
    await this.over()
    await this.drained()
  }
}
