import type { Logger } from 'pino'

/** What waits to be written. It bounds itself and counts what it dropped. */
export interface Backlog<T> {
  readonly size: number
  readonly dropped: number
  /** Removes and returns the oldest. */
  take(max: number): readonly T[]
}

export interface BatchWriterOptions<T> {
  readonly backlog: Backlog<T>
  /** Rejects: none of the batch was written. */
  readonly write: (batch: readonly T[]) => Promise<void>
  /** Would the same batch be written another time? What would not is dropped. */
  readonly isPassing: (error: unknown) => boolean
  readonly batchMax: number
  /** Between the first that waits and its batch, so that batches are worth their transaction. */
  readonly delayMs: number
  /** Once for a batch that failed, or that was written after others were dropped. */
  readonly onTrouble: (trouble: WriteTrouble) => void
}

export interface WriteTrouble {
  readonly reason: string
  readonly waiting: number
  /** Since this was told last. */
  readonly dropped: number
}

export function warnOfTrouble(log: Pick<Logger, 'warn'>, what: string, taker = 'the database'): (trouble: WriteTrouble) => void {
  return (trouble) => log.warn(trouble, trouble.dropped === 0 ? `${what} wait for ${taker}` : `${what} were dropped: ${taker} did not take them`)
}

const RETRY_MS = 500
const RETRY_MS_MAX = 10_000

/** Writes what waits in batches, one at a time, off the path of whoever adds to the backlog; tries again while it cannot. */
export class BatchWriter<T> {
  readonly #options: BatchWriterOptions<T>
  #inHand: readonly T[] = []
  #refused = 0
  #droppedTold = 0
  #running: Promise<void> | undefined
  #wait: { readonly end: () => void } | undefined
  /** It waits for more to write, not for the database. */
  #isGathering = false
  #closing = false

  constructor(options: BatchWriterOptions<T>) {
    this.#options = options
  }

  /** Waiting, and being written now. */
  get waiting(): number {
    return this.#options.backlog.size + this.#inHand.length
  }

  /** For ever lost: there was no room, or the database refused the batch as such. */
  get dropped(): number {
    return this.#options.backlog.dropped + this.#refused
  }

  /** Something is in the backlog. Costs nothing while a batch is on its way; one that is full does not wait for more. */
  wake(): void {
    if (!this.#closing) this.#running ??= this.#run()
    if (this.#isGathering && this.#options.backlog.size >= this.#options.batchMax) this.#wait?.end()
  }

  /** Writes what waits; gives up after `graceMs` and counts the rest as dropped. */
  async close(graceMs: number): Promise<void> {
    if (!this.#closing && this.#options.backlog.size > 0) this.wake()
    this.#closing = true
    this.#wait?.end()
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, graceMs)
    await Promise.race([this.#running, late.promise])
    clearTimeout(timer)
    const lost = this.waiting
    if (lost === 0) return
    this.#refused += lost
    this.#tell('ToolDock is stopping')
  }

  async #run(): Promise<void> {
    const { backlog, batchMax, delayMs } = this.#options
    let retryMs = RETRY_MS
    await this.#gather(delayMs)
    while (backlog.size > 0 || this.#inHand.length > 0) {
      if (this.#inHand.length === 0) this.#inHand = backlog.take(batchMax)
      const wasWritten = await this.#tryToWrite()
      if (wasWritten) {
        retryMs = RETRY_MS
        if (backlog.size < batchMax) await this.#gather(delayMs)
      } else if (this.#closing) break
      else {
        await this.#pause(retryMs)
        retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
      }
    }
    this.#running = undefined
  }

  /** False: the batch stays in hand. */
  async #tryToWrite(): Promise<boolean> {
    try {
      await this.#options.write(this.#inHand)
    } catch (error) {
      const isPassing = this.#options.isPassing(error)
      if (!isPassing) {
        this.#refused += this.#inHand.length
        this.#inHand = []
      }
      this.#tell(error instanceof Error ? error.message : String(error))
      return !isPassing
    }
    this.#inHand = []
    if (this.dropped > this.#droppedTold) this.#tell('it is taken again')
    return true
  }

  #tell(reason: string): void {
    const dropped = this.dropped - this.#droppedTold
    this.#droppedTold = this.dropped
    this.#options.onTrouble({ reason, waiting: this.waiting, dropped })
  }

  async #gather(ms: number): Promise<void> {
    this.#isGathering = true
    await this.#pause(ms)
    this.#isGathering = false
  }

  #pause(ms: number): Promise<void> {
    if (this.#closing) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wait = {
        end: () => {
          clearTimeout(timer)
          resolve()
        },
      }
    })
  }
}

/** First in, first out; what comes when it is full is dropped. */
export class QueueBacklog<T> implements Backlog<T> {
  readonly #max: number
  #items: T[] = []
  #dropped = 0

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#items.length
  }

  get dropped(): number {
    return this.#dropped
  }

  add(item: T): void {
    if (this.#items.length < this.#max) this.#items.push(item)
    else this.#dropped++
  }

  take(max: number): readonly T[] {
    return this.#items.splice(0, max)
  }
}
