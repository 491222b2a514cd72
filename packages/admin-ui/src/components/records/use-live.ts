import { useRef, useState } from 'react'

/** What is kept on the page of what came while it was open. */
const LIVE_MAX = 1000

export interface Live<T> {
  /** Newest first. */
  readonly rows: readonly T[]
  /** How many came since it was held. */
  readonly waiting: number
  readonly isHeld: boolean
  /** Nothing moves under the eyes of who reads: what comes meanwhile is counted. */
  hold(isHeld: boolean): void
  add(rows: readonly T[]): void
  clear(): void
}

/** Rows that come while the page is open. */
export function useLive<T>(): Live<T> {
  const [rows, setRows] = useState<readonly T[]>([])
  const [waiting, setWaiting] = useState<readonly T[]>([])
  const [isHeld, setHeld] = useState(false)
  const held = useRef(false)
  const join = (newer: readonly T[], older: readonly T[]): readonly T[] => [...newer, ...older].slice(0, LIVE_MAX)
  return {
    rows,
    waiting: waiting.length,
    isHeld,
    hold(next) {
      held.current = next
      setHeld(next)
      if (next) return
      setRows((before) => join(waiting, before))
      setWaiting([])
    },
    add(newer) {
      if (newer.length === 0) return
      if (held.current) setWaiting((before) => join(newer, before))
      else setRows((before) => join(newer, before))
    },
    clear() {
      setRows([])
      setWaiting([])
    },
  }
}
