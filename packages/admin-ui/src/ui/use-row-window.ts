import { useVirtualizer } from '@tanstack/react-virtual'
import type { RefObject } from 'react'

export const ROW_PX = 36
/** Fewer rows are all there: the browser's own search then finds them. */
const WINDOW_FROM_ROWS = 150
const OVERSCAN_ROWS = 20

/** Which rows are there, and the space that stands for the others. */
export interface RowWindow {
  readonly first: number
  /** Inclusive. */
  readonly last: number
  readonly abovePx: number
  readonly belowPx: number
  /** Makes a row be there, in sight. */
  show(index: number): void
}

/** Of many rows in a scroller of their own only those that are seen are rendered. */
export function useRowWindow(count: number, scroller: RefObject<HTMLElement | null>, isOwnScroller: boolean): RowWindow {
  const isWindow = isOwnScroller && count > WINDOW_FROM_ROWS
  const virtualizer = useVirtualizer({
    count: isWindow ? count : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN_ROWS,
  })
  const items = virtualizer.getVirtualItems()
  if (!isWindow) return { first: 0, last: count - 1, abovePx: 0, belowPx: 0, show: () => {} }
  return {
    first: items[0]?.index ?? 0,
    last: items.at(-1)?.index ?? -1,
    abovePx: items[0]?.start ?? 0,
    belowPx: virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0),
    show: (index) => virtualizer.scrollToIndex(index),
  }
}
