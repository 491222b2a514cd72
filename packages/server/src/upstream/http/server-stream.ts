import type { ChannelError, ChannelMessage } from '../channel.ts'
import { EventReader } from './event-reader.ts'
import { readMessages } from './http-messages.ts'
import { type HttpExchange, type HttpReader, isEventStream, type ResponseHead } from './pooled-exchange.ts'
import type { StreamableServer } from './streamable.types.ts'
import { isPassing, RETRY_MS } from './streamable-request.ts'

/** A server that ends the stream and asks for no pause is not asked more often. */
const RECONNECT_MS_MIN = 100

/**
 * The stream of messages that belong to no request (2025-03-26 to 2025-11-25, basic/transports, "Listening for Messages from
 * the Server"). Opened again when it ends, after the last event; given up when the server says that it has none.
 */
export class ServerStream implements HttpReader {
  readonly #server: StreamableServer
  #exchange: HttpExchange | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #events: EventReader
  #failures = 0
  #isStopped = false

  constructor(server: StreamableServer, onMessage: (message: ChannelMessage) => void) {
    this.#server = server
    this.#events = new EventReader(server.messageBytesMax, ({ type, data }) => {
      if (type !== 'message') return
      // Answers do not belong here: the streams of requests are resumed by the requests themselves.
      for (const message of readMessages(data)) if (message.kind === 'message') onMessage(message.message)
    })
  }

  start(): void {
    const { lastEventId } = this.#events
    const headers = { accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) }
    this.#exchange = this.#server.open({ method: 'GET', lane: 'stream', headers }, this)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#exchange?.abort()
  }

  onStart(head: ResponseHead): void {
    if (head.status < 300 && isEventStream(head.headers)) {
      this.#failures = 0
      return this.#events.restart()
    }
    this.#exchange?.abort()
    if (isPassing(head.status)) this.#reconnect(true)
    else this.stop() // 405: the server has no such stream; 404: the session is gone, as the next request will tell
  }

  onData(chunk: Buffer): void {
    this.#events.read(chunk)
  }

  onEnd(): void {
    this.#reconnect(false)
  }

  onError(error: ChannelError): void {
    // A message that cannot be read or is too large comes again after its predecessor: go on without the past.
    if (error.code === 'too_large' || error.code === 'protocol_violation') this.#events.lastEventId = undefined
    if (error.code === 'refused') this.stop()
    else this.#reconnect(true)
  }

  #reconnect(isFailure: boolean): void {
    if (this.#isStopped) return
    const retryMs = this.#events.retryMs ?? RETRY_MS
    const backoffMs = isFailure ? Math.min(RETRY_MS * 2 ** Math.min(this.#failures++, 30), this.#server.reconnectMsMax) : 0
    this.#timer = setTimeout(() => this.start(), Math.max(retryMs, backoffMs, RECONNECT_MS_MIN))
  }
}
