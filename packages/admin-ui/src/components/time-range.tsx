import { useEffect, useState } from 'react'
import { buttonClass } from '../ui/button.tsx'
import { formatDateTime } from '../ui/format.ts'
import { Select } from '../ui/inputs.tsx'

/** A stretch of time: the last hours up to now, or what was drawn over in a chart. */
export type TimeRange = { readonly last: Last } | { readonly from: string; readonly to: string }
const LENGTHS_MS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 }
type Last = keyof typeof LENGTHS_MS
const LABELS: Readonly<Record<Last, string>> = { '1h': 'Last hour', '24h': 'Last 24 hours', '7d': 'Last 7 days', '30d': 'Last 30 days' }
/** The end of a range that goes up to now moves on this often; what is shown is fetched again with it. */
const STEP_MS = 15_000

/** What the address says. */
export function rangeOf({ last, from, to }: Readonly<Record<string, unknown>>): TimeRange {
  const isTime = (value: unknown): value is string => typeof value === 'string' && !Number.isNaN(Date.parse(value))
  if (isTime(from) && isTime(to)) return { from, to }
  return { last: typeof last === 'string' && last in LENGTHS_MS ? (last as Last) : '24h' }
}

/** What the address says then. */
export const rangeSearch = (range: TimeRange): Readonly<Record<'last' | 'from' | 'to', string | undefined>> =>
  'last' in range ? { last: range.last, from: undefined, to: undefined } : { last: undefined, from: range.from, to: range.to }

/** As the API takes it. */
export function useWindow(range: TimeRange): { readonly from: string; readonly to: string } {
  const [nowMs, setNowMs] = useState(() => Math.ceil(Date.now() / STEP_MS) * STEP_MS)
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && setNowMs(Math.ceil(Date.now() / STEP_MS) * STEP_MS), STEP_MS)
    return () => clearInterval(timer)
  }, [])
  return windowUpTo(range, nowMs)
}

/** The range when its end, unless it has one of its own, is `toMs`. */
export function windowUpTo(range: TimeRange, toMs: number): { readonly from: string; readonly to: string } {
  return 'from' in range ? range : { from: new Date(toMs - LENGTHS_MS[range.last]).toISOString(), to: new Date(toMs).toISOString() }
}

export const rangeWords = (range: TimeRange): string =>
  'last' in range ? LABELS[range.last].toLowerCase() : `${formatDateTime(range.from)} – ${formatDateTime(range.to)}`

export function RangePicker({ range, onChange }: { readonly range: TimeRange; readonly onChange: (range: TimeRange) => void }) {
  return (
    <>
      {'from' in range && (
        <button type="button" className={buttonClass('ghost')} onClick={() => onChange({ last: '24h' })}>
          Reset
        </button>
      )}
      <Select
        aria-label="Time range"
        className="w-40"
        value={'last' in range ? range.last : ''}
        onChange={(event) => onChange({ last: event.target.value as Last })}
      >
        {'from' in range && <option value="">As drawn</option>}
        {Object.entries(LABELS).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </Select>
    </>
  )
}
