import type { ExecuteEvent, PostExecuteData } from '../../api/generated/types.gen.ts'

/** What `POST /api/execute` takes and tells, by name. */

export type { ExecuteEvent }
export type Protocol = NonNullable<PostExecuteData['body']['protocol']>

export interface ExecuteRequest {
  readonly namespace: string
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly protocol: Protocol
}

type EventOf<T extends ExecuteEvent['type']> = Readonly<Extract<ExecuteEvent, { type: T }>>

export type WireMessage = EventOf<'message'>
export type Progress = EventOf<'progress'>
export type LogMessage = EventOf<'log'>
export type InputRequired = EventOf<'input_required'>
export type InputRequest = InputRequired['inputRequests'][string]
export type Finish = EventOf<'finished'>
