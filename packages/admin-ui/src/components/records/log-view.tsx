import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ScrollText } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'
import { gatewayUrl } from '../../api/base-url.ts'
import { getLogs } from '../../api/generated/sdk.gen.ts'
import type { GetLogsData, LogLine } from '../../api/generated/types.gen.ts'
import { buttonClass } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { DescriptionList } from '../../ui/description-list.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatDateTime } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { TextBlock } from '../../ui/text-block.tsx'
import { ApiErrorNotice } from '../api-error-notice.tsx'
import { ClockTime } from './clock-time.tsx'
import { LiveControls } from './live-controls.tsx'
import { LogLevel } from './log-level.tsx'
import { useLive } from './use-live.ts'

const PAGE_ROWS = 200

export type LogFilters = Omit<NonNullable<GetLogsData['query']>, 'limit' | 'cursor'>

const COLUMNS: readonly Column<LogLine>[] = [
  { id: 'at', title: 'Time', width: '7rem', cell: ({ at }) => <ClockTime at={at} /> },
  { id: 'level', title: 'Level', width: '4.5rem', cell: ({ level }) => <LogLevel level={level} /> },
  {
    id: 'subject',
    title: 'Of',
    width: '12rem',
    from: 'md',
    cell: ({ namespace, tool }) => <code className="text-ink-2">{[namespace, tool].filter((part) => part !== undefined).join(' / ')}</code>,
  },
  { id: 'message', title: 'Message', cell: ({ message }) => <code title={message}>{message}</code> },
]

export interface LogViewProps {
  readonly filters: LogFilters
  /** Lines go on to come; not with an end in time. */
  readonly isLive: boolean
  readonly openId: string | undefined
  readonly onOpen: (id: string | undefined) => void
}

/** Lines of the log that the filters let through, newest first, with more as they come. */
export function LogView({ filters, isLive, openId, onOpen }: LogViewProps) {
  const live = useLive<LogLine>()
  const key = JSON.stringify(filters)
  const lines = useInfiniteQuery({
    queryKey: ['logs', filters],
    queryFn: async ({ pageParam, signal }) =>
      (await getLogs({ query: { ...filters, limit: PAGE_ROWS, ...(pageParam === '' ? {} : { cursor: pageParam }) }, signal, throwOnError: true })).data,
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })
  const add = useEffectEvent((line: LogLine) => live.add([line]))
  const restart = useEffectEvent(() => live.clear())
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the filters
  useEffect(() => {
    restart()
    if (!isLive) return
    const { from: _, to: __, ...streamed } = filters
    const source = new EventSource(gatewayUrl(`api/logs/stream?${new URLSearchParams(streamed as Record<string, string>)}`))
    source.addEventListener('line', ({ data }: MessageEvent<string>) => add(JSON.parse(data) as LogLine))
    return () => source.close()
  }, [key, isLive])
  const stored = lines.data?.pages.flatMap((page) => page.lines)
  const known = new Set(stored?.map(({ id }) => id))
  const rows = stored === undefined ? undefined : [...live.rows.filter(({ id }) => !known.has(id)), ...stored]
  const shown = useShown(rows, openId)
  return (
    <Panel flush className="min-h-60 flex-1" title="Lines" actions={isLive && <LiveControls live={live} />}>
      <Table
        label="Log lines"
        fill
        sortedByServer
        columns={COLUMNS}
        rows={rows}
        rowKey={({ id }) => id}
        openKey={shown?.id}
        onOpen={({ id }) => onOpen(id)}
        onEnd={() => lines.hasNextPage && !lines.isFetchingNextPage && void lines.fetchNextPage()}
        instead={lines.isError ? <ApiErrorNotice title="The log could not be read" error={lines.error} onRetry={() => void lines.refetch()} /> : undefined}
        empty={
          <EmptyState icon={ScrollText} title="No lines here">
            None that these filters let through. A lower level or a longer time shows more.
          </EmptyState>
        }
      />
      {shown !== undefined && <LineDrawer line={shown} onClose={() => onOpen(undefined)} />}
    </Panel>
  )
}

/** The open line stays as it is, also when the list has moved on without it. */
function useShown(rows: readonly LogLine[] | undefined, openId: string | undefined): LogLine | undefined {
  const [kept, setKept] = useState<LogLine | undefined>(undefined)
  const found = rows?.find(({ id }) => id === openId)
  if (found !== undefined && found !== kept) setKept(found)
  return found ?? (kept?.id === openId ? kept : undefined)
}

function LineDrawer({ line, onClose }: { readonly line: LogLine; readonly onClose: () => void }) {
  const { at, level, message, namespace, tool, requestId, fields } = line
  return (
    <Drawer title="Log line" onClose={onClose}>
      <div className="space-y-4">
        <p className="font-mono [overflow-wrap:anywhere] whitespace-pre-wrap">{message}</p>
        <DescriptionList
          items={[
            ['When', formatDateTime(at)],
            ['Level', <LogLevel key="level" level={level} />],
            ['Namespace', namespace],
            ['Tool', tool],
            [
              'Request id',
              requestId === undefined ? null : (
                <span key="id" className="flex items-center gap-1">
                  <code className="truncate">{requestId}</code>
                  <CopyButton text={requestId} label="Copy the request id" size="sm" />
                </span>
              ),
            ],
          ]}
        />
        {requestId !== undefined && (
          <div className="flex flex-wrap gap-2">
            <Link to="/logs" search={{ requestId }} className={buttonClass()}>
              All lines of this request
            </Link>
            <Link to="/calls" search={{ requestId }} className={buttonClass()}>
              Its call
            </Link>
          </div>
        )}
        <TextBlock label="the fields" text={JSON.stringify(fields, null, 2)} className="max-h-none" />
      </div>
    </Drawer>
  )
}
