import type { Logger } from 'pino'
import type { AuditEntry, AuditStore } from './audit.types.ts'
import { BatchWriter, QueueBacklog, warnOfTrouble } from './batch-writer.ts'
import type { EventBus } from './event-bus.ts'
import { createTimeIds } from './time-ids.ts'

export interface AuditLog {
  /** Kept, told on the bus, and written at once or as soon as the database answers. Never throws, never waits. */
  record(entry: Omit<AuditEntry, 'id' | 'at'>): void
  readonly waiting: number
  readonly dropped: number
  close(graceMs: number): Promise<void>
}

/** Changes are rare; so many waiting means that the database has been away for long. */
const WAITING_MAX = 10_000
const BATCH_MAX = 100

export function createAuditLog(deps: {
  readonly entries: Pick<AuditStore, 'add'>
  readonly events: EventBus
  readonly isPassing: (error: unknown) => boolean
  readonly log: Pick<Logger, 'warn'>
}): AuditLog {
  const backlog = new QueueBacklog<AuditEntry>(WAITING_MAX)
  const idOf = createTimeIds()
  const writer = new BatchWriter<AuditEntry>({
    backlog,
    write: async (batch) => void (await deps.entries.add(batch)),
    isPassing: deps.isPassing,
    batchMax: BATCH_MAX,
    delayMs: 0,
    onTrouble: warnOfTrouble(deps.log, 'entries of the audit log'),
  })
  return {
    record(given) {
      const atMs = Date.now()
      const entry = { id: idOf(atMs), at: new Date(atMs).toISOString(), ...given }
      backlog.add(entry)
      writer.wake()
      deps.events.publish({ type: 'audit', at: entry.at, entry })
    },
    get waiting() {
      return writer.waiting
    },
    get dropped() {
      return writer.dropped
    },
    close: (graceMs) => writer.close(graceMs),
  }
}
