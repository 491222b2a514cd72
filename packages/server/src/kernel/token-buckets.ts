import type { RateLimit } from './principal.ts'

/** How often each of many may do something: a sustained rate, and a burst after a pause. */
export interface TokenBuckets {
  /** Milliseconds until `name` may; 0: now. Takes nothing. */
  waitMs(name: string, limit: RateLimit): number
  take(name: string, limit: RateLimit): void
}

/** @param bucketsMax the one unheard of for longest is forgotten, and then as good as new */
export function createTokenBuckets(bucketsMax: number, now: () => number): TokenBuckets {
  // When each bucket will be full again: all there is to know of it.
  const fullAtMs = new Map<string, number>()
  const emptyForMs = ({ perSecond, burst }: RateLimit): number => (burst * 1000) / perSecond
  /** No longer than an empty one takes, also when the clock was set back. */
  const fullInMs = (name: string, limit: RateLimit): number => {
    const nowMs = now()
    return Math.min(Math.max(0, (fullAtMs.get(name) ?? nowMs) - nowMs), emptyForMs(limit))
  }
  return {
    waitMs(name, limit) {
      const oneMs = 1000 / limit.perSecond
      return Math.max(0, Math.ceil(fullInMs(name, limit) + oneMs - emptyForMs(limit)))
    },
    take(name, limit) {
      const fullAt = now() + fullInMs(name, limit) + 1000 / limit.perSecond
      fullAtMs.delete(name)
      fullAtMs.set(name, fullAt)
      const [oldest] = fullAtMs.keys()
      if (fullAtMs.size > bucketsMax && oldest !== undefined) fullAtMs.delete(oldest)
    },
  }
}
