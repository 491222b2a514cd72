import type { Principal } from '../kernel/principal.ts'

/** The methods that reach an MCP server; everything else is answered from the snapshot. */
export type CallMethod = 'tools/call' | 'resources/read' | 'prompts/get' | 'completion/complete'

/** One call, in the terms of MCP 2026-07-28, whatever era its caller and the server speak. */
export interface UpstreamCall {
  readonly method: CallMethod
  /** MCP parameters without the envelope; `requestState` is the upstream's own (already opened by the frontend). */
  readonly params: Readonly<Record<string, unknown>>
  readonly requestId: string
  /** The tool's own bound, in milliseconds; missing: the namespace's. */
  readonly timeoutMs?: number
  readonly principal: Principal
  /** The era of the caller; a server of both eras is spoken to in it. */
  readonly era?: 'modern' | 'legacy'
  /** The caller's legacy session, for servers that keep one process for each. */
  readonly session?: string
  /** What the caller can do for the server (elicitation, sampling, roots); `{}` for REST. */
  readonly clientCapabilities: Readonly<Record<string, unknown>>
  readonly clientInfo?: Readonly<Record<string, unknown>>
  /** Least severe level the caller wants to receive; absent: none. */
  readonly logLevel?: string
  /** The caller's other `_meta` members (trace context, vendor keys), passed on unchanged. */
  readonly meta?: Readonly<Record<string, unknown>>
  /** False: the caller has not asked for progress, and the server is not asked for it either. */
  readonly wantsProgress?: false
  /**
   * What the server says during the call, in order and before the result: `notifications/progress` (its progressToken
   * is the upstream's and must be replaced), `notifications/message`, and `tooldock/closeStream`. Absent: the caller
   * cannot receive any.
   */
  readonly onNotification?: (method: string, params: Record<string, unknown>) => void
  /** What the server says after the call of a task it began, as long as the caller's session lives. Absent: nothing is heard. */
  readonly onLater?: (method: string, params: Record<string, unknown>) => void
}

/** A request whose method MCP does not define, passed on as it is: an extension's, in the era of its caller alone. */
export interface PassedRequest extends Omit<UpstreamCall, 'method'> {
  readonly method: string
}

/** What says which connection of a server is a client's. */
export type UpstreamClient = Pick<PassedRequest, 'era' | 'session' | 'clientCapabilities'>

/** What a legacy client says of its own accord, and MCP does not define. */
export type PassedNotification = Pick<PassedRequest, 'method' | 'params' | 'session' | 'clientCapabilities'>

export interface CompleteResult {
  readonly kind: 'complete'
  /**
   * The result object as JSON text, beginning with `{"resultType":"complete"`. A string, so that a large result of a
   * worker is passed on without being parsed.
   */
  readonly json: string
  readonly isError: boolean
}

/** MCP 2026-07-28, basic/patterns/mrtr: the server needs input before it can go on. */
export interface InputRequired {
  readonly kind: 'input_required'
  readonly inputRequests: Readonly<Record<string, { readonly method: string; readonly params?: Record<string, unknown> }>>
  /** The upstream's state, to be sealed by the frontend before a client sees it. */
  readonly requestState?: string
  /** Resolves when the answers no longer matter: a retry without them tells how the call ended. Missing: nobody can know. */
  readonly settled?: Promise<void>
  /** A legacy server has asked and waits: an answer may be a {@link RefusedInput}, and there may be word before it. Missing: only results are answers. */
  readonly dialogue?: {
    /** The client's `notifications/progress` of the answer to one of the requests. */
    progress(key: string, params: Readonly<Record<string, unknown>>): void
  }
}

/** In place of an answer: the JSON-RPC error with which a legacy client refused to give one. */
export class RefusedInput {
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown }

  constructor(error: RefusedInput['error']) {
    this.error = error
  }
}

export type UpstreamResult = CompleteResult | InputRequired

export interface RunningCall {
  /** Rejects with a ToolDockError (tool_timeout, worker_crashed, cancelled, …). */
  readonly result: Promise<UpstreamResult>
  /** The caller is gone: the server is told, the result rejects with `cancelled`. Harmless when the call has ended. */
  cancel(reason: string): void
}

/** A live connection to one MCP server of either era, seen from the gateway's side. */
export interface Upstream {
  call(call: UpstreamCall): RunningCall
  /** Missing: the namespace knows no methods but those of MCP. Rejects with `method_not_found` across eras. */
  pass?(request: PassedRequest): RunningCall
  /**
   * Opens a stream of what a client of 2026-07-28 wants to hear of beside what MCP defines: `params.notifications` holds the
   * filters of extensions alone. It lasts until it is cancelled; what the server agreed to comes first
   * (`notifications/subscriptions/acknowledged`). The result: the server has ended it; rejects when it refused, or is gone.
   */
  listen?(request: PassedRequest): RunningCall
  /** Never fails: a notification has no answer. */
  notify?(notification: PassedNotification): void
  /** Asks for `resourceUpdated` events of a resource, where this client's calls go; the returned function ends it. Missing: they come anyway. */
  subscribe?(uri: string, client: UpstreamClient): () => void
  /** A legacy session of a client has ended: what was kept for it alone can go. */
  endSession?(session: string): void
  /** Ends a call that waits for input which will never come (`requestState` as the upstream gave it). */
  abandon(requestState: string): void
}
