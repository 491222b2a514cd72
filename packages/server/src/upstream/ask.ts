import { type Channel, type ChannelAnswer, ChannelError, type ChannelRequest } from './channel.ts'
import type { Json } from './json-lines.ts'
import { parseObject, toFailure, toRequestError } from './server-answer.ts'

/** Sends a request of the gateway's own and waits for its answer. @throws {ChannelError} `timed_out` among others */
export async function ask(channel: Channel, request: ChannelRequest, timeoutMs: number): Promise<ChannelAnswer> {
  const exchange = channel.request(request)
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new ChannelError('timed_out', `The server did not answer "${request.method}" within ${timeoutMs / 1000} s.`))
    exchange.cancel()
  }, timeoutMs)
  try {
    return await Promise.race([late.promise, exchange.answer])
  } finally {
    clearTimeout(timer)
  }
}

/** As {@link ask}, for the result alone. @throws {ToolDockError} upstream_error for an error of the server, else as {@link toFailure} */
export async function askForResult(channel: Channel, request: ChannelRequest, timeoutMs: number): Promise<Json> {
  const answer = await ask(channel, request, timeoutMs).catch((error: unknown) => {
    throw error instanceof ChannelError ? toFailure(error) : error
  })
  if (answer.kind === 'error') throw toRequestError(answer)
  return parseObject(answer.text)
}
