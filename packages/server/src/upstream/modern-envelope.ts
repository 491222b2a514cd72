import { META } from '../kernel/protocol-version.ts'
import type { Json } from './json-lines.ts'
import type { ConnectOptions } from './mcp-connection.types.ts'
import { REQUEST_ID_META } from './passed-ids.ts'
import type { PassedRequest } from './upstream.ts'

/** Parameters of a request of the gateway's own, with the envelope of 2026-07-28 (basic/index "Per-request protocol fields"). */
export function ownParams(params: Json, version: string, { clientCapabilities, clientInfo }: Pick<ConnectOptions, 'clientCapabilities' | 'clientInfo'>): Json {
  return { ...params, _meta: { [META.protocolVersion]: version, [META.clientInfo]: clientInfo, [META.clientCapabilities]: clientCapabilities } }
}

/** Parameters of a call: the envelope is its caller's. */
export function callParams(call: PassedRequest, version: string, ownInfo: Json, progressToken: number): Json {
  const meta: Record<string, unknown> = {
    ...call.meta,
    [REQUEST_ID_META]: call.requestId,
    [META.protocolVersion]: version,
    [META.clientInfo]: call.clientInfo ?? ownInfo,
    [META.clientCapabilities]: call.clientCapabilities,
  }
  if (call.logLevel !== undefined) meta[META.logLevel] = call.logLevel
  if (call.onNotification === undefined || call.wantsProgress === false) delete meta.progressToken
  else meta.progressToken = progressToken
  return { ...call.params, _meta: meta }
}
