import { readTraceContext, traceMembers } from '../kernel/trace-context.ts'
import type { PassedRequest } from './upstream.ts'

/** `_meta` key by which a server learns the id that the gateway's log has for a call; over HTTP also `X-Request-Id`. */
export const REQUEST_ID_META = 'io.tooldock/requestId'

/** What a remote server can put into its own log and join its own spans to; `_meta` has the same. */
export function idHeaders({ requestId, meta }: PassedRequest): Record<string, string> {
  const trace = meta?.traceparent === undefined ? undefined : readTraceContext(meta)
  return { ...(trace === undefined ? undefined : traceMembers(trace)), 'x-request-id': requestId }
}
