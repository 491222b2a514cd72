import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Plus, Server as ServerIcon } from 'lucide-react'
import type { Server } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { ServerMenu } from '../../components/servers/server-menu.tsx'
import { serversQuery } from '../../components/servers/server-queries.ts'
import { KIND_WORDS, ServerState, sourceWords } from '../../components/servers/server-state.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatBytes, formatNumber } from '../../ui/format.ts'
import { SearchInput } from '../../ui/inputs.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Tag } from '../../ui/state-badge.tsx'
import { type Column, Table } from '../../ui/table.tsx'

const COLUMNS: readonly Column<Server>[] = [
  {
    id: 'name',
    title: 'Name',
    sort: ({ namespace }) => namespace,
    cell: ({ namespace, title }) => (
      <Link to="/servers/$ns/{-$tab}" params={{ ns: namespace }} className="hover:underline">
        <span className="font-mono">{namespace}</span>
        {title !== null && title !== namespace && <span className="ml-2 text-ink-3">{title}</span>}
      </Link>
    ),
  },
  {
    id: 'state',
    title: 'State',
    width: 'clamp(8.5rem, 22vw, 18rem)',
    sort: ({ state }) => state,
    cell: ({ state, reason }) => (
      <span className="flex min-w-0 items-center gap-2" title={reason ?? undefined}>
        <ServerState state={state} />
        {reason !== null && state !== 'running' && <span className="truncate text-ink-3">{reason}</span>}
      </span>
    ),
  },
  {
    id: 'source',
    title: 'Runs',
    from: 'md',
    sort: sourceWords,
    cell: (server) => (
      <span className="flex min-w-0 items-center gap-2">
        <Tag>{KIND_WORDS[server.kind]}</Tag>
        <code className="truncate text-ink-2" title={sourceWords(server)}>
          {sourceWords(server)}
        </code>
      </span>
    ),
  },
  { id: 'tools', title: 'Tools', width: '5rem', align: 'right', from: 'sm', sort: ({ tools }) => tools, cell: ({ tools }) => formatNumber(tools) },
  {
    id: 'calls',
    title: 'Open calls',
    width: '6.5rem',
    align: 'right',
    from: 'lg',
    sort: ({ openCalls }) => openCalls,
    cell: ({ openCalls }) => formatNumber(openCalls),
  },
  {
    id: 'memory',
    title: 'Memory',
    width: '6rem',
    align: 'right',
    from: 'lg',
    sort: ({ rssBytes }) => rssBytes ?? 0,
    cell: ({ rssBytes }) => (rssBytes === null ? <span className="text-ink-3">–</span> : formatBytes(rssBytes)),
  },
  { id: 'restarts', title: 'Restarts', width: '6rem', align: 'right', from: 'xl', sort: ({ restarts }) => restarts, cell: ({ restarts }) => restarts },
  {
    id: 'since',
    title: 'Since',
    width: '7rem',
    align: 'right',
    from: 'sm',
    sort: ({ since }) => since,
    cell: ({ since }) => <RelativeTime at={since} className="text-ink-2" />,
  },
  { id: 'actions', title: <span className="sr-only">Actions</span>, width: '3.5rem', align: 'right', cell: (server) => <ServerMenu server={server} /> },
]

/** Every external server, with what it does now. */
export function ServersPage() {
  const { q } = useSearch({ from: '/frame/servers' })
  const search = typeof q === 'string' ? q : ''
  const navigate = useNavigate()
  const servers = useQuery(serversQuery())
  const shown = servers.data?.filter((server) => matches(server, search.toLowerCase()))
  return (
    <Page
      fill
      title="Servers"
      description="MCP servers that ToolDock installs and runs, or reaches by URL. Each is a namespace of its own."
      actions={
        <>
          <SearchInput
            label="Search servers"
            value={search}
            onChange={(next) => void navigate({ to: '/servers', search: next === '' ? {} : { q: next }, replace: true })}
          />
          <Link to="/add-server" className={buttonClass('primary')}>
            <Plus aria-hidden className="size-4" />
            Add server
          </Link>
        </>
      }
    >
      <Panel flush className="min-h-60 flex-1">
        <Table
          fill
          label="Servers"
          columns={COLUMNS}
          rows={shown}
          rowKey={({ namespace }) => namespace}
          sort={{ column: 'name', descending: false }}
          onOpen={({ namespace }) => void navigate({ to: '/servers/$ns/{-$tab}', params: { ns: namespace } })}
          instead={
            servers.isError ? (
              <ApiErrorNotice title="The servers could not be loaded" error={servers.error} onRetry={() => void servers.refetch()} />
            ) : undefined
          }
          empty={search === '' ? <NoServers /> : <EmptyState title={`No server matches “${search}”`} />}
        />
      </Panel>
    </Page>
  )
}

function NoServers() {
  return (
    <EmptyState
      icon={ServerIcon}
      title="No servers yet"
      action={
        <>
          <Link to="/add-server" className={buttonClass('primary')}>
            Add your first server
          </Link>
          <Link to="/add-server" search={{ q: '@modelcontextprotocol/server-everything' }} className={buttonClass()}>
            Try server-everything
          </Link>
        </>
      }
    >
      A server is a program that speaks MCP: a package of npm or PyPI, a git repository, a command, or an address. ToolDock runs it, watches it and publishes
      its tools beside yours.
    </EmptyState>
  )
}

function matches(server: Server, search: string): boolean {
  return [server.namespace, server.title ?? '', server.state, sourceWords(server)].some((words) => words.toLowerCase().includes(search))
}
