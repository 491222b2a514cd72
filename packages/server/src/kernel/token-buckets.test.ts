import { expect, it } from 'vitest'
import { createTokenBuckets } from './token-buckets.ts'

const LIMIT = { perSecond: 2, burst: 3 }

it('lets a burst through, then the sustained rate, and says how long to wait', () => {
  let nowMs = 0
  const buckets = createTokenBuckets(10, () => nowMs)
  const take = (): number => {
    const waitMs = buckets.waitMs('a', LIMIT)
    if (waitMs === 0) buckets.take('a', LIMIT)
    return waitMs
  }
  expect([take(), take(), take(), take()]).toEqual([0, 0, 0, 500])
  expect(buckets.waitMs('b', LIMIT)).toBe(0)
  nowMs += 499
  expect(take()).toBe(1)
  nowMs += 1
  expect([take(), take()]).toEqual([0, 500])
  nowMs += 3_600_000
  expect([take(), take(), take(), take()]).toEqual([0, 0, 0, 500])
  // A clock that is set back keeps nobody waiting longer.
  nowMs -= 60_000
  expect(take()).toBe(500)
})

it('forgets the one unheard of for longest, and holds no more than its bound', () => {
  const buckets = createTokenBuckets(2, () => 0)
  const once = { perSecond: 1, burst: 1 }
  for (const name of ['a', 'b']) buckets.take(name, once)
  expect([buckets.waitMs('a', once), buckets.waitMs('b', once)]).toEqual([1000, 1000])
  buckets.take('c', once)
  expect([buckets.waitMs('a', once), buckets.waitMs('b', once), buckets.waitMs('c', once)]).toEqual([0, 1000, 1000])
})
