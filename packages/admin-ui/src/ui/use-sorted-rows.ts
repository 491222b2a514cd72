import { useMemo } from 'react'
import type { Column, TableSort } from './table.types.ts'

const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })
const compare = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : COLLATOR.compare(String(a), String(b))

/** The rows in the order of a column, or as they are. */
export function useSortedRows<T>(rows: readonly T[] | undefined, columns: readonly Column<T>[], sort: TableSort | undefined): readonly T[] {
  return useMemo(() => {
    const by = columns.find(({ id }) => id === sort?.column)?.sort
    if (rows === undefined || by === undefined) return rows ?? []
    const sorted = rows.toSorted((a, b) => compare(by(a), by(b)))
    return sort?.descending ? sorted.reverse() : sorted
  }, [rows, columns, sort])
}
