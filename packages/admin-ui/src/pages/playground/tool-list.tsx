import { useInfiniteQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useDeferredValue, useMemo, useRef, useState } from 'react'
import type { Tool } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { toolsQuery } from '../../components/tool-run/tool-queries.ts'
import { cx } from '../../ui/class-names.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { formatNumber } from '../../ui/format.ts'
import { SearchInput } from '../../ui/inputs.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'

export interface ToolListProps {
  readonly chosen: { readonly namespace: string; readonly tool: string } | null
  readonly onChoose: (tool: Tool) => void
}

type Row = { readonly kind: 'namespace'; readonly namespace: string } | { readonly kind: 'tool'; readonly tool: Tool }

const rowPx = { namespace: 30, tool: 48 }

/** Every tool, by namespace; only the rows in sight are drawn and the rest is fetched as it comes into sight. */
export function ToolList({ chosen, onChoose }: ToolListProps) {
  const [search, setSearch] = useState('')
  const wanted = useDeferredValue(search.trim())
  const query = useInfiniteQuery({ ...toolsQuery({ search: wanted }), placeholderData: (before) => before })
  const tools = useMemo(() => query.data?.pages.flatMap((page) => page.tools).filter(({ enabled }) => enabled), [query.data])
  return (
    <section aria-label="Tools" className="flex h-full min-h-0 flex-col overflow-hidden rounded-lg border bg-surface">
      <div className="border-b p-2">
        <SearchInput value={search} onChange={setSearch} label="Search tools" className="!w-full" />
      </div>
      {query.isError && <ApiErrorNotice title="The tools could not be loaded" error={query.error} onRetry={() => void query.refetch()} className="m-2" />}
      {tools === undefined && !query.isError && (
        <div className="flex-1 p-3">
          <SkeletonLines lines={8} />
        </div>
      )}
      {tools?.length === 0 && (
        <EmptyState title={wanted === '' ? 'No tools yet' : 'No tool found'}>
          {wanted === ''
            ? 'Write a tool in a namespace or add a server; its tools appear here at once.'
            : 'Every word must be in the name, title or description of a tool.'}
        </EmptyState>
      )}
      {tools !== undefined && tools.length > 0 && (
        <Rows tools={tools} chosen={chosen} onChoose={onChoose} onEnd={() => query.hasNextPage && !query.isFetching && void query.fetchNextPage()} />
      )}
      <p className="border-t px-3 py-1 text-ink-3 text-xs">{query.data ? `${formatNumber(query.data.pages[0]?.total ?? 0)} tools` : ' '}</p>
    </section>
  )
}

function Rows({ tools, chosen, onChoose, onEnd }: ToolListProps & { readonly tools: readonly Tool[]; readonly onEnd: () => void }) {
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => rowsOf(tools), [tools])
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => rowPx[rows[index]?.kind ?? 'tool'],
    overscan: 10,
  })
  const chosenIndex = rows.findIndex((row) => row.kind === 'tool' && row.tool.namespace === chosen?.namespace && row.tool.name === chosen.tool)
  const focusable = chosenIndex >= 0 ? chosenIndex : rows.findIndex(({ kind }) => kind === 'tool')
  const move = (event: KeyboardEvent, from: number): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    let next = from + step
    if (rows[next]?.kind === 'namespace') next += step
    if (rows[next] === undefined) return
    virtual.scrollToIndex(next)
    // Drawn, perhaps, by the scrolling just asked for.
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus())
  }
  return (
    <div
      ref={scroller}
      className="min-h-0 flex-1 overflow-y-auto"
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => scrollHeight - scrollTop - clientHeight < rowPx.tool * 20 && onEnd()}
    >
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start, size }) => {
          const row = rows[index]
          if (row === undefined) return null
          const place = { transform: `translateY(${start}px)`, height: size }
          if (row.kind === 'namespace')
            return (
              <div key={row.namespace} className="absolute inset-x-0 flex items-end px-3 pb-1" style={place}>
                <h2 className="truncate font-mono text-ink-3 text-xs">{row.namespace}</h2>
              </div>
            )
          return (
            <button
              key={`${row.tool.namespace} ${row.tool.name}`}
              type="button"
              data-row={index}
              tabIndex={index === focusable ? 0 : -1}
              aria-current={index === chosenIndex}
              onClick={() => onChoose(row.tool)}
              onKeyDown={(event) => move(event, index)}
              style={place}
              className={cx(
                'absolute inset-x-0 flex flex-col justify-center px-3 text-left focus-visible:-outline-offset-2',
                index === chosenIndex ? 'bg-selected' : 'hover:bg-hover',
              )}
            >
              <span className="truncate font-mono text-sm">{row.tool.name}</span>
              <span className="truncate text-ink-3 text-xs">{row.tool.title ?? firstLine(row.tool.description)}</span>
            </button>
          )
        })}
      </div>
    </div>
  )
}

function rowsOf(tools: readonly Tool[]): readonly Row[] {
  return [...Map.groupBy(tools, ({ namespace }) => namespace)].flatMap(([namespace, members]): Row[] => [
    { kind: 'namespace', namespace },
    ...members.map((tool): Row => ({ kind: 'tool', tool })),
  ])
}

function firstLine(text: string | undefined): string {
  return text?.split('\n', 1)[0] ?? ''
}
