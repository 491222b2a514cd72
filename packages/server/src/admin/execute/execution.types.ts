import type { Principal } from '../../kernel/principal.ts'
import type { ExecuteEvent } from './execute-events.ts'
import type { JsonObject } from './json-object.ts'

export type ExecuteProtocol = 'mcp-modern' | 'mcp-legacy' | 'rest'

export interface ExecuteRequest {
  readonly namespace: string
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly protocol: ExecuteProtocol
  readonly timeoutMs: number
  /** What the client says it can do, in MCP's terms. */
  readonly capabilities: Readonly<Record<string, unknown>>
}

export interface Execution {
  readonly id: string
  /** Cancels the call as its client would. Harmless when it has ended. */
  cancel(reason: string): void
}

/** Calls made by the gateway itself, as a client of its own frontends. */
export interface ExecutionService {
  /**
   * Begins a call on behalf of `principal`; `emit` is told everything, `finished` last.
   * @throws {ToolDockError} `too_many_calls`
   */
  start(request: ExecuteRequest, principal: Principal, emit: (event: ExecuteEvent) => void): Execution
  /** Answers what the call asked for; null: declined. @throws {ToolDockError} `not_found`: no call of this id, of this principal, waits */
  answer(id: string, principal: Principal, inputResponses: Readonly<Record<string, JsonObject | null>>): void
  /** @throws {ToolDockError} `not_found` */
  cancel(id: string, principal: Principal): void
  /** Cancels all. */
  close(): Promise<void>
}
