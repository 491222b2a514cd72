import { type ChannelAnswer, ChannelError, STREAM_CLOSED } from '../channel.ts'
import type { WireMessage } from '../wire-message.ts'
import { BodyReader } from './body-reader.ts'
import { EventReader } from './event-reader.ts'
import { errorIn, httpFailure, NO_ID, readMessages } from './http-messages.ts'
import { type HttpExchange, type HttpReader, isEventStream, mediaTypeOf, type ResponseHead } from './pooled-exchange.ts'
import type { StreamableServer } from './streamable.types.ts'
import type { Outgoing } from './wire.types.ts'

/** Bytes of a body with an error status that are looked at. */
const ERROR_BYTES_MAX = 64 * 1024
/** The HTML standard leaves the delay to the client when the server names none. */
export const RETRY_MS = 1000
/** Attempts to resume a stream without a sign of life of it. */
const RESUMES_MAX = 5
/** A server that leaves the stream open after its answer keeps the connection no longer. */
const LINGER_MS = 1000
/** Answers to a GET that may be another the next time. */
export const isPassing = (status: number): boolean => status === 409 || status === 425 || status === 429 || status >= 500

/** The connection was lost, rather than misused. */
const isBroken = ({ code }: ChannelError): boolean => code === 'closed' || code === 'unreachable' || code === 'timed_out'

/**
 * One JSON-RPC request over Streamable HTTP: a POST, its answer as JSON or on an event stream, and where the server broke the
 * stream off but marked its events, GETs that go on after the last one (2025-11-25, basic/transports, "Resumability").
 */
export class StreamableRequest implements HttpReader {
  readonly #server: StreamableServer
  readonly #outgoing: Outgoing
  #session: string | undefined
  #exchange: HttpExchange | undefined
  #timer: NodeJS.Timeout | undefined
  #events: EventReader | undefined
  #body: BodyReader | undefined
  #head: ResponseHead | undefined
  #resumes = 0
  #isResuming = false
  #isResent = false
  #isSettled = false

  constructor(server: StreamableServer, outgoing: Outgoing) {
    this.#server = server
    this.#outgoing = outgoing
  }

  begin(): void {
    const { method, body, headers } = this.#outgoing
    const isInitialize = method === 'initialize'
    this.#session = isInitialize ? undefined : this.#server.session
    this.#exchange = this.#server.open({ method: 'POST', lane: method === 'subscriptions/listen' ? 'stream' : 'call', body, headers, isInitialize }, this)
  }

  abandon(): void {
    this.#isSettled = true
    clearTimeout(this.#timer)
    this.#exchange?.abort()
  }

  onStart(head: ResponseHead): void {
    this.#head = head
    if (this.#isResuming) return this.#onResumed(head)
    this.#server.noteHead(head, this.#outgoing.method === 'initialize')
    const isOk = head.status < 300
    if (isOk && isEventStream(head.headers)) this.#readEvents()
    else if (isOk) this.#body = new BodyReader(this.#server.messageBytesMax, (text) => this.#onText(text))
    else this.#body = new BodyReader(ERROR_BYTES_MAX, (text) => this.#onErrorText(text, head.status))
  }

  onData(chunk: Buffer): void {
    if (this.#isSettled) return
    this.#events?.read(chunk)
    this.#body?.read(chunk)
  }

  onEnd(): void {
    this.#exchange = undefined
    clearTimeout(this.#timer)
    if (!this.#isSettled) this.#body?.end()
    if (this.#isSettled) return
    if (this.#events === undefined) return this.#settle(this.#noAnswer(this.#head as ResponseHead))
    if (this.#resume(new ChannelError('closed', 'The server ended the stream without an answer.'))) this.#outgoing.onMessage(STREAM_CLOSED)
  }

  onError(error: ChannelError): void {
    this.#exchange = undefined
    clearTimeout(this.#timer)
    if (this.#isSettled) return
    if (this.#head !== undefined && this.#head.status >= 300) this.#settle(this.#noAnswer(this.#head))
    else if (this.#events !== undefined && isBroken(error)) this.#resume(error)
    else this.#settle(error)
  }

  #noAnswer(head: ResponseHead): ChannelError {
    if (head.status >= 300) return this.#server.toFailure(head.status, this.#session) ?? httpFailure(head.status)
    const type = mediaTypeOf(head.headers)
    return new ChannelError(
      'protocol_violation',
      `The server answered HTTP ${head.status} (${type === '' ? 'no content type' : type}) without a JSON-RPC answer.`,
    )
  }

  #readEvents(): void {
    this.#events = new EventReader(this.#server.messageBytesMax, ({ type, data }) => {
      if (type === 'message') this.#onText(data)
    })
  }

  #onText(text: string): void {
    this.#resumes = 0
    for (const message of readMessages(text)) if (!this.#isSettled) this.#onMessage(message)
  }

  #onMessage(message: WireMessage): void {
    if (message.kind === 'answer') {
      // The answer to another request on this stream is the server's mistake, and nobody waits for it.
      if (message.id === this.#outgoing.id || message.id === NO_ID) this.#settle(message.answer)
      return
    }
    // The server waits for a person: others need not wait for them too.
    if (message.message.kind === 'request') this.#exchange?.leaveLane()
    this.#outgoing.onMessage(message.message)
  }

  #onErrorText(text: string, status: number): void {
    const answer = errorIn(text, status)
    if (answer !== undefined && !this.#isSettled) this.#settle(this.#server.toFailure(status, this.#session, answer) ?? answer)
  }

  #settle(outcome: ChannelAnswer | ChannelError): void {
    if (outcome instanceof ChannelError && outcome.code === 'session_lost' && this.#sendInNewSession()) return
    this.#isSettled = true
    if (this.#exchange !== undefined) this.#timer = setTimeout(() => this.#exchange?.abort(), LINGER_MS)
    this.#outgoing.settle(outcome)
  }

  /** Another request has noticed before, and there is a new session: the server did nothing with this one, so it goes out again, once. */
  #sendInNewSession(): boolean {
    if (this.#isResent || this.#server.session === this.#session) return false
    this.#isResent = true
    this.#exchange?.abort()
    this.#head = undefined
    this.#body = undefined
    this.begin()
    return true
  }

  /** False when the stream cannot be resumed: the request has ended with `error`. */
  #resume(error: ChannelError): boolean {
    const id = this.#events?.lastEventId
    if (id === undefined || !this.#server.canResume || ++this.#resumes > RESUMES_MAX) {
      this.#settle(error)
      return false
    }
    this.#isResuming = true
    this.#head = undefined
    this.#timer = setTimeout(() => {
      this.#exchange = this.#server.open({ method: 'GET', lane: 'call', headers: { accept: 'text/event-stream', 'last-event-id': id } }, this)
    }, this.#events?.retryMs ?? RETRY_MS)
    return true
  }

  /** The server has the request already: it is never sent again, whatever the answer. */
  #onResumed(head: ResponseHead): void {
    if (head.status < 300 && isEventStream(head.headers)) return this.#events?.restart()
    const failure = new ChannelError('closed', `The server ended the stream without an answer, and does not resume it (HTTP ${head.status}).`)
    this.#exchange?.abort()
    this.#exchange = undefined
    if (isPassing(head.status)) this.#resume(failure)
    else this.#settle(failure)
  }
}
