import { readFileSync } from 'node:fs'

const SAMPLE_MS = 250

export interface MemoryWatch {
  /** Calls `onOver` once when the resident memory of `pid` exceeds `bytesMax`. Returns the function that ends the watch. */
  watch(pid: number, bytesMax: number, onOver: (bytes: number) => void): () => void
  close(): void
}

/**
 * Buffers live outside V8's heap limit, so the whole process is measured from outside: one timer for all workers that
 * run calls, none while there are none. Elsewhere than on Linux there is no cheap way to ask; there only the heap limit holds.
 */
export function createMemoryWatch(): MemoryWatch {
  const watched = new Set<{ pid: number; bytesMax: number; onOver: (bytes: number) => void }>()
  let timer: NodeJS.Timeout | undefined

  function sample(): void {
    if (watched.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
    for (const entry of watched) {
      const bytes = ownMemoryBytes(entry.pid)
      if (bytes <= entry.bytesMax) continue
      watched.delete(entry)
      entry.onOver(bytes)
    }
  }

  return {
    watch(pid, bytesMax, onOver) {
      if (process.platform !== 'linux') return () => undefined
      const entry = { pid, bytesMax, onOver }
      watched.add(entry)
      timer ??= setInterval(sample, SAMPLE_MS).unref()
      return () => watched.delete(entry)
    },
    close() {
      clearInterval(timer)
      watched.clear()
    },
  }
}

/**
 * What the process has for itself: the pages of the Node binary are the same memory for all workers.
 * Synchronous on purpose: procfs answers from memory in a few microseconds, a thread-pool round trip costs more.
 */
export function ownMemoryBytes(pid: number): number {
  try {
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024
  } catch {
    // The process has ended; its owner hears of that by its exit.
    return 0
  }
}
