import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Boxes, Plus } from 'lucide-react'
import { useState } from 'react'
import { getNamespacesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { MetricRow, NamespaceOverview } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { NamespaceState } from '../../components/namespaces/namespace-state.tsx'
import { useHourlyCalls, useUsage } from '../../components/namespaces/use-usage.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatDuration, formatNumber, formatShare } from '../../ui/format.ts'
import { SearchInput } from '../../ui/inputs.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Tag } from '../../ui/state-badge.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { NewNamespaceDialog } from './new-namespace-dialog.tsx'

interface Row extends NamespaceOverview {
  readonly usage: MetricRow | undefined
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'name',
    title: 'Name',
    sort: ({ name }) => name,
    cell: ({ name, title }) => (
      <Link to="/namespaces/$ns/{-$tab}" params={{ ns: name }} className="hover:underline">
        <span className="font-mono">{name}</span>
        {title !== null && title !== name && <span className="ml-2 text-ink-3">{title}</span>}
      </Link>
    ),
  },
  { id: 'kind', title: 'Kind', width: '6rem', from: 'sm', sort: ({ kind }) => kind, cell: ({ kind }) => <Tag>{kind}</Tag> },
  {
    id: 'state',
    title: 'State',
    width: '10rem',
    sort: ({ state }) => state,
    cell: (row) => (
      <span title={row.reason ?? row.problems[0]?.message}>
        <NamespaceState namespace={row} />
      </span>
    ),
  },
  { id: 'tools', title: 'Tools', width: '5rem', align: 'right', from: 'md', sort: ({ tools }) => tools, cell: ({ tools }) => formatNumber(tools) },
  {
    id: 'calls',
    title: 'Calls, 24 h',
    width: '12rem',
    align: 'right',
    from: 'lg',
    sort: ({ usage }) => usage?.calls ?? 0,
    cell: ({ name, usage }) => <Calls namespace={name} calls={usage?.calls ?? 0} />,
  },
  {
    id: 'errors',
    title: 'Errors',
    width: '5rem',
    align: 'right',
    from: 'lg',
    sort: ({ usage }) => (usage === undefined || usage.calls === 0 ? 0 : usage.errors / usage.calls),
    cell: ({ usage }) => (
      <span className={usage !== undefined && usage.errors > 0 ? 'text-failed' : 'text-ink-3'}>{formatShare(usage?.errors ?? 0, usage?.calls ?? 0)}</span>
    ),
  },
  {
    id: 'p95',
    title: 'p95',
    width: '5.5rem',
    align: 'right',
    from: 'xl',
    sort: ({ usage }) => usage?.p95Ms ?? 0,
    cell: ({ usage }) => (usage?.p95Ms == null ? <span className="text-ink-3">–</span> : formatDuration(usage.p95Ms)),
  },
  {
    id: 'changed',
    title: 'Changed',
    width: '7rem',
    align: 'right',
    from: 'sm',
    sort: ({ changedAt }) => changedAt ?? '',
    cell: ({ changedAt }) => (changedAt === null ? <span className="text-ink-3">never</span> : <RelativeTime at={changedAt} className="text-ink-2" />),
  },
  {
    id: 'actions',
    title: <span className="sr-only">Actions</span>,
    width: '5.5rem',
    align: 'right',
    from: 'sm',
    cell: ({ name, endpoints }) => (
      <span className="inline-flex items-center align-middle">
        <CopyButton text={endpoints.mcp} label={`Copy the MCP address of ${name}`} size="sm" />
        <Link to="/playground" search={{ namespace: name }} className={buttonClass('ghost', 'sm')} aria-label={`Try a tool of ${name}`}>
          Try
        </Link>
      </span>
    ),
  },
]

function Calls({ namespace, calls }: { readonly namespace: string; readonly calls: number }) {
  const hourly = useHourlyCalls(namespace, calls > 0)
  return (
    <span className="inline-flex items-center gap-2 align-middle">
      {hourly.length > 1 && <Sparkline values={hourly} label={`Calls of ${namespace} in the last 24 hours`} />}
      {formatNumber(calls)}
    </span>
  )
}

/** Everything that is published, of every kind. */
export function NamespacesPage() {
  const { q, new: isNew } = useSearch({ from: '/frame/namespaces' })
  const search = typeof q === 'string' ? q : ''
  const navigate = useNavigate()
  const [isCreating, setCreating] = useState(isNew === true)
  const namespaces = useQuery({ ...getNamespacesOptions(), select: (answer) => answer.namespaces })
  const usage = useUsage()
  const rows = namespaces.data?.filter((row) => matches(row, search.toLowerCase())).map((row): Row => ({ ...row, usage: usage.get(row.name) }))
  return (
    <Page
      fill
      title="Namespaces"
      description="Everything that is published: folders of your tools, external servers, and bundles made of parts of both."
      actions={
        <>
          <SearchInput
            label="Search namespaces"
            value={search}
            onChange={(next) => void navigate({ to: '/namespaces', search: next === '' ? {} : { q: next }, replace: true })}
          />
          <Link to="/new-bundle" className={buttonClass()}>
            New bundle
          </Link>
          <Button variant="primary" icon={Plus} onClick={() => setCreating(true)}>
            New namespace
          </Button>
        </>
      }
    >
      <Panel flush className="min-h-60 flex-1">
        <Table
          fill
          label="Namespaces"
          columns={COLUMNS}
          rows={rows}
          rowKey={({ name }) => name}
          sort={{ column: 'name', descending: false }}
          onOpen={({ name }) => void navigate({ to: '/namespaces/$ns/{-$tab}', params: { ns: name } })}
          instead={
            namespaces.isError ? (
              <ApiErrorNotice title="The namespaces could not be loaded" error={namespaces.error} onRetry={() => void namespaces.refetch()} />
            ) : undefined
          }
          empty={
            search === '' ? (
              <EmptyState
                icon={Boxes}
                title="Nothing is published yet"
                action={
                  <>
                    <Button variant="primary" onClick={() => setCreating(true)}>
                      Create a namespace
                    </Button>
                    <Link to="/add-server" className={buttonClass()}>
                      Add a server
                    </Link>
                  </>
                }
              >
                A namespace is a folder of tools you write in TypeScript, reloaded as you save, or an MCP server that ToolDock runs for you. Each has an address
                clients connect to.
              </EmptyState>
            ) : (
              <EmptyState title={`No namespace matches “${search}”`} />
            )
          }
        />
      </Panel>
      {isCreating && <NewNamespaceDialog onClose={() => setCreating(false)} />}
    </Page>
  )
}

function matches({ name, title, description, kind }: NamespaceOverview, search: string): boolean {
  return [name, title ?? '', description ?? '', kind].some((words) => words.toLowerCase().includes(search))
}
