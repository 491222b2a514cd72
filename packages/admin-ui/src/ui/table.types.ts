import type { ReactNode } from 'react'

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

/** Classes that leave a column out on narrow windows. */
export const FROM_CLASS = { sm: 'max-sm:hidden', md: 'max-md:hidden', lg: 'max-lg:hidden', xl: 'max-xl:hidden' }
