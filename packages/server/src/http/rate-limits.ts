import type { FastifyRequest } from 'fastify'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Principal, RateLimit } from '../kernel/principal.ts'
import { createTokenBuckets } from '../kernel/token-buckets.ts'
import type { ClientAddress } from './client-address.ts'

export type RateLimitConfig = Pick<Config, 'rateLimitEnabled' | 'rateLimitPerSecond' | 'rateLimitBurst' | 'rateLimitBucketsMax' | 'signInFailuresMax'>

export interface RateLimits {
  /** Counts a request. @throws rate_limited */
  request(request: FastifyRequest, principal: Principal | null): void
  /** @throws rate_limited when too many attempts to sign in from this address have failed */
  signIn(request: FastifyRequest): void
  signInFailed(request: FastifyRequest): void
}

/** A key with a limit of its own has that one; others, when rates are limited, one for the key and one for the address. */
export function createRateLimits(config: RateLimitConfig, addressOf: ClientAddress, now: () => number): RateLimits {
  const requests = createTokenBuckets(config.rateLimitBucketsMax, now)
  const failures = createTokenBuckets(config.rateLimitBucketsMax, now)
  const general: RateLimit = { perSecond: config.rateLimitPerSecond, burst: config.rateLimitBurst }
  const signIns: RateLimit = { perSecond: config.signInFailuresMax / 60, burst: config.signInFailuresMax }

  const bucketsOf = (request: FastifyRequest, principal: Principal | null): readonly (readonly [string, RateLimit])[] => {
    if (principal?.rateLimit !== undefined) return [[principal.id, principal.rateLimit]]
    const ofAddress = [addressOf(request), general] as const
    return principal?.kind === 'key' ? [[principal.id, general], ofAddress] : [ofAddress]
  }

  return {
    request(request, principal) {
      if (!config.rateLimitEnabled && principal?.rateLimit === undefined) return
      const buckets = bucketsOf(request, principal)
      const waitMs = buckets.reduce((longest, [name, limit]) => Math.max(longest, requests.waitMs(name, limit)), 0)
      if (waitMs > 0) throw tooMany('Too many requests', waitMs)
      for (const [name, limit] of buckets) requests.take(name, limit)
    },
    signIn(request) {
      const waitMs = failures.waitMs(addressOf(request), signIns)
      if (waitMs > 0) throw tooMany('Too many failed sign-ins from this address', waitMs)
    },
    signInFailed: (request) => failures.take(addressOf(request), signIns),
  }
}

function tooMany(what: string, waitMs: number): ToolDockError {
  const retryAfterSeconds = Math.ceil(waitMs / 1000)
  return new ToolDockError('rate_limited', `${what}: go on in ${retryAfterSeconds} s.`, { retryAfterSeconds })
}
