import { CALL_META, type CallMeta } from '@tooldock/worker/protocol'
import { ERRORS, type ErrorCode } from '../errors/catalogue.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Json, RawResult, RpcError } from './json-lines.ts'
import type { InputRequired, UpstreamCall, UpstreamResult } from './upstream.ts'

const COMPLETE = '{"resultType":"complete"'
const COMPLETE_ERROR = `${COMPLETE},"isError":true`
const META = 'io.modelcontextprotocol/'

/** Parameters of a call as a worker reads them: the caller's own, and the envelope in `_meta`. */
export function toWireParams(call: UpstreamCall, id: number, parkMs: number, requestState: string | undefined): Json {
  const { kind, id: principal, name } = call.principal
  const callMeta: CallMeta = { requestId: call.requestId, principal: { kind, id: principal, name }, parkMs }
  const meta: Record<string, unknown> = { ...call.meta, [CALL_META]: callMeta, [`${META}clientCapabilities`]: call.clientCapabilities }
  if (call.clientInfo !== undefined) meta[`${META}clientInfo`] = call.clientInfo
  if (call.logLevel !== undefined) meta[`${META}logLevel`] = call.logLevel
  if (call.onNotification === undefined || call.wantsProgress === false) delete meta.progressToken
  else meta.progressToken = id
  const params: Record<string, unknown> = { ...call.params, _meta: meta }
  if (requestState !== undefined) params.requestState = requestState
  return params
}

/** A worker's answer in the terms of the gateway. `requestState` is still the worker's own. */
export function toUpstreamResult({ text, value }: RawResult): UpstreamResult {
  if (value === undefined) return { kind: 'complete', json: text, isError: text.startsWith(COMPLETE_ERROR) }
  if (value.resultType === 'input_required') return toInputRequired(value)
  const isError = value.isError === true
  if (text.startsWith(COMPLETE)) return { kind: 'complete', json: text, isError }
  const { resultType: _, isError: __, ...members } = value
  return { kind: 'complete', json: JSON.stringify({ resultType: 'complete', ...(isError ? { isError } : {}), ...members }), isError }
}

function toInputRequired(value: Json): InputRequired {
  const inputRequests = (value.inputRequests ?? {}) as InputRequired['inputRequests']
  return typeof value.requestState === 'string'
    ? { kind: 'input_required', inputRequests, requestState: value.requestState }
    : { kind: 'input_required', inputRequests }
}

/** A JSON-RPC error of a worker as a row of the catalogue: by its `data.code` when it names one, else by its number. */
export function toToolDockError(error: RpcError): ToolDockError {
  const data = (typeof error.data === 'object' && error.data !== null ? error.data : {}) as Json
  const { code, ...details } = data
  const { uri, requiredCapabilities } = details
  if (typeof code === 'string' && Object.hasOwn(ERRORS, code))
    return new ToolDockError(code as ErrorCode, error.message, 'details' in details ? details.details : Object.keys(details).length > 0 ? details : undefined)
  if (error.code === -32602 && uri !== undefined) return new ToolDockError('resource_not_found', error.message, { uri })
  if (error.code === -32602) return new ToolDockError('invalid_params', error.message, error.data)
  if (error.code === -32021) return new ToolDockError('missing_client_capability', error.message, { requiredCapabilities })
  if (error.code === -32601) return new ToolDockError('method_not_found', error.message)
  return new ToolDockError('tool_error', error.message, error.data)
}

/** `parked:<n>` of a worker as its callers see it: no other worker can take it for its own. */
export function toOuterState(state: string, generation: string, instance: string): string {
  return state.startsWith('parked:') ? `parked.${generation}.${instance}.${state.slice('parked:'.length)}` : state
}

/** The parked call an outer `requestState` names; undefined for an author's own state. */
export function parseParkedState(state: string): { readonly generation: string; readonly instance: string; readonly number: string } | undefined {
  const match = /^parked\.(.*)\.([^.]*)\.([^.]*)$/s.exec(state)
  if (match === null) return undefined
  const [, generation = '', instance = '', number = ''] = match
  return { generation, instance, number }
}
