import type { Config } from '../config/settings.ts'
import { createClientAddress } from './client-address.ts'
import { type ClientStreams, createClientStreams } from './client-streams.ts'
import { createRateLimits, type RateLimitConfig, type RateLimits } from './rate-limits.ts'

export type ClientLimitConfig = RateLimitConfig & Pick<Config, 'streamsPerClientMax' | 'trustProxy'>

/** What one caller may use of the gateway, counted over all listeners and frontends together. */
export interface ClientLimits {
  readonly rates: RateLimits
  readonly streams: ClientStreams
}

/** @param now milliseconds since 1970 */
export function createClientLimits(config: ClientLimitConfig, now: () => number = Date.now): ClientLimits {
  const addressOf = createClientAddress(config)
  return { rates: createRateLimits(config, addressOf, now), streams: createClientStreams(config.streamsPerClientMax, addressOf) }
}
