import type { TraceContext } from '../../kernel/trace-context.ts'
import type { CallRecord } from '../call-record.ts'

/** What is known of a call when it begins. */
export type CallStart = Pick<CallRecord, 'namespace' | 'method' | 'name' | 'protocol' | 'era' | 'requestId'> & {
  /** What answers it: a worker, an external server, or the gateway itself. */
  readonly answeredBy: string
}

/** Makes the spans of calls. */
export interface CallTracer {
  /** @param parent where the caller stands in a trace of its own; null: the call begins one */
  start(call: CallStart, parent: TraceContext | null): CallSpan
}

/** A call under way, as two spans: that of the gateway, and in it that of the worker or server that is asked. */
export interface CallSpan {
  /** Of the gateway's span: for the log, and for the caller. */
  readonly own: TraceContext
  /** Of the inner span: for who is asked. */
  readonly onward: TraceContext
  end(call: Pick<CallRecord, 'outcome' | 'principal' | 'client'>): void
}
