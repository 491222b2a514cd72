/**
 * A way to exchange JSON-RPC messages with one MCP server, whatever its era: the pipes of a child process, or HTTP.
 * It knows framing, ids, headers and streams; what messages mean is the business of {@link McpConnection}.
 */
export interface Channel {
  readonly kind: 'stdio' | 'http'
  /** Resolves, never rejects, when no more messages can be exchanged. */
  readonly closed: Promise<ChannelEnd>
  /** Who takes the messages that belong to no request; set before the first request. Must not throw. */
  receive(onMessage: (message: ChannelMessage) => void): void
  /** HTTP: `MCP-Protocol-Version` of everything that is sent from now on, undefined for none. Nothing on stdio. */
  useVersion(version: string | undefined): void
  request(request: ChannelRequest): ChannelExchange
  /** Resolves when the message is on its way. @throws {ChannelError} */
  notify(method: string, params?: Readonly<Record<string, unknown>>): Promise<void>
  /** Answers a request of the server. @throws {ChannelError} */
  respond(id: string | number, answer: ChannelReply): Promise<void>
  /** HTTP, legacy: opens the stream of messages that belong to no request, and keeps it open (Last-Event-ID, `retry`). Nothing on stdio. */
  listen(): void
  close(): Promise<void>
}

export interface ChannelRequest {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  /** HTTP only: headers of the protocol (Mcp-Method, Mcp-Name, Mcp-Param-*). */
  readonly headers?: Readonly<Record<string, string>>
  /** Messages on this request's own stream, in order and before the answer. stdio cannot tell and gives all to the receiver of the channel. */
  readonly onMessage?: (message: ChannelMessage) => void
}

export interface ChannelExchange {
  /** The id the request went out with. */
  readonly id: number
  /** Rejects with {@link ChannelError} only. A JSON-RPC error is an answer. */
  readonly answer: Promise<ChannelAnswer>
  /** Nobody waits any more: HTTP closes the stream; `answer` rejects with `cancelled`. Does not tell the server. */
  cancel(): void
}

export type ChannelAnswer =
  /** `result` as JSON text: large results are not parsed on their way. */
  | { readonly kind: 'result'; readonly text: string }
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: unknown; readonly httpStatus?: number }

export type ChannelReply = { readonly result: unknown } | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }

/** What a server sends of its own accord. `text` of params is kept for what is only passed on. */
export type ChannelMessage =
  | { readonly kind: 'request'; readonly id: string | number; readonly method: string; readonly params: Readonly<Record<string, unknown>> }
  | { readonly kind: 'notification'; readonly method: string; readonly params: Readonly<Record<string, unknown>> }

/** On the stream of a request: the server has closed it before the answer, which is fetched from it later (2025-11-25, basic/transports). */
export const STREAM_CLOSED: ChannelMessage = { kind: 'notification', method: 'tooldock/closeStream', params: {} }

export interface ChannelEnd {
  readonly code: ChannelErrorCode
  readonly message: string
}

/** `http_status`: an HTTP answer that is no JSON-RPC (details.status); `session_lost`: HTTP 404 for our session. */
export type ChannelErrorCode =
  | 'closed'
  | 'cancelled'
  | 'timed_out'
  | 'protocol_violation'
  | 'too_large'
  | 'unreachable'
  | 'http_status'
  | 'session_lost'
  | 'refused'

export class ChannelError extends Error {
  readonly code: ChannelErrorCode
  readonly status: number | undefined
  constructor(code: ChannelErrorCode, message: string, options?: ErrorOptions & { readonly status?: number }) {
    super(message, options)
    this.name = 'ChannelError'
    this.code = code
    this.status = options?.status
  }
}
