import { ToolDockError } from '../errors/tooldock-error.ts'
import { guarded } from './call-streams.ts'
import { type Channel, ChannelError, type ChannelExchange, type ChannelMessage } from './channel.ts'
import type { Json } from './json-lines.ts'
import { ACKNOWLEDGED, endListening, LISTEN, subscriptionIdOf } from './listen-stream.ts'
import type { ConnectionEvent } from './mcp-connection.types.ts'
import { toCallError, toFailure } from './server-answer.ts'
import { standardHeaders } from './tool-headers.ts'
import type { PassedRequest, RunningCall, UpstreamResult } from './upstream.ts'

export interface ClientStreamsDeps {
  readonly channel: Channel
  /** Parameters with the envelope of the client. */
  readonly paramsOf: (request: PassedRequest) => Json
  /** How long the server may take to acknowledge, in milliseconds. */
  readonly ackMs: number
  readonly onEvent: (event: ConnectionEvent) => void
}

interface ClientStream {
  readonly exchange: ChannelExchange
  hear(message: ChannelMessage): void
  fail(error: Error): void
}

/**
 * Streams of `subscriptions/listen` that single clients asked for, one for each: what a server says of an extension is for
 * who asked, with capabilities and filters of its own (2026-07-28, basic/patterns/subscriptions "Multiple Concurrent Subscriptions").
 */
export function createClientStreams({ channel, paramsOf, ackMs, onEvent }: ClientStreamsDeps) {
  const streams = new Map<number, ClientStream>()

  function open(request: PassedRequest): RunningCall {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamResult>()
    const params = paramsOf(request)
    let isAcknowledged = false

    const exchange = channel.request({
      method: LISTEN,
      params,
      ...(channel.kind === 'http'
        ? { headers: standardHeaders(LISTEN, params), onMessage: (message: ChannelMessage) => guarded(() => hear(message), onEvent) }
        : {}),
    })
    const finish = (settle: () => void): void => {
      clearTimeout(timer)
      streams.delete(exchange.id)
      settle()
    }
    const stop = (error: Error): void => {
      if (!streams.has(exchange.id)) return
      finish(() => reject(error))
      endListening(channel, exchange)
    }
    const timer = setTimeout(() => stop(new ToolDockError('tool_timeout', `The server did not answer ${LISTEN} within ${ackMs / 1000} s.`)), ackMs)
    streams.set(exchange.id, { exchange, hear, fail: (error) => finish(() => reject(error)) })

    /** Whatever comes first acknowledges: not every server writes what it must. */
    function hear(message: ChannelMessage): void {
      if (message.kind === 'request' || !streams.has(exchange.id)) return
      if (!isAcknowledged) {
        isAcknowledged = true
        clearTimeout(timer)
        if (message.method !== ACKNOWLEDGED) request.onNotification?.(ACKNOWLEDGED, { notifications: request.params.notifications })
      }
      request.onNotification?.(message.method, { ...message.params })
    }

    exchange.answer.then(
      (answer) =>
        finish(() => {
          if (answer.kind === 'error') reject(toCallError(answer, request))
          else resolve({ kind: 'complete', json: answer.text, isError: false })
        }),
      (error: unknown) => finish(() => reject(error instanceof ChannelError ? toFailure(error) : (error as Error))),
    )
    return { result: promise, cancel: (reason) => stop(new ToolDockError('cancelled', reason)) }
  }

  return {
    get size() {
      return streams.size
    },
    open,
    /** stdio: takes what is for one of these streams; false when it is for another. */
    hear(message: ChannelMessage): boolean {
      if (streams.size === 0) return false
      const isEnd = message.method === 'notifications/cancelled'
      const stream = streams.get(Number(isEnd ? message.params.requestId : subscriptionIdOf(message)))
      if (stream === undefined) return false
      if (isEnd) stream.fail(new ToolDockError('upstream_failed', 'The server ended the stream.'))
      else stream.hear(message)
      return true
    },
    close(why: string): void {
      for (const { fail } of [...streams.values()]) fail(new ToolDockError('upstream_failed', `The server has ended: ${why}.`))
    },
  }
}
