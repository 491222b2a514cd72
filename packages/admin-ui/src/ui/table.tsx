import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type KeyboardEvent, type MouseEvent, type ReactNode, useMemo, useRef, useState } from 'react'
import { cx } from './class-names.ts'
import { isTyping, useHotkey } from './hotkeys.ts'
import { Skeleton } from './skeleton.tsx'

export interface Column<T> {
  readonly id: string
  readonly title: ReactNode
  readonly cell: (row: T) => ReactNode
  /** What rows are sorted by; missing: they cannot be by this column. */
  readonly sort?: (row: T) => string | number
  readonly align?: 'left' | 'right'
  /** A CSS width; columns without one share what is left. */
  readonly width?: string
  /** Left out on windows narrower than this. */
  readonly from?: 'sm' | 'md' | 'lg' | 'xl'
}

export interface TableSort {
  readonly column: string
  readonly descending: boolean
}

export interface TableProps<T> {
  /** What the table lists, for assistive technology. */
  readonly label: string
  readonly columns: readonly Column<T>[]
  /** Undefined: on their way. */
  readonly rows: readonly T[] | undefined
  readonly rowKey: (row: T) => string
  /** Enter, or a press on a row beside its links and buttons. */
  readonly onOpen?: (row: T) => void
  /** The row whose details are open. */
  readonly openKey?: string | undefined
  /** Shown instead of rows when there are none. */
  readonly empty: ReactNode
  /** Shown instead of rows, such as an error. */
  readonly instead?: ReactNode
  /** Given both: the page keeps the order, for example in its URL. */
  readonly sort?: TableSort | undefined
  readonly onSort?: (sort: TableSort) => void
  /** Rows are in the order of the server: heads do not sort by themselves. */
  readonly sortedByServer?: boolean
  /** `j`, `k` and Enter from anywhere on the page; default: yes, one table of a page should. */
  readonly hotkeys?: boolean
  /** Scrolls in itself instead of with the page. With many rows only those that are seen are there. */
  readonly fill?: boolean
  /** The end of the rows came into sight. */
  readonly onEnd?: () => void
}

const ROW_PX = 36
const VIRTUAL_FROM_ROWS = 150
const SKELETON_ROWS = 6
const FROM = { sm: 'max-sm:hidden', md: 'max-md:hidden', lg: 'max-lg:hidden', xl: 'max-xl:hidden' }
const INTERACTIVE = 'a, button, input, select, textarea, label, [role=menuitem], [role=switch]'

/** Rows of 36 px: sorted by a press on a head, walked with j and k, opened with Enter. */
export function Table<T>(props: TableProps<T>) {
  const { label, columns, rows, rowKey, onOpen, openKey, empty, instead, fill, onEnd } = props
  const [ownSort, setOwnSort] = useState<TableSort | undefined>(props.sort)
  const sort = props.onSort === undefined ? ownSort : props.sort
  const sorted = useSorted(rows, columns, props.sortedByServer ? undefined : sort)
  const scroller = useRef<HTMLDivElement>(null)
  const [activeKey, setActiveKey] = useState<string | undefined>(undefined)
  const isVirtual = fill === true && sorted.length > VIRTUAL_FROM_ROWS
  const virtual = useVirtualizer({
    count: isVirtual ? sorted.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 20,
    getItemKey: (index) => rowKey(sorted[index] as T),
  })
  const items = virtual.getVirtualItems()
  const first = isVirtual ? (items[0]?.index ?? 0) : 0
  const last = isVirtual ? (items.at(-1)?.index ?? -1) : sorted.length - 1
  const activeIndex = sorted.findIndex((row) => rowKey(row) === (activeKey ?? openKey))

  const focusRow = (index: number): void => {
    const row = sorted[index]
    if (row === undefined) return
    setActiveKey(rowKey(row))
    if (isVirtual) virtual.scrollToIndex(index)
    // The row may be rendered by what was just asked for.
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`tr[aria-rowindex="${index + 2}"]`)?.focus())
  }
  const move = (by: number): void => focusRow(Math.min(Math.max(activeIndex < 0 && by < 0 ? 0 : activeIndex + by, 0), sorted.length - 1))
  useHotkey({ key: 'j' }, () => move(1), props.hotkeys !== false)
  useHotkey({ key: 'k' }, () => move(-1), props.hotkeys !== false)
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>, row: T): void => {
    if (isTyping(event.nativeEvent) || event.target !== event.currentTarget) return
    const moves: Record<string, () => void> = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Enter: () => onOpen?.(row),
      Home: () => focusRow(0),
      End: () => focusRow(sorted.length - 1),
    }
    const action = moves[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  const onClick = (event: MouseEvent<HTMLTableRowElement>, row: T): void => {
    if ((event.target as Element).closest(INTERACTIVE) !== null || getSelection()?.isCollapsed === false) return
    setActiveKey(rowKey(row))
    onOpen?.(row)
  }
  const onScroll = (): void => {
    const element = scroller.current
    if (onEnd !== undefined && element !== null && element.scrollHeight - element.scrollTop - element.clientHeight < ROW_PX * 10) onEnd()
  }
  const setSort = (column: Column<T>): void => {
    const next = { column: column.id, descending: sort?.column === column.id ? !sort.descending : false }
    setOwnSort(next)
    props.onSort?.(next)
  }
  const below = isVirtual ? virtual.getTotalSize() - (items.at(-1)?.end ?? 0) : 0
  const above = isVirtual ? (items[0]?.start ?? 0) : 0

  return (
    <div ref={scroller} onScroll={onScroll} className={cx('relative', fill ? 'h-full min-h-0 overflow-auto' : 'overflow-x-auto')}>
      <table
        aria-label={label}
        aria-busy={rows === undefined && instead === undefined}
        aria-rowcount={sorted.length + 1}
        className="w-full table-fixed border-separate border-spacing-0"
      >
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} sort={sort} onSort={column.sort === undefined ? undefined : () => setSort(column)} />
            ))}
          </tr>
        </thead>
        <tbody>
          {instead === undefined && rows === undefined && <SkeletonRows columns={columns} />}
          {above > 0 && <Spacer height={above} columns={columns.length} />}
          {instead === undefined &&
            sorted.slice(first, last + 1).map((row, offset) => {
              const index = first + offset
              const key = rowKey(row)
              return (
                <tr
                  key={key}
                  aria-rowindex={index + 2}
                  aria-selected={openKey === undefined ? undefined : key === openKey}
                  tabIndex={index === Math.max(activeIndex, 0) ? 0 : -1}
                  onFocus={(event) => event.target === event.currentTarget && setActiveKey(key)}
                  onKeyDown={(event) => onKeyDown(event, row)}
                  onClick={(event) => onClick(event, row)}
                  className={cx(
                    'group/row h-9 focus-visible:-outline-offset-2',
                    onOpen && 'cursor-pointer',
                    key === openKey ? 'bg-selected' : 'hover:bg-hover',
                  )}
                >
                  {columns.map((column) => (
                    <td
                      key={column.id}
                      className={cx('truncate border-b px-3 py-0', column.align === 'right' && 'text-right', column.from && FROM[column.from])}
                    >
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              )
            })}
          {below > 0 && <Spacer height={below} columns={columns.length} />}
        </tbody>
      </table>
      {instead !== undefined ? <div className="p-3">{instead}</div> : rows?.length === 0 && empty}
    </div>
  )
}

function useSorted<T>(rows: readonly T[] | undefined, columns: readonly Column<T>[], sort: TableSort | undefined): readonly T[] {
  return useMemo(() => {
    const by = columns.find(({ id }) => id === sort?.column)?.sort
    if (rows === undefined || by === undefined) return rows ?? []
    const sorted = rows.toSorted((a, b) => compare(by(a), by(b)))
    return sort?.descending ? sorted.reverse() : sorted
  }, [rows, columns, sort])
}

const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })
const compare = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : COLLATOR.compare(String(a), String(b))

function HeadCell<T>({
  column,
  sort,
  onSort,
}: {
  readonly column: Column<T>
  readonly sort: TableSort | undefined
  readonly onSort: (() => void) | undefined
}) {
  const isSorted = sort?.column === column.id
  const Arrow = isSorted && sort.descending ? ArrowDown : ArrowUp
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
      style={{ width: column.width }}
      className={cx(
        'sticky top-0 z-10 h-8 truncate border-b bg-surface px-3 text-left font-medium text-ink-3 text-xs',
        column.align === 'right' && 'text-right',
        column.from && FROM[column.from],
      )}
    >
      {onSort === undefined ? (
        column.title
      ) : (
        <button
          type="button"
          onClick={onSort}
          className={cx('group inline-flex items-center gap-1 hover:text-ink', column.align === 'right' && 'flex-row-reverse', isSorted && 'text-ink')}
        >
          {column.title}
          <Arrow aria-hidden className={cx('size-3', !isSorted && 'opacity-0 group-hover:opacity-60')} />
        </button>
      )}
    </th>
  )
}

function SkeletonRows<T>({ columns }: { readonly columns: readonly Column<T>[] }) {
  return Array.from({ length: SKELETON_ROWS }, (_, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: rows are all alike
    <tr key={index} className="h-9">
      {columns.map((column) => (
        <td key={column.id} className={cx('border-b px-3', column.from && FROM[column.from])}>
          <Skeleton className="h-3.5 w-2/3" />
        </td>
      ))}
    </tr>
  ))
}

function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  return (
    <tr aria-hidden style={{ height }}>
      <td colSpan={columns} className="p-0" />
    </tr>
  )
}
