import { randomUUID } from 'node:crypto'
import type { ToolEntry } from '@tooldock/worker/protocol'
import type { Logger } from 'pino'
import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { OwnRequest } from '../../http/tls/own-request.ts'
import type { Principal } from '../../kernel/principal.ts'
import { paramHeaderValues, readParamHeaders } from '../../upstream/param-headers.ts'
import { callLegacy } from './call-legacy.ts'
import { callModern } from './call-modern.ts'
import { callRest } from './call-rest.ts'
import type { Conversation, InputRequests, Outcome } from './conversation.ts'
import type { ExecuteEvent } from './execute-events.ts'
import type { ExecuteProtocol, ExecuteRequest, Execution, ExecutionService } from './execution.types.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { Wire } from './wire.ts'

export interface ExecutionsDeps {
  readonly config: Pick<Config, 'executionsMax' | 'executionBytesMax'>
  /** The gateway's own address; undefined before it listens. */
  readonly baseUrl: () => string | undefined
  readonly ownRequest: OwnRequest
  /** What opens the gateway to itself in the name of a principal, until it is released. */
  readonly lend: (principal: Principal) => { readonly token: string; release(): void }
  readonly findTool: (namespace: string, tool: string) => ToolEntry | undefined
  readonly log: Pick<Logger, 'error'>
}

const CALLS: Readonly<Record<ExecuteProtocol, (conversation: Conversation) => Promise<Outcome>>> = {
  'mcp-modern': callModern,
  'mcp-legacy': callLegacy,
  rest: callRest,
}

interface Running extends Execution {
  readonly principal: Principal
  readonly waiting: Map<string, (answer: JsonObject | null) => void>
  readonly ended: Promise<void>
}

/** Calls that are made over the gateway's own address, as any client would make them. */
export function createExecutions(deps: ExecutionsDeps): ExecutionService {
  const running = new Map<string, Running>()
  let isClosed = false

  const find = (id: string, { id: principal }: Principal): Running => {
    const execution = running.get(id)
    // Those of others are not even known to exist.
    if (execution === undefined || execution.principal.id !== principal) throw new ToolDockError('not_found', 'There is no running call of this id.')
    return execution
  }

  return {
    start(request, principal, emit) {
      const { executionsMax } = deps.config
      const baseUrl = deps.baseUrl()
      if (isClosed || baseUrl === undefined) throw new ToolDockError('shutting_down', 'ToolDock is stopping, or does not listen yet.')
      if (running.size >= executionsMax)
        throw new ToolDockError('too_many_calls', `As many calls as EXECUTIONS_MAX (${executionsMax}) are made from here already: end one, or try again later.`)
      const execution = begin(deps, request, principal, baseUrl, emit)
      running.set(execution.id, execution)
      void execution.ended.then(() => running.delete(execution.id))
      return execution
    },
    answer(id, principal, inputResponses) {
      const { waiting } = find(id, principal)
      const asked = Object.entries(inputResponses).filter(([key]) => waiting.has(key))
      if (asked.length === 0) throw new ToolDockError('not_found', 'The call waits for none of these answers.')
      for (const [key, answer] of asked) waiting.get(key)?.(answer)
    },
    cancel: (id, principal) => find(id, principal).cancel('The call was cancelled.'),
    async close() {
      isClosed = true
      for (const execution of running.values()) execution.cancel('ToolDock is stopping.')
      await Promise.all([...running.values()].map(({ ended }) => ended))
    },
  }
}

function begin(deps: ExecutionsDeps, request: ExecuteRequest, principal: Principal, baseUrl: string, emit: (event: ExecuteEvent) => void): Running {
  const id = randomUUID()
  const requestId = randomUUID()
  const startedMs = performance.now()
  const elapsedMs = (): number => Math.round((performance.now() - startedMs) * 1000) / 1000
  const abort = new AbortController()
  const waiting = new Map<string, (answer: JsonObject | null) => void>()
  const credential = deps.lend(principal)
  const { ownRequest, config } = deps
  const { token } = credential
  const wire = new Wire({ baseUrl, ownRequest, token, requestId, bytesMax: config.executionBytesMax, signal: abort.signal, emit, elapsedMs })
  const tool = deps.findTool(request.namespace, request.tool)
  const conversation: Conversation = {
    request,
    wire,
    paramHeaders: tool === undefined ? {} : paramHeaderValues(readParamHeaders(tool.inputSchema) ?? [], request.arguments),
    ask: (inputRequests) => {
      const answers = collect(inputRequests, waiting, abort.signal)
      emit({ type: 'input_required', atMs: elapsedMs(), inputRequests: structuredClone(inputRequests) as Record<string, never> })
      return answers
    },
    notice: (message) => {
      const event = noticeEvent(message, elapsedMs())
      if (event !== undefined) emit(event)
    },
  }

  const timer = setTimeout(
    () => abort.abort(new ToolDockError('tool_timeout', `The call took longer than ${request.timeoutMs} ms, its timeoutMs, and was cancelled.`)),
    request.timeoutMs,
  )
  const run = async (): Promise<void> => {
    try {
      emit(finished(await CALLS[request.protocol](conversation), elapsedMs()))
    } catch (error) {
      if (!(error instanceof ToolDockError)) deps.log.error({ err: error, requestId }, 'a call from the admin API failed by a fault of ToolDock')
      emit(failed(error, elapsedMs()))
    } finally {
      clearTimeout(timer)
      credential.release()
    }
  }
  // Told before anything is sent, but not before the caller knows the execution.
  const ended = Promise.resolve().then(() => {
    emit({ type: 'started', id, requestId })
    return run()
  })
  return { id, principal, waiting, ended, cancel: (reason) => abort.abort(new ToolDockError('cancelled', reason)) }
}

/** Waits for an answer to each question. */
function collect(
  questions: InputRequests,
  waiting: Map<string, (answer: JsonObject | null) => void>,
  signal: AbortSignal,
): Promise<Record<string, JsonObject | null>> {
  const keys = Object.keys(questions)
  const answers = keys.map((key) => new Promise<JsonObject | null>((resolve) => waiting.set(key, resolve)))
  return new Promise<Record<string, JsonObject | null>>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    void Promise.all(answers).then((given) => {
      signal.removeEventListener('abort', onAbort)
      resolve(Object.fromEntries(keys.map((key, index) => [key, given[index] ?? null])))
    })
  }).finally(() => {
    for (const key of keys) waiting.delete(key)
  })
}

function noticeEvent({ method, params }: JsonObject, atMs: number): ExecuteEvent | undefined {
  if (!isJsonObject(params)) return undefined
  const text = (name: string): Record<string, string> => (typeof params[name] === 'string' ? { [name]: params[name] } : {})
  if (method === 'notifications/progress' && typeof params.progress === 'number')
    return { type: 'progress', atMs, progress: params.progress, ...(typeof params.total === 'number' ? { total: params.total } : {}), ...text('message') }
  if (method === 'notifications/message') return { type: 'log', atMs, level: String(params.level), ...text('logger'), data: params.data }
  return undefined
}

function finished({ answer, result, error, isError }: Outcome, totalMs: number): ExecuteEvent {
  const { status, headers, firstByteMs, request } = answer
  return {
    type: 'finished',
    status,
    headers: { ...headers },
    ...(result === undefined ? {} : { result }),
    ...(error === undefined ? {} : { error }),
    isError,
    timing: { totalMs, firstByteMs },
    request,
  }
}

function failed(error: unknown, totalMs: number): ExecuteEvent {
  const { code, message } = error instanceof ToolDockError ? error : { code: 'internal_error', message: 'Internal error.' }
  return { type: 'finished', status: null, headers: {}, error: { code, message }, isError: true, timing: { totalMs, firstByteMs: null }, request: null }
}
