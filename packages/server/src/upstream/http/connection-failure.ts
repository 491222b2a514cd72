import { ToolDockError } from '../../errors/tooldock-error.ts'
import { ChannelError } from '../channel.ts'

/**
 * What a connection's error means for the one who waits. Never names more of the server than its origin: paths, queries and
 * headers may hold secrets. `isSent`: a connection was there, so the server may have acted on the request.
 */
export function toChannelError(error: unknown, origin: string, isSent: boolean): ChannelError {
  if (error instanceof ChannelError) return error
  // The checked lookup refuses an address with its own words.
  if (error instanceof ToolDockError) return new ChannelError('refused', error.message, { cause: error })
  const code = codeOf(error)
  const fail = (kind: 'closed' | 'refused' | 'timed_out' | 'unreachable', words: string) => new ChannelError(kind, `${origin} ${words}`, { cause: error })
  switch (code) {
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return new ChannelError('closed', 'The connection was closed.')
    case 'UND_ERR_HEADERS_TIMEOUT':
      return fail('timed_out', 'did not begin to answer in time.')
    case 'UND_ERR_CONNECT_TIMEOUT':
      return fail('unreachable', 'did not accept a connection in time.')
    case 'UND_ERR_INVALID_ARG':
      return fail('refused', `cannot be asked this way: ${messageOf(error)}.`)
  }
  if (!isSent) return fail('unreachable', `cannot be reached: ${messageOf(error)}.`)
  return fail('closed', `closed the connection before it had answered (${code ?? messageOf(error)}).`)
}

/** The error of a request that says nothing about whether the server can be reached. */
export function isOwnFault(error: unknown): boolean {
  return (
    error instanceof ChannelError ||
    error instanceof ToolDockError ||
    ['UND_ERR_DESTROYED', 'UND_ERR_CLOSED', 'UND_ERR_INVALID_ARG'].includes(codeOf(error) ?? '')
  )
}

const codeOf = (error: unknown): string | undefined => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined)

/** An error for several addresses has a code and no words. */
const messageOf = (error: unknown): string => (error instanceof Error && error.message !== '' ? error.message : (codeOf(error) ?? 'no reason given'))
