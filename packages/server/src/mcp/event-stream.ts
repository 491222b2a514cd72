import type { ServerResponse } from 'node:http'

export interface EventStreamOptions {
  /** Time between keep-alive comments, in milliseconds. */
  readonly keepAliveMs: number
  /** What may wait for a slow reader before the stream is cut, in bytes. */
  readonly bufferBytesMax: number
  readonly onClose: () => void
}

const HEAD = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' } as const

/**
 * A stream of server-sent events to one client. Writing never waits: a reader that is so slow that more than
 * `bufferBytesMax` lies in memory for it loses the connection (it can come back and, in a legacy session, resume).
 */
export class EventStream {
  readonly #response: ServerResponse
  readonly #options: EventStreamOptions
  readonly #keepAlive: NodeJS.Timeout
  #open = true

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>, options: EventStreamOptions) {
    this.#response = response
    this.#options = options
    response.writeHead(200, { ...HEAD, ...headers })
    response.flushHeaders()
    this.#keepAlive = setInterval(() => this.#write(': keep-alive\n\n'), options.keepAliveMs)
    this.#keepAlive.unref()
    response.once('close', () => this.#closed())
    // The socket may already be gone, and then no event follows.
    if (response.destroyed) this.#closed()
  }

  get open(): boolean {
    return this.#open
  }

  /** One event; `data` must not contain a line break (JSON text never does). */
  send(data: string, id?: string, event?: string): void {
    this.#write(`${event === undefined ? '' : `event: ${event}\n`}${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`)
  }

  /** An event without data that tells a client where it is and when to come back (2025-11-25, basic/transports). */
  prime(id: string, retryMs: number): void {
    this.#write(`id: ${id}\nretry: ${retryMs}\ndata: \n\n`)
  }

  end(): void {
    if (!this.#open) return
    this.#response.end()
    this.#closed()
  }

  #write(text: string): void {
    if (!this.#open) return
    this.#response.write(text)
    if (this.#response.writableLength > this.#options.bufferBytesMax) {
      this.#response.destroy()
      this.#closed()
    }
  }

  #closed(): void {
    if (!this.#open) return
    this.#open = false
    clearInterval(this.#keepAlive)
    this.#options.onClose()
  }
}
