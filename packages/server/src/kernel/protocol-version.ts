/** Revisions without a handshake: each request carries its own version, capabilities and client info. Newest first. */
export const MODERN_VERSIONS = ['2026-07-28'] as const
/** Revisions with `initialize` and sessions. Newest first; the first is offered to a client that asks for an unknown one. */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const
/** A request without the version header, as 2025-03-26 clients send it (2025-11-25, basic/transports "Protocol Version Header"). */
export const HEADERLESS_VERSION = '2025-03-26'

export type LegacyVersion = (typeof LEGACY_VERSIONS)[number]

export const isModernVersion = (version: unknown): boolean => (MODERN_VERSIONS as readonly unknown[]).includes(version)
export const isLegacyVersion = (version: unknown): version is LegacyVersion => (LEGACY_VERSIONS as readonly unknown[]).includes(version)

/** `_meta` keys of the request envelope (2026-07-28, basic/index "Per-request protocol fields"). */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
} as const

/** Severities, least severe first (RFC 5424 names, as MCP uses them). */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const
