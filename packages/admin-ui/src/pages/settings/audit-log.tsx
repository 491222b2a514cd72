import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { useState } from 'react'
import { getAudit } from '../../api/generated/sdk.gen.ts'
import type { AuditEntry } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { auditWords } from '../../components/audit-words.ts'
import { DescriptionList } from '../../ui/description-list.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatDateTime } from '../../ui/format.ts'
import { SearchInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { TextBlock } from '../../ui/text-block.tsx'
import { useSettled } from '../../ui/use-settled.ts'

const PAGE_ROWS = 100
const SEARCH_MS = 250

const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: 'at', title: 'When', width: '8rem', cell: ({ at }) => <RelativeTime at={at} /> },
  { id: 'who', title: 'Who', width: '12rem', cell: ({ principal }) => <span className="font-medium">{principal}</span> },
  { id: 'what', title: 'What', width: '16rem', cell: ({ action }) => auditWords(action) },
  { id: 'subject', title: 'Of', cell: ({ subject }) => <code className="[overflow-wrap:anywhere]">{subject}</code> },
  {
    id: 'outcome',
    title: 'Outcome',
    width: '7rem',
    from: 'sm',
    cell: ({ status }) => <StateBadge state={status < 400 ? 'ok' : 'failed'}>{status < 400 ? 'done' : 'refused'}</StateBadge>,
  },
]

/** Who changed what, from the newest on, and who was refused to. */
export function AuditLog() {
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<AuditEntry | null>(null)
  const settled = useSettled(search, SEARCH_MS)
  const entries = useInfiniteQuery({
    queryKey: ['getAudit', 'page', settled],
    queryFn: async ({ pageParam, signal }) => {
      const query = { limit: PAGE_ROWS, ...(settled === '' ? {} : { search: settled }), ...(pageParam === '' ? {} : { cursor: pageParam }) }
      return (await getAudit({ query, signal, throwOnError: true })).data
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SearchInput label="Search the audit log" value={search} onChange={setSearch} />
        <p className="min-w-0 flex-1 text-ink-2">Every change through the API, the CLI and this UI, without secrets and contents.</p>
      </div>
      <Panel flush>
        <Table
          label="Audit log"
          columns={COLUMNS}
          rows={entries.data?.pages.flatMap((page) => page.entries)}
          rowKey={({ id }) => id}
          sortedByServer
          onOpen={setOpen}
          openKey={open?.id}
          onEnd={() => {
            if (entries.hasNextPage && !entries.isFetchingNextPage) void entries.fetchNextPage()
          }}
          instead={
            entries.isError ? (
              <ApiErrorNotice title="The audit log could not be loaded" error={entries.error} onRetry={() => void entries.refetch()} />
            ) : undefined
          }
          empty={
            settled === '' ? (
              <EmptyState icon={History} title="Nobody has changed anything yet">
                Reloads, installations, edits, keys and settings of tools will be listed here with who did it.
              </EmptyState>
            ) : (
              <EmptyState title={`Nothing in the audit log matches “${settled}”`} />
            )
          }
        />
      </Panel>
      {open !== null && <EntryDrawer entry={open} onClose={() => setOpen(null)} />}
    </div>
  )
}

function EntryDrawer({ entry, onClose }: { readonly entry: AuditEntry; readonly onClose: () => void }) {
  const { at, principal, action, subject, status, requestId, details } = entry
  return (
    <Drawer title={`${principal} ${auditWords(action)} ${subject}`} onClose={onClose}>
      <DescriptionList
        items={[
          ['When', formatDateTime(at)],
          ['Who', principal],
          ['Operation', <code key="action">{action}</code>],
          ['Subject', <code key="subject">{subject}</code>],
          ['Status', String(status)],
          ['Request id', <code key="id">{requestId}</code>],
        ]}
      />
      <TextBlock label="What was asked for" text={JSON.stringify(details, undefined, 2)} />
    </Drawer>
  )
}
