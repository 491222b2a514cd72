import type { IncomingHttpHeaders } from 'node:http'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { isModernVersion, LEGACY_VERSIONS, LOG_LEVELS, META, MODERN_VERSIONS } from '../../kernel/protocol-version.ts'
import { isObject, type Request } from '../json-rpc.ts'
import { decodeHeaderValue } from './param-headers.ts'

/** What a request of 2026-07-28 says about its client. */
export interface Envelope {
  readonly clientCapabilities: Readonly<Record<string, unknown>>
  readonly clientInfo: Readonly<Record<string, unknown>> | undefined
  readonly logLevel: string | undefined
  readonly progressToken: string | number | undefined
}

/** All revisions this server speaks, newest first. */
export const SUPPORTED_VERSIONS: readonly string[] = [...MODERN_VERSIONS, ...LEGACY_VERSIONS]

/**
 * Checks headers and `_meta` of a request (2026-07-28, basic/transports/streamable-http "Server Validation" and
 * basic/index "Per-request protocol fields").
 * @throws header_mismatch, invalid_envelope, unsupported_protocol_version
 */
export function readEnvelope(request: Request, headers: IncomingHttpHeaders): Envelope {
  checkHeader('Mcp-Method', headers['mcp-method'], request.method)
  const named = NAMED_BY[request.method]
  const name = named === undefined ? undefined : request.params[named]
  if (typeof name === 'string') checkName(headers['mcp-name'], name)

  const meta = request.params._meta
  if (!isObject(meta))
    throw new ToolDockError('invalid_envelope', 'params._meta is missing: every request carries protocolVersion and clientCapabilities there.')
  const version = meta[META.protocolVersion]
  if (typeof version !== 'string') throw new ToolDockError('invalid_envelope', `params._meta["${META.protocolVersion}"] is missing.`)
  checkHeader('MCP-Protocol-Version', headers['mcp-protocol-version'], version)
  if (!isModernVersion(version))
    throw new ToolDockError('unsupported_protocol_version', `The protocol version "${version}" is not supported.`, {
      supported: SUPPORTED_VERSIONS,
      requested: version,
    })
  const clientCapabilities = meta[META.clientCapabilities]
  if (!isObject(clientCapabilities)) throw new ToolDockError('invalid_envelope', `params._meta["${META.clientCapabilities}"] is missing.`)
  const clientInfo = meta[META.clientInfo]
  if (clientInfo !== undefined && !isObject(clientInfo)) throw new ToolDockError('invalid_envelope', `params._meta["${META.clientInfo}"] must be an object.`)
  const logLevel = meta[META.logLevel]
  if (logLevel !== undefined && !(LOG_LEVELS as readonly unknown[]).includes(logLevel))
    throw new ToolDockError('invalid_envelope', `params._meta["${META.logLevel}"] must be one of ${LOG_LEVELS.join(', ')}.`)
  const { progressToken } = meta
  return {
    clientCapabilities,
    clientInfo,
    logLevel: logLevel as string | undefined,
    progressToken: typeof progressToken === 'string' || typeof progressToken === 'number' ? progressToken : undefined,
  }
}

/** Which parameter the header Mcp-Name repeats. */
const NAMED_BY: Readonly<Record<string, string>> = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' }

function checkHeader(name: string, header: string | string[] | undefined, expected: string): void {
  if (header === expected) return
  throw new ToolDockError(
    'header_mismatch',
    header === undefined ? `Header mismatch: ${name} is missing.` : `Header mismatch: ${name} does not match the body value "${expected}".`,
  )
}

function checkName(header: string | string[] | undefined, expected: string): void {
  if (header === expected && !header.startsWith('=?base64?')) return
  if (header === undefined) throw new ToolDockError('header_mismatch', 'Header mismatch: Mcp-Name is missing.')
  if (typeof header !== 'string' || decodeHeaderValue(header) !== expected)
    throw new ToolDockError('header_mismatch', `Header mismatch: Mcp-Name does not match the body value "${expected}".`)
}
