import { type MouseEvent, useRef, useState } from 'react'
import { cx } from './class-names.ts'
import { Skeleton } from './skeleton.tsx'
import { type Column, FROM_CLASS, type TableProps, type TableSort } from './table.types.ts'
import { TableHead } from './table-head.tsx'
import { type RowKeys, useRowKeys } from './use-row-keys.ts'
import { ROW_PX, useRowWindow } from './use-row-window.ts'
import { useSortedRows } from './use-sorted-rows.ts'

export type { Column, TableSort } from './table.types.ts'

const SKELETON_ROWS = 6
/** How near the end of the rows asks for more. */
const END_PX = ROW_PX * 10
const INTERACTIVE = 'a, button, input, select, textarea, label, [role=menuitem], [role=switch]'

/** Rows of 36 px: sorted by a press on a head, walked with j and k, opened with Enter. */
export function Table<T>(props: TableProps<T>) {
  const { label, columns, rows, rowKey, empty, instead, fill = false, onEnd } = props
  const [ownSort, setOwnSort] = useState<TableSort | undefined>(props.sort)
  const sort = props.onSort === undefined ? ownSort : props.sort
  const sorted = useSortedRows(rows, columns, props.sortedByServer ? undefined : sort)
  const scroller = useRef<HTMLDivElement>(null)
  const shown = useRowWindow(sorted.length, scroller, fill)
  const keys = useRowKeys(props, sorted, scroller, shown.show)
  const onScroll = (): void => {
    const element = scroller.current
    if (element !== null && element.scrollHeight - element.scrollTop - element.clientHeight < END_PX) onEnd?.()
  }
  const isLoading = rows === undefined && instead === undefined
  return (
    <div
      ref={scroller}
      onScroll={onScroll}
      // What scrolls is reached with the keyboard; rows are by themselves.
      tabIndex={sorted.length === 0 ? 0 : undefined}
      className={cx('relative', fill ? 'h-full min-h-0 overflow-auto' : 'overflow-x-auto')}
    >
      <table aria-label={label} aria-busy={isLoading} aria-rowcount={sorted.length + 1} className="w-full table-fixed border-separate border-spacing-0">
        <TableHead columns={columns} sort={sort} onSort={props.onSort ?? setOwnSort} />
        <tbody>
          {isLoading && <SkeletonRows columns={columns} />}
          {shown.abovePx > 0 && <Spacer height={shown.abovePx} columns={columns.length} />}
          {instead === undefined &&
            sorted
              .slice(shown.first, shown.last + 1)
              .map((row, offset) => <Row key={rowKey(row)} table={props} row={row} index={shown.first + offset} keys={keys} />)}
          {shown.belowPx > 0 && <Spacer height={shown.belowPx} columns={columns.length} />}
        </tbody>
      </table>
      {instead !== undefined ? <div className="p-3">{instead}</div> : rows?.length === 0 && empty}
    </div>
  )
}

function Row<T>({ table, row, index, keys }: { readonly table: TableProps<T>; readonly row: T; readonly index: number; readonly keys: RowKeys<T> }) {
  const { columns, rowKey, openKey, onOpen } = table
  const isOpen = openKey !== undefined && rowKey(row) === openKey
  const onClick = (event: MouseEvent<HTMLTableRowElement>): void => {
    // What is in the row has its own meaning, and marking text is no press.
    if ((event.target as Element).closest(INTERACTIVE) !== null || getSelection()?.isCollapsed === false) return
    keys.setActive(row)
    onOpen?.(row)
  }
  return (
    <tr
      aria-rowindex={index + 2}
      aria-selected={openKey === undefined ? undefined : isOpen}
      tabIndex={index === keys.activeIndex ? 0 : -1}
      onFocus={(event) => event.target === event.currentTarget && keys.setActive(row)}
      onKeyDown={(event) => keys.onKeyDown(event, row)}
      onClick={onClick}
      className={cx('group/row h-9 focus-visible:-outline-offset-2', onOpen && 'cursor-pointer', isOpen ? 'bg-selected' : 'hover:bg-hover')}
    >
      {columns.map((column) => (
        <td key={column.id} className={cx('truncate border-b px-3 py-0', column.align === 'right' && 'text-right', column.from && FROM_CLASS[column.from])}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  )
}

function SkeletonRows<T>({ columns }: { readonly columns: readonly Column<T>[] }) {
  return Array.from({ length: SKELETON_ROWS }, (_, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: rows are all alike
    <tr key={index} className="h-9">
      {columns.map((column) => (
        <td key={column.id} className={cx('border-b px-3', column.from && FROM_CLASS[column.from])}>
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
