import type { TraceContext } from '../kernel/trace-context.ts'
import type { CallRecord } from './call-record.ts'

/** The HTTP request that brought a call, as far as logs and traces are concerned with it. */
export interface CallingRequest {
  /** Where its headers say that its caller stands. */
  readonly trace: TraceContext | null
  /** Where its call stands: of the message itself, or with the span that was begun here. Its line has it, and its answer. */
  callTrace: TraceContext | null
  /** The call that its line in the log tells of. */
  call: CallRecord | null
  /** Its line has been written: whatever ends later has a line of its own. */
  isLogged: boolean
}
