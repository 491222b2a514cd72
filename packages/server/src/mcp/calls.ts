import { withRenamedUris } from '../catalog/renamed-uris.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import type { View } from '../catalog/view.types.ts'
import { toToolResult } from '../errors/to-jsonrpc.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Principal } from '../kernel/principal.ts'
import { META } from '../kernel/protocol-version.ts'
import { readTraceContext, type TraceContext, traceMembers } from '../kernel/trace-context.ts'
import type { CallRecord } from '../telemetry/call-record.ts'
import type { CallRecorder } from '../telemetry/call-recorder.ts'
import type { CallingRequest } from '../telemetry/calling-request.ts'
import type { CallMethod, PassedRequest, RunningCall, UpstreamResult } from '../upstream/upstream.ts'
import { isObject, type Params } from './json-rpc.ts'
import type { Era } from './lists.ts'

/** One call as a client of either era asks for it. */
export interface CallRequest {
  readonly view: View
  /** One of MCP's, or of an extension: {@link isPassed}. */
  readonly method: string
  /** As the client sent them; `requestState`, if any, already opened. */
  readonly params: Params
  readonly era: Era
  readonly requestId: string
  /** What brought it. */
  readonly http?: CallingRequest
  /** Length of the HTTP body that brought it. */
  readonly requestBytes: number
  readonly principal: Principal
  /** Id of the caller's legacy session. */
  readonly session?: string
  readonly clientCapabilities: Readonly<Record<string, unknown>>
  readonly clientInfo?: Readonly<Record<string, unknown>>
  readonly logLevel?: string
  readonly wantsProgress?: false
  readonly onNotification?: PassedRequest['onNotification']
  readonly onLater?: PassedRequest['onLater']
}

export const isCallMethod = (method: string): method is CallMethod =>
  method === 'tools/call' || method === 'resources/read' || method === 'prompts/get' || method === 'completion/complete'

/** What the revisions define, from client to server: never an extension's. Both eras, so that what one removed stays unknown in it. */
const DEFINED: ReadonlySet<string> = new Set([
  ...['initialize', 'ping', 'logging/setLevel', 'server/discover', 'subscriptions/listen', 'resources/subscribe', 'resources/unsubscribe'],
  ...['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'sampling/createMessage', 'elicitation/create', 'roots/list'],
  ...['notifications/initialized', 'notifications/cancelled', 'notifications/progress', 'notifications/roots/list_changed'],
])

/** Is there one server behind this address that may know methods MCP does not define? */
export const knowsExtensions = ({ namespace, namespaces: [only] }: View): boolean => namespace !== null && only?.upstream.pass !== undefined

/** Is this a method, or a notification, for the server behind this address to understand? */
export const isPassed = (method: string, view: View): boolean => knowsExtensions(view) && !isCallMethod(method) && !DEFINED.has(method)

/** Finds the namespace a call is for, runs it there, and records how it ended. The path of every MCP call, both eras. */
export function createCalls(recorder: CallRecorder) {
  return {
    /** @throws tool_not_found, prompt_not_found, resource_not_found, invalid_params */
    start(request: CallRequest): RunningCall {
      const startedMs = performance.now()
      const { method, requestId } = request
      let target: Target
      try {
        target = locate(request.view, method, request.params)
      } catch (error) {
        recordUnknown(recorder, request, error)
        throw error
      }
      const trace = traceOf(request)
      const span = recorder.tracer?.start(startOf(request, target), trace)
      if (span !== undefined && request.http !== undefined) request.http.callTrace = span.own
      let running: RunningCall
      try {
        running = run(request, target, span?.onward ?? trace)
      } catch (error) {
        span?.end({ outcome: codeOf(error), principal: request.principal.id })
        throw error
      }
      const record = (outcome: string, resultBytes = 0): void => {
        const traceId = (span?.own ?? trace)?.traceId
        const ended = recordOf(request, target, outcome, performance.now() - startedMs, resultBytes, recorder.keepsArguments, traceId)
        span?.end(ended)
        recorder.record(ended, request.http)
      }
      const result = running.result.then(
        (ended): UpstreamResult => {
          if (ended.kind === 'input_required') record('input_required')
          else record(ended.isError ? 'tool_error' : 'ok', Buffer.byteLength(ended.json))
          return ended.kind === 'complete' && request.view.namespace === null
            ? { ...ended, json: withRenamedUris(ended.json, (uri) => request.view.uriOf(target.namespace.name, uri)) }
            : ended
        },
        (error: unknown): UpstreamResult => {
          record(codeOf(error))
          if (error instanceof ToolDockError && error.code === 'resource_not_found')
            throw new ToolDockError('resource_not_found', `There is no resource "${String(request.params.uri)}" ${at(request.view)}.`, {
              uri: request.params.uri,
            })
          if (method === 'tools/call' && error instanceof ToolDockError && error.row.asToolResult) return toolErrorResult(error, requestId)
          throw error
        },
      )
      return { result, cancel: (reason) => running.cancel(reason) }
    },

    /** Nobody will answer what this state asks for: the call that waits is ended. */
    abandon(view: View, method: string, params: Params, state: string): void {
      locate(view, method, params).namespace.upstream.abandon(state)
    },
  }
}
export type Calls = ReturnType<typeof createCalls>

const codeOf = (error: unknown): string => (error instanceof ToolDockError ? error.code : 'internal_error')

/** The caller's own words come first; its HTTP client may know less of the call. */
function traceOf({ params, http }: CallRequest): TraceContext | null {
  const { _meta: meta } = params
  const own = isObject(meta) && meta.traceparent !== undefined ? readTraceContext(meta) : undefined
  if (own !== undefined && http !== undefined) http.callTrace = own
  return own ?? http?.trace ?? null
}

function startOf({ era, requestId }: CallRequest, { namespace, method, name }: Target) {
  return { namespace: namespace.name, method, name, protocol: 'mcp', era, requestId, answeredBy: namespace.kind } as const
}

function recordOf(
  { era, method, params, requestId, requestBytes, principal, clientInfo }: CallRequest,
  target: { readonly namespace: { readonly name: string }; readonly method: string; readonly name: string },
  outcome: string,
  durationMs: number,
  resultBytes: number,
  keepsArguments: CallRecorder['keepsArguments'],
  traceId: string | undefined,
): CallRecord {
  const namespace = target.namespace.name
  return {
    namespace,
    method: target.method,
    name: target.name,
    protocol: 'mcp',
    era,
    durationMs,
    outcome,
    principal: principal.id,
    requestId,
    traceId,
    requestBytes,
    resultBytes,
    client: clientOf(clientInfo),
    arguments: method !== 'tools/call' && method !== 'prompts/get' ? undefined : keepsArguments?.(namespace) ? params.arguments : undefined,
  }
}

/** Calls of what is not there are kept as well: who looks for the reason of a failure looks there. */
function recordUnknown(recorder: CallRecorder, request: CallRequest, error: unknown): void {
  if (!(error instanceof ToolDockError) || !error.code.endsWith('_not_found') || !isCallMethod(request.method)) return
  const { method, params, view } = request
  const name = [params.name, params.uri].find((given) => typeof given === 'string') ?? ''
  const target = { namespace: { name: view.namespace ?? '' }, method, name: name as string }
  recorder.record(recordOf(request, target, error.code, 0, 0, undefined, traceOf(request)?.traceId), request.http)
}

function clientOf(info: CallRequest['clientInfo']): string | undefined {
  if (typeof info?.name !== 'string') return undefined
  return typeof info.version === 'string' ? `${info.name} ${info.version}` : info.name
}

function toolErrorResult(error: ToolDockError, requestId: string): UpstreamResult {
  return { kind: 'complete', isError: true, json: JSON.stringify({ resultType: 'complete', ...toToolResult(error, requestId) }) }
}

function run(request: CallRequest, target: Target, trace: TraceContext | null): RunningCall {
  const { upstream } = target.namespace
  const { method } = request
  if (isCallMethod(method)) return upstream.call(toCall(method, request, target, trace))
  if (upstream.pass === undefined) throw new ToolDockError('method_not_found', `The method "${method}" does not exist.`)
  return upstream.pass(toCall(method, request, target, trace))
}

function toCall<M extends string>(
  method: M,
  request: CallRequest,
  { params, timeoutMs }: Target,
  trace: TraceContext | null,
): PassedRequest & { readonly method: M } {
  const { era, session, requestId, principal, clientCapabilities, clientInfo, logLevel, wantsProgress, onNotification, onLater } = request
  const passed = passedMeta(request.params._meta)
  const meta = trace === null ? passed : { ...passed, ...traceMembers(trace) }
  return {
    method,
    params,
    requestId,
    principal,
    era,
    ...(timeoutMs === undefined ? undefined : { timeoutMs }),
    ...(session === undefined ? undefined : { session }),
    clientCapabilities,
    ...(clientInfo === undefined ? undefined : { clientInfo }),
    ...(logLevel === undefined ? undefined : { logLevel }),
    ...(meta === undefined ? undefined : { meta }),
    ...(wantsProgress === undefined ? undefined : { wantsProgress }),
    ...(onNotification === undefined ? undefined : { onNotification }),
    ...(onLater === undefined ? undefined : { onLater }),
  }
}

/** The members of a caller's `_meta` that are for the tool: not the envelope, not the progress token. */
export function passedMeta(meta: unknown): Record<string, unknown> | undefined {
  if (!isObject(meta)) return undefined
  let passed: Record<string, unknown> | undefined
  for (const key in meta) {
    if (key === 'progressToken' || key === META.protocolVersion || key === META.clientInfo || key === META.clientCapabilities || key === META.logLevel) continue
    passed ??= {}
    passed[key] = meta[key]
  }
  return passed
}

interface Target {
  readonly namespace: PublishedNamespace
  /** As it is counted. */
  readonly method: string
  /** Tool or prompt name, or URI, as the namespace itself calls it. */
  readonly name: string
  /** Without `_meta`, with the namespace's own names. */
  readonly params: Params
  readonly timeoutMs?: number
}

/** What all extensions together are counted as: their methods are for their clients to choose. */
const EXTENSION = 'extension'

function locate(view: View, method: string, params: Params): Target {
  const { _meta, ...own } = params
  if (isCallMethod(method)) return { method, ...locateCall(view, method, own) }
  const [only] = view.namespaces
  if (only === undefined) throw new ToolDockError('method_not_found', `The method "${method}" does not exist.`)
  return { namespace: only, method: EXTENSION, name: EXTENSION, params: own }
}

function locateCall(view: View, method: CallMethod, own: Params): Omit<Target, 'method'> {
  switch (method) {
    case 'tools/call': {
      const name = requiredString(own, 'name')
      if (own.arguments !== undefined && !isObject(own.arguments)) throw new ToolDockError('invalid_params', '"arguments" must be an object.')
      const found = view.findTool(name)
      if (found === undefined) throw new ToolDockError('tool_not_found', `There is no tool "${name}" ${at(view)}${onlyListed(view)}.`)
      const { timeoutSeconds } = found.entry
      return {
        namespace: found.namespace,
        name: found.entry.name,
        params: { ...own, name: found.entry.name },
        ...(timeoutSeconds === undefined ? undefined : { timeoutMs: timeoutSeconds * 1000 }),
      }
    }
    case 'prompts/get': {
      const name = requiredString(own, 'name')
      const found = view.findPrompt(name)
      if (found === undefined) throw new ToolDockError('prompt_not_found', `There is no prompt "${name}" ${at(view)}.`)
      return { namespace: found.namespace, name: found.entry.name, params: { ...own, name: found.entry.name } }
    }
    case 'resources/read': {
      const uri = requiredString(own, 'uri')
      const found = view.findResource(uri)
      if (found === undefined) throw new ToolDockError('resource_not_found', `There is no resource "${uri}" ${at(view)}.`, { uri })
      return { namespace: found.namespace, name: found.uri, params: { ...own, uri: found.uri } }
    }
    case 'completion/complete':
      return locateCompletion(view, own)
  }
}

function locateCompletion(view: View, params: Params): Omit<Target, 'method'> {
  const { ref } = params
  if (!isObject(ref)) throw new ToolDockError('invalid_params', '"ref" must be an object.')
  if (ref.type === 'ref/prompt') {
    const name = requiredString(ref, 'name')
    const found = view.findPrompt(name)
    if (found === undefined) throw new ToolDockError('prompt_not_found', `There is no prompt "${name}" ${at(view)}.`)
    return { namespace: found.namespace, name: found.entry.name, params: { ...params, ref: { ...ref, name: found.entry.name } } }
  }
  if (ref.type === 'ref/resource') {
    const uri = requiredString(ref, 'uri')
    const found = view.findResource(uri)
    if (found === undefined) throw new ToolDockError('resource_not_found', `There is no resource "${uri}" ${at(view)}.`, { uri })
    return { namespace: found.namespace, name: found.uri, params: { ...params, ref: { ...ref, uri: found.uri } } }
  }
  throw new ToolDockError('invalid_params', '"ref.type" must be "ref/prompt" or "ref/resource".')
}

function requiredString(holder: Params, member: string): string {
  const value = holder[member]
  if (typeof value !== 'string' || value === '') throw new ToolDockError('invalid_params', `"${member}" must be a string.`)
  return value
}

const at = (view: View): string => (view.namespace === null ? 'here' : `in the namespace "${view.namespace}"`)

/** A server may answer for more than it lists; what nobody was shown, nobody has allowed. */
const onlyListed = ({ namespace, namespaces: [only] }: View): string =>
  namespace !== null && only?.server !== undefined ? ': of a server those can be called that it lists' : ''
