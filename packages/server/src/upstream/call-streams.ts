import type { ChannelMessage } from './channel.ts'
import type { ConnectionEvent } from './mcp-connection.types.ts'
import type { OpenCall } from './open-call.ts'
import { taskOf } from './task-owners.ts'

/** The calls under way, by progress token, oldest first. */
export type OpenCalls = ReadonlyMap<number, OpenCall>

/**
 * Brings progress and logs to the callers they are for. `own` is the call whose stream carried the message; without it
 * (stdio) progress is known by its token, while a log may be of any call: it goes to all that asked for its level, or is an event.
 * False when the message is neither.
 */
export function hearForCalls({ method, params }: ChannelMessage, calls: OpenCalls, onEvent: (event: ConnectionEvent) => void, own?: OpenCall): boolean {
  if (method === 'notifications/progress') {
    const call = own ?? (typeof params.progressToken === 'number' ? calls.get(params.progressToken) : undefined)
    // The token of a call that began a task stays good for as long as the task.
    if (call === undefined && taskOf(params) !== undefined) onEvent({ type: 'notification', method, params })
    call?.hear(method, params)
    return true
  }
  if (method !== 'notifications/message') return false
  if (own !== undefined) {
    if (own.wantsLog(params.level)) own.hear(method, params)
    return true
  }
  const readers = [...calls.values()].filter((call) => call.canHear && call.wantsLog(params.level))
  if (readers.length === 0) onEvent({ type: 'log', level: String(params.level), data: params.data, params })
  for (const call of readers) call.hear(method, params)
  return true
}

/** Brings a message of an extension to the call it came with: on stdio that is known when there is only one, or by its task. */
export function hearExtension({ method, params }: ChannelMessage, calls: OpenCalls, onEvent: (event: ConnectionEvent) => void, own?: OpenCall): void {
  const [only] = calls.size === 1 && taskOf(params) === undefined ? calls.values() : []
  const call = own ?? only
  if (call === undefined) onEvent({ type: 'notification', method, params })
  else call.hear(method, params)
}

/** A fault of a receiver must not end the connection that spoke. */
export function guarded(deliver: () => void, onEvent: (event: ConnectionEvent) => void): void {
  try {
    deliver()
  } catch (error) {
    onEvent({ type: 'log', level: 'error', data: `A message of the server could not be delivered: ${String(error)}` })
  }
}
