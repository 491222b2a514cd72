import { lazy, Suspense } from 'react'
import { Skeleton } from './skeleton.tsx'

export interface TimeSeries {
  readonly label: string
  readonly values: readonly number[]
  /** A token of styles.css, without `--color-`. */
  readonly colour: 'accent' | 'ok' | 'working' | 'warning' | 'failed' | 'ink-3'
  readonly kind?: 'line' | 'bars'
}

export interface TimeChartProps {
  /** What it shows, in words. */
  readonly label: string
  /** ISO times, ascending; one value of each series for each. */
  readonly times: readonly string[]
  readonly series: readonly TimeSeries[]
  readonly heightPx?: number
  readonly format?: (value: number) => string
  /** Makes it a brush: called with the range that was drawn over. */
  readonly onRange?: (from: string, to: string) => void
}

const Drawn = lazy(() => import('./time-chart-drawn.tsx').then(({ TimeChartDrawn }) => ({ default: TimeChartDrawn })))

/** Values over time; the drawing library is loaded when the first is shown. */
export function TimeChart({ heightPx = 160, ...props }: TimeChartProps) {
  return (
    <figure aria-label={props.label} style={{ height: heightPx }}>
      <Suspense fallback={<Skeleton className="h-full w-full" />}>
        <Drawn {...props} heightPx={heightPx} />
      </Suspense>
    </figure>
  )
}
