import type { RateLimit } from './principal.ts'

interface Bucket {
  tokens: number
  filledMs: number
}

/** How often each of many may do something: a sustained rate, and a burst after a pause. */
export interface TokenBuckets {
  /** Milliseconds until `name` may; 0: now. Takes nothing. */
  waitMs(name: string, limit: RateLimit): number
  take(name: string, limit: RateLimit): void
}

/** @param bucketsMax the one unheard of for longest is forgotten, and then as good as new */
export function createTokenBuckets(bucketsMax: number, now: () => number): TokenBuckets {
  const buckets = new Map<string, Bucket>()
  const filled = (name: string, { perSecond, burst }: RateLimit): Bucket => {
    const nowMs = now()
    const bucket = buckets.get(name) ?? { tokens: burst, filledMs: nowMs }
    // A clock that was set back adds nothing.
    const elapsedMs = Math.max(0, nowMs - bucket.filledMs)
    bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1000)
    bucket.filledMs = nowMs
    return bucket
  }
  return {
    waitMs(name, limit) {
      const { tokens } = filled(name, limit)
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1000) / limit.perSecond)
    },
    take(name, limit) {
      const bucket = filled(name, limit)
      bucket.tokens--
      buckets.delete(name)
      buckets.set(name, bucket)
      const [oldest] = buckets.keys()
      if (buckets.size > bucketsMax && oldest !== undefined) buckets.delete(oldest)
    },
  }
}
