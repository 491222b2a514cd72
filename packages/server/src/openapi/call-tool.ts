import { ERROR_META } from '@tooldock/worker/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { View } from '../catalog/view.types.ts'
import type { ErrorCode } from '../errors/catalogue.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { bodyBytes, parseJson } from '../http/json-body.ts'
import { traceMembers } from '../kernel/trace-context.ts'
import type { CallRecord } from '../telemetry/call-record.ts'
import type { CallRecorder } from '../telemetry/call-recorder.ts'
import type { CompleteResult, Upstream, UpstreamResult } from '../upstream/upstream.ts'

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i
const RESULT_START = '{"resultType":"complete",'
const NO_CAPABILITIES = {}

export type CallTool = (view: View, name: string, request: FastifyRequest, reply: FastifyReply) => Promise<string>

/** Runs one tool for a REST caller; resolves with the JSON text of the answer, rejects with a ToolDockError. */
export function createCallTool(recorder: CallRecorder, jsonDepthMax: number): CallTool {
  return async (view, name, request, reply) => {
    const { requestId, principal } = request
    const startedMs = performance.now()
    const call = { method: 'tools/call', protocol: 'rest', era: 'none', principal: principal.id, requestId, requestBytes: bodyBytes(request) } as const
    const client = request.headers['user-agent']
    const found = view.findTool(name)
    if (found === undefined) {
      const traceId = request.trace?.traceId
      recorder.record({ ...call, namespace: view.namespace ?? '', name, client, traceId, durationMs: 0, outcome: 'tool_not_found' }, request)
      throw new ToolDockError('tool_not_found', `There is no tool "${name}"${view.namespace === null ? '' : ` in the namespace "${view.namespace}"`}.`)
    }
    const { namespace, entry } = found
    const params = { name: entry.name, arguments: readArguments(request, jsonDepthMax) }
    const span = recorder.tracer?.start({ ...call, namespace: namespace.name, name: entry.name, answeredBy: namespace.kind }, request.trace)
    if (span !== undefined) {
      request.callTrace = span.own
      reply.header('traceparent', span.own.traceparent)
    }
    const onward = span?.onward ?? request.trace
    let outcome: string = 'ok'
    let resultBytes = 0
    try {
      const running = namespace.upstream.call({
        method: 'tools/call',
        params,
        requestId,
        principal,
        clientCapabilities: NO_CAPABILITIES,
        ...(onward === null ? undefined : { meta: traceMembers(onward) }),
        ...(entry.timeoutSeconds === undefined ? undefined : { timeoutMs: entry.timeoutSeconds * 1000 }),
      })
      reply.raw.on('close', () => {
        if (!reply.raw.writableFinished) running.cancel('the client closed the connection')
      })
      const answer = answerOf(await running.result, namespace.upstream)
      resultBytes = Buffer.byteLength(answer)
      return answer
    } catch (error) {
      outcome = error instanceof ToolDockError ? error.code : 'internal_error'
      throw error
    } finally {
      const record: CallRecord = {
        ...call,
        namespace: namespace.name,
        name: entry.name,
        client,
        traceId: (span?.own ?? request.trace)?.traceId,
        durationMs: performance.now() - startedMs,
        outcome,
        resultBytes,
        arguments: recorder.keepsArguments?.(namespace.name) ? params.arguments : undefined,
      }
      span?.end(record)
      recorder.record(record, request)
    }
  }
}

/** The body as arguments; none is the same as `{}`. */
function readArguments(request: FastifyRequest, jsonDepthMax: number): Record<string, unknown> {
  const body = request.body as Buffer | undefined
  if (body === undefined || body.length === 0) return {}
  if (!JSON_TYPE.test(request.headers['content-type'] ?? ''))
    throw new ToolDockError('unsupported_media_type', 'The body must be sent as Content-Type: application/json.')
  const value = parseJson(body, jsonDepthMax)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new ToolDockError('invalid_arguments', 'The body must be a JSON object with one member for each argument.', {
    fields: [{ path: '', message: 'must be an object' }],
  })
}

function answerOf(result: UpstreamResult, upstream: Upstream): string {
  if (result.kind === 'complete') return result.isError ? refuse(result) : bodyOf(result)
  if (result.requestState !== undefined) upstream.abandon(result.requestState)
  throw new ToolDockError('input_unsupported', 'The tool asks its caller for input, which is not possible over REST.')
}

/** The structured result when there is one, else the content. A result that has only content is passed on unparsed. */
function bodyOf({ json }: CompleteResult): string {
  const plain = json.startsWith(RESULT_START) && !json.includes('"structuredContent"') && !json.includes('"_meta"')
  if (plain) return `{${json.slice(RESULT_START.length)}`
  const { structuredContent, content } = JSON.parse(json) as ToolResult
  return JSON.stringify(structuredContent === undefined ? { content } : structuredContent)
}

interface ToolResult {
  readonly content?: readonly { readonly type: string; readonly text?: unknown }[]
  readonly structuredContent?: unknown
  readonly _meta?: { readonly [ERROR_META]?: { readonly code?: string; readonly details?: unknown } }
}

/** Codes that a result may name; anything else is the tool's own failure. */
const RESULT_ERRORS: ReadonlySet<string> = new Set<ErrorCode>(['invalid_arguments', 'invalid_result', 'result_too_large', 'input_unsupported'])

function refuse({ json }: CompleteResult): never {
  const { content, _meta } = JSON.parse(json) as ToolResult
  const { code, details } = _meta?.[ERROR_META] ?? {}
  const text = (content ?? []).flatMap((block) => (block.type === 'text' && typeof block.text === 'string' ? [block.text] : [])).join('\n')
  throw new ToolDockError(
    code !== undefined && RESULT_ERRORS.has(code) ? (code as ErrorCode) : 'tool_error',
    text === '' ? 'The tool failed without a message.' : text,
    details,
  )
}
