import { ToolDockError } from '../errors/tooldock-error.ts'
import type { ChannelAnswer, ChannelError } from './channel.ts'
import { isObject, type Json } from './json-lines.ts'
import { findMembers, withoutMember } from './json-members.ts'
import type { InputRequired, PassedRequest, UpstreamResult } from './upstream.ts'

/**
 * Results from this length on are looked through, not parsed: parsing 10 MB holds up every other call for a tenth of a second
 * and takes several times its size in memory.
 */
const PARSED_CHARS_MAX = 64 * 1024
const COMPLETE = '{"resultType":"complete"'

/** A JSON-RPC error answer of a server. */
export type ErrorAnswer = Extract<ChannelAnswer, { kind: 'error' }>

/** What a caller must know of a result before it is passed on. */
interface Outline {
  /** Absent before 2026-07-28, where every result is complete. */
  readonly resultType: unknown
  readonly isError: boolean
  /** The whole result, when it was parsed. */
  readonly value: Json | undefined
}

/**
 * A result as its server wrote it, in the terms of 2026-07-28. Its bytes are kept but for `resultType`, which is put first.
 * @throws {ToolDockError} upstream_failed when the text is no JSON object
 */
export function readResult(written: string): UpstreamResult {
  const text = onOneLine(written)
  const { resultType, isError, value } = outlineOf(text)
  if (resultType === 'input_required') return toInputRequired(value ?? parseObject(text))
  return { kind: 'complete', json: withResultType(text, resultType), isError }
}

/** Line ends between members would end the line, or the event, that carries the result to the caller. */
function onOneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? JSON.stringify(parseObject(text)) : text
}

function outlineOf(text: string): Outline {
  if (text.length < PARSED_CHARS_MAX) {
    const value = parseObject(text)
    return { resultType: value.resultType, isError: value.isError === true, value }
  }
  const members = findMembers(text)
  if (members === undefined) throw noResult()
  const memberOf = (name: string): unknown => {
    const range = members.get(name)
    return range === undefined ? undefined : parse(text.slice(range.valueStart, range.end))
  }
  return { resultType: memberOf('resultType'), isError: memberOf('isError') === true, value: undefined }
}

/** Results of extensions have types of their own, which only who knows the extension may judge. */
function withResultType(text: string, resultType: unknown): string {
  if (text.startsWith(COMPLETE) || (typeof resultType === 'string' && resultType !== 'complete')) return text
  const range = resultType === undefined ? undefined : findMembers(text)?.get('resultType')
  const members = (range === undefined ? text : withoutMember(text, range)).trim().slice(1).trimStart()
  return members === '}' ? `${COMPLETE}}` : `${COMPLETE},${members}`
}

function toInputRequired(value: Json): InputRequired {
  const inputRequests = (isObject(value.inputRequests) ? value.inputRequests : {}) as InputRequired['inputRequests']
  if (!Object.values(inputRequests).every((request) => isObject(request) && typeof request.method === 'string'))
    throw new ToolDockError('upstream_failed', 'The server asked its caller for input in a form that is not MCP.')
  return typeof value.requestState === 'string'
    ? { kind: 'input_required', inputRequests, requestState: value.requestState }
    : { kind: 'input_required', inputRequests }
}

/** @throws {ToolDockError} upstream_failed */
export function parseObject(text: string): Json {
  const value = parse(text)
  if (!isObject(value)) throw noResult()
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw noResult({ cause: error })
  }
}

const noResult = (options?: ErrorOptions) =>
  new ToolDockError('upstream_failed', 'The server answered something that is not a JSON object.', undefined, options)

/** 2025-11-25 and earlier, server/resources "Error Handling". */
const LEGACY_RESOURCE_NOT_FOUND = -32002

/** A JSON-RPC error of a server as its caller meets it: what has a row of its own becomes that, all else is passed on as it is. */
export function toCallError(answer: ErrorAnswer, call: PassedRequest): ToolDockError {
  const { code, message, data } = answer
  const details = isObject(data) ? data : {}
  if (call.method === 'resources/read' && (code === LEGACY_RESOURCE_NOT_FOUND || (code === -32602 && details.uri !== undefined)))
    return new ToolDockError('resource_not_found', message, { uri: call.params.uri })
  if (code === -32602) return new ToolDockError('invalid_params', message, data)
  if (code === -32021) return new ToolDockError('missing_client_capability', message, { requiredCapabilities: details.requiredCapabilities })
  return toRequestError(answer)
}

export function toRequestError({ code, message, data }: ErrorAnswer): ToolDockError {
  return new ToolDockError('upstream_error', message, data === undefined ? { code } : { code, data })
}

/** 2026-07-28, basic/index "Error Codes". */
export const UNSUPPORTED_VERSION = -32022

/** Any answer to a ping is a sign of life, but one that refuses our revision. @throws {ToolDockError} upstream_error: another server answers there now */
export function refuseOtherEra(answer: ChannelAnswer): void {
  if (answer.kind === 'error' && answer.code === UNSUPPORTED_VERSION) throw toRequestError(answer)
}

/** Why a channel brought no answer. */
export function toFailure(error: ChannelError): ToolDockError {
  const { message } = error
  switch (error.code) {
    case 'cancelled':
      return new ToolDockError('cancelled', message)
    case 'timed_out':
      return new ToolDockError('tool_timeout', message)
    case 'too_large':
      return new ToolDockError('result_too_large', message)
    case 'unreachable':
    case 'refused':
      return new ToolDockError('upstream_unreachable', message, undefined, { cause: error })
    case 'closed':
    case 'protocol_violation':
    case 'http_status':
    case 'session_lost':
      return new ToolDockError('upstream_failed', message, error.status === undefined ? undefined : { status: error.status }, { cause: error })
  }
}
