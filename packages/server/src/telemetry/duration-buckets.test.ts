import { expect, test } from 'vitest'
import { bucketOf, quantileMs } from './duration-buckets.ts'

const countsOf = (durations: readonly number[]): Map<number, number> => {
  const counts = new Map<number, number>()
  for (const duration of durations) counts.set(bucketOf(duration), (counts.get(bucketOf(duration)) ?? 0) + 1)
  return counts
}

test('quantiles of counted durations are at most a tenth away from those of the durations, and so are those of sums', () => {
  const durations = Array.from({ length: 10_000 }, (_, index) => 0.2 * 1.0012 ** index)
  const halves = [durations.filter((_, index) => index % 3 === 0), durations.filter((_, index) => index % 3 !== 0)].map(countsOf)
  const sum = new Map(halves[0])
  for (const [bucket, count] of halves[1] ?? []) sum.set(bucket, (sum.get(bucket) ?? 0) + count)
  for (const q of [0.01, 0.5, 0.95, 0.99]) {
    const exact = durations[Math.ceil(q * durations.length) - 1] as number
    expect((quantileMs(sum, q) as number) / exact).toBeGreaterThan(0.9)
    expect((quantileMs(sum, q) as number) / exact).toBeLessThan(1.1)
  }
  expect(sum).toEqual(countsOf(durations))
})

test('has a bucket for every duration, and no quantile of none', () => {
  for (const odd of [0, -1, 1e-9, 1e12, Number.POSITIVE_INFINITY]) expect(Number.isInteger(bucketOf(odd))).toBe(true)
  expect(quantileMs(new Map(), 0.5)).toBeNull()
  expect(quantileMs(countsOf([100]), 0)).toBe(quantileMs(countsOf([100]), 1))
})
