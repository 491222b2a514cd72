import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { ChartColumn } from 'lucide-react'
import { getNamespacesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { RangePicker, rangeOf, type TimeRange } from '../../components/time-range.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { countOf } from '../../ui/format.ts'
import { Page, Panel } from '../../ui/page.tsx'
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
  const { data } = useQuery(getNamespacesOptions())
  const namespaces = data?.namespaces
  const hasCalls = useHasCalls()
  const tools = namespaces?.reduce((sum, namespace) => sum + namespace.tools, 0) ?? 0
  return (
    <Page
      title="Home"
      description={namespaces === undefined ? '\u00a0' : `${countOf(namespaces.length, 'namespace')} with ${countOf(tools, 'tool')}`}
      actions={<RangePicker range={range} onChange={setRange} />}
    >
      <AttentionPanel />
      {hasCalls === false && namespaces !== undefined && <FirstRunGuide namespaces={namespaces} />}
      <div className="grid gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(18rem,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          {hasCalls === false ? (
            <Panel title="Calls and errors">
              <EmptyState icon={ChartColumn} title="No tool was called yet">
                Calls, errors and the slowest tools are shown here as soon as there are any.
              </EmptyState>
            </Panel>
          ) : (
            <>
              <TrafficPanel range={range} onRange={setRange} />
              <TopTools range={range} />
            </>
          )}
        </div>
        <RecentChanges />
      </div>
    </Page>
  )
}
