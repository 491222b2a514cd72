import { ToolDockError } from '../errors/tooldock-error.ts'

export type RequestId = string | number
export type Params = Readonly<Record<string, unknown>>

export interface Request {
  readonly kind: 'request'
  readonly id: RequestId
  readonly method: string
  readonly params: Params
}
export interface Notification {
  readonly kind: 'notification'
  readonly method: string
  readonly params: Params
}
export interface Response {
  readonly kind: 'response'
  readonly id: RequestId
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}
export type Message = Request | Notification | Response

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isId = (value: unknown): value is RequestId => typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))

const NO_PARAMS: Params = Object.freeze({})

/**
 * Tells what a parsed JSON value is as a JSON-RPC 2.0 message. An `id` of null counts as none, as clients of the ancestor
 * send it with notifications.
 * @throws invalid_request, with the id in `details.id` when it could be read.
 */
export function toMessage(value: unknown): Message {
  if (!isObject(value)) throw new ToolDockError('invalid_request', 'A JSON-RPC message must be an object.')
  const { jsonrpc, id, method, params } = value
  const refuse = (message: string) => new ToolDockError('invalid_request', message)
  if (jsonrpc !== '2.0') throw refuse('"jsonrpc" must be "2.0".')
  if (id !== undefined && id !== null && !isId(id)) throw refuse('"id" must be a string or a number.')
  if (method === undefined) {
    if (!isId(id) || (!('result' in value) && !isObject(value.error))) throw refuse('A message needs a "method", or an "id" with a "result" or an "error".')
    return isObject(value.error)
      ? { kind: 'response', id, error: { code: Number(value.error.code), message: String(value.error.message), data: value.error.data } }
      : { kind: 'response', id, result: value.result }
  }
  if (typeof method !== 'string' || method === '') throw refuse('"method" must be a string.')
  if (params !== undefined && !isObject(params)) throw refuse('"params" must be an object.')
  return isId(id) ? { kind: 'request', id, method, params: params ?? NO_PARAMS } : { kind: 'notification', method, params: params ?? NO_PARAMS }
}

/** The id a malformed message still shows, for its error answer. */
export function idOf(value: unknown): RequestId | undefined {
  return isObject(value) && isId(value.id) && value.method !== undefined ? value.id : undefined
}

export const resultText = (id: RequestId, resultJson: string): string => resultParts(id, [resultJson]).join('')

/** The texts of an answer whose result is made of these. */
export const resultParts = (id: RequestId, result: readonly string[]): string[] => [`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`, ...result, '}']

export const errorText = (id: RequestId | undefined, error: unknown): string =>
  id === undefined ? `{"jsonrpc":"2.0","error":${JSON.stringify(error)}}` : `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${JSON.stringify(error)}}`

export const notificationText = (method: string, params?: Params): string =>
  JSON.stringify(params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params })

/** Answers from this length on are sent as bytes. */
const BYTES_FROM_CHARS = 64 * 1024

/**
 * The body of an answer that is made of these texts. A large one is put together as bytes, at once: a text would be joined,
 * joined again with the head of the answer, and then encoded, each time in memory of its own.
 */
export function toBody(parts: readonly string[]): string | Buffer {
  if (parts.reduce((chars, { length }) => chars + length, 0) < BYTES_FROM_CHARS) return parts.join('')
  const body = Buffer.allocUnsafeSlow(parts.reduce((bytes, part) => bytes + Buffer.byteLength(part), 0))
  let end = 0
  for (const part of parts) end += body.write(part, end)
  return body
}
