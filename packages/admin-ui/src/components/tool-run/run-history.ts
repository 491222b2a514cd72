import type { ExecuteRequest } from './execute-event.ts'
import { type Outcome, outcomeOf, type Run } from './run.ts'

/** What is remembered of a run: enough to make it again. Results are kept in memory alone. */
export interface PastRun {
  readonly key: string
  readonly request: ExecuteRequest
  readonly startedAt: number
  readonly outcome: Outcome
  readonly totalMs: number | null
}

const storageKey = 'tooldock.playground.history'
const entriesMax = 50
/** Larger arguments are not worth their place. */
const argumentsCharactersMax = 20_000

/**
 * Of this tab alone, in sessionStorage, so that it ends with the tab: arguments may hold anything, so they are written nowhere
 * that lasts. Newest first.
 */
export function loadHistory(storage: Storage): readonly PastRun[] {
  try {
    const parsed: unknown = JSON.parse(storage.getItem(storageKey) ?? '[]')
    return Array.isArray(parsed) ? (parsed as PastRun[]) : []
  } catch {
    // Not ours, or of another version.
    return []
  }
}

export function rememberRun(storage: Storage, run: Run): readonly PastRun[] {
  const past: PastRun = {
    key: run.key,
    request: run.request,
    startedAt: run.startedAt,
    outcome: outcomeOf(run) ?? 'failed',
    totalMs: run.finish?.timing.totalMs ?? null,
  }
  const others = loadHistory(storage).filter(({ key }) => key !== run.key)
  if (JSON.stringify(run.request.arguments).length > argumentsCharactersMax) return others
  const history = [past, ...others].slice(0, entriesMax)
  try {
    storage.setItem(storageKey, JSON.stringify(history))
  } catch {
    // The browser's quota: the page works without a history.
  }
  return history
}

export function forgetHistory(storage: Storage): void {
  storage.removeItem(storageKey)
}
