/** Where a request stands in a trace (W3C Trace Context, Baggage), in the forms in which it is passed on. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string
  /** Version, trace id, id of the caller's span, flags. */
  readonly traceparent: string
  readonly tracestate?: string
  readonly baggage?: string
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=$|-)/
/** The versions that are defined have no more than four parts. */
const TRACEPARENT_CHARS = 55
const TRACESTATE_CHARS_MAX = 512
const BAGGAGE_CHARS_MAX = 8192
const PRINTABLE = /^[\x20-\x7e]+$/

/**
 * Reads headers, or the `_meta` of a request (MCP 2026-07-28, basic/index "OpenTelemetry trace context"), which have the same
 * members. Undefined: there is none, or none that can be passed on.
 */
export function readTraceContext({ traceparent, tracestate, baggage }: Readonly<Record<string, unknown>>): TraceContext | undefined {
  if (typeof traceparent !== 'string') return undefined
  const traceId = TRACEPARENT.exec(traceparent)?.[1]
  if (traceId === undefined || (traceparent.startsWith('00') && traceparent.length !== TRACEPARENT_CHARS)) return undefined
  return {
    traceId,
    traceparent: traceparent.slice(0, TRACEPARENT_CHARS),
    ...(isPlain(tracestate, TRACESTATE_CHARS_MAX) ? { tracestate } : undefined),
    ...(isPlain(baggage, BAGGAGE_CHARS_MAX) ? { baggage } : undefined),
  }
}

/** The members by which it is passed on. */
export function traceMembers({ traceparent, tracestate, baggage }: TraceContext): Record<string, string> {
  const members: Record<string, string> = { traceparent }
  if (tracestate !== undefined) members.tracestate = tracestate
  if (baggage !== undefined) members.baggage = baggage
  return members
}

const isPlain = (value: unknown, charsMax: number): value is string => typeof value === 'string' && value.length <= charsMax && PRINTABLE.test(value)
