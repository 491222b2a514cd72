/** Where lines go. */
export interface LineSink {
  /** Writes whole lines that share one `part` (a day, for a daily file). */
  append(text: string, part: string): Promise<void>
  /** An `append` that waits for its reader rejects. */
  close(): Promise<void>
}

export interface LineWriterOptions {
  /** Characters that may wait; further lines are dropped. */
  readonly waitingMax: number
  /** Told that lines are lost: at once, then now and then, and at the end. */
  readonly onTrouble: (message: string) => void
}

interface Batch {
  readonly part: string
  readonly lines: string[]
}

/** Between two writes: handing one to a thread costs the event loop as much as hundreds of lines, so under load many share one. */
const PAUSE_MS = 50
/** A reader that has stopped reading must not hold up the end of the process. */
const CLOSE_WAIT_MS = 1000
const SAY_INTERVAL_MS = 60_000

/**
 * Takes lines at once and writes them together, one write at a time: the first after a quiet time at the end of its
 * turn of the event loop. It never throws and never makes its caller wait: what cannot be written is counted.
 */
export class LineWriter {
  readonly #sink: LineSink
  readonly #options: LineWriterOptions
  #batches: Batch[] = []
  #waiting = 0
  #lost = 0
  #said = 0
  #saidAt = Number.NEGATIVE_INFINITY
  #writing: Promise<void> | undefined
  #endPause: (() => void) | undefined
  #closed = false
  #sinkClosed: Promise<void> | undefined

  constructor(sink: LineSink, options: LineWriterOptions) {
    this.#sink = sink
    this.#options = options
  }

  /** Lines that were dropped or could not be written. */
  get lost(): number {
    return this.#lost
  }

  write(line: string, part = ''): void {
    if (this.#closed) return
    if (this.#waiting + line.length > this.#options.waitingMax) {
      this.#lose(1, 'it cannot be written as fast as it comes')
      return
    }
    this.#waiting += line.length
    const last = this.#batches.at(-1)
    if (last?.part === part) last.lines.push(line)
    else this.#batches.push({ part, lines: [line] })
    this.#writing ??= this.#run()
  }

  /** Resolves when everything was written or lost, and the sink is closed. Lines that come later are not taken. */
  async close(): Promise<void> {
    this.#closed = true
    this.#endPause?.()
    const giveUp = setTimeout(() => void this.#closeSink(), CLOSE_WAIT_MS)
    await this.#writing
    clearTimeout(giveUp)
    await this.#closeSink()
    if (this.#lost > this.#said) this.#options.onTrouble(`${this.#lost} log lines were lost`)
  }

  #closeSink(): Promise<void> {
    this.#sinkClosed ??= this.#sink.close().catch((error: Error) => this.#options.onTrouble(error.message))
    return this.#sinkClosed
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#batches.length > 0) {
      await this.#drain()
      if (!this.#closed) await this.#pause()
    }
    this.#writing = undefined
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PAUSE_MS)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #drain(): Promise<void> {
    for (let batch = this.#batches.shift(); batch; batch = this.#batches.shift()) {
      const text = batch.lines.join('')
      try {
        if (this.#sinkClosed) throw new Error('there was no time left')
        await this.#sink.append(text, batch.part)
      } catch (error) {
        this.#lose(batch.lines.length, (error as Error).message)
      }
      this.#waiting -= text.length
    }
  }

  #lose(lines: number, reason: string): void {
    this.#lost += lines
    const now = performance.now()
    if (now - this.#saidAt < SAY_INTERVAL_MS) return
    this.#saidAt = now
    this.#said = this.#lost
    this.#options.onTrouble(`log lines are being lost (${this.#lost} until now): ${reason}`)
  }
}
