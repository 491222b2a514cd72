import { type FSWatcher, watch } from 'node:fs'
import { sep } from 'node:path'
import type { Logger } from 'pino'
import { MODULES } from './folder.ts'
import { isNamespaceName } from './namespace-name.ts'

export interface WatcherDeps {
  /** Absolute and real. */
  readonly toolsDir: string
  /** How long a folder must be quiet. */
  readonly debounceMs: number
  /** Reloads a namespace and reports on its own; never rejects. */
  readonly reload: (namespace: string) => Promise<void>
  readonly log: Logger
}

export interface Watcher {
  /** Resolves when a reload under way has ended. */
  close(): Promise<void>
}

/** Reloads a namespace when its files change. A change during a reload is followed by one more reload. */
export function createWatcher({ toolsDir, debounceMs, reload, log }: WatcherDeps): Watcher {
  const timers = new Map<string, NodeJS.Timeout>()
  const running = new Map<string, Promise<void>>()
  let closed = false

  const start = (namespace: string): void => {
    timers.delete(namespace)
    // The reload under way may have read the folder before this change.
    if (running.has(namespace)) schedule(namespace)
    else
      running.set(
        namespace,
        reload(namespace).finally(() => running.delete(namespace)),
      )
  }
  const schedule = (namespace: string): void => {
    if (closed) return
    clearTimeout(timers.get(namespace))
    timers.set(
      namespace,
      setTimeout(() => start(namespace), debounceMs),
    )
  }

  const watcher: FSWatcher = watch(toolsDir, { recursive: true, ignore: isIgnored }, (_event, path) => {
    const [namespace] = path === null ? [] : path.split(sep)
    if (namespace !== undefined && path !== null && !isIgnored(path) && isNamespaceName(namespace)) schedule(namespace)
  })
  watcher.on('error', (error) => log.warn({ err: error }, 'Watching the tools directory failed; reload by hand'))

  return {
    async close() {
      closed = true
      watcher.close()
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
      await Promise.all(running.values())
    },
  }
}

/** What is not part of a generation, and the file that looking at a folder may write. */
function isIgnored(path: string): boolean {
  const parts = path.split(sep)
  return parts.some((part) => part === MODULES || (part.startsWith('.') && part !== '.')) || parts.at(-1) === 'tsconfig.json'
}
