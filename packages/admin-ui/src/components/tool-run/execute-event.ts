/** What `POST /api/execute` takes and tells; the gateway's `ExecuteEvent`. */

export type Protocol = 'mcp-modern' | 'mcp-legacy' | 'rest'

export interface ExecuteRequest {
  readonly namespace: string
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly protocol: Protocol
}

export interface WireMessage {
  readonly type: 'message'
  readonly direction: 'sent' | 'received'
  readonly atMs: number
  readonly message: string
  readonly bytes: number
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly status?: number
}

export interface Progress {
  readonly type: 'progress'
  readonly atMs: number
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

export interface LogMessage {
  readonly type: 'log'
  readonly atMs: number
  readonly level: string
  readonly logger?: string
  readonly data?: unknown
}

export interface InputRequest {
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>>
}

export interface InputRequired {
  readonly type: 'input_required'
  readonly atMs: number
  readonly inputRequests: Readonly<Record<string, InputRequest>>
}

export interface SentRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Finish {
  readonly type: 'finished'
  readonly status: number | null
  readonly headers: Readonly<Record<string, string>>
  readonly result?: unknown
  readonly error?: { readonly code: string | number; readonly message: string; readonly data?: unknown }
  readonly isError: boolean
  readonly timing: { readonly totalMs: number; readonly firstByteMs: number | null }
  readonly request: SentRequest | null
}

export type ExecuteEvent =
  | { readonly type: 'started'; readonly id: string; readonly requestId: string }
  | WireMessage
  | Progress
  | LogMessage
  | InputRequired
  | Finish
