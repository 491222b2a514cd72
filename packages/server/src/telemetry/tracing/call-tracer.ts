import { type Attributes, createTraceState, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { TraceContext } from '../../kernel/trace-context.ts'
import { isFailure } from '../call-record.ts'
import type { CallStart, CallTracer } from './call-tracer.types.ts'

/** Names of spans and attributes: semantic conventions of OpenTelemetry for MCP, and our own below `tooldock.`. */
export function createCallTracer(tracer: Tracer): CallTracer {
  return {
    start(call, parent) {
      const name = spanName(call)
      const own = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes: ownAttributes(call) }, parent === null ? ROOT_CONTEXT : remote(parent))
      const inner = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: innerAttributes(call) }, trace.setSpan(ROOT_CONTEXT, own))
      return {
        own: contextOf(own, parent),
        onward: contextOf(inner, parent),
        end({ outcome, principal, client }) {
          own.setAttributes({
            'tooldock.outcome': outcome,
            'tooldock.principal': principal,
            ...(client === undefined ? {} : { 'user_agent.original': client }),
          })
          for (const span of [inner, own]) {
            if (isFailure(outcome)) span.setAttribute('error.type', outcome).setStatus({ code: SpanStatusCode.ERROR })
            span.end()
          }
        },
      }
    },
  }
}

/** Of low cardinality: URIs are attributes alone. */
function spanName({ method, name }: CallStart): string {
  return method === 'tools/call' || method === 'prompts/get' ? `${method} ${name}` : method
}

function ownAttributes(call: CallStart): Attributes {
  const { namespace, protocol, era, requestId } = call
  return {
    ...targetAttributes(call),
    'tooldock.namespace': namespace,
    'tooldock.protocol': protocol,
    'tooldock.era': era,
    'tooldock.request_id': requestId,
  }
}

function innerAttributes(call: CallStart): Attributes {
  return { ...targetAttributes(call), 'tooldock.namespace': call.namespace, 'tooldock.answered_by': call.answeredBy }
}

function targetAttributes({ method, name }: CallStart): Attributes {
  const attributes: Attributes = { 'mcp.method.name': method }
  if (method === 'tools/call') Object.assign(attributes, { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name })
  if (method === 'prompts/get') attributes['gen_ai.prompt.name'] = name
  if (method === 'resources/read') attributes['mcp.resource.uri'] = name
  return attributes
}

function remote({ traceId, traceparent, tracestate }: TraceContext) {
  const [, , spanId = '', flags = '00'] = traceparent.split('-')
  const traceState = tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true, ...traceState })
}

function contextOf(span: Span, parent: TraceContext | null): TraceContext {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  const tracestate = traceState?.serialize()
  return {
    traceId,
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    ...(tracestate === undefined || tracestate === '' ? {} : { tracestate }),
    ...(parent?.baggage === undefined ? {} : { baggage: parent.baggage }),
  }
}
