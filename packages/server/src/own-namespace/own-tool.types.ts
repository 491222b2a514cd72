import type { z } from 'zod'
import type { Principal } from '../kernel/principal.ts'

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/api`, encoded, with its query. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface ApiCaller {
  readonly principal: Principal
  readonly requestId: string
}

/** The admin API as this caller may use it. @throws {ToolDockError} what the route answered */
export type CallApi = (request: ApiRequest, caller: ApiCaller) => Promise<unknown>

/** What a tool of the own namespace can reach. */
export type Ask = (request: ApiRequest) => Promise<unknown>

/** A tool over a part of the admin API. */
export interface OwnTool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly annotations: Readonly<Record<string, boolean>>
  readonly input: z.ZodObject
  /** What a person is asked before it is done; undefined: nobody is asked. */
  readonly confirm?: (args: unknown) => string
  /** With arguments that match `input`. */
  run(args: unknown, ask: Ask): Promise<unknown>
}
