/**
 * What the gateway and a worker say to each other: MCP 2026-07-28 as newline-delimited JSON over one duplex pipe
 * (file descriptor 3 of the worker; its stdout and stderr are free for what tools print), plus three additions:
 * `tooldock/load`, which must be the first request; the `_meta` key CALL_META on requests; and ERROR_META on results.
 * The worker writes result members in this order: `resultType`, `isError` (only when true), then the rest, so that the
 * gateway can pass a large result on without parsing it.
 */
export const PROTOCOL_FD = 3
/** On every call: who calls and for how long. Value: {@link CallMeta}. */
export const CALL_META = 'io.tooldock/call'
/** On a result with `isError: true`: why, for callers that are programs. Value: {@link ErrorMeta}. */
export const ERROR_META = 'io.tooldock/error'

export interface CallMeta {
  readonly requestId: string
  readonly principal: { readonly kind: string; readonly id: string; readonly name: string }
  /** How long a call may stay parked waiting for input, in milliseconds. */
  readonly parkMs: number
}

export interface ErrorMeta {
  /** A code of the gateway's catalogue. */
  readonly code: 'invalid_arguments' | 'tool_error' | 'invalid_result' | 'result_too_large' | 'too_many_parked_calls' | 'input_unsupported'
  readonly details?: unknown
}

/** Parameters of `tooldock/load`. Paths are absolute. */
export interface LoadParams {
  readonly namespace: string
  /** The frozen generation (or, for a dry run, the staged copy) to load. */
  readonly dir: string
  /** Where tools may write (`ctx.dataDir`); only given when the permission was accepted. */
  readonly dataDir?: string
  /** Values for `ctx.env`. */
  readonly env: Readonly<Record<string, string>>
  readonly limits: {
    readonly resultBytesMax: number
    readonly parkedCallsMax: number
    /** How long one file may take to import; one that takes longer is a problem `timed_out`. */
    readonly importMs?: number
  }
}

/** Result of `tooldock/load`. When `problems` is not empty the folder must not be published. */
export interface LoadResult {
  readonly catalogue: Catalogue
  readonly problems: readonly LoadProblem[]
}

export interface LoadProblem {
  /** Relative to the folder, with forward slashes. */
  readonly file: string
  /** 1-based; absent when not known. */
  readonly line?: number
  readonly column?: number
  /** `syntax_error`, `unsupported_syntax`, `import_failed`, `threw`, `timed_out`, `outside_folder`, `duplicate_name`, `invalid_name`, `invalid_definition`, `invalid_schema`, `invalid_uri`, `invalid_uri_template`. */
  readonly code: string
  readonly message: string
}

/** Everything a folder defines, as MCP 2026-07-28 lists it; each list sorted by name or URI. `file` says where it is written. */
export interface Catalogue {
  readonly tools: readonly ToolEntry[]
  readonly resources: readonly ResourceEntry[]
  readonly resourceTemplates: readonly ResourceTemplateEntry[]
  readonly prompts: readonly PromptEntry[]
  /** Does any prompt or template complete arguments? */
  readonly completions: boolean
  /** What the results of an external server hold beside their entries, by the name of those. */
  readonly listMembers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

interface Entry {
  readonly file: string
  readonly title?: string
  readonly description?: string
  readonly icons?: readonly unknown[]
  readonly _meta?: Readonly<Record<string, unknown>>
}
export type JsonSchema = { readonly [key: string]: unknown }
export interface ToolEntry extends Entry {
  readonly name: string
  readonly inputSchema: JsonSchema
  readonly outputSchema?: JsonSchema
  readonly annotations?: Readonly<Record<string, unknown>>
  /** Overrides the namespace's timeout; not shown to clients. */
  readonly timeoutSeconds?: number
}
export interface ResourceEntry extends Entry {
  readonly name: string
  readonly uri: string
  readonly mimeType?: string
  readonly size?: number
  readonly annotations?: Readonly<Record<string, unknown>>
}
export interface ResourceTemplateEntry extends Entry {
  readonly name: string
  readonly uriTemplate: string
  readonly mimeType?: string
  readonly annotations?: Readonly<Record<string, unknown>>
}
export interface PromptEntry extends Entry {
  readonly name: string
  readonly arguments?: readonly { readonly name: string; readonly title?: string; readonly description?: string; readonly required?: boolean }[]
}

/*
 * Requests, gateway → worker. `params` as MCP 2026-07-28 defines them; ids are positive integers.
 *   tooldock/load           LoadParams → LoadResult
 *   tools/call, prompts/get, resources/read
 *                           params._meta: CALL_META, io.modelcontextprotocol/clientCapabilities, …/clientInfo?, …/logLevel?, progressToken?
 *                           → result with resultType 'complete' | 'input_required'
 *                           A retry carries inputResponses and requestState. A parked handler's state is `parked:<n>`,
 *                           an author's own (returned by inputRequired()) is `own:<text>`; a result may omit it.
 *   completion/complete     → { resultType, completion: { values, total?, hasMore? } }
 *   ping                    → {}
 * Notifications, gateway → worker: notifications/cancelled { requestId } (also ends the parked call `parked:<n>` when
 *   given { requestState }).
 * Notifications, worker → gateway:
 *   notifications/progress  { progressToken = id of the call, progress, total?, message? }
 *   notifications/message   { level, logger?, data, _meta: { 'io.tooldock/callId': id of the call } }
 *   notifications/resources/updated { uri }, notifications/{tools,prompts,resources}/list_changed
 *   tooldock/closeStream    { callId }
 *   tooldock/fault          { message }: why the worker ends by itself right after this; for its callers, without a stack
 *   tooldock/log            { level, message, callId?, requestId? }: ctx.log lines and faults for the namespace's log
 * Every notification of a call is written before its result. JSON-RPC errors: -32602 unknown tool/prompt, unknown
 * resource (data.uri) or invalid prompt arguments; -32601 unknown method; -32603 handler of a resource or prompt threw.
 */
