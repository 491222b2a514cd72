import { ToolDockError } from '../errors/tooldock-error.ts'
import { isLegacyVersion, META } from '../kernel/protocol-version.ts'
import { ask, askForResult } from './ask.ts'
import { guarded, hearExtension, hearForCalls } from './call-streams.ts'
import { type Channel, type ChannelAnswer, ChannelError, type ChannelMessage } from './channel.ts'
import { createClientStreams } from './client-streams.ts'
import { Deadlines } from './deadlines.ts'
import { isObject, type Json } from './json-lines.ts'
import { listCatalogue } from './list-catalogue.ts'
import { ListChanges } from './list-changes.ts'
import { createListenStream } from './listen-stream.ts'
import type { ConnectOptions, McpConnection } from './mcp-connection.types.ts'
import { callParams, ownParams } from './modern-envelope.ts'
import { nameOf, OpenCall, timedOut } from './open-call.ts'
import { idHeaders } from './passed-ids.ts'
import { ResourceWatch } from './resource-watch.ts'
import { readResult, refuseOtherEra, toCallError, toFailure } from './server-answer.ts'
import { standardHeaders, ToolHeaders } from './tool-headers.ts'
import type { PassedRequest, RunningCall } from './upstream.ts'
import { WhenIdle } from './when-idle.ts'

const HEADER_MISMATCH = -32020

/** A connection to a server of 2026-07-28: every request stands alone and carries its caller's envelope. `discovered` is its DiscoverResult. */
export function createModernConnection(channel: Channel, version: string, discovered: Json, options: ConnectOptions): McpConnection {
  const { onEvent } = options
  const isHttp = channel.kind === 'http'
  const capabilities = isObject(discovered.capabilities) ? discovered.capabilities : {}
  const meta = isObject(discovered._meta) ? discovered._meta : {}
  const serverInfo = meta[META.serverInfo]

  const calls = new Map<number, OpenCall>()
  const idle = new WhenIdle(() => calls.size === 0)
  const running = new Deadlines<OpenCall>(options.callTimeoutMs, (open) => stop(open, 'timeout', timedOut(open.call, options.callTimeoutMs)))
  let lastToken = 0

  const request = (method: string, params: Json, timeoutMs: number): Promise<Json> =>
    askForResult(channel, { method, params: ownParams(params, version, options), ...(isHttp ? { headers: standardHeaders(method, params) } : {}) }, timeoutMs)
  const refused = (what: string): void => onEvent({ type: 'log', level: 'warning', data: `Not published: ${what}.` })
  const toolHeaders = new ToolHeaders(async () => (await listAll({ tools: capabilities.tools })).tools)
  const listAll = (offered: Json) =>
    listCatalogue({ request, capabilities: offered, entriesMax: options.listEntriesMax, deadlineMs: options.deadlineMs, onRefused: refused })

  const changes = new ListChanges((event) => {
    if (event.type === 'listChanged' && event.list === 'tools') toolHeaders.forget()
    onEvent(event)
  })
  const stream = createListenStream({
    channel,
    capabilities,
    paramsOf: (params) => ownParams(params, version, options),
    onMessage: hearChange,
    onReopened() {
      for (const list of ['tools', 'prompts', 'resources'] as const) if (isObject(capabilities[list])) changes.note(list)
    },
    onEvent,
  })
  const watch = new ResourceWatch(stream.watch, stream.unwatch)
  const clients = createClientStreams({
    channel,
    paramsOf: (request) => callParams(request, version, options.clientInfo, 0),
    ackMs: options.deadlineMs,
    onEvent,
  })

  // --- Calls -----------------------------------------------------------------------------------------------------

  function call(call: PassedRequest): RunningCall {
    const open = new OpenCall(++lastToken, call)
    calls.set(open.token, open)
    running.add(open)
    start(open)
    return { result: open.result, cancel: (reason) => stop(open, reason, new ToolDockError('cancelled', `The call was cancelled: ${reason}`)) }
  }

  function start(open: OpenCall): void {
    const headers = isHttp ? toolHeaders.of(open.call) : {}
    if (headers !== undefined) return send(open, headers)
    toolHeaders.load().then(
      () => open.isSettled || send(open, toolHeaders.of(open.call) ?? standardHeaders(open.call.method, open.call.params)),
      (error: Error) => settle(open, () => open.reject(error)),
    )
  }

  function send(open: OpenCall, headers: Record<string, string>, isRetry = false): void {
    const params = callParams(open.call, version, options.clientInfo, open.token)
    open.exchange = channel.request({
      method: open.call.method,
      params,
      ...(isHttp ? { headers: { ...headers, ...idHeaders(open.call) }, onMessage: (message: ChannelMessage) => hearOnStream(open, message) } : {}),
    })
    open.exchange.answer.then(
      (answer) => receive(open, answer, isRetry),
      (error: unknown) => settle(open, () => open.reject(error instanceof ChannelError ? toFailure(error) : (error as Error))),
    )
  }

  function receive(open: OpenCall, answer: ChannelAnswer, isRetry: boolean): void {
    if (open.isSettled) return
    if (answer.kind === 'error') {
      // What a tool wants in headers has changed: read its schema again, once ("Client Behavior").
      if (answer.code === HEADER_MISMATCH && isHttp && open.call.method === 'tools/call' && !isRetry) return void resend(open)
      return settle(open, () => open.reject(toCallError(answer, open.call)))
    }
    settle(open, () => {
      try {
        open.resolve(readResult(answer.text))
      } catch (error) {
        open.reject(error as Error)
      }
    })
  }

  async function resend(open: OpenCall): Promise<void> {
    toolHeaders.forget()
    try {
      await toolHeaders.load()
      if (!open.isSettled) send(open, toolHeaders.of(open.call) ?? {}, true)
    } catch (error) {
      settle(open, () => open.reject(error as Error))
    }
  }

  function settle(open: OpenCall, answer: () => void): void {
    if (open.isSettled) return
    calls.delete(open.token)
    running.delete(open)
    idle.ended()
    answer()
  }

  /** HTTP: the end of the stream tells the server. stdio: a notification does. */
  function stop(open: OpenCall, reason: string, error: ToolDockError): void {
    if (open.isSettled) return
    settle(open, () => open.reject(error))
    if (open.exchange === undefined) return
    open.exchange.cancel()
    if (!isHttp) channel.notify('notifications/cancelled', { requestId: open.exchange.id, reason }).catch(() => {}) // closed: cancelled with it
  }

  // --- What the server says --------------------------------------------------------------------------------------

  channel.receive((message) => guarded(() => hear(message), onEvent))

  function hear(message: ChannelMessage): void {
    // The revision knows no requests from server to client, nor answers to them.
    if (message.kind === 'request' || stream.hear(message) || clients.hear(message) || hearForCalls(message, calls, onEvent)) return
    if (!hearChange(message)) hearExtension(message, calls, onEvent)
  }

  function hearOnStream(open: OpenCall, message: ChannelMessage): void {
    guarded(() => {
      if (message.kind === 'notification' && !hearForCalls(message, calls, onEvent, open) && !hearChange(message)) hearExtension(message, calls, onEvent, open)
    }, onEvent)
  }

  function hearChange({ method, params }: ChannelMessage): boolean {
    if (method === 'notifications/resources/updated') onEvent({ type: 'resourceUpdated', uri: String(params.uri) })
    return changes.hear(method) || method === 'notifications/resources/updated'
  }

  const closed = channel.closed.then(({ message }) => {
    stream.close()
    clients.close(message)
    changes.close()
    running.clear()
    for (const open of [...calls.values()])
      settle(open, () => open.reject(new ToolDockError('upstream_failed', `The server ended during "${nameOf(open.call)}": ${message}.`)))
    return { message }
  })
  stream.open()

  return {
    era: 'modern',
    isDual: Array.isArray(discovered.supportedVersions) && discovered.supportedVersions.some(isLegacyVersion),
    protocolVersion: version,
    serverInfo: isObject(serverInfo) ? serverInfo : {},
    capabilities,
    instructions: typeof discovered.instructions === 'string' ? discovered.instructions : undefined,
    get inFlight() {
      return calls.size
    },
    /** A modern server keeps nothing of a call that waits for input. */
    parked: 0,
    get listening() {
      return clients.size + watch.size
    },
    whenIdle: () => idle.wait(),
    closed,
    async list() {
      const catalogue = await listAll(capabilities)
      return isHttp ? { ...catalogue, tools: toolHeaders.learn(catalogue.tools, refused) } : catalogue
    },
    call,
    listen: clients.open,
    abandon() {},
    holds: () => false,
    subscribe: (uri) => watch.add(uri),
    async ping(timeoutMs) {
      const method = 'server/discover'
      const headers = isHttp ? { headers: standardHeaders(method, {}) } : {}
      refuseOtherEra(await ask(channel, { method, params: ownParams({}, version, options), ...headers }, timeoutMs))
    },
    async close() {
      stream.close()
      await channel.close()
      await closed
    },
  }
}
