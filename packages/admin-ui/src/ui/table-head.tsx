import { ArrowDown, ArrowUp } from 'lucide-react'
import { cx } from './class-names.ts'
import { type Column, FROM_CLASS, type TableSort } from './table.types.ts'

export interface TableHeadProps<T> {
  readonly columns: readonly Column<T>[]
  readonly sort: TableSort | undefined
  readonly onSort: (sort: TableSort) => void
}

/** The names of the columns; those that can be sorted by are buttons. */
export function TableHead<T>({ columns, sort, onSort }: TableHeadProps<T>) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map((column) => (
          <HeadCell key={column.id} column={column} sort={sort?.column === column.id ? sort : undefined} onSort={onSort} />
        ))}
      </tr>
    </thead>
  )
}

/** @param sort when the rows are sorted by this column */
function HeadCell<T>({
  column,
  sort,
  onSort,
}: {
  readonly column: Column<T>
  readonly sort: TableSort | undefined
  readonly onSort: (sort: TableSort) => void
}) {
  const Arrow = sort?.descending ? ArrowDown : ArrowUp
  const isRight = column.align === 'right'
  return (
    <th
      scope="col"
      aria-sort={sort && (sort.descending ? 'descending' : 'ascending')}
      style={{ width: column.width }}
      className={cx(
        'sticky top-0 z-10 h-8 truncate border-b bg-surface px-3 font-medium text-ink-3 text-xs',
        isRight ? 'text-right' : 'text-left',
        column.from && FROM_CLASS[column.from],
      )}
    >
      {column.sort === undefined ? (
        column.title
      ) : (
        <button
          type="button"
          onClick={() => onSort({ column: column.id, descending: sort !== undefined && !sort.descending })}
          className={cx('group inline-flex items-center gap-1 hover:text-ink', isRight && 'flex-row-reverse', sort && 'text-ink')}
        >
          {column.title}
          <Arrow aria-hidden className={cx('size-3', !sort && 'opacity-0 group-hover:opacity-60')} />
        </button>
      )}
    </th>
  )
}
