import { useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { getSecretsOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { deleteSecretsName } from '../../api/generated/sdk.gen.ts'
import type { SecretInfo } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { SearchInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { SecretDialog } from './secret-dialog.tsx'

const referenceTo = (name: string): string => `\${secret:${name}}`

const COLUMNS: readonly Column<SecretInfo>[] = [
  { id: 'name', title: 'Name', sort: ({ name }) => name, cell: ({ name }) => <code className="font-medium">{name}</code> },
  {
    id: 'namespace',
    title: 'For',
    width: '12rem',
    sort: ({ namespace }) => namespace ?? '',
    cell: ({ namespace }) => (namespace === undefined ? 'every namespace' : <code>{namespace}</code>),
  },
  { id: 'value', title: 'Value', width: '7rem', from: 'md', cell: () => <span className="text-ink-3">hidden</span> },
  { id: 'set', title: 'Set', width: '7rem', align: 'right', from: 'sm', sort: ({ setAt }) => setAt, cell: ({ setAt }) => <RelativeTime at={setAt} /> },
]

type Open = { readonly kind: 'set'; readonly secret: SecretInfo | null } | { readonly kind: 'delete'; readonly secret: SecretInfo }

/** Values that variables and headers refer to. They go in and never come out: what is shown is that they are set, and since when. */
export function SecretsTab() {
  const secrets = useQuery({ ...getSecretsOptions(), select: (answer) => answer.secrets })
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<Open | null>(null)
  const queryClient = useQueryClient()
  const close = (): void => setOpen(null)
  const rows = secrets.data?.filter(({ name, namespace = '' }) => `${name} ${namespace}`.toLowerCase().includes(search.toLowerCase()))
  const columns: readonly Column<SecretInfo>[] = [
    ...COLUMNS,
    {
      id: 'actions',
      title: <span className="sr-only">Actions</span>,
      width: '10rem',
      align: 'right',
      cell: (secret) => (
        <span className="inline-flex items-center gap-1 align-middle">
          <CopyButton text={referenceTo(secret.name)} label={`Copy what refers to ${secret.name}`} size="sm" />
          <Button size="sm" aria-label={`Replace ${secret.name}`} onClick={() => setOpen({ kind: 'set', secret })}>
            Replace
          </Button>
          <IconButton size="sm" label={`Delete ${secret.name}`} icon={Trash2} onClick={() => setOpen({ kind: 'delete', secret })} />
        </span>
      ),
    },
  ]
  const make = (
    <Button variant="primary" icon={Plus} onClick={() => setOpen({ kind: 'set', secret: null })}>
      New secret
    </Button>
  )
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SearchInput label="Search secrets" value={search} onChange={setSearch} />
        <p className="min-w-0 flex-1 text-ink-2">
          Variables and headers of namespaces and servers refer to one as <code>{referenceTo('NAME')}</code>; its value is never shown again.
        </p>
        {make}
      </div>
      <Panel flush>
        <Table
          label="Secrets"
          columns={columns}
          rows={rows}
          rowKey={({ name, namespace = '' }) => `${namespace} ${name}`}
          sort={{ column: 'name', descending: false }}
          instead={
            secrets.isError ? (
              <ApiErrorNotice title="The secrets could not be loaded" error={secrets.error} onRetry={() => void secrets.refetch()} />
            ) : undefined
          }
          empty={
            search === '' ? (
              <EmptyState icon={KeyRound} title="No secrets yet" action={make}>
                A token of another service, for one namespace or for all. It is kept encrypted and is in no log.
              </EmptyState>
            ) : (
              <EmptyState title={`No secret matches “${search}”`} />
            )
          }
        />
      </Panel>
      {open?.kind === 'set' && <SecretDialog secret={open.secret} onClose={close} />}
      {open?.kind === 'delete' && (
        <ConfirmDialog
          open
          onClose={close}
          title={`Delete the secret “${open.secret.name}”?`}
          action="Delete secret"
          onConfirm={async () => {
            const { name, namespace } = open.secret
            await deleteSecretsName({ path: { name }, query: namespace === undefined ? {} : { namespace }, throwOnError: true })
            await invalidate(queryClient, ['getSecrets'])
          }}
          renderError={(error) => <ApiErrorNotice error={error} />}
        >
          <p>What refers to it does not start any more until it is set again.</p>
        </ConfirmDialog>
      )}
    </div>
  )
}
