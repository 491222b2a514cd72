import type { ChannelError } from '../channel.ts'
import { type HttpExchange, type HttpReader, isEventStream, type ResponseHead } from './pooled-exchange.ts'

/** Of a body that nobody wants; with a longer one the connection is not worth keeping. */
const UNREAD_BYTES_MAX = 64 * 1024

/**
 * Sends what has no answer and settles with the head of the response: rejects with what `failureOf` finds in it. The body is
 * let pass, so that the connection can be used again.
 */
export function headOf(
  send: (reader: HttpReader) => HttpExchange,
  failureOf: (head: ResponseHead) => ChannelError | undefined,
): { readonly settled: Promise<void>; readonly exchange: HttpExchange } {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let bytes = 0
  const exchange = send({
    onStart(head) {
      const failure = failureOf(head)
      if (failure === undefined) resolve()
      else reject(failure)
      if (isEventStream(head.headers)) exchange.abort()
    },
    onData(chunk) {
      bytes += chunk.length
      if (bytes > UNREAD_BYTES_MAX) exchange.abort()
    },
    onEnd() {},
    onError: reject,
  })
  return { settled: promise, exchange }
}
