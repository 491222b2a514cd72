import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ChartColumn } from 'lucide-react'
import { getAttentionOptions, getNamespacesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { NamespaceOverview } from '../../api/generated/types.gen.ts'
import { RangePicker, rangeOf, type TimeRange } from '../../components/time-range.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { countOf } from '../../ui/format.ts'
import { Page, Panel } from '../../ui/page.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { AttentionPanel } from './attention-panel.tsx'
import { FirstRunGuide } from './first-run-guide.tsx'
import { RecentChanges } from './recent-changes.tsx'
import { TopTools } from './top-tools.tsx'
import { TrafficPanel } from './traffic-panel.tsx'
import { useHasCalls } from './use-has-calls.ts'

/** Whether anything needs a person, then how much is going on, then what changed. */
export function HomePage() {
  const search = useSearch({ strict: false })
  const navigate = useNavigate()
  const range = rangeOf(search)
  const setRange = (next: TimeRange): void => void navigate({ to: '/', search: { ...next }, replace: true })
  const { data, isPending } = useQuery(getNamespacesOptions())
  const namespaces = data?.namespaces
  const hasCalls = useHasCalls()
  const attention = useQuery(getAttentionOptions())
  const tools = namespaces?.reduce((sum, namespace) => sum + namespace.tools, 0) ?? 0
  return (
    <Page
      title="Home"
      description={namespaces === undefined ? '\u00a0' : `${countOf(namespaces.length, 'namespace')} with ${countOf(tools, 'tool')}`}
      actions={<RangePicker range={range} onChange={setRange} />}
    >
      <AttentionPanel items={attention.data?.items} error={attention.error} onRetry={() => void attention.refetch()} />
      {/* What is above decides where the rest is, and the guide too: nothing is drawn twice in two places. */}
      {!attention.isPending && (isPending || hasCalls === undefined) && <SkeletonLines lines={12} />}
      {!attention.isPending && !isPending && hasCalls !== undefined && (
        <Activity namespaces={namespaces ?? []} hasCalls={hasCalls} range={range} onRange={setRange} />
      )}
    </Page>
  )
}

interface ActivityProps {
  readonly namespaces: readonly NamespaceOverview[]
  readonly hasCalls: boolean
  readonly range: TimeRange
  readonly onRange: (range: TimeRange) => void
}

function Activity({ namespaces, hasCalls, range, onRange }: ActivityProps) {
  return (
    <>
      {!hasCalls && <FirstRunGuide namespaces={namespaces} />}
      <div className="grid gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(18rem,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          {!hasCalls ? (
            <Panel title="Calls and errors">
              <EmptyState icon={ChartColumn} title="No tool was called yet">
                Calls, errors and the slowest tools are shown here as soon as there are any.
              </EmptyState>
            </Panel>
          ) : (
            <>
              <TrafficPanel range={range} onRange={onRange} />
              <TopTools range={range} />
            </>
          )}
        </div>
        <RecentChanges />
      </div>
    </>
  )
}
