import { isFailure } from './call-record.ts'
import type { CallCountStore, CallGroup, CountFilter, CountRow } from './calls.types.ts'
import { quantileMs } from './duration-buckets.ts'

/** The members that name the group are there, the others not. Durations are null when there was no call. */
export interface CallSummary {
  readonly namespace?: string
  readonly tool?: string
  readonly protocol?: string
  /** Id of a principal. */
  readonly key?: string
  readonly calls: number
  readonly errors: number
  readonly errorsByCode: Readonly<Record<string, number>>
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}

export interface CallPoint {
  /** Begin of the step. */
  readonly atMs: number
  readonly calls: number
  readonly errors: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
}

/** Calls of tools in numbers, as the database has them: about a second behind. Rejects with `store_unavailable`. */
export interface CallMetrics {
  /** Most calls first. The window is widened to whole minutes, and to whole hours where minutes are no longer kept. */
  totals(filter: CountFilter, group: CallGroup): Promise<{ readonly fromMs: number; readonly toMs: number; readonly rows: readonly CallSummary[] }>
  /** A point for each step of the window, also where nothing was called. The step grows when there would be more than 500, or minutes are no longer kept. */
  series(filter: CountFilter, stepMs: number | undefined): Promise<{ readonly stepMs: number; readonly points: readonly CallPoint[] }>
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const POINTS_WANTED = 60
const POINTS_MAX = 500
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * MINUTE_MS)

/** How long counts are kept by the minute; by the hour they are kept as long as METRICS_RETENTION_DAYS says. */
export const MINUTES_KEPT_MS = 48 * HOUR_MS

export function createCallMetrics(store: Pick<CallCountStore, 'totals' | 'series'>): CallMetrics {
  return {
    async totals(filter, group) {
      const window = widen(filter, hasMinutes(filter.fromMs) ? MINUTE_MS : HOUR_MS)
      const rows = await store.totals({ ...filter, ...window }, group)
      const groups = Map.groupBy(rows, ({ namespace, name, protocol, principal }) => JSON.stringify([namespace, name, protocol, principal]))
      const summaries = [...groups.values()].map((members) => ({ ...labelsOf(members[0] as CountRow), ...summarize(members) }))
      return { ...window, rows: summaries.sort((a, b) => b.calls - a.calls) }
    },
    async series(filter, wantedMs) {
      const stepMs = stepOf(filter, wantedMs)
      const { fromMs, toMs } = widen(filter, stepMs)
      const found = Map.groupBy(await store.series({ ...filter, fromMs, toMs }, stepMs), ({ atMs }) => atMs)
      const points = Array.from({ length: (toMs - fromMs) / stepMs }, (_, index) => {
        const atMs = fromMs + index * stepMs
        const { calls, errors, p50Ms, p95Ms } = summarize(found.get(atMs) ?? [])
        return { atMs, calls, errors, p50Ms, p95Ms }
      })
      return { stepMs, points }
    },
  }
}

const hasMinutes = (fromMs: number): boolean => fromMs > Date.now() - MINUTES_KEPT_MS

function widen({ fromMs, toMs }: CountFilter, stepMs: number): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: Math.floor(fromMs / stepMs) * stepMs, toMs: Math.ceil(toMs / stepMs) * stepMs }
}

function stepOf({ fromMs, toMs }: CountFilter, wantedMs: number | undefined): number {
  const rangeMs = toMs - fromMs
  const leastMs = Math.max(hasMinutes(fromMs) ? MINUTE_MS : HOUR_MS, wantedMs ?? rangeMs / POINTS_WANTED, rangeMs / POINTS_MAX)
  if (wantedMs === leastMs) return wantedMs
  return STEPS_MS.find((stepMs) => stepMs >= leastMs) ?? Math.ceil(leastMs / HOUR_MS) * HOUR_MS
}

function labelsOf({ namespace, name, protocol, principal }: CountRow): Pick<CallSummary, 'namespace' | 'tool' | 'protocol' | 'key'> {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { tool: name }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(principal === undefined ? {} : { key: principal }),
  }
}

function summarize(rows: readonly CountRow[]): Omit<CallSummary, 'namespace' | 'tool' | 'protocol' | 'key'> {
  const errorsByCode: Record<string, number> = {}
  const buckets = new Map<number, number>()
  let calls = 0
  let errors = 0
  for (const { outcome, bucket, count } of rows) {
    calls += count
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + count)
    if (!isFailure(outcome)) continue
    errors += count
    errorsByCode[outcome] = (errorsByCode[outcome] ?? 0) + count
  }
  return { calls, errors, errorsByCode, p50Ms: quantileMs(buckets, 0.5), p95Ms: quantileMs(buckets, 0.95), p99Ms: quantileMs(buckets, 0.99) }
}
