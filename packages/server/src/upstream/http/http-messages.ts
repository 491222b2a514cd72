import { STATUS_CODES } from 'node:http'
import { type ChannelAnswer, ChannelError } from '../channel.ts'
import { isObject } from '../json-lines.ts'
import { readMessage, toError, type WireMessage } from '../wire-message.ts'

/**
 * The messages in one event or body: one, or in 2025-03-26 a batch.
 * @throws {ChannelError} protocol_violation
 */
export function readMessages(text: string): WireMessage[] {
  try {
    if (/^\s*\[/.test(text)) return (JSON.parse(text) as unknown[]).map((message) => readMessage(JSON.stringify(message)))
    return [readMessage(text)]
  } catch (error) {
    const answer = errorIn(text)
    if (answer !== undefined) return [{ kind: 'answer', id: NO_ID, answer }]
    throw new ChannelError('protocol_violation', 'The server sent something that is no JSON-RPC message.', { cause: error })
  }
}

/** Of an error without an id: it belongs to the request whose answer it is found in. */
export const NO_ID = -1

/** The JSON-RPC error in a body, with an id or without. */
export function errorIn(text: string, httpStatus?: number): ChannelAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) && isObject(value.error) && typeof value.error.code === 'number' ? toError(value.error, httpStatus) : undefined
  } catch {
    return undefined // not JSON: a page for people
  }
}

export function httpFailure(status: number): ChannelError {
  const reason = STATUS_CODES[status]
  return new ChannelError('http_status', `The server answered HTTP ${status}${reason === undefined ? '' : ` ${reason}`}.`, { status })
}

/**
 * Does the answer say that the server does not know our session? The specification has HTTP 404 for it; servers made after
 * the examples of the official SDKs answer 400 and -32000. Either way it did nothing with the request.
 */
export function saysSessionLost(status: number, answer: ChannelAnswer | undefined): boolean {
  if (status === 404) return answer?.kind !== 'error' || answer.code !== METHOD_NOT_FOUND
  return status === 400 && answer?.kind === 'error' && answer.code === -32000 && /session|not initialized/i.test(answer.message)
}

const METHOD_NOT_FOUND = -32601
