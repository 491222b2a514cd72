import { type ChannelAnswer, type ChannelEnd, ChannelError, type ChannelMessage } from '../channel.ts'
import { headOf } from './head-of.ts'
import { httpFailure, saysSessionLost } from './http-messages.ts'
import type { HttpPool } from './http-pool.ts'
import type { HttpExchange, HttpReader, ResponseHead } from './pooled-exchange.ts'
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
    const failureOf = ({ status }: ResponseHead) => (status < 300 ? undefined : this.toFailure(status, session))
    return headOf((reader) => this.open({ method: 'POST', lane: 'control', body }, reader), failureOf).settled
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
    const goodbye = headOf(
      (reader) => this.open({ method: 'DELETE', lane: 'control' }, reader),
      () => undefined,
    )
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, GOODBYE_MS)
    await Promise.race([goodbye.settled, late.promise]).catch(() => {}) // a courtesy: a server that is gone ends the session by itself
    clearTimeout(timer)
    goodbye.exchange.abort()
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
