/** Buckets to a doubling: a quantile is at most 9 % away from the true duration. */
const PER_DOUBLING = 4
/** 0.09 ms and less. */
const BUCKET_MIN = -14
/** 4.6 hours and more. */
const BUCKET_MAX = 96

/** The bucket of a duration: buckets of any times and places can be added up, and quantiles taken of the sum. */
export function bucketOf(durationMs: number): number {
  // `max` first: the logarithm of 0 is no bucket.
  return Math.min(BUCKET_MAX, Math.max(BUCKET_MIN, Math.ceil(Math.log2(Math.max(durationMs, 0.01)) * PER_DOUBLING)))
}

/** The duration below which the part `q` (0 to 1) of all lies; null when there is none. `counts`: how many are in each bucket. */
export function quantileMs(counts: ReadonlyMap<number, number>, q: number): number | null {
  let total = 0
  for (const count of counts.values()) total += count
  if (total === 0) return null
  let below = 0
  const buckets = [...counts].sort(([a], [b]) => a - b)
  const [bucket] = buckets.find(([, count]) => (below += count) >= q * total) ?? (buckets.at(-1) as [number, number])
  // The geometric middle; three digits are more than it knows.
  return Number((2 ** ((bucket - 0.5) / PER_DOUBLING)).toPrecision(3))
}
