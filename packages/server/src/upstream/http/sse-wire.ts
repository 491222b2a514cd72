import { type ChannelEnd, ChannelError, type ChannelMessage } from '../channel.ts'
import { EventReader } from './event-reader.ts'
import { headOf } from './head-of.ts'
import { httpFailure, readMessages } from './http-messages.ts'
import type { HttpPool } from './http-pool.ts'
import { type HttpExchange, isEventStream, type ResponseHead } from './pooled-exchange.ts'
import type { Outgoing, Wire } from './wire.types.ts'

export interface SseOptions {
  readonly url: string
  /** Lower case, checked by the channel. */
  readonly headers: Readonly<Record<string, string>>
  readonly messageBytesMax: number
  /** From the request for the stream to its `endpoint` event. */
  readonly openTimeoutMs: number
  readonly onMessage: (message: ChannelMessage) => void
}

/**
 * HTTP+SSE of 2024-11-05 (basic/transports): one stream brings everything the server says, and messages are posted to the
 * address that its first event names. When the stream ends, so has the session.
 */
export class SseWire implements Wire {
  readonly ended: Promise<ChannelEnd>
  readonly #pool: HttpPool
  readonly #options: SseOptions
  readonly #end: (end: ChannelEnd) => void
  readonly #waiting = new Map<number, Outgoing>()
  readonly #endpoint = Promise.withResolvers<string>()
  #stream: HttpExchange | undefined
  #path = ''
  #failure: ChannelError | undefined

  private constructor(pool: HttpPool, options: SseOptions) {
    this.#pool = pool
    this.#options = options
    const ended = Promise.withResolvers<ChannelEnd>()
    this.ended = ended.promise
    this.#end = ended.resolve
  }

  /** Resolves when the server has said where to post. @throws {ChannelError} */
  static async open(pool: HttpPool, options: SseOptions): Promise<SseWire> {
    const wire = new SseWire(pool, options)
    const timer = setTimeout(
      () => wire.#fail(new ChannelError('timed_out', 'The server did not say in time where messages are posted.')),
      options.openTimeoutMs,
    )
    try {
      wire.#openStream()
      wire.#path = await wire.#endpoint.promise
      return wire
    } finally {
      clearTimeout(timer)
    }
  }

  send(outgoing: Outgoing): () => void {
    if (this.#failure !== undefined) {
      outgoing.settle(this.#failure)
      return () => {}
    }
    this.#waiting.set(outgoing.id, outgoing)
    this.#post(outgoing.body, 'call').catch((error: ChannelError) => this.#take(outgoing.id)?.settle(error))
    return () => this.#take(outgoing.id)
  }

  post(body: string): Promise<void> {
    return this.#failure === undefined ? this.#post(body, 'control') : Promise.reject(this.#failure)
  }

  useVersion(): void {
    // the header came with the transport that replaced this one
  }

  listen(): void {
    // the one stream brings everything
  }

  async close(): Promise<void> {
    this.#fail(new ChannelError('closed', 'The connection was closed.'))
  }

  #openStream(): void {
    const { url, headers, messageBytesMax } = this.#options
    const { pathname, search } = new URL(url)
    const events = new EventReader(messageBytesMax, ({ type, data }) => {
      if (type === 'endpoint') this.#endpoint.resolve(this.#endpointPath(data))
      else if (type === 'message') this.#onText(data)
    })
    this.#stream = this.#pool.send(
      { method: 'GET', path: pathname + search, headers: { ...headers, accept: 'text/event-stream' }, lane: 'stream' },
      {
        onStart: (head) => {
          const failure = streamFailure(head)
          if (failure !== undefined) this.#fail(failure)
        },
        onData: (chunk) => events.read(chunk),
        onEnd: () => this.#fail(new ChannelError('closed', 'The server ended the stream.')),
        onError: (error) => this.#fail(error),
      },
    )
  }

  /** An address elsewhere could be one that was refused, and it would be sent our headers. */
  #endpointPath(data: string): string {
    const endpoint = URL.canParse(data, this.#options.url) ? new URL(data, this.#options.url) : undefined
    if (endpoint?.origin !== this.#pool.origin) throw new ChannelError('refused', 'The server wants messages posted to another server, which is not done.')
    return endpoint.pathname + endpoint.search
  }

  #onText(text: string): void {
    for (const message of readMessages(text)) {
      if (message.kind === 'answer') this.#take(message.id)?.settle(message.answer)
      else this.#options.onMessage(message.message)
    }
  }

  #take(id: number): Outgoing | undefined {
    const outgoing = this.#waiting.get(id)
    this.#waiting.delete(id)
    return outgoing
  }

  /** Settles when the server has taken the message, or not. */
  #post(body: string, lane: 'call' | 'control'): Promise<void> {
    const headers = { ...this.#options.headers, 'content-type': 'application/json', accept: 'application/json' }
    const failureOf = ({ status }: ResponseHead) => (status < 300 ? undefined : httpFailure(status))
    return headOf((reader) => this.#pool.send({ method: 'POST', path: this.#path, headers, body, lane }, reader), failureOf).settled
  }

  #fail(error: ChannelError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#stream?.abort()
    this.#endpoint.reject(error)
    this.#endpoint.promise.catch(() => {}) // told to who opens it, who may have what they wanted already
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const outgoing of waiting) outgoing.settle(error)
    this.#end({ code: error.code, message: error.message })
  }
}

function streamFailure({ status, headers }: ResponseHead): ChannelError | undefined {
  if (status >= 300) return httpFailure(status)
  return isEventStream(headers) ? undefined : new ChannelError('protocol_violation', 'The server answered without an event stream.')
}
