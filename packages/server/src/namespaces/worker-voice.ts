import type { Logger } from 'pino'
import { readTraceContext } from '../kernel/trace-context.ts'
import type { Json } from '../upstream/json-lines.ts'
import type { UpstreamCall } from '../upstream/upstream.ts'
import type { WorkerEvent } from './worker-upstream.types.ts'

/** Takes what the tools of a namespace print and what they write to their log. Must not throw. */
export type OutputSink = (namespace: string, stream: 'stdout' | 'stderr' | 'log', chunk: Buffer | string) => void

export interface WorkerVoiceDeps {
  readonly namespace: string
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  readonly output: OutputSink
  readonly onEvent: (event: WorkerEvent) => void
  /** The running call of an id. */
  readonly callOf: (id: number) => UpstreamCall | undefined
}

/** Brings what a worker says on its own account to whom it concerns. */
export function createWorkerVoice({ namespace, log, output, onEvent, callOf }: WorkerVoiceDeps): { hear(method: string, params: Json): void } {
  const pass = (id: unknown, method: string, params: Json): void => {
    if (typeof id === 'number') callOf(id)?.onNotification?.(method, params)
  }

  function writeLog({ level, message, callId, requestId }: Json): void {
    const call = typeof callId === 'number' ? callOf(callId) : undefined
    const request = typeof requestId === 'string' ? requestId : call?.requestId
    const trace = call?.meta === undefined ? undefined : readTraceContext(call.meta)
    const text = String(message)
    log[toLogLevel(level)]({ namespace, requestId: request, ...(trace === undefined ? {} : { traceId: trace.traceId }) }, text)
    output(namespace, 'log', `${String(level)}${request === undefined ? '' : ` ${request}`} ${text}\n`)
  }

  return {
    hear(method, params) {
      try {
        deliver(method, params)
      } catch (error) {
        // A fault of a receiver must not end the worker that spoke.
        log.error({ err: error, namespace, method }, 'notification of a worker not delivered')
      }
    },
  }

  function deliver(method: string, params: Json): void {
    switch (method) {
      case 'notifications/progress':
        return pass(params.progressToken, method, params)
      case 'notifications/message': {
        const { _meta, ...message } = params
        return pass((_meta as Json | undefined)?.['io.tooldock/callId'], method, message)
      }
      case 'tooldock/closeStream':
        return pass(params.callId, method, {})
      case 'tooldock/log':
        return writeLog(params)
      case 'notifications/resources/updated':
        return onEvent({ type: 'resourceUpdated', uri: String(params.uri) })
      case 'notifications/tools/list_changed':
        return onEvent({ type: 'listChanged', list: 'tools' })
      case 'notifications/prompts/list_changed':
        return onEvent({ type: 'listChanged', list: 'prompts' })
      case 'notifications/resources/list_changed':
        return onEvent({ type: 'listChanged', list: 'resources' })
      default:
        log.debug({ namespace, method }, 'unknown notification from a worker')
    }
  }
}

function toLogLevel(level: unknown): 'debug' | 'info' | 'warn' | 'error' {
  if (level === 'debug') return 'debug'
  if (level === 'info' || level === 'notice') return 'info'
  return level === 'warning' || level === 'warn' ? 'warn' : 'error'
}
