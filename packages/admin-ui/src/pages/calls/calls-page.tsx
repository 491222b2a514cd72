import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { PhoneCall } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'
import { useGatewayEvent } from '../../api/events.ts'
import { getCallsHistogramOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { getCalls } from '../../api/generated/sdk.gen.ts'
import type { Call } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { CallDrawer } from '../../components/records/call-drawer.tsx'
import { callFilters, matchesCall } from '../../components/records/call-search.ts'
import { CallsTable } from '../../components/records/calls-table.tsx'
import { LiveControls } from '../../components/records/live-controls.tsx'
import { NamespaceSelect } from '../../components/records/namespace-select.tsx'
import { useLive } from '../../components/records/use-live.ts'
import { RangePicker, rangeOf, rangeSearch, rangeWords, type TimeRange, useWindow, windowUpTo } from '../../components/time-range.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { SearchInput, Select } from '../../ui/inputs.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { TimeChart } from '../../ui/time-chart.tsx'
import { useSettled } from '../../ui/use-settled.ts'

const PAGE_ROWS = 100
const BUCKETS = 80
const CHART_PX = 84
const SETTLE_MS = 250

/** Every call there was, as it comes and as it was. */
export function CallsPage() {
  const search = useSearch({ from: '/frame/calls' })
  const navigate = useNavigate()
  const range = rangeOf(search)
  const filters = useSettled(callFilters(search), SETTLE_MS)
  const live = useLive<Call>()
  const isUpToNow = 'last' in range
  // The end stands still while the page is read: what comes after it comes as an event.
  const [until, setUntil] = useState(() => new Date().toISOString())
  const query = { ...filters, ...windowUpTo(range, Date.parse(until)), limit: PAGE_ROWS }
  const calls = useInfiniteQuery({
    queryKey: ['calls', query],
    queryFn: async ({ pageParam, signal }) =>
      (await getCalls({ query: { ...query, ...(pageParam === '' ? {} : { cursor: pageParam }) }, signal, throwOnError: true })).data,
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })
  const restart = useEffectEvent(() => {
    live.clear()
    setUntil(new Date().toISOString())
  })
  const key = JSON.stringify([filters, range])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question begins anew
  useEffect(() => restart(), [key])
  useGatewayEvent('call.finished', ({ calls: finished }) => {
    if (isUpToNow) live.add((finished as readonly Call[]).filter((call) => call.at > until && matchesCall(call, filters)).toReversed())
  })
  const stored = calls.data?.pages.flatMap((page) => page.calls)
  const rows = stored === undefined ? undefined : [...live.rows, ...stored]
  const openId = typeof search.call === 'string' ? search.call : undefined
  const set = (change: Readonly<Record<string, string | undefined>>): void =>
    void navigate({ to: '/calls', search: (before) => ({ ...before, ...change }), replace: true })
  const setRange = (next: TimeRange): void => set(rangeSearch(next))
  return (
    <Page
      fill
      title="Calls"
      description="One line for each call of a tool, prompt or resource; protocol chatter is not among them."
      actions={
        <>
          <LiveControls live={live} />
          <RangePicker range={range} onChange={setRange} />
        </>
      }
    >
      <Filters search={search} onChange={set} />
      <Histogram range={range} filters={filters} onRange={setRange} />
      <Panel flush className="min-h-60 flex-1">
        <CallsTable
          rows={rows}
          openId={openId}
          onOpen={({ id }) => set({ call: id })}
          onEnd={() => calls.hasNextPage && !calls.isFetchingNextPage && void calls.fetchNextPage()}
          instead={
            calls.isError ? <ApiErrorNotice title="The calls could not be loaded" error={calls.error} onRetry={() => void calls.refetch()} /> : undefined
          }
          empty={
            <EmptyState icon={PhoneCall} title="No calls here">
              {Object.keys(filters).length === 0
                ? `Nothing was called in the ${rangeWords(range)}. Connect a client, or call a tool in the playground.`
                : 'None that these filters let through.'}
            </EmptyState>
          }
        />
      </Panel>
      {openId !== undefined && <CallDrawer key={openId} id={openId} known={rows?.find(({ id }) => id === openId)} onClose={() => set({ call: undefined })} />}
    </Page>
  )
}

function Filters({
  search,
  onChange,
}: {
  readonly search: Readonly<Record<string, unknown>>
  readonly onChange: (change: Readonly<Record<string, string | undefined>>) => void
}) {
  const value = (name: string): string => (typeof search[name] === 'string' ? (search[name] as string) : '')
  const select = (name: string, label: string, options: readonly (readonly [value: string, label: string])[]) => (
    <Select aria-label={label} className="w-auto max-w-44" value={value(name)} onChange={({ target }) => onChange({ [name]: target.value || undefined })}>
      <option value="">{label}: all</option>
      {options.map(([option, words]) => (
        <option key={option} value={option}>
          {words}
        </option>
      ))}
    </Select>
  )
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchInput label="Search names, clients and request ids" value={value('q')} onChange={(q) => onChange({ q: q || undefined })} />
      <NamespaceSelect value={value('namespace')} onChange={(namespace) => onChange({ namespace })} />
      {select('outcome', 'Outcome', [
        ['ok', 'ok'],
        ['error', 'failed'],
        ['tool_error', 'tool_error'],
        ['tool_timeout', 'tool_timeout'],
        ['worker_crashed', 'worker_crashed'],
      ])}
      {select('protocol', 'Protocol', [
        ['mcp', 'MCP'],
        ['rest', 'REST'],
      ])}
    </div>
  )
}

function Histogram({
  range,
  filters,
  onRange,
}: {
  readonly range: TimeRange
  readonly filters: ReturnType<typeof callFilters>
  readonly onRange: (range: TimeRange) => void
}) {
  const window = useWindow(range)
  const { data } = useQuery({ ...getCallsHistogramOptions({ query: { ...filters, ...window, buckets: BUCKETS } }), placeholderData: keepPreviousData })
  const buckets = data?.buckets ?? []
  return (
    <TimeChart
      label={`Calls, ${rangeWords(range)}; draw over a stretch to see it alone`}
      heightPx={CHART_PX}
      times={buckets.map(({ from }) => from)}
      series={[
        { label: 'ok', values: buckets.map(({ ok }) => ok), colour: 'accent', kind: 'bars' },
        { label: 'failed', values: buckets.map(({ errors }) => errors), colour: 'failed', kind: 'bars' },
      ]}
      onRange={(from, to) => onRange({ from, to })}
    />
  )
}
