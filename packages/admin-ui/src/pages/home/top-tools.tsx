import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { getMetricsOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { MetricRow } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { type TimeRange, useWindow } from '../../components/time-range.tsx'
import { formatDuration, formatNumber, formatShare } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'

const SHOWN_MAX = 6

interface Ranking {
  readonly title: string
  readonly by: (row: MetricRow) => number
  readonly value: (row: MetricRow) => ReactNode
  readonly none: string
  readonly bar: string
}

const RANKINGS: readonly Ranking[] = [
  { title: 'Most called', by: ({ calls }) => calls, value: ({ calls }) => formatNumber(calls), none: 'No tool was called.', bar: 'bg-accent/15' },
  {
    title: 'Most failing',
    by: ({ errors }) => errors,
    value: ({ errors, calls }) => `${formatNumber(errors)} · ${formatShare(errors, calls)}`,
    none: 'No call failed.',
    bar: 'bg-failed/15',
  },
  {
    title: 'Slowest (p95)',
    by: ({ p95Ms }) => p95Ms ?? 0,
    value: ({ p95Ms }) => formatDuration(p95Ms ?? 0),
    none: 'No tool was called.',
    bar: 'bg-working/15',
  },
]

/** The tools to look at, three ways. */
export function TopTools({ range }: { readonly range: TimeRange }) {
  const query = useWindow(range)
  const { data, error, refetch } = useQuery({ ...getMetricsOptions({ query: { ...query, groupBy: 'tool' } }), placeholderData: keepPreviousData })
  if (error !== null) return <ApiErrorNotice title="The tools could not be ranked" error={error} onRetry={() => void refetch()} />
  return (
    <div className="grid gap-4 md:grid-cols-3">
      {RANKINGS.map((ranking) => (
        <Panel key={ranking.title} title={ranking.title}>
          {data === undefined ? <SkeletonLines lines={SHOWN_MAX} /> : <Ranked ranking={ranking} rows={data.rows} window={query} />}
        </Panel>
      ))}
    </div>
  )
}

function Ranked({
  ranking,
  rows,
  window,
}: {
  readonly ranking: Ranking
  readonly rows: readonly MetricRow[]
  readonly window: { readonly from: string; readonly to: string }
}) {
  const { by, value, none, bar } = ranking
  const top = rows
    .filter((row) => by(row) > 0)
    .toSorted((a, b) => by(b) - by(a))
    .slice(0, SHOWN_MAX)
  const most = top[0] === undefined ? 1 : by(top[0])
  if (top.length === 0) return <p className="text-ink-2">{none}</p>
  return (
    <ol className="-mx-1.5 space-y-0.5">
      {top.map((row) => (
        <li key={`${row.namespace} ${row.tool}`}>
          <Link
            to="/calls"
            search={{ ...window, namespace: row.namespace, tool: row.tool }}
            className="relative flex h-7 items-center gap-2 overflow-hidden rounded-sm px-1.5 hover:bg-hover"
          >
            <span aria-hidden className={`absolute inset-y-0.5 left-0 rounded-sm ${bar}`} style={{ width: `${(by(row) / most) * 100}%` }} />
            <span className="relative min-w-0 flex-1 truncate font-mono" title={`${row.namespace}/${row.tool}`}>
              <span className="text-ink-3">{row.namespace}/</span>
              {row.tool}
            </span>
            <span className="relative shrink-0 text-ink-2">{value(row)}</span>
          </Link>
        </li>
      ))}
    </ol>
  )
}
