import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Wrench } from 'lucide-react'
import { getServersNsToolsOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { Server } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Panel } from '../../ui/page.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { TextBlock } from '../../ui/text-block.tsx'

interface Entry {
  readonly kind: string
  readonly name: string
  readonly title: string
  readonly description: string
  readonly raw: Readonly<Record<string, unknown>>
}

const COLUMNS: readonly Column<Entry>[] = [
  { id: 'name', title: 'Name', width: '18rem', sort: ({ name }) => name, cell: ({ name }) => <code>{name}</code> },
  { id: 'kind', title: 'Kind', width: '7rem', from: 'md', sort: ({ kind }) => kind, cell: ({ kind }) => <span className="text-ink-2">{kind}</span> },
  {
    id: 'description',
    title: 'Description',
    from: 'sm',
    cell: ({ title, description }) => <span title={description}>{title === '' ? description : `${title}. ${description}`}</span>,
  },
]

/** What the server lists: tools, resources, templates and prompts. */
export function ServerTools({ server: { namespace: ns, state } }: { readonly server: Server }) {
  const lists = useQuery(getServersNsToolsOptions({ path: { ns } }))
  const { entry } = useSearch({ from: '/frame/servers/$ns/{-$tab}' })
  const navigate = useNavigate()
  const open = (name: string | undefined): void =>
    void navigate({ to: '/servers/$ns/{-$tab}', params: { ns, tab: 'tools' }, search: name === undefined ? {} : { entry: name }, replace: true })
  const rows = lists.data === undefined ? undefined : toEntries(lists.data)
  const shown = rows?.find((row) => keyOf(row) === entry)
  return (
    <Panel flush>
      <Table
        label="What the server lists"
        columns={COLUMNS}
        rows={rows}
        rowKey={keyOf}
        openKey={shown && keyOf(shown)}
        onOpen={(row) => open(keyOf(row))}
        instead={lists.isError ? <ApiErrorNotice title="The lists could not be loaded" error={lists.error} onRetry={() => void lists.refetch()} /> : undefined}
        empty={
          <EmptyState icon={Wrench} title="Nothing listed yet">
            {state === 'running' ? 'The server answers and offers no tools, resources or prompts.' : 'What a server offers is known when it has answered once.'}
          </EmptyState>
        }
      />
      {shown !== undefined && (
        <Drawer
          title={<code>{shown.name}</code>}
          onClose={() => open(undefined)}
          actions={
            shown.kind === 'tool' && (
              <Link to="/playground" search={{ namespace: ns, tool: shown.name }} className={buttonClass('primary', 'sm')}>
                Try it
              </Link>
            )
          }
        >
          <div className="space-y-4">
            {shown.description !== '' && <p className="whitespace-pre-line">{shown.description}</p>}
            <TextBlock label="the entry as it is listed" text={JSON.stringify(shown.raw, null, 2)} className="max-h-none" />
          </div>
        </Drawer>
      )}
    </Panel>
  )
}

const keyOf = ({ kind, name }: Entry): string => `${kind}:${name}`

function toEntries(lists: Readonly<Record<'tools' | 'prompts' | 'resources' | 'resourceTemplates', readonly Readonly<Record<string, unknown>>[]>>): Entry[] {
  const entry = (kind: string, nameOf: string) => (raw: Readonly<Record<string, unknown>>) => ({
    kind,
    name: String(raw[nameOf]),
    title: String(raw.title ?? ''),
    description: String(raw.description ?? ''),
    raw,
  })
  return [
    ...lists.tools.map(entry('tool', 'name')),
    ...lists.prompts.map(entry('prompt', 'name')),
    ...lists.resources.map(entry('resource', 'uri')),
    ...lists.resourceTemplates.map(entry('template', 'uriTemplate')),
  ]
}
