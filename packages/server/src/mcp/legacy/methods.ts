import type { View } from '../../catalog/view.types.ts'
import { toJsonRpcError, toToolResult } from '../../errors/to-jsonrpc.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { Principal } from '../../kernel/principal.ts'
import { LOG_LEVELS } from '../../kernel/protocol-version.ts'
import type { CallingRequest } from '../../telemetry/calling-request.ts'
import { ROOTS_CHANGED } from '../../upstream/legacy-connection.ts'
import { type CallRequest, type Calls, isCallMethod, isPassed } from '../calls.ts'
import { clientNotification } from '../client-notification.ts'
import type { McpDeps } from '../deps.ts'
import { errorText, isObject, type Notification, type Request, type RequestId, resultText } from '../json-rpc.ts'
import { isListMethod, type Lists, listed } from '../lists.ts'
import { capabilitiesOf, serverInfoOf } from '../server-description.ts'
import { runWithQuestions } from './ask-client.ts'
import { legacyResultText } from './legacy-result.ts'
import type { Outlet, Session } from './session.ts'

/** One message in its surroundings. `session` is missing for clients that send none, which the ancestor's users do. */
export interface LegacyContext {
  readonly view: View
  readonly session: Session | undefined
  readonly principal: Principal
  readonly requestId: string
  /** What brought it. */
  readonly http: CallingRequest
  /** Length of the HTTP body, that of a whole batch. */
  readonly requestBytes: number
  readonly outlet: Outlet & { pause?(): void }
}

/** What each method of the revisions 2024-11-05 … 2025-11-25 answers, whatever transport brings it. */
export function createLegacyMethods(deps: McpDeps, calls: Calls, lists: Lists) {
  /** The answer as JSON text, errors included; undefined for a call that its client cancelled. Never rejects. */
  async function answer(message: Request, received: LegacyContext): Promise<string | undefined> {
    let context = received
    try {
      const seen = deps.views.forClient(received.view, received.session?.clientCapabilities ?? {}, 'legacy', received.session?.id)
      const view = seen instanceof Promise ? await seen : seen
      if (view !== received.view) context = { ...received, view }
      return resultText(message.id, isCallMethod(message.method) || isPassed(message.method, view) ? await call(message, context) : local(message, context))
    } catch (error) {
      if (error instanceof ToolDockError && error.code === 'cancelled') return undefined
      if (!(error instanceof ToolDockError))
        deps.log.error({ err: error, requestId: context.requestId, method: message.method }, 'an MCP request failed by a fault of ToolDock')
      return errorText(message.id, legacyError(error, context.requestId))
    }
  }

  async function call(message: Request, context: LegacyContext): Promise<string> {
    const { session, outlet, requestId, http, requestBytes } = context
    const { requestState: _none, inputResponses: _noneEither, ...params } = message.params
    const request: CallRequest = {
      view: context.view,
      method: message.method,
      params,
      era: 'legacy',
      requestId,
      http,
      requestBytes,
      principal: context.principal,
      ...(session === undefined ? undefined : { session: session.id }),
      clientCapabilities: session !== undefined && outlet.streams ? session.clientCapabilities : {},
      ...(session?.clientInfo === undefined ? undefined : { clientInfo: session.clientInfo }),
      ...(outlet.streams && session !== undefined ? { logLevel: session.logLevel } : undefined),
      ...(outlet.streams ? { onNotification: forward(message, context) } : undefined),
      ...(tokenOf(message) === undefined ? { wantsProgress: false } : undefined),
      ...(session !== undefined && isObject(params.task) ? { onLater: forwardLater(message, session) } : undefined),
    }
    try {
      return legacyResultText((await runWithQuestions(calls, request, message.id, session, outlet)).json)
    } catch (error) {
      // Inside a call these come from the rounds of questions, where the upstream has no error of its own to give.
      if (message.method !== 'tools/call' || !(error instanceof ToolDockError)) throw error
      const shown = error.code === 'missing_client_capability' ? new ToolDockError('input_unsupported', error.message, error.details) : error
      if (!shown.row.asToolResult) throw error
      return JSON.stringify(toToolResult(shown, requestId))
    }
  }

  function forward(message: Request, { outlet }: LegacyContext) {
    const token = tokenOf(message)
    return (method: string, params: Record<string, unknown>): void => {
      if (method === 'tooldock/closeStream') return outlet.pause?.()
      const text = clientNotification(method, params, token)
      if (text !== undefined) outlet.send(text)
    }
  }

  /** A task outlives its call, and may outlive the session. */
  function forwardLater(message: Request, opened: Session) {
    const session = new WeakRef(opened)
    return (method: string, params: Record<string, unknown>): void => {
      const text = clientNotification(method, params, tokenOf(message))
      if (text !== undefined) session.deref()?.tell(text)
    }
  }

  function local({ method, params }: Request, { view, session }: LegacyContext): string {
    if (method === 'tools/list') deps.onClientSeen({ namespace: view.namespace, info: session?.clientInfo, did: listed(view) })
    if (isListMethod(method)) return lists.page(view, method, 'legacy', {}, params.cursor)
    if (method === 'ping') return '{}'
    if (method === 'logging/setLevel') {
      if (!(LOG_LEVELS as readonly unknown[]).includes(params.level))
        throw new ToolDockError('invalid_params', `"level" must be one of ${LOG_LEVELS.join(', ')}.`)
      if (session !== undefined) session.logLevel = params.level as string
      return '{}'
    }
    if (method === 'resources/subscribe' || method === 'resources/unsubscribe') {
      const found = typeof params.uri === 'string' ? view.findResource(params.uri) : undefined
      if (typeof params.uri !== 'string' || found === undefined)
        throw new ToolDockError('resource_not_found', `There is no resource "${String(params.uri)}" here.`, { uri: params.uri })
      if (method === 'resources/subscribe') session?.subscribe(params.uri, () => found.namespace.upstream.subscribe?.(found.uri, session.client))
      else session?.unsubscribe(params.uri)
      return '{}'
    }
    throw new ToolDockError('method_not_found', `The method "${method}" does not exist.`)
  }

  /** Notifications that nobody knows are ignored, as JSON-RPC has no answer to them. */
  function notice({ method, params }: Notification, session: Session | undefined, view: View): void {
    if (session !== undefined && isPassed(method, view)) {
      const { id, clientCapabilities } = session
      view.namespaces[0]?.upstream.notify?.({ method, params, session: id, clientCapabilities })
    }
    if (session !== undefined && method === ROOTS_CHANGED)
      // Among all namespaces those of a bundle are there themselves.
      for (const { upstream, kind } of view.namespaces)
        if (view.namespace !== null || kind !== 'bundle')
          upstream.notify?.({ method, params, session: session.id, clientCapabilities: session.clientCapabilities })
    if (method === 'notifications/progress') session?.progress(params)
    if (method !== 'notifications/cancelled') return
    const running = session?.running.get(params.requestId as RequestId)
    running?.cancel(typeof params.reason === 'string' ? params.reason : 'The client cancelled the request.')
  }

  async function initializeResult(address: View, session: Session): Promise<string> {
    // A server that may speak this client's era too says there what it can do.
    const mayDiffer = address.namespaces[0]?.server?.era === 'modern'
    const view = mayDiffer ? await deps.views.forClient(address, session.clientCapabilities, 'legacy') : address
    deps.onClientSeen({ namespace: view.namespace, info: session.clientInfo, did: 'connected' })
    return JSON.stringify({
      protocolVersion: session.version,
      capabilities: capabilitiesOf(view, 'legacy'),
      serverInfo: serverInfoOf(view, deps.config.serverName, deps.version),
      ...(view.instructions === undefined ? {} : { instructions: view.instructions }),
    })
  }

  return { answer, notice, initializeResult }
}
export type LegacyMethods = ReturnType<typeof createLegacyMethods>

function tokenOf({ params: { _meta: meta } }: Request): string | number | undefined {
  return isObject(meta) && (typeof meta.progressToken === 'string' || typeof meta.progressToken === 'number') ? meta.progressToken : undefined
}

/** 2025-11-25 and earlier have a code of their own for unknown resources (server/resources "Error Handling"). */
const LEGACY_RESOURCE_NOT_FOUND = -32002

function legacyError(error: unknown, requestId: string): object {
  const answer = toJsonRpcError(error, requestId)
  return error instanceof ToolDockError && error.code === 'resource_not_found' ? { ...answer, code: LEGACY_RESOURCE_NOT_FOUND } : answer
}
