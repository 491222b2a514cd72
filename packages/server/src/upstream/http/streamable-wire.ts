import { type ChannelAnswer, type ChannelEnd, ChannelError, type ChannelMessage } from '../channel.ts'
import { httpFailure, saysSessionLost } from './http-messages.ts'
import type { HttpPool } from './http-pool.ts'
import { type HttpExchange, type HttpReader, isEventStream, type ResponseHead } from './pooled-exchange.ts'
import { ServerStream } from './server-stream.ts'
import type { StreamableMessage, StreamableServer } from './streamable.types.ts'
import { StreamableRequest } from './streamable-request.ts'
import type { Outgoing, Wire } from './wire.types.ts'

/** Streams of this revision and later cannot be resumed, and there are no sessions. */
const FIRST_MODERN_VERSION = '2026-07-28'
const SESSION_HEADER = 'mcp-session-id'
/** A goodbye that is not answered holds up nobody for longer. */
const GOODBYE_MS = 2000

export interface StreamableOptions {
  readonly url: string
  /** Lower case, checked by the channel. */
  readonly headers: Readonly<Record<string, string>>
  readonly messageBytesMax: number
  readonly reconnectMsMax: number
  /** Takes what belongs to no request. */
  readonly onMessage: (message: ChannelMessage) => void
}

/** Streamable HTTP of 2025-03-26 to 2026-07-28 (basic/transports): every message is a POST of its own. */
export class StreamableWire implements Wire, StreamableServer {
  /** It has no end of its own: each request finds out for itself whether the server is there. */
  readonly ended: Promise<ChannelEnd> = new Promise(() => {})
  readonly #pool: HttpPool
  readonly #options: StreamableOptions
  #path: string
  /** Changed by a handshake only: a request of a session that is lost must fail as such, not as one without a session. */
  #session: string | undefined
  #version: string | undefined
  #serverStream: ServerStream | undefined
  #headers: Readonly<Record<string, string>> = {}

  constructor(pool: HttpPool, options: StreamableOptions) {
    this.#pool = pool
    this.#options = options
    const { pathname, search } = new URL(options.url)
    this.#path = pathname + search
    this.#renewHeaders()
  }

  get session(): string | undefined {
    return this.#session
  }

  get messageBytesMax(): number {
    return this.#options.messageBytesMax
  }

  get reconnectMsMax(): number {
    return this.#options.reconnectMsMax
  }

  get canResume(): boolean {
    return this.#version === undefined || this.#version < FIRST_MODERN_VERSION
  }

  send(outgoing: Outgoing): () => void {
    const request = new StreamableRequest(this, outgoing)
    request.begin()
    return () => request.abandon()
  }

  post(body: string): Promise<void> {
    const session = this.#session
    return this.#exchangeHead({ method: 'POST', body }, (head) => this.#failureOf(head, session))
  }

  useVersion(version: string | undefined): void {
    this.#version = version
    this.#renewHeaders()
  }

  listen(): void {
    this.#serverStream?.stop()
    this.#serverStream = new ServerStream(this, this.#options.onMessage)
    this.#serverStream.start()
  }

  async close(): Promise<void> {
    this.#serverStream?.stop()
    if (this.#session === undefined) return
    try {
      await this.#exchangeHead({ method: 'DELETE' }, () => undefined, GOODBYE_MS)
    } catch {
      // a courtesy: a server that is gone or slow ends the session by itself
    }
  }

  open({ method, lane, body, headers, isInitialize }: StreamableMessage, reader: HttpReader): HttpExchange {
    const all: Record<string, string> = { ...this.#headers, ...headers }
    if (isInitialize) delete all[SESSION_HEADER]
    return this.#pool.send({ method, path: this.#path, headers: all, lane, ...(body === undefined ? {} : { body }) }, reader)
  }

  noteHead(head: ResponseHead, isInitialize: boolean): void {
    this.#path = head.path
    const encoding = head.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') throw new ChannelError('protocol_violation', 'The server encoded its answer unasked.')
    if (!isInitialize || head.status >= 300) return
    const session = head.headers[SESSION_HEADER]
    if (session !== undefined && !/^[\x21-\x7e]{1,4096}$/.test(String(session)))
      throw new ChannelError('protocol_violation', 'The server gave a session id that cannot be sent back.')
    this.#session = session === undefined ? undefined : String(session)
    this.#renewHeaders()
  }

  toFailure(status: number, session: string | undefined, answer?: ChannelAnswer): ChannelError | undefined {
    if (session !== undefined && saysSessionLost(status, answer)) return new ChannelError('session_lost', 'The server has forgotten the session.', { status })
    return answer === undefined ? httpFailure(status) : undefined
  }

  #failureOf({ status }: ResponseHead, session: string | undefined): ChannelError | undefined {
    return status < 300 ? undefined : this.toFailure(status, session)
  }

  /** Settles when the head of the answer is there; its body does not matter. */
  #exchangeHead(
    request: { readonly method: 'POST' | 'DELETE'; readonly body?: string },
    failureOf: (head: ResponseHead) => ChannelError | undefined,
    deadlineMs?: number,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const exchange = this.open(
      { ...request, lane: 'control' },
      {
        onStart(head) {
          const failure = failureOf(head)
          if (failure === undefined) resolve()
          else reject(failure)
          if (isEventStream(head.headers)) exchange.abort() // nothing that we wait for
        },
        onData() {},
        onEnd() {},
        onError: reject,
      },
    )
    if (deadlineMs === undefined) return promise
    const timer = setTimeout(() => {
      exchange.abort()
      resolve()
    }, deadlineMs)
    return promise.finally(() => clearTimeout(timer))
  }

  #renewHeaders(): void {
    const headers: Record<string, string> = {
      ...this.#options.headers,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    }
    if (this.#session !== undefined) headers[SESSION_HEADER] = this.#session
    if (this.#version !== undefined) headers['mcp-protocol-version'] = this.#version
    this.#headers = headers
  }
}
