import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Wrench } from 'lucide-react'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { patchToolsNsTool } from '../../api/generated/sdk.gen.ts'
import type { PatchToolsNsToolData, Tool } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { ToolAbout } from '../../components/tool-run/tool-about.tsx'
import { toolsQuery } from '../../components/tool-run/tool-queries.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Field } from '../../ui/field.tsx'
import { formatDuration, formatNumber, formatShare } from '../../ui/format.ts'
import { SearchInput, Switch, TextArea, TextInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { useToast } from '../../ui/toast.tsx'

const COLUMNS: readonly Column<Tool>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 'clamp(10rem, 24vw, 22rem)',
    sort: ({ name }) => name,
    cell: ({ name, enabled }) => <code className={enabled ? undefined : 'text-ink-3 line-through'}>{name}</code>,
  },
  {
    id: 'description',
    title: 'Description',
    from: 'md',
    cell: ({ title, description = '' }) => <span title={description}>{title === undefined ? description : `${title}. ${description}`}</span>,
  },
  {
    id: 'file',
    title: 'File',
    width: '10rem',
    from: 'xl',
    sort: ({ origin }) => origin.file ?? '',
    cell: ({ origin }) => <code className="text-ink-2">{origin.file}</code>,
  },
  {
    id: 'calls',
    title: 'Calls, 24 h',
    width: '6.5rem',
    align: 'right',
    from: 'sm',
    sort: ({ usage }) => usage.calls,
    cell: ({ usage }) => formatNumber(usage.calls),
  },
  {
    id: 'errors',
    title: 'Errors',
    width: '5rem',
    align: 'right',
    from: 'lg',
    sort: ({ usage }) => usage.errors,
    cell: ({ usage }) => formatShare(usage.errors, usage.calls),
  },
  {
    id: 'p95',
    title: 'p95',
    width: '5.5rem',
    align: 'right',
    from: 'lg',
    sort: ({ usage }) => usage.p95Ms ?? 0,
    cell: ({ usage }) => (usage.p95Ms === null ? <span className="text-ink-3">–</span> : formatDuration(usage.p95Ms)),
  },
  { id: 'enabled', title: 'On', width: '4.5rem', cell: (tool) => <EnabledSwitch tool={tool} /> },
]

/** The tools of a namespace: which are on, how they do, and how they are shown to clients. */
export function NamespaceTools({ namespace }: { readonly namespace: string }) {
  const { tool: open, q } = useSearch({ from: '/frame/namespaces/$ns/{-$tab}' })
  const search = typeof q === 'string' ? q : ''
  const navigate = useNavigate()
  const query = useInfiniteQuery(toolsQuery({ namespace, search }))
  const rows = query.data?.pages.flatMap(({ tools }) => tools)
  const shown = rows?.find(({ name }) => name === open)
  const show = (name: string | undefined): void => void navigate({ to: '.', search: (before) => ({ ...before, tool: name }), replace: true })
  return (
    <Panel
      flush
      title={
        <SearchInput
          label="Search tools"
          value={search}
          onChange={(next) => void navigate({ to: '.', search: (before) => ({ ...before, q: next || undefined }), replace: true })}
        />
      }
    >
      <Table
        label={`Tools of ${namespace}`}
        columns={COLUMNS}
        rows={rows}
        rowKey={({ name }) => name}
        openKey={shown?.name}
        onOpen={({ name }) => show(name)}
        onEnd={() => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()}
        instead={query.isError ? <ApiErrorNotice title="The tools could not be loaded" error={query.error} onRetry={() => void query.refetch()} /> : undefined}
        empty={
          search === '' ? (
            <EmptyState icon={Wrench} title="No tools">
              Whatever it publishes as a tool is listed here.
            </EmptyState>
          ) : (
            <EmptyState title={`No tool matches “${search}”`} />
          )
        }
      />
      {query.hasNextPage && (
        <div className="p-3 text-center">
          <Button working={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
      {shown !== undefined && (
        <Drawer
          key={shown.name}
          title={<code>{shown.name}</code>}
          onClose={() => show(undefined)}
          actions={
            <Link to="/playground" search={{ namespace, tool: shown.name }} className={buttonClass('primary', 'sm')}>
              Try it
            </Link>
          }
        >
          <div className="space-y-5">
            <ToolAbout tool={shown} />
            <Override tool={shown} />
          </div>
        </Drawer>
      )}
    </Panel>
  )
}

function usePatchTool({ namespace, name }: Tool) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (body: PatchToolsNsToolData['body']) => {
      await patchToolsNsTool({ path: { ns: namespace, tool: name }, body, throwOnError: true })
    },
    onSettled: () => invalidate(queryClient, ['getTools', 'getToolsNsTool', 'getNamespacesNs']),
  })
}

function EnabledSwitch({ tool }: { readonly tool: Tool }) {
  const toast = useToast()
  const patch = usePatchTool(tool)
  return (
    <Switch
      checked={tool.enabled}
      disabled={patch.isPending}
      label={tool.enabled ? `Turn ${tool.name} off for clients` : `Turn ${tool.name} on for clients`}
      onChange={(enabled) =>
        patch.mutate(
          { enabled },
          { onError: (error) => toast({ state: 'failed', title: `${tool.name} could not be changed`, detail: <ApiErrorNotice error={error} /> }) },
        )
      }
    />
  )
}

/** How clients see the tool, when not as it says itself. */
function Override({ tool }: { readonly tool: Tool }) {
  const [title, setTitle] = useState(tool.override?.title ?? '')
  const [description, setDescription] = useState(tool.override?.description ?? '')
  const patch = usePatchTool(tool)
  const { title: _title, description: _description, ...rest } = tool.override ?? {}
  const next = { ...rest, ...(title === '' ? {} : { title }), ...(description === '' ? {} : { description }) }
  const isChanged = title !== (tool.override?.title ?? '') || description !== (tool.override?.description ?? '')
  const own = tool.original ?? tool
  return (
    <form
      className="space-y-3 border-t pt-4"
      onSubmit={(event) => {
        event.preventDefault()
        patch.mutate({ override: Object.keys(next).length === 0 ? null : next })
      }}
    >
      <h3 className="font-semibold">Shown to clients as</h3>
      <Field label="Title" hint={own.title === undefined ? undefined : `Of the tool itself: ${own.title}`}>
        {(control) => <TextInput {...control} placeholder={own.title} value={title} onChange={({ target }) => setTitle(target.value)} />}
      </Field>
      <Field label="Description" hint="Models choose tools by it. Empty: what the tool says itself.">
        {(control) => (
          <TextArea {...control} rows={5} placeholder={own.description} value={description} onChange={({ target }) => setDescription(target.value)} />
        )}
      </Field>
      {patch.isError && <ApiErrorNotice title="It could not be saved" error={patch.error} />}
      <Button type="submit" variant="primary" disabled={!isChanged} working={patch.isPending}>
        Save
      </Button>
    </form>
  )
}
