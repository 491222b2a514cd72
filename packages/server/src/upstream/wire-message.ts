import type { ChannelAnswer, ChannelMessage } from './channel.ts'
import { isObject, type Json } from './json-lines.ts'
import { findMembers } from './json-members.ts'

/** A JSON-RPC message as a server wrote it. */
export type WireMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: ChannelAnswer }
  | { readonly kind: 'message'; readonly message: ChannelMessage }

/** The two ways in which official SDKs write an answer: with the id first, or last. */
const ID_FIRST = '{"jsonrpc":"2.0","id":'
const ID_LAST = /,"jsonrpc":"2\.0","id":(\d{1,15})\}$/
const RESULT_MEMBER = ',"result":{'
const RESULT_FIRST = '{"result":{'
const TAIL_CHARS = 48

/**
 * Reads one JSON-RPC message. The result of an answer is cut out of the text and not looked into, so that it costs the same
 * whatever its size. `httpStatus` is put into an error.
 * @throws {SyntaxError} for what is no JSON-RPC message
 */
export function readMessage(text: string, httpStatus?: number): WireMessage {
  return cutResult(text) ?? parseMessage(text, httpStatus)
}

function cutResult(text: string): WireMessage | undefined {
  // The result must end where the message ends, so that no further member is taken for a part of it.
  if (text.startsWith(ID_FIRST)) {
    if (!text.endsWith('}}')) return undefined
    const member = text.indexOf(RESULT_MEMBER, ID_FIRST.length)
    const id = member < 0 ? '' : text.slice(ID_FIRST.length, member)
    return /^\d{1,15}$/.test(id) ? result(Number(id), text.slice(member + RESULT_MEMBER.length - 1, -1)) : undefined
  }
  if (!text.startsWith(RESULT_FIRST)) return undefined
  const tail = ID_LAST.exec(text.slice(-TAIL_CHARS))
  const end = text.length - (tail?.[0].length ?? 0)
  return tail !== null && text[end - 1] === '}' ? result(Number(tail[1]), text.slice(RESULT_FIRST.length - 1, end)) : undefined
}

/** The id of an answer whose beginning or ending is this, when it is written in one of the two ways. */
export function answerIdAt({ beginning, ending }: { readonly beginning?: string; readonly ending?: string }): number | undefined {
  const digits = beginning === undefined ? ID_LAST.exec(ending ?? '')?.[1] : /^\{"jsonrpc":"2\.0","id":(\d{1,15}),"result":/.exec(beginning.slice(0, 64))?.[1]
  return digits === undefined ? undefined : Number(digits)
}

const result = (id: number, text: string): WireMessage => ({ kind: 'answer', id, answer: { kind: 'result', text } })

function parseMessage(text: string, httpStatus: number | undefined): WireMessage {
  const message: unknown = JSON.parse(text)
  if (!isObject(message)) throw new SyntaxError('not an object')
  const { id, method } = message
  if (typeof method === 'string') return { kind: 'message', message: toMessage(message, method) }
  if (typeof id !== 'number') throw new SyntaxError('neither an answer to a request of ours nor a message')
  if (isObject(message.error)) return { kind: 'answer', id, answer: toError(message.error, httpStatus) }
  const range = isObject(message.result) ? findMembers(text)?.get('result') : undefined
  if (range === undefined) throw new SyntaxError('an answer without a result and without an error')
  return result(id, text.slice(range.valueStart, range.end))
}

function toMessage(message: Json, method: string): ChannelMessage {
  const { id } = message
  const params = isObject(message.params) ? message.params : {}
  return typeof id === 'number' || typeof id === 'string' ? { kind: 'request', id, method, params } : { kind: 'notification', method, params }
}

/** An error object as an answer; also for HTTP bodies that hold an error without an id. */
export function toError({ code, message, data }: Json, httpStatus: number | undefined): ChannelAnswer {
  return {
    kind: 'error',
    code: typeof code === 'number' ? code : -32603,
    message: typeof message === 'string' ? message : 'The server gave no reason.',
    ...(data === undefined ? {} : { data }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
  }
}
