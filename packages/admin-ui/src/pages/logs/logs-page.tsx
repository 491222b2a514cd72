import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { gatewayUrl } from '../../api/base-url.ts'
import { getLogsDaysOptions, getLogsHistogramOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { LogLine } from '../../api/generated/types.gen.ts'
import { type LogFilters, LogView } from '../../components/records/log-view.tsx'
import { NamespaceSelect } from '../../components/records/namespace-select.tsx'
import { RangePicker, rangeOf, rangeSearch, rangeWords, type TimeRange, useWindow } from '../../components/time-range.tsx'
import { Button } from '../../ui/button.tsx'
import { formatBytes } from '../../ui/format.ts'
import { SearchInput, Select } from '../../ui/inputs.tsx'
import { Menu, MenuItem, MenuLabel } from '../../ui/menu.tsx'
import { Page } from '../../ui/page.tsx'
import { TimeChart } from '../../ui/time-chart.tsx'
import { useSettled } from '../../ui/use-settled.ts'

const CHART_PX = 84
const SETTLE_MS = 250
const LEVELS: readonly LogLine['level'][] = ['debug', 'info', 'warn', 'error']

/** What the gateway, its workers and its servers said. */
export function LogsPage() {
  const search = useSearch({ from: '/frame/logs' })
  const navigate = useNavigate()
  const range = rangeOf(search)
  const text = (name: string): string | undefined => (typeof search[name] === 'string' && search[name] !== '' ? (search[name] as string) : undefined)
  const level = LEVELS.find((known) => known === search.level)
  const filters = useSettled<LogFilters>(
    withoutMissing({
      namespace: text('namespace'),
      tool: text('tool'),
      requestId: text('requestId'),
      search: text('q'),
      level,
      ...('from' in range ? range : {}),
    }),
    SETTLE_MS,
  )
  const set = (change: Readonly<Record<string, string | undefined>>): void =>
    void navigate({ to: '/logs', search: (before) => ({ ...before, ...change }), replace: true })
  const setRange = (next: TimeRange): void => set(rangeSearch(next))
  return (
    <Page
      fill
      title="Logs"
      description="What the gateway, the tools and the servers said."
      actions={
        <>
          <DownloadMenu />
          <RangePicker range={range} onChange={setRange} />
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput label="Search text" value={text('q') ?? ''} onChange={(q) => set({ q: q || undefined })} />
        <Select aria-label="Level" className="w-auto" value={level ?? ''} onChange={({ target }) => set({ level: target.value || undefined })}>
          <option value="">Every level</option>
          {LEVELS.slice(1).map((name) => (
            <option key={name} value={name}>
              {name} and worse
            </option>
          ))}
        </Select>
        <NamespaceSelect value={text('namespace')} onChange={(namespace) => set({ namespace })} />
        {filters.requestId !== undefined && (
          <Button size="sm" onClick={() => set({ requestId: undefined })}>
            Request {filters.requestId.slice(0, 8)}… ✕
          </Button>
        )}
      </div>
      <Histogram range={range} filters={filters} onRange={setRange} />
      <LogView filters={filters} isLive={!('from' in range)} openId={text('line')} onOpen={(line) => set({ line })} />
    </Page>
  )
}

const withoutMissing = (filters: LogFilters): LogFilters => Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined))

function Histogram({ range, filters, onRange }: { readonly range: TimeRange; readonly filters: LogFilters; readonly onRange: (range: TimeRange) => void }) {
  const window = useWindow(range)
  const { data } = useQuery({ ...getLogsHistogramOptions({ query: { ...filters, ...window } }), placeholderData: keepPreviousData })
  const buckets = data?.buckets ?? []
  return (
    <TimeChart
      label={`Log lines, ${rangeWords(range)}; draw over a stretch to see it alone`}
      heightPx={CHART_PX}
      times={buckets.map(({ from }) => from)}
      series={[
        { label: 'lines', values: buckets.map(({ lines }) => lines), colour: 'ink-3', kind: 'bars' },
        { label: 'warnings', values: buckets.map(({ warnings }) => warnings), colour: 'warning', kind: 'bars' },
        { label: 'errors', values: buckets.map(({ errors }) => errors), colour: 'failed', kind: 'bars' },
      ]}
      onRange={(from, to) => onRange({ from, to })}
    />
  )
}

function DownloadMenu() {
  const { data } = useQuery(getLogsDaysOptions())
  return (
    <Menu trigger={<Button icon={Download}>Download</Button>}>
      <MenuLabel>Whole days, as they are kept</MenuLabel>
      {data?.days.map(({ day, bytes }) => (
        <MenuItem key={day} onSelect={() => window.location.assign(gatewayUrl(`api/logs/days/${day}`))}>
          {`${day} · ${formatBytes(bytes)}`}
        </MenuItem>
      ))}
    </Menu>
  )
}
