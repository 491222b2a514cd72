import type { ServerOptions } from 'node:http'
import type { Config } from '../config/settings.ts'

const TIMEOUT_CHECK_MS = 1000

export type Http1Config = Pick<Config, 'headerBytesMax' | 'headersTimeoutSeconds' | 'requestTimeoutSeconds' | 'connectionIdleSeconds'>

/** What servers of HTTP/1.1 are made with, those over TLS too; times in milliseconds. */
export function http1Options(config: Http1Config) {
  return {
    maxHeaderSize: config.headerBytesMax,
    headersTimeout: config.headersTimeoutSeconds * 1000,
    requestTimeout: Math.max(config.requestTimeoutSeconds, config.headersTimeoutSeconds) * 1000,
    keepAliveTimeout: config.connectionIdleSeconds * 1000,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // Refused with the others, and in words.
    requireHostHeader: false,
  } satisfies ServerOptions
}
