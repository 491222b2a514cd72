import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { getKeysOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { ApiKey } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { SearchInput } from '../../ui/inputs.tsx'
import { Page, Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StateBadge, Tag } from '../../ui/state-badge.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { KeyDialog } from './key-dialog.tsx'
import { KeyDrawer } from './key-drawer.tsx'

const never = <span className="text-ink-3">never</span>

const COLUMNS: readonly Column<ApiKey>[] = [
  { id: 'name', title: 'Name', sort: ({ name }) => name, cell: ({ name }) => <span className="font-medium">{name}</span> },
  { id: 'prefix', title: 'Begins with', width: '9rem', from: 'md', cell: ({ prefix }) => <code className="text-ink-2">{prefix}…</code> },
  {
    id: 'state',
    title: 'State',
    width: '7rem',
    from: 'sm',
    sort: ({ state }) => state,
    cell: ({ state }) => <StateBadge state={state === 'active' ? 'ok' : 'off'}>{state === 'active' ? 'Active' : 'Expired'}</StateBadge>,
  },
  { id: 'role', title: 'Role', width: '6rem', sort: ({ role }) => role, cell: ({ role }) => <Tag>{role}</Tag> },
  { id: 'sees', title: 'Sees', from: 'md', cell: ({ namespaces, tools }) => <span className="text-ink-2">{seesWords(namespaces, tools)}</span> },
  {
    id: 'limit',
    title: 'Limit',
    width: '7rem',
    from: 'xl',
    cell: ({ rateLimit }) => (rateLimit === null ? <span className="text-ink-3">–</span> : `${rateLimit.perSecond}/s, ${rateLimit.burst}`),
  },
  {
    id: 'used',
    title: 'Last used',
    width: '7rem',
    align: 'right',
    sort: ({ lastUsedAt }) => lastUsedAt ?? '',
    cell: ({ lastUsedAt }) => (lastUsedAt === null ? never : <RelativeTime at={lastUsedAt} />),
  },
  {
    id: 'expires',
    title: 'Expires',
    width: '7rem',
    align: 'right',
    from: 'lg',
    sort: ({ expiresAt }) => expiresAt ?? '9',
    cell: ({ expiresAt }) => (expiresAt === null ? never : <RelativeTime at={expiresAt} />),
  },
]

function seesWords(namespaces: readonly string[] | null, tools: readonly string[] | null): string {
  if (tools !== null) return tools.length === 1 ? (tools[0] ?? '') : `${tools.length} tools`
  return namespaces === null ? 'everything' : namespaces.join(', ')
}

/** Who may use the gateway: API keys, and what each can see. */
export function AccessPage() {
  const { q, key: open } = useSearch({ from: '/frame/access' })
  const search = typeof q === 'string' ? q : ''
  const navigate = useNavigate()
  const [isMaking, setMaking] = useState(false)
  const keys = useQuery({ ...getKeysOptions(), select: (answer) => answer.keys })
  const rows = keys.data?.filter(({ name, prefix, role }) => `${name} ${prefix} ${role}`.toLowerCase().includes(search.toLowerCase()))
  const shown = keys.data?.find(({ id }) => id === open)
  const set = (change: Readonly<Record<string, string | undefined>>): void =>
    void navigate({ to: '/access', search: (before) => ({ ...before, ...change }), replace: true })
  return (
    <Page
      fill
      title="Access"
      description="A key for each person and program, with no more than it needs. The token of the gateway itself may do everything: keep it for yourself."
      actions={
        <>
          <SearchInput label="Search keys" value={search} onChange={(next) => set({ q: next || undefined })} />
          <Button variant="primary" icon={Plus} onClick={() => setMaking(true)}>
            New key
          </Button>
        </>
      }
    >
      <Panel flush className="min-h-60 flex-1">
        <Table
          fill
          label="API keys"
          columns={COLUMNS}
          rows={rows}
          rowKey={({ id }) => id}
          openKey={shown?.id}
          sort={{ column: 'name', descending: false }}
          onOpen={({ id }) => set({ key: id })}
          instead={keys.isError ? <ApiErrorNotice title="The keys could not be loaded" error={keys.error} onRetry={() => void keys.refetch()} /> : undefined}
          empty={
            search === '' ? (
              <EmptyState
                icon={KeyRound}
                title="No keys yet"
                action={
                  <Button variant="primary" onClick={() => setMaking(true)}>
                    Make a key
                  </Button>
                }
              >
                A key lets a client call what you choose and nothing else, and can be revoked at any time. The connect panel of a namespace makes one too.
              </EmptyState>
            ) : (
              <EmptyState title={`No key matches “${search}”`} />
            )
          }
        />
      </Panel>
      {isMaking && <KeyDialog onClose={() => setMaking(false)} />}
      {shown !== undefined && <KeyDrawer key={shown.id} apiKey={shown} onClose={() => set({ key: undefined })} />}
    </Page>
  )
}
