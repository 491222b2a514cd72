import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { getToolsNsToolOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { cx } from '../../ui/class-names.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Page } from '../../ui/page.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { ViewSwitch } from '../../ui/view-switch.tsx'
import { type PlaygroundSearch, readPlaygroundSearch, writePlaygroundSearch } from './playground-search.ts'
import { ToolBench } from './tool-bench.tsx'
import { ToolList } from './tool-list.tsx'

export type Column = 'tools' | 'arguments' | 'result'

const columns: readonly { readonly value: Column; readonly label: string }[] = [
  { value: 'tools', label: 'Tools' },
  { value: 'arguments', label: 'Arguments' },
  { value: 'result', label: 'Result' },
]

/** Tools, a form, a result: beside each other, or one at a time where the window is narrow. The address holds what is chosen. */
export function PlaygroundPage() {
  const search = readPlaygroundSearch(useSearch({ from: '/frame/playground' }))
  const navigate = useNavigate({ from: '/playground' })
  const [column, setColumn] = useState<Column>(search.tool === undefined ? 'tools' : 'arguments')
  const change = useCallback((next: PlaygroundSearch, replace: boolean) => void navigate({ search: writePlaygroundSearch(next), replace }), [navigate])
  const chosen = search.namespace !== undefined && search.tool !== undefined ? { namespace: search.namespace, tool: search.tool } : null
  return (
    <Page
      title="Playground"
      fill
      actions={<ViewSwitch label="Part of the playground" value={column} onChange={setColumn} options={columns} className="lg:hidden" />}
    >
      <div className="grid min-h-0 flex-1 gap-3 lg:grid-cols-[minmax(12rem,1fr)_minmax(24rem,2.2fr)_minmax(22rem,2.8fr)]">
        <div className={cx('min-h-0', column !== 'tools' && 'max-lg:hidden')}>
          <ToolList
            chosen={chosen}
            onChoose={({ namespace, name }) => {
              change({ namespace, tool: name, protocol: search.protocol, args: undefined }, false)
              setColumn('arguments')
            }}
          />
        </div>
        {chosen === null ? (
          <div className={cx('rounded-lg border bg-surface lg:col-span-2', column === 'tools' && 'max-lg:hidden')}>
            <EmptyState title="Choose a tool">
              Call any tool of this gateway as a client would, over MCP of either era or REST, and see every message that crosses the wire.
            </EmptyState>
          </div>
        ) : (
          <Bench key={`${chosen.namespace} ${chosen.tool}`} {...chosen} search={search} change={change} column={column} onColumn={setColumn} />
        )}
      </div>
    </Page>
  )
}

export interface BenchProps {
  readonly search: PlaygroundSearch
  readonly change: (search: PlaygroundSearch, replace: boolean) => void
  readonly column: Column
  readonly onColumn: (column: Column) => void
}

function Bench({ namespace, tool: name, ...rest }: BenchProps & { readonly namespace: string; readonly tool: string }) {
  const tool = useQuery(getToolsNsToolOptions({ path: { ns: namespace, tool: name } }))
  if (tool.data !== undefined) return <ToolBench tool={tool.data} {...rest} />
  return (
    <div className={cx('rounded-lg border bg-surface p-4 lg:col-span-2', rest.column === 'tools' && 'max-lg:hidden')}>
      {tool.isError ? (
        <ApiErrorNotice title={`${name} of ${namespace} could not be loaded`} error={tool.error} onRetry={() => void tool.refetch()} />
      ) : (
        <SkeletonLines lines={8} />
      )}
    </div>
  )
}
