import type { Channel } from './channel.ts'
import { createLegacyConnection } from './legacy-connection.ts'
import type { ConnectOptions, Era, McpConnection } from './mcp-connection.types.ts'
import { createModernConnection } from './modern-connection.ts'
import { neither, type Probe, probeLegacy, probeModern } from './probe-era.ts'

/** Part of the time that the first probe may take when the server is silent, as old servers are on stdio. */
const FIRST_PROBE_SHARE = 0.5

/**
 * Opens a connection: finds the era, does the handshake. The era of the client in front is tried first, then what an earlier
 * connection found, else the newest. The channel stays open when this fails: it is its owner's to close.
 * @throws {ToolDockError} upstream_failed, upstream_error, upstream_unreachable, tool_timeout
 */
export async function connect(channel: Channel, options: ConnectOptions): Promise<McpConnection> {
  const startedMs = performance.now()
  const leftMs = (): number => Math.max(1, options.deadlineMs - (performance.now() - startedMs))
  const probe = (era: Era, timeoutMs: number): Promise<Probe> => (era === 'modern' ? probeModern : probeLegacy)(channel, options, timeoutMs)
  const open = (era: Era, found: Extract<Probe, { kind: 'found' }>): Promise<McpConnection> | McpConnection =>
    era === 'modern'
      ? createModernConnection(channel, found.version, found.result, options)
      : createLegacyConnection(channel, found.version, found.result, options)

  const first = options.preferEra ?? options.knownEra ?? 'modern'
  const second = first === 'modern' ? 'legacy' : 'modern'
  const tried = await probe(first, channel.kind === 'stdio' ? options.deadlineMs * FIRST_PROBE_SHARE : leftMs())
  if (tried.kind === 'found') return open(first, tried)
  const triedNext = await probe(second, leftMs())
  if (triedNext.kind === 'found') return open(second, triedNext)
  // A server that was slow to start has not heard the first question when its time was up.
  const triedAgain = 'isSilent' in tried ? await probe(first, leftMs()) : tried
  if (triedAgain.kind === 'found') return open(first, triedAgain)
  throw neither(tried.why, triedNext.why)
}
