import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { getMetricsOptions, getMetricsSeriesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { MetricRow } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { rangeWords, type TimeRange, useWindow } from '../../components/time-range.tsx'
import { cx } from '../../ui/class-names.ts'
import { formatDuration, formatNumber, formatShare } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { TimeChart } from '../../ui/time-chart.tsx'

const CHART_PX = 180

/** Calls and errors over time; drawing over a stretch of it looks closer. */
export function TrafficPanel({ range, onRange }: { readonly range: TimeRange; readonly onRange: (range: TimeRange) => void }) {
  const query = useWindow(range)
  const { data, error, refetch } = useQuery({ ...getMetricsSeriesOptions({ query }), placeholderData: keepPreviousData })
  const points = data?.points ?? []
  return (
    <Panel
      title="Calls and errors"
      actions={
        <Link to="/calls" search={query} className="px-1 text-accent hover:underline">
          Open in Calls
        </Link>
      }
    >
      <Figures range={range} />
      {error !== null ? (
        <ApiErrorNotice title="Calls over time could not be loaded" error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton className="h-[180px] w-full" />
      ) : (
        <TimeChart
          label={`Calls and errors, ${rangeWords(range)}`}
          heightPx={CHART_PX}
          times={points.map(({ at }) => at)}
          series={[
            { label: 'Calls', colour: 'accent', kind: 'bars', values: points.map(({ calls }) => calls) },
            { label: 'Errors', colour: 'failed', kind: 'bars', values: points.map(({ errors }) => errors) },
          ]}
          onRange={(from, to) => onRange({ from, to })}
        />
      )}
    </Panel>
  )
}

/** Everything of the range in a few numbers. */
function Figures({ range }: { readonly range: TimeRange }) {
  const query = useWindow(range)
  const { data } = useQuery({ ...getMetricsOptions({ query: { ...query, groupBy: 'protocol' } }), placeholderData: keepPreviousData })
  const sum = (of: 'calls' | 'errors'): number => data?.rows.reduce((total, row) => total + row[of], 0) ?? 0
  const calls = sum('calls')
  const figures = [
    { label: 'Calls', value: formatNumber(calls) },
    { label: 'Errors', value: formatNumber(sum('errors')), bad: sum('errors') > 0 },
    { label: 'Error rate', value: formatShare(sum('errors'), calls) },
    // Both, called or not: what comes later would push the chart away.
    ...['mcp', 'rest'].map((protocol) => ({ label: `p95 ${protocol.toUpperCase()}`, value: durationOf(data?.rows.find((row) => row.protocol === protocol)) })),
  ]
  return (
    <dl className="mb-3 grid grid-cols-3 gap-y-2 sm:flex sm:gap-x-8">
      {figures.map(({ label, value, bad }) => (
        <div key={label} className="min-w-16">
          <dt className="text-ink-3 text-xs">{label}</dt>
          <dd className={cx('flex h-6 items-center font-semibold text-lg', bad && 'text-failed')}>
            {data === undefined ? <Skeleton className="h-4 w-12" /> : value}
          </dd>
        </div>
      ))}
    </dl>
  )
}

const durationOf = (row: MetricRow | undefined): string => (row?.p95Ms == null ? '–' : formatDuration(row.p95Ms))
