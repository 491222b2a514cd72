import type { ChannelAnswer, ChannelError } from '../channel.ts'
import type { HttpExchange, HttpReader, HttpRequest, ResponseHead } from './pooled-exchange.ts'

/** The server as one request or stream of {@link StreamableWire} sees it. */
export interface StreamableServer {
  /** The session that a request sent now belongs to. */
  readonly session: string | undefined
  readonly messageBytesMax: number
  readonly reconnectMsMax: number
  /** Whether streams of the revision that is spoken can be resumed. */
  readonly canResume: boolean
  /** Sends a message and reads its answer. */
  open(request: StreamableMessage, reader: HttpReader): HttpExchange
  /** What the head of an answer says about where the server is, and in which session. @throws {ChannelError} */
  noteHead(head: ResponseHead, isInitialize: boolean): void
  /** The error of a request that was sent in `session`; undefined when `answer`, a JSON-RPC error, is all there is to say. */
  toFailure(status: number, session: string | undefined, answer?: ChannelAnswer): ChannelError | undefined
}

export interface StreamableMessage extends Pick<HttpRequest, 'method' | 'lane'> {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Begins a session: goes out without one. */
  readonly isInitialize?: boolean
}
