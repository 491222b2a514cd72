import type { FastifyReply, FastifyRequest } from 'fastify'
import type { View } from '../../catalog/view.types.ts'
import { jsonRpcStatus, toJsonRpcError } from '../../errors/to-jsonrpc.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { bodyBytes } from '../../http/json-body.ts'
import { META } from '../../kernel/protocol-version.ts'
import { readAccept } from '../accept.ts'
import { type Calls, isCallMethod, isPassed, knowsExtensions } from '../calls.ts'
import { requireCapabilities } from '../client-input.ts'
import { clientNotification } from '../client-notification.ts'
import type { McpDeps } from '../deps.ts'
import type { EventStream } from '../event-stream.ts'
import { errorText, type Message, type Params, type Request, resultParts, resultText, toBody } from '../json-rpc.ts'
import { CACHE_HINTS, isListMethod, type Lists, listed } from '../lists.ts'
import type { Binding, RequestStateSealer } from '../request-state.ts'
import { capabilitiesOf, serverInfoOf } from '../server-description.ts'
import type { StreamSlots } from '../stream-slots.ts'
import { type Envelope, readEnvelope, SUPPORTED_VERSIONS } from './envelope.ts'
import { createListening } from './listening.ts'
import { createParamHeaders } from './param-headers.ts'
import type { Subscriptions } from './subscriptions.ts'

export interface ModernParts {
  readonly calls: Calls
  readonly lists: Lists
  readonly sealer: RequestStateSealer
  readonly slots: StreamSlots
  readonly subscriptions: Subscriptions
}

/**
 * MCP 2026-07-28 over HTTP: every POST stands alone. The answer is plain JSON unless something is streamed before it;
 * closing the connection cancels the call.
 */
export function createModernEndpoint(deps: McpDeps, parts: ModernParts) {
  const { calls, lists, sealer, slots, subscriptions } = parts
  const paramHeaders = createParamHeaders()
  const metaTexts = new WeakMap<View, string>()
  const listen = createListening(subscriptions, open)
  const serverInfo = (view: View) => serverInfoOf(view, deps.config.serverName, deps.version)

  async function handle(message: Message, address: View, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    // The revision defines no notifications from client to server over HTTP; one that comes is taken and not acted upon.
    if (message.kind === 'notification') return reply.code(202).send()
    if (message.kind === 'response')
      throw new ToolDockError(
        'invalid_request',
        'MCP 2026-07-28 has no responses from client to server: send the answer as inputResponses of the retried request.',
      )
    try {
      const envelope = readEnvelope(message, request.headers)
      const seen = deps.views.forClient(address, envelope.clientCapabilities, 'modern')
      const view = seen instanceof Promise ? await seen : seen
      if (isCallMethod(message.method) || isPassed(message.method, view)) return await call(message, envelope, view, request, reply)
      if (message.method === 'subscriptions/listen') return await listen({ message, envelope, view, request, reply })
      return reply.type('application/json').send(resultText(message.id, answer(message, view, envelope)))
    } catch (error) {
      return refuse(message, error, request, reply)
    }
  }

  function answer({ method, params }: Request, view: View, { clientInfo: info }: Envelope): string {
    if (method === 'tools/list') deps.onClientSeen({ namespace: view.namespace, info, did: listed(view) })
    if (isListMethod(method)) return lists.page(view, method, 'modern', serverInfo(view), params.cursor)
    if (method === 'server/discover') {
      deps.onClientSeen({ namespace: view.namespace, info, did: 'connected' })
      return discover(view)
    }
    throw new ToolDockError('method_not_found', `The method "${method}" does not exist in MCP 2026-07-28.`)
  }

  const discover = (view: View): string =>
    JSON.stringify({
      resultType: 'complete',
      supportedVersions: SUPPORTED_VERSIONS,
      capabilities: capabilitiesOf(view, 'modern'),
      ...(view.instructions === undefined ? {} : { instructions: view.instructions }),
      ...CACHE_HINTS,
      _meta: { [META.serverInfo]: serverInfo(view) },
    })

  async function call(message: Request, envelope: Envelope, view: View, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { id, method } = message
    const { principal, requestId } = request
    if (method === 'tools/call') checkParamHeaders(message, view, request)
    const binding: Binding = { principal: principal.id, address: view.namespace ?? '', method, params: message.params }
    const outlet = createOutlet(envelope, view, request, reply)
    const running = calls.start({
      view,
      method,
      params: openState(message.params, binding),
      era: 'modern',
      requestId,
      http: request,
      requestBytes: bodyBytes(request),
      principal,
      clientCapabilities: envelope.clientCapabilities,
      ...(envelope.clientInfo === undefined ? undefined : { clientInfo: envelope.clientInfo }),
      ...(outlet.logLevel === undefined ? undefined : { logLevel: outlet.logLevel }),
      ...(outlet.onNotification === undefined ? undefined : { onNotification: outlet.onNotification }),
      ...(envelope.progressToken === undefined ? { wantsProgress: false } : undefined),
    })
    if (request.callTrace !== null) reply.header('traceparent', request.callTrace.traceparent)
    const onClose = () => running.cancel('The client closed the connection.')
    reply.raw.once('close', onClose)
    try {
      const ended = await running.result
      if (ended.kind === 'complete') return outlet.finish(resultParts(id, completeParts(method, ended.json, view)))
      try {
        requireCapabilities(ended, envelope.clientCapabilities)
      } catch (error) {
        if (ended.requestState !== undefined) calls.abandon(view, method, message.params, ended.requestState)
        throw error
      }
      const requestState = ended.requestState === undefined ? {} : { requestState: sealer.seal(ended.requestState, binding, Date.now()) }
      return outlet.finish(resultParts(id, [JSON.stringify({ resultType: 'input_required', inputRequests: ended.inputRequests, ...requestState })]))
    } catch (error) {
      if (outlet.stream === undefined) throw error
      return outlet.finish([errorText(id, toJsonRpcError(error, requestId))])
    } finally {
      reply.raw.off('close', onClose)
    }
  }

  function checkParamHeaders(message: Request, view: View, request: FastifyRequest): void {
    const tool = typeof message.params.name === 'string' ? view.findTool(message.params.name) : undefined
    if (tool !== undefined) paramHeaders.check(tool.entry, message.params.arguments, request.headers)
  }

  function openState(params: Params, binding: Binding): Params {
    return params.requestState === undefined ? params : { ...params, requestState: sealer.open(params.requestState, binding, Date.now()) }
  }

  /** Adds what 2026-07-28 wants in results and an upstream need not know: who answers and, on reads, how long it is fresh; shared it is never. */
  function completeParts(method: string, json: string, view: View): string[] {
    const hints = method === 'resources/read' ? CACHE_HINTS : undefined
    const hasOwn = json.includes('"_meta"') || (hints !== undefined && (json.includes('"ttlMs"') || json.includes('"cacheScope"')))
    if (hasOwn) {
      const result = JSON.parse(json) as Record<string, unknown>
      const scope = hints && { cacheScope: hints.cacheScope }
      return [JSON.stringify({ ...hints, ...result, ...scope, _meta: { ...(result._meta as object | undefined), [META.serverInfo]: serverInfo(view) } })]
    }
    return [json.slice(0, -1), `${hints === undefined ? '' : `,${JSON.stringify(hints).slice(1, -1)}`},"_meta":${metaText(view)}}`]
  }

  /** `_meta` of every result of an address, made once. */
  function metaText(view: View): string {
    let text = metaTexts.get(view)
    if (text === undefined) metaTexts.set(view, (text = JSON.stringify({ [META.serverInfo]: serverInfo(view) })))
    return text
  }

  /** Where a call's notifications and answer go: nothing is streamed to a client that asked for nothing or cannot read it. */
  function createOutlet(envelope: Envelope, view: View, request: FastifyRequest, reply: FastifyReply) {
    const { progressToken } = envelope
    const streams = readAccept(request.headers.accept).events
    const outlet = {
      stream: undefined as EventStream | undefined,
      logLevel: streams ? envelope.logLevel : undefined,
      onNotification: streams && (progressToken !== undefined || envelope.logLevel !== undefined || knowsExtensions(view)) ? onNotification : undefined,
      finish(parts: readonly string[]): FastifyReply {
        if (outlet.stream === undefined) return reply.type('application/json').send(toBody(parts))
        outlet.stream.send(parts.join(''))
        outlet.stream.end()
        return reply
      },
    }
    function onNotification(method: string, params: Record<string, unknown>): void {
      const text = clientNotification(method, params, progressToken)
      if (text === undefined) return
      outlet.stream ??= open(request, reply)
      outlet.stream.send(text)
    }
    return outlet
  }

  function open(request: FastifyRequest, reply: FastifyReply, onClose: () => void = () => {}): EventStream {
    const headers = reply.getHeaders() as Record<string, string>
    const stream = slots.open(request, reply.raw, { ...headers, 'x-request-id': request.requestId }, onClose)
    reply.hijack()
    return stream
  }

  function refuse(message: Request, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (!(error instanceof ToolDockError))
      deps.log.error({ err: error, requestId: request.requestId, method: message.method }, 'an MCP request failed by a fault of ToolDock')
    return reply
      .code(jsonRpcStatus(error))
      .type('application/json')
      .send(errorText(message.id, toJsonRpcError(error, request.requestId)))
  }

  return { handle }
}
