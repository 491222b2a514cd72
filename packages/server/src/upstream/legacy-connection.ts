import { randomBytes } from 'node:crypto'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { ask } from './ask.ts'
import { guarded, hearExtension, hearForCalls } from './call-streams.ts'
import { type Channel, type ChannelAnswer, ChannelError, type ChannelMessage, STREAM_CLOSED } from './channel.ts'
import { Deadlines } from './deadlines.ts'
import { isObject, type Json } from './json-lines.ts'
import { LegacyCall } from './legacy-call.ts'
import { createLegacySession } from './legacy-session.ts'
import { listCatalogue } from './list-catalogue.ts'
import { ListChanges } from './list-changes.ts'
import { LogLevel } from './log-level.ts'
import type { ConnectOptions, McpConnection } from './mcp-connection.types.ts'
import { nameOf, timedOut } from './open-call.ts'
import { idHeaders, REQUEST_ID_META } from './passed-ids.ts'
import { callerOf, isQuestion, NO_CALL, refusalOf } from './question-caller.ts'
import { type Question, withoutToken } from './questions.ts'
import { ResourceWatch } from './resource-watch.ts'
import { readResult, refuseOtherEra, toCallError, toFailure } from './server-answer.ts'
import type { PassedRequest, RunningCall, UpstreamResult } from './upstream.ts'
import { urlElicitations } from './url-elicitations.ts'
import { WhenIdle } from './when-idle.ts'

/** Questions this close together are asked side by side and shown in one round. In milliseconds. */
const GATHER_MS = 25
const ENDED = { error: { code: -32603, message: 'The call that this was asked for has ended.' } } as const

export const ROOTS_CHANGED = 'notifications/roots/list_changed'
/** Only who said so at the handshake tells: a process for many clients asks about nobody's folders outside of calls. */
const tellsOfRoots = ({ roots }: Json): boolean => isObject(roots) && roots.listChanged === true

/**
 * A connection to a server of 2024-11-05 … 2025-11-25, after `initialize` was answered with `initialized`. What the server asks of
 * its client during a call becomes `input_required`: the call stays open in the server, parked here, until the retry brings the answers.
 */
export async function createLegacyConnection(channel: Channel, version: string, initialized: Json, options: ConnectOptions): Promise<McpConnection> {
  const { onEvent } = options
  const id = randomBytes(8).toString('hex')
  const capabilities = isObject(initialized.capabilities) ? initialized.capabilities : {}

  /** All that are open in the server, parked ones too, oldest first. */
  const calls = new Map<number, LegacyCall>()
  const idle = new WhenIdle(() => calls.size === 0)
  const running = new Deadlines<LegacyCall>(options.callTimeoutMs, (open) => stop(open, 'timeout', timedOut(open.call, options.callTimeoutMs)))
  const parked = new Deadlines<LegacyCall>(options.parkMs, (open) => stop(open, 'no input came in time'))
  const byState = new Map<string, LegacyCall>()
  let lastToken = 0
  let lastPark = 0

  const logLevel = new LogLevel((level) => channel.request({ method: 'logging/setLevel', params: { level } }))
  const changes = new ListChanges(onEvent)
  const watch = new ResourceWatch(
    (uri) => tellOfResource('resources/subscribe', uri),
    (uri) => tellOfResource('resources/unsubscribe', uri),
  )

  // --- Calls -----------------------------------------------------------------------------------------------------

  function call(call: PassedRequest): RunningCall {
    const { requestState } = call.params
    const open = requestState === undefined ? start(call) : byState.get(String(requestState))
    if (open === undefined) return { result: Promise.reject(gone()), cancel() {} }
    if (requestState !== undefined) resume(open, call)
    const { result } = open
    return {
      result,
      cancel(reason) {
        // Not the round of another caller that came after.
        if (open.result === result) stop(open, reason, new ToolDockError('cancelled', `The call was cancelled: ${reason}`))
      },
    }
  }

  function start(call: PassedRequest): LegacyCall {
    const open = new LegacyCall(++lastToken, call)
    calls.set(open.token, open)
    running.add(open)
    const isReady = setLevelFor(call)
    // Over pipes the level arrives before the call; over HTTP it must have been answered.
    if (isReady === undefined || channel.kind === 'stdio') send(open)
    else void isReady.then(() => open.isSettled || send(open))
    return open
  }

  function setLevelFor({ logLevel: wanted }: PassedRequest): Promise<void> | undefined {
    return wanted === undefined || !isObject(capabilities.logging) ? undefined : logLevel.lowerTo(wanted)
  }

  function send(open: LegacyCall): void {
    const { method, params, meta, onNotification, wantsProgress } = open.call
    const { requestState: _state, inputResponses: _responses, ...own } = params
    const { progressToken: _token, ...passed } = meta ?? {}
    const progressToken = onNotification === undefined || wantsProgress === false ? undefined : { progressToken: open.token }
    const _meta = { ...passed, [REQUEST_ID_META]: open.call.requestId, ...progressToken }
    open.exchange = channel.request({
      method,
      params: { ...own, _meta },
      ...(channel.kind === 'http'
        ? { headers: idHeaders(open.call), onMessage: (message: ChannelMessage) => guarded(() => hear(message, open), onEvent) }
        : {}),
    })
    open.exchange.answer.then(
      (answer) => finish(open, outcomeOf(open, answer)),
      (error: unknown) => void failed(open, error),
    )
  }

  function outcomeOf(open: LegacyCall, answer: ChannelAnswer): UpstreamResult | Error {
    if (answer.kind === 'error') return urlElicitations(answer, open.call) ?? toCallError(answer, open.call)
    try {
      return readResult(answer.text)
    } catch (error) {
      return error as Error
    }
  }

  async function failed(open: LegacyCall, error: unknown): Promise<void> {
    if (!(error instanceof ChannelError)) return finish(open, error as Error)
    const isUntouched = error.code === 'session_lost' && !open.isResent && !open.isSettled && open.questions.isEmpty
    if (!isUntouched) return finish(open, toFailure(error))
    open.isResent = true
    try {
      await session.restore()
      if (!open.isSettled) send(open)
    } catch (failure) {
      finish(open, failure as Error)
    }
  }

  /** The call has ended in the server. */
  function finish(open: LegacyCall, outcome: UpstreamResult | Error): void {
    if (!calls.has(open.token)) return
    open.ended = outcome
    for (const question of open.questions.takeAll()) {
      // It was another call's, or the server does not wait for the answer.
      if (question.isCertain) respond(question.id, ENDED)
      else askCaller(question, undefined)
    }
    if (open.isSettled) open.settle()
    else hand(open, outcome)
  }

  function hand(open: LegacyCall, outcome: UpstreamResult | Error): void {
    forget(open)
    if (outcome instanceof Error) open.reject(outcome)
    else open.resolve(outcome)
  }

  /** Nobody waits for it any more: the server is told. Without an error when its caller has been told to come back. */
  function stop(open: LegacyCall, reason: string, error?: ToolDockError): void {
    // Its caller has its result, or was told to come back with input.
    if (!calls.has(open.token) || (error !== undefined && open.isSettled)) return
    refuseQuestions(open)
    forget(open)
    if (error !== undefined) open.reject(error)
    if (open.exchange === undefined || open.ended !== undefined) return
    channel.notify('notifications/cancelled', { requestId: open.exchange.id, reason }).catch(() => {}) // closed: cancelled with it
    open.exchange.cancel()
  }

  function forget(open: LegacyCall): void {
    clearTimeout(open.gathering)
    calls.delete(open.token)
    running.delete(open)
    parked.delete(open)
    if (open.state !== undefined) byState.delete(open.state)
    open.settle()
    idle.ended()
  }

  // --- Questions -------------------------------------------------------------------------------------------------

  function askCaller({ id: questionId, method, params }: Pick<Question, 'id' | 'method' | 'params'>, own: LegacyCall | undefined): void {
    const found = own?.isAsking ? own : callerOf(calls.values(), method, params)
    if (found === NO_CALL && options.onQuestion !== undefined)
      return void options.onQuestion(method, withoutToken(params)).then((reply) => respond(questionId, reply))
    if ('error' in found) return respond(questionId, found)
    const refusal = refusalOf(found.call.clientCapabilities, method, params)
    if (refusal !== undefined) return respond(questionId, refusal)
    // A modern caller has no way to tell of progress.
    found.questions.add({ id: questionId, method, params: found.call.era === 'legacy' ? params : withoutToken(params), isCertain: found === own })
    if (!found.isSettled) found.gathering ??= setTimeout(() => park(found), GATHER_MS)
  }

  function park(open: LegacyCall): void {
    clearTimeout(open.gathering)
    open.gathering = undefined
    if (open.isSettled || open.questions.isEmpty) return
    const waiting = options.parkedTogether?.() ?? parked.size
    if (waiting >= options.parkedCallsMax)
      return stop(open, 'too many calls wait for input', new ToolDockError('too_many_parked_calls', `${waiting} calls of the server already wait for input.`))
    const state = `upstream.${id}.${++lastPark}`
    open.state = state
    byState.set(state, open)
    running.delete(open)
    parked.add(open)
    const { promise: settled, resolve: settle } = Promise.withResolvers<void>()
    open.settle = settle
    const inputRequests = open.questions.nextRound()
    open.resolve({
      kind: 'input_required',
      inputRequests,
      requestState: state,
      settled,
      dialogue: { progress: (key, params) => tellProgress(open, key, params) },
    })
  }

  function tellProgress(open: LegacyCall, key: string, params: Json): void {
    const progressToken = open.questions.tokenOf(key)
    if (progressToken !== undefined) notify('notifications/progress', { ...params, progressToken })
  }

  function resume(open: LegacyCall, call: PassedRequest): void {
    if (open.state !== undefined) byState.delete(open.state)
    open.state = undefined
    parked.delete(open)
    running.add(open)
    open.resume(call)
    if (open.ended !== undefined) return hand(open, open.ended)
    void setLevelFor(call)
    for (const [questionId, reply] of open.questions.answer(call.params.inputResponses)) respond(questionId, reply)
    // Left out, or asked while the caller was away: there is nothing to wait for.
    park(open)
  }

  function refuseQuestions(open: LegacyCall): void {
    for (const question of open.questions.takeAll()) respond(question.id, ENDED)
  }

  function notify(method: string, params: Json): void {
    channel.notify(method, params).catch(() => {}) // closed: nobody is there to hear it
  }

  function respond(requestId: string | number, reply: Parameters<Channel['respond']>[1]): void {
    channel
      .respond(requestId, reply)
      .catch((error: unknown) => onEvent({ type: 'log', level: 'warning', data: `An answer did not reach the server: ${String(error)}` }))
  }

  const gone = () => new ToolDockError('parked_call_gone', 'The call that waited for this input has ended: start it again.')

  // --- What the server says --------------------------------------------------------------------------------------

  function hear(message: ChannelMessage, own?: LegacyCall): void {
    if (message.kind === 'request') {
      if (message.method === 'ping') respond(message.id, { result: {} })
      else if (isQuestion(message.method)) askCaller(message, own)
      else respond(message.id, { error: { code: -32601, message: `The method "${message.method}" does not exist.` } })
      return
    }
    // Its caller's stream is closed likewise, and its call goes on.
    if (message === STREAM_CLOSED) return own?.hear(message.method, message.params)
    if (hearForCalls(message, calls, onEvent, own) || changes.hear(message.method)) return
    if (message.method === 'notifications/resources/updated') onEvent({ type: 'resourceUpdated', uri: String(message.params.uri) })
    else if (message.method === 'notifications/cancelled') for (const open of calls.values()) open.questions.withdraw(message.params.requestId)
    else hearExtension(message, calls, onEvent, own)
  }

  // --- The session -----------------------------------------------------------------------------------------------

  const session = createLegacySession(channel, options, () => {
    logLevel.reset()
    for (const uri of watch.uris()) tellOfResource('resources/subscribe', uri)
  })

  function tellOfResource(method: 'resources/subscribe' | 'resources/unsubscribe', uri: string): void {
    if (!isObject(capabilities.resources) || capabilities.resources.subscribe !== true) return
    session.request(method, { uri }).catch((error: unknown) => onEvent({ type: 'log', level: 'warning', data: `${method} of "${uri}": ${String(error)}` }))
  }

  const closed = channel.closed.then(({ message }) => {
    changes.close()
    running.clear()
    parked.clear()
    for (const open of [...calls.values()]) {
      const wasParked = open.isSettled
      forget(open)
      if (!wasParked) open.reject(new ToolDockError('upstream_failed', `The server ended during "${nameOf(open.call)}": ${message}.`))
    }
    return { message }
  })

  channel.receive((message) => guarded(() => hear(message), onEvent))
  await session.ready(version)

  return {
    era: 'legacy',
    isDual: false,
    protocolVersion: version,
    serverInfo: isObject(initialized.serverInfo) ? initialized.serverInfo : {},
    capabilities,
    instructions: typeof initialized.instructions === 'string' ? initialized.instructions : undefined,
    get inFlight() {
      return running.size
    },
    get parked() {
      return parked.size
    },
    get listening() {
      return watch.size
    },
    whenIdle: () => idle.wait(),
    closed,
    list: () =>
      listCatalogue({
        request: session.request,
        capabilities,
        entriesMax: options.listEntriesMax,
        deadlineMs: options.deadlineMs,
        onRefused: (what) => onEvent({ type: 'log', level: 'warning', data: `Not published: ${what}.` }),
      }),
    call,
    notify(method, params) {
      if (method !== ROOTS_CHANGED || tellsOfRoots(options.clientCapabilities)) notify(method, params)
    },
    abandon(requestState) {
      const open = byState.get(requestState)
      if (open !== undefined) stop(open, 'its caller gave up')
    },
    holds: (requestState) => byState.has(requestState),
    subscribe: (uri) => watch.add(uri),
    async ping(timeoutMs) {
      const answer = await ask(channel, { method: 'ping', params: {} }, timeoutMs)
      refuseOtherEra(answer)
    },
    async close() {
      await channel.close()
      await closed
    },
  }
}
