import type { Catalogue } from '@tooldock/worker/protocol'
import type { ChannelReply } from './channel.ts'
import type { PassedRequest, RunningCall } from './upstream.ts'

export type Era = 'modern' | 'legacy'

/** How to speak to a server. */
export interface ConnectOptions {
  /** Exactly what is declared to the server; a `shared` connection declares everything ToolDock can relay. */
  readonly clientCapabilities: Readonly<Record<string, unknown>>
  readonly clientInfo: { readonly name: string; readonly version: string }
  /** The era of the client in front: a server of both is spoken to in it. Undefined: the server's newest. */
  readonly preferEra?: Era
  /** What an earlier connection to the same version of the server found; re-probed when it turns out wrong. */
  readonly knownEra?: Era
  /** From the first byte to the last list, in milliseconds. */
  readonly deadlineMs: number
  readonly callTimeoutMs: number
  readonly parkMs: number
  readonly parkedCallsMax: number
  /** Calls that wait on all connections to the server, which share the bound; missing: those of this one. */
  readonly parkedTogether?: () => number
  /** Over all lists and pages; a server with more is refused. */
  readonly listEntriesMax: number
  readonly onEvent: (event: ConnectionEvent) => void
  /** Answers what a legacy server asks outside of any call; never rejects. Missing: it is refused, as nobody is there to ask. */
  readonly onQuestion?: (method: string, params: Readonly<Record<string, unknown>>) => Promise<ChannelReply>
}

export type ConnectionEvent =
  | { readonly type: 'listChanged'; readonly list: 'tools' | 'prompts' | 'resources' }
  | { readonly type: 'resourceUpdated'; readonly uri: string }
  /** Of an extension, and of no call that is open. */
  | { readonly type: 'notification'; readonly method: string; readonly params: Readonly<Record<string, unknown>> }
  /** A log of the server that belongs to no call, with `params` as it wrote them; without, it is ours. */
  | { readonly type: 'log'; readonly level: string; readonly data: unknown; readonly params?: Readonly<Record<string, unknown>> }

/**
 * One connection to one MCP server, after its handshake, in terms of 2026-07-28 whatever the server speaks. A legacy
 * server's own requests (elicitation, sampling, roots) become `input_required`: its call stays open, parked, until the
 * retry brings the answers.
 */
export interface McpConnection {
  readonly era: Era
  /** The server says that it speaks the other era too. */
  readonly isDual: boolean
  readonly protocolVersion: string
  readonly serverInfo: Readonly<Record<string, unknown>>
  /** As the server declared them, unknown members and extensions included. */
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly instructions: string | undefined
  readonly inFlight: number
  readonly parked: number
  /** Open streams of {@link listen}, and resources that are watched. */
  readonly listening: number
  /** Resolves when no call is in flight or parked; never rejects. */
  whenIdle(): Promise<void>
  /** Resolves, never rejects, with why the connection ended. */
  readonly closed: Promise<{ readonly message: string }>
  /** Follows every page; entries as the server wrote them (`file` is ''). @throws {ToolDockError} upstream_* */
  list(): Promise<Catalogue>
  call(call: PassedRequest): RunningCall
  /** As {@link Upstream.listen}. Missing: the server knows no such streams. */
  listen?(request: PassedRequest): RunningCall
  /** Passes a notification of a client on. Modern servers take none. */
  notify?(method: string, params: Readonly<Record<string, unknown>>): void
  abandon(requestState: string): void
  /** Does this connection hold the parked call? */
  holds(requestState: string): boolean
  /** Asks for updates of a resource; counted, so that the last one to end it ends it upstream. */
  subscribe(uri: string): () => void
  /** Rejects when the server does not answer in time, or no longer speaks this era. */
  ping(timeoutMs: number): Promise<void>
  close(): Promise<void>
}
