import type { CallRecord } from './call-record.ts'
import type { CallingRequest } from './calling-request.ts'
import type { CallTracer } from './tracing/call-tracer.types.ts'

/** What hears of every call. */
export interface CallRecorder {
  /** Memory only, never throws, never waits. `request`: what brought it; its line in the log tells of the call. */
  record(call: CallRecord, request?: CallingRequest): void
  /** Missing: traces are off, and cost nothing. */
  readonly tracer?: CallTracer | undefined
  /** Does the log of calls keep the arguments of this namespace? Memory only. */
  readonly keepsArguments?: ((namespace: string) => boolean) | undefined
}
