import { useBlocker } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { type Copies, isDirty, type WorkingCopy } from './working-copy.ts'

export interface WorkingCopies {
  readonly copies: Copies
  readonly dirtyPaths: readonly string[]
  set(copy: WorkingCopy): void
  write(path: string, content: string): void
  forget(path: string): void
  /** The person wants to leave with changes that are not saved; null otherwise. */
  readonly leaving: { readonly stay: () => void; readonly leave: () => void } | null
}

/** What is being edited of one namespace. Kept while one goes from file to file; leaving the page with unsaved changes asks. */
export function useWorkingCopies(): WorkingCopies {
  const [copies, setCopies] = useState<Copies>(new Map())
  const dirtyPaths = [...copies.values()].filter(isDirty).map(({ path }) => path)
  const set = useCallback((copy: WorkingCopy) => setCopies((before) => new Map(before).set(copy.path, copy)), [])
  const write = useCallback((path: string, content: string) => {
    setCopies((before) => {
      const copy = before.get(path)
      return copy === undefined || copy.content === content ? before : new Map(before).set(path, { ...copy, content })
    })
  }, [])
  const forget = useCallback((path: string) => {
    setCopies((before) => {
      const after = new Map(before)
      after.delete(path)
      return after
    })
  }, [])
  const isUnsaved = dirtyPaths.length > 0
  const blocker = useBlocker({
    // Another file of the same folder is not away.
    shouldBlockFn: ({ current, next }) => isUnsaved && current.pathname !== next.pathname,
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  })
  const leaving = blocker.status === 'blocked' ? { stay: blocker.reset, leave: blocker.proceed } : null
  return { copies, dirtyPaths, set, write, forget, leaving }
}
