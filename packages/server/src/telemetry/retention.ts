import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import type { AuditStore } from './audit.types.ts'
import { MINUTES_KEPT_MS } from './call-metrics.ts'
import type { CallCountStore, CallStore } from './calls.types.ts'

export interface RetentionDeps {
  readonly config: Pick<Config, 'callLogRetentionDays' | 'callLogRowsMax' | 'metricsRetentionDays' | 'auditRetentionDays'>
  readonly calls: Pick<CallStore, 'count' | 'removeBefore' | 'removeOldest'>
  readonly counts: Pick<CallCountStore, 'removeBefore'>
  readonly auditEntries: Pick<AuditStore, 'removeBefore'>
  readonly log: Pick<Logger, 'warn'>
}

export interface Retention {
  /** Deletes what is too old or too many, once. Rejects with `store_unavailable`. */
  run(): Promise<void>
  close(): Promise<void>
}

const DAY_MS = 86_400_000
const INTERVAL_MS = 60_000
/** A step is one statement: others of the store come in between. */
const STEP_ROWS = 2000

/** Deletes old rows in small steps, from the start on and then every minute. */
export function createRetention({ config, calls, counts, auditEntries, log }: RetentionDeps): Retention {
  let isClosed = false
  let running: Promise<void> | undefined

  async function inSteps(remove: (max: number) => Promise<number>, total = Number.POSITIVE_INFINITY): Promise<void> {
    for (let left = total; left > 0 && !isClosed; left -= STEP_ROWS) {
      const max = Math.min(STEP_ROWS, left)
      if ((await remove(max)) < max) return
    }
  }

  async function run(): Promise<void> {
    const now = Date.now()
    await inSteps((max) => calls.removeBefore(now - config.callLogRetentionDays * DAY_MS, max))
    const excess = (await calls.count()) - config.callLogRowsMax
    if (excess > 0) await inSteps((max) => calls.removeOldest(max), excess)
    await inSteps((max) => counts.removeBefore(now - MINUTES_KEPT_MS, now - config.metricsRetentionDays * DAY_MS, max))
    await inSteps((max) => auditEntries.removeBefore(now - config.auditRetentionDays * DAY_MS, max))
  }

  const runLogged = (): void => {
    running ??= run()
      .catch((error: Error) => log.warn({ reason: error.message }, 'old records could not be deleted; the next round tries again'))
      .finally(() => {
        running = undefined
      })
  }
  const timer = setInterval(runLogged, INTERVAL_MS)
  timer.unref()
  return {
    run,
    async close() {
      isClosed = true
      clearInterval(timer)
      await running
    },
  }
}
