import type { Logger } from 'pino'
import type { ApiKeyStore } from '../store/store.ts'

const WRITE_MS = 10_000

/**
 * When each key was last used: noted in memory on the path of a call, and written down now and then. There is one note for
 * each key, however often it is used, so what waits is bounded by the number of keys.
 */
export function createKeyUses(store: Pick<ApiKeyStore, 'setLastUsed'>, log: Logger) {
  const lastMs = new Map<string, number>()
  let unwritten = new Set<string>()

  const write = async (): Promise<void> => {
    if (unwritten.size === 0) return
    const written = unwritten
    unwritten = new Set()
    try {
      await store.setLastUsed([...written].map((id) => ({ id, at: iso(lastMs.get(id) ?? 0) })))
    } catch (error) {
      for (const id of written) if (lastMs.has(id)) unwritten.add(id)
      log.warn({ keys: written.size, reason: error instanceof Error ? error.message : String(error) }, 'when keys were last used could not be written down yet')
    }
  }
  // Only one at a time: the database may take longer than the pause between two.
  let writing: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    writing = writing.then(write)
  }, WRITE_MS)
  timer.unref()

  return {
    note(id: string, nowMs: number): void {
      lastMs.set(id, nowMs)
      unwritten.add(id)
    },
    /** Undefined: not since ToolDock started. */
    lastUsed(id: string): string | undefined {
      const ms = lastMs.get(id)
      return ms === undefined ? undefined : iso(ms)
    },
    forget(id: string): void {
      lastMs.delete(id)
      unwritten.delete(id)
    },
    async close(): Promise<void> {
      clearInterval(timer)
      await writing
      await write()
    },
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
