import type { ExecuteEvent } from './execute-events.ts'
import type { ExecuteRequest } from './execution.types.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import type { Wire, WireAnswer } from './wire.ts'

/** Questions of a tool by their ids. */
export type InputRequests = Readonly<Record<string, { readonly method: string; readonly params?: Readonly<Record<string, unknown>> }>>

/** One call, as each protocol makes it. */
export interface Conversation {
  readonly request: ExecuteRequest
  readonly wire: Wire
  /** Arguments that are repeated in headers, by MCP 2026-07-28. */
  readonly paramHeaders: Readonly<Record<string, string>>
  /** Shows questions and resolves with the answers, by the same ids; null: declined. Rejects when the call is cancelled. */
  ask(inputRequests: InputRequests): Promise<Readonly<Record<string, JsonObject | null>>>
  /** Shows progress and log messages as what they are; the rest has been told as messages. */
  notice(message: JsonObject): void
}

export interface Outcome {
  readonly answer: WireAnswer
  readonly result?: unknown
  readonly error?: NonNullable<Extract<ExecuteEvent, { type: 'finished' }>['error']>
  readonly isError: boolean
}

/** The outcome of a call by MCP, whose response is the last word of its request. */
export function mcpOutcome(answer: WireAnswer, response: JsonObject | undefined): Outcome {
  if (response === undefined)
    return { answer, isError: true, error: { code: answer.status, message: 'The answer holds no JSON-RPC response.', data: answer.text.slice(0, 1000) } }
  if (isJsonObject(response.error)) {
    const { code, message, data } = response.error
    return {
      answer,
      isError: true,
      error: { code: typeof code === 'number' ? code : String(code), message: String(message), ...(data === undefined ? {} : { data }) },
    }
  }
  return { answer, result: response.result, isError: isJsonObject(response.result) && response.result.isError === true }
}
