import { createHash } from 'node:crypto'
import { ERROR_META } from '@tooldock/worker/protocol'
import { z } from 'zod'
import { unwrapState, wrapState } from '../bundles/wrapped-state.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { hasRole, OWN_NAMESPACE } from '../kernel/principal.ts'
import type { CallRecorder } from '../telemetry/call-recorder.ts'
import type { RunningCall, Upstream, UpstreamCall, UpstreamResult } from '../upstream/upstream.ts'
import type { CallApi, OwnTool } from './own-tool.types.ts'

export interface OwnUpstreamDeps {
  readonly tools: ReadonlyMap<string, OwnTool>
  readonly api: CallApi
  /** What is published under a name now. */
  readonly find: (namespace: string) => PublishedNamespace | undefined
  /** JSON text without the values of known secrets. */
  readonly hideSecrets: (json: string) => string
  /** Told of every call that is passed on, which is a call of its own. */
  readonly recorder: CallRecorder
}

export const CALL_TOOL_INPUT = z.strictObject({
  namespace: z.string().min(1).max(63),
  tool: z.string().min(1).max(500).describe('Name of the tool, as list_tools gave it.'),
  arguments: z.record(z.string(), z.unknown()).default({}).describe('Arguments, as the input schema of the tool says.'),
})
export const CALL_TOOL = 'call_tool'

/** The one question that is asked before something is done. */
const QUESTION = 'confirm'
const ANSWER = z.object({ action: z.literal('accept'), content: z.object({ confirm: z.literal(true) }) })

/** Runs the tools of the own namespace in this process, each call with the rights of its caller. */
export function createOwnUpstream(deps: OwnUpstreamDeps): Upstream {
  function call(call: UpstreamCall): RunningCall {
    try {
      // Whatever shows a part of this namespace to others, such as a bundle: it obeys administrators.
      if (!hasRole(call.principal, 'admin')) throw new ToolDockError('forbidden', `The namespace "${OWN_NAMESPACE}" is for administrators.`)
      if (call.method !== 'tools/call') throw new ToolDockError('method_not_found', `The namespace "${OWN_NAMESPACE}" has tools only.`)
      return call.params.name === CALL_TOOL ? forward(deps, call) : cancellable(run(deps, call))
    } catch (error) {
      return { result: Promise.reject(error), cancel() {} }
    }
  }
  return {
    call,
    abandon(requestState) {
      // A question of our own is kept nowhere.
      if (!requestState.startsWith('[')) return
      const { namespace, state } = unwrapState(requestState)
      deps.find(namespace)?.upstream.abandon(state)
    },
  }
}

/** What the API has begun is done; its caller is no longer told. */
function cancellable(result: Promise<UpstreamResult>): RunningCall {
  const { promise, reject } = Promise.withResolvers<never>()
  return { result: Promise.race([result, promise]), cancel: (reason) => reject(new ToolDockError('cancelled', `The call was cancelled: ${reason}`)) }
}

async function run({ tools, api, hideSecrets }: OwnUpstreamDeps, call: UpstreamCall): Promise<UpstreamResult> {
  const { principal, requestId } = call
  const tool = tools.get(String(call.params.name))
  if (tool === undefined) throw new ToolDockError('tool_not_found', `There is no tool "${String(call.params.name)}" in the namespace "${OWN_NAMESPACE}".`)
  const args = read(tool.input, call.params.arguments)
  if (tool.confirm !== undefined) {
    const question = askPerson(call, tool.name, args, tool.confirm(args))
    if (question !== undefined) return question
  }
  try {
    const answer = await tool.run(args, (request) => api(request, { principal, requestId }))
    return complete(hideSecrets(JSON.stringify(answer)), false)
  } catch (error) {
    if (!(error instanceof ToolDockError)) throw error
    const { code, message, details } = error
    // A model repairs its call by what the details say.
    return complete(hideSecrets(JSON.stringify({ message, ...(details === undefined ? {} : { details }) })), true, code)
  }
}

/**
 * Undefined: a person has agreed.
 * @throws {ToolDockError} `input_unsupported`, `invalid_request_state`; `tool_error` when the person did not agree
 */
function askPerson(call: UpstreamCall, name: string, args: unknown, message: string): UpstreamResult | undefined {
  const state = createHash('sha256')
    .update(JSON.stringify([name, args]))
    .digest('base64url')
  const { requestState, inputResponses } = call.params
  if (requestState === undefined) {
    if (!canAsk(call.clientCapabilities))
      throw new ToolDockError('input_unsupported', `"${name}" asks a person first, and this client cannot be asked: have an administrator do it in the web UI.`)
    return { kind: 'input_required', inputRequests: { [QUESTION]: { method: 'elicitation/create', params: form(message) } }, requestState: state }
  }
  // What was agreed to is exactly this.
  if (requestState !== state) throw new ToolDockError('invalid_request_state', 'requestState belongs to another request.')
  const answer = (inputResponses as Readonly<Record<string, unknown>> | undefined)?.[QUESTION]
  if (!ANSWER.safeParse(answer).success) throw new ToolDockError('tool_error', 'The person who was asked did not agree: nothing was done.')
  return undefined
}

/** A client that names no mode knows forms (client/elicitation, "Capabilities"). */
function canAsk({ elicitation }: UpstreamCall['clientCapabilities']): boolean {
  return typeof elicitation === 'object' && elicitation !== null && ('form' in elicitation || Object.keys(elicitation).length === 0)
}

const form = (message: string): Record<string, unknown> => ({
  mode: 'form',
  message,
  requestedSchema: {
    type: 'object',
    properties: { confirm: { type: 'boolean', title: 'Yes, do it', default: false } },
    required: ['confirm'],
  },
})

/** A tool of another namespace: its progress, its questions and its result are passed on. */
function forward({ find, recorder }: OwnUpstreamDeps, call: UpstreamCall): RunningCall {
  const { inputResponses, requestState, arguments: given } = call.params
  const { namespace, tool, arguments: args } = read(CALL_TOOL_INPUT, given)
  const published = namespace === OWN_NAMESPACE ? undefined : find(namespace)
  if (published === undefined) throw new ToolDockError('namespace_not_found', `There is no namespace "${namespace}" whose tools can be called from here.`)
  const entry = published.toolsByName.get(tool)
  if (entry === undefined) throw new ToolDockError('tool_not_found', `There is no tool "${tool}" in the namespace "${namespace}".`)
  const record = startRecord(recorder, call, namespace, tool, args)
  const running = published.upstream.call({
    ...call,
    params: {
      name: tool,
      arguments: args,
      ...(inputResponses === undefined ? {} : { inputResponses }),
      ...(requestState === undefined ? {} : { requestState: unwrapState(String(requestState)).state }),
    },
    ...(entry.timeoutSeconds === undefined ? {} : { timeoutMs: entry.timeoutSeconds * 1000 }),
  })
  const ended = (result: UpstreamResult): UpstreamResult => {
    if (result.kind === 'complete') record(result.isError ? 'tool_error' : 'ok', Buffer.byteLength(result.json))
    else record('input_required')
    return result.kind === 'input_required' && result.requestState !== undefined
      ? { ...result, requestState: wrapState({ namespace, name: tool }, result.requestState) }
      : result
  }
  const failed = (error: unknown): never => {
    record(error instanceof ToolDockError ? error.code : 'internal_error')
    throw error
  }
  return { result: running.result.then(ended, failed), cancel: (reason) => running.cancel(reason) }
}

/** Gives what records how the call ended. */
function startRecord(recorder: CallRecorder, { era, principal, requestId }: UpstreamCall, namespace: string, tool: string, args: unknown) {
  const startedMs = performance.now()
  return (outcome: string, resultBytes = 0): void =>
    recorder.record({
      ...{ namespace, method: 'tools/call', name: tool, outcome, resultBytes, requestId },
      protocol: era === undefined ? 'rest' : 'mcp',
      era: era ?? 'none',
      durationMs: performance.now() - startedMs,
      principal: principal.id,
      client: OWN_NAMESPACE,
      arguments: recorder.keepsArguments?.(namespace) ? args : undefined,
    })
}

function complete(json: string, isError: boolean, code?: string): UpstreamResult {
  const shown: unknown = JSON.parse(json)
  const result = {
    resultType: 'complete',
    content: [{ type: 'text', text: json }],
    ...(isError ? { isError, _meta: { [ERROR_META]: { code } } } : { structuredContent: shown }),
  }
  return { kind: 'complete', isError, json: JSON.stringify(result) }
}

/** @throws {ToolDockError} `invalid_arguments` with each field */
function read<T>(schema: z.ZodType<T>, args: unknown): T {
  const parsed = schema.safeParse(args ?? {})
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
  const words = fields.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  throw new ToolDockError('invalid_arguments', `The arguments are not usable: ${words}`, { fields })
}
