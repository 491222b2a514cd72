import { type KeyboardEvent, type RefObject, useState } from 'react'
import { useHotkey } from './hotkeys.ts'
import type { TableProps } from './table.types.ts'

export interface RowKeys<T> {
  /** The row that Tab leads to. */
  readonly activeIndex: number
  setActive(row: T): void
  onKeyDown(event: KeyboardEvent<HTMLTableRowElement>, row: T): void
}

/** Walks through rows with j, k and the arrows, and opens one with Enter; one row is in the order of Tab. */
export function useRowKeys<T>(
  { rowKey, onOpen, openKey, hotkeys }: Pick<TableProps<T>, 'rowKey' | 'onOpen' | 'openKey' | 'hotkeys'>,
  rows: readonly T[],
  scroller: RefObject<HTMLElement | null>,
  show: (index: number) => void,
): RowKeys<T> {
  const [activeKey, setActiveKey] = useState<string | undefined>(undefined)
  const found = rows.findIndex((row) => rowKey(row) === (activeKey ?? openKey))
  const focusRow = (index: number): void => {
    const row = rows[index]
    if (row === undefined) return
    setActiveKey(rowKey(row))
    show(index)
    // The row may be rendered by what was just asked for.
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`tr[aria-rowindex="${index + 2}"]`)?.focus())
  }
  const move = (by: number): void => focusRow(Math.min(Math.max(found + by, 0), rows.length - 1))
  useHotkey({ key: 'j' }, () => move(1), hotkeys !== false)
  useHotkey({ key: 'k' }, () => move(-1), hotkeys !== false)
  return {
    activeIndex: Math.max(found, 0),
    setActive: (row) => setActiveKey(rowKey(row)),
    onKeyDown: (event, row) => {
      // Keys of what is in the row are not the row's.
      if (event.target !== event.currentTarget) return
      if (event.key === 'ArrowDown') move(1)
      else if (event.key === 'ArrowUp') move(-1)
      else if (event.key === 'Home') focusRow(0)
      else if (event.key === 'End') focusRow(rows.length - 1)
      else if (event.key === 'Enter') onOpen?.(row)
      else return
      event.preventDefault()
    },
  }
}
