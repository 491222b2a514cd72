import { ToolDockError } from '../errors/tooldock-error.ts'
import { isLegacyVersion, isModernVersion, LEGACY_VERSIONS, MODERN_VERSIONS } from '../kernel/protocol-version.ts'
import { ask } from './ask.ts'
import { type Channel, type ChannelAnswer, ChannelError } from './channel.ts'
import { isObject, type Json } from './json-lines.ts'
import type { ConnectOptions } from './mcp-connection.types.ts'
import { ownParams } from './modern-envelope.ts'
import { parseObject, toFailure, toRequestError, UNSUPPORTED_VERSION } from './server-answer.ts'
import { standardHeaders } from './tool-headers.ts'

/** What a probe found. `other`: the server does not speak this era, or `isSilent`; `why` is for people. */
export type Probe =
  | { readonly kind: 'found'; readonly version: string; readonly result: Json }
  | { readonly kind: 'other'; readonly why: string; readonly isSilent?: true }

type ProbeOptions = Pick<ConnectOptions, 'clientCapabilities' | 'clientInfo'>

const HTTP = { badRequest: 400, unauthorized: 401, forbidden: 403, serverError: 500 }

/**
 * Asks whether a server speaks 2026-07-28 (basic/versioning, basic/transports/stdio "Backward Compatibility"). Only a result
 * that says so counts, as old servers answer any method. @throws {ToolDockError} when nothing can be told: refused, unreachable, silent over HTTP
 */
export async function probeModern(channel: Channel, options: ProbeOptions, timeoutMs: number): Promise<Probe> {
  let version: string = MODERN_VERSIONS[0]
  for (let attempt = 0; ; attempt++) {
    channel.useVersion(version)
    const answer = await undecided(channel, discover(channel, version, options, timeoutMs))
    if (answer.kind === 'other') return answer
    if (answer.kind === 'result') return readDiscovery(answer.text)
    if (answer.code !== UNSUPPORTED_VERSION) return { kind: 'other', why: `it answers server/discover with the error ${answer.code}: ${answer.message}` }
    const supported = isObject(answer.data) && Array.isArray(answer.data.supported) ? answer.data.supported : []
    const common = MODERN_VERSIONS.find((ours) => supported.includes(ours))
    if (common === undefined && supported.some(isLegacyVersion)) return { kind: 'other', why: `it speaks ${supported.join(', ')}` }
    // A modern server that refuses is never taken for an old one.
    if (common === undefined || attempt > 0) throw toRequestError(answer)
    version = common
  }
}

function discover(channel: Channel, version: string, options: ProbeOptions, timeoutMs: number): Promise<ChannelAnswer> {
  const method = 'server/discover'
  return ask(
    channel,
    { method, params: ownParams({}, version, options), ...(channel.kind === 'http' ? { headers: standardHeaders(method, {}) } : {}) },
    timeoutMs,
  )
}

function readDiscovery(text: string): Probe {
  const result = parseObject(text)
  const versions = Array.isArray(result.supportedVersions) ? result.supportedVersions : []
  const version = MODERN_VERSIONS.find((ours) => versions.includes(ours))
  if (version !== undefined) return { kind: 'found', version, result }
  return { kind: 'other', why: versions.length === 0 ? 'its answer to server/discover is none' : `it speaks ${versions.join(', ')}` }
}

/**
 * Asks whether a server speaks a revision with `initialize` (2025-11-25, basic/lifecycle). Found: the handshake is done but for
 * `notifications/initialized`. @throws {ToolDockError} when nothing can be told
 */
export async function probeLegacy(channel: Channel, { clientCapabilities, clientInfo }: ProbeOptions, timeoutMs: number): Promise<Probe> {
  channel.useVersion(undefined)
  const params = { protocolVersion: LEGACY_VERSIONS[0], capabilities: clientCapabilities, clientInfo }
  // A modern server that is asked this way must be able to say no; old servers do not know the header.
  const headers = channel.kind === 'http' ? { headers: standardHeaders('initialize', params) } : {}
  const answer = await undecided(channel, ask(channel, { method: 'initialize', params, ...headers }, timeoutMs))
  if (answer.kind === 'other') return answer
  if (answer.kind === 'error') return { kind: 'other', why: `it answers initialize with the error ${answer.code}: ${answer.message}` }
  const result = parseObject(answer.text)
  const version = result.protocolVersion
  if (isLegacyVersion(version)) return { kind: 'found', version, result }
  if (isModernVersion(version)) return { kind: 'other', why: `it speaks ${String(version)}` }
  return { kind: 'other', why: typeof version === 'string' ? `it wants the revision "${version}"` : 'its answer to initialize names no revision' }
}

/** Passes an answer on that tells something about the era; what says why there is none does too, unless it may be chance. */
async function undecided(channel: Channel, asked: Promise<ChannelAnswer>): Promise<ChannelAnswer | Extract<Probe, { kind: 'other' }>> {
  try {
    const answer = await asked
    if (answer.kind === 'error' && answer.httpStatus !== undefined && saysNothing(answer.httpStatus)) throw toRequestError(answer)
    return answer
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error
    if (error.code === 'timed_out' && channel.kind === 'stdio') return { kind: 'other', why: error.message, isSilent: true }
    if (error.code === 'http_status' && error.status !== undefined && !saysNothing(error.status)) return { kind: 'other', why: error.message }
    throw toFailure(error)
  }
}

/** Credentials that are missing and servers in trouble are so in either era. */
const saysNothing = (status: number): boolean =>
  status < HTTP.badRequest || status === HTTP.unauthorized || status === HTTP.forbidden || status >= HTTP.serverError

export function neither(first: string, second: string): ToolDockError {
  return new ToolDockError('upstream_failed', `This is no MCP server that ToolDock understands: ${first}; ${second}.`)
}
