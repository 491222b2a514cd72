import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import { BatchWriter, QueueBacklog, warnOfTrouble } from './batch-writer.ts'
import { CallCounts } from './call-counts.ts'
import type { CallRecord } from './call-record.ts'
import type { CallRecorder } from './call-recorder.ts'
import type { CallCount, CallCountStore, CallEntry, CallStore } from './calls.types.ts'
import type { EventBus } from './event-bus.ts'
import { createTimeIds } from './time-ids.ts'

export interface CallLogDeps {
  readonly config: Pick<Config, 'callLogPendingMax' | 'callLogArgumentsBytesMax' | 'metricSeriesMax'>
  readonly calls: Pick<CallStore, 'add'>
  readonly counts: Pick<CallCountStore, 'add'>
  readonly events: EventBus
  /** Arguments as they may be kept: without secrets. */
  readonly redact: (value: unknown) => unknown
  /** Would the database take the same batch another time? */
  readonly isPassing: (error: unknown) => boolean
  readonly log: Pick<Logger, 'warn'>
}

export interface CallLog extends CallRecorder {
  readonly callsWaiting: number
  /** Calls that are in no log and will be in none. */
  readonly callsDropped: number
  readonly countsWaiting: number
  readonly countsDropped: number
  /** Calls that were stored since the start. */
  readonly callsStored: number
  /** Takes no more, and writes what waits for at most `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** Also the time between two events: four a second at most. */
const SORT_DELAY_MS = 250
/** So many are sorted at once that no request waits for it: a millisecond or two. */
const SORT_MAX = 1000
const WRITE_DELAY_MS = 750
const CALLS_BATCH_MAX = 1000
const COUNTS_BATCH_MAX = 1000
const CALLS_TOLD_MAX = 100
const NAME_CHARS_MAX = 256

/**
 * Takes each call in its caller's turn (two array pushes), and sorts it later: into the rows of the log, the counts of its
 * minute, and the next event. Rows and counts are written in batches; a database that is locked, slow or away delays nothing
 * but them.
 */
export function createCallLog(deps: CallLogDeps): CallLog {
  const { config, events, log } = deps
  const rows = new QueueBacklog<CallEntry>(config.callLogPendingMax)
  const counts = new CallCounts(config.metricSeriesMax)
  let stored = 0
  const rowWriter = new BatchWriter<CallEntry>({
    backlog: rows,
    write: async (batch) => {
      stored += await deps.calls.add(batch)
    },
    isPassing: deps.isPassing,
    batchMax: CALLS_BATCH_MAX,
    delayMs: WRITE_DELAY_MS,
    onTrouble: warnOfTrouble(log, 'records of calls'),
  })
  const countWriter = new BatchWriter<CallCount>({
    backlog: counts,
    write: (batch) => deps.counts.add(batch),
    isPassing: deps.isPassing,
    batchMax: COUNTS_BATCH_MAX,
    delayMs: WRITE_DELAY_MS,
    onTrouble: warnOfTrouble(log, 'counts of calls'),
  })

  const idOf = createTimeIds()
  let fresh: CallRecord[] = []
  let endedAt: number[] = []
  let timer: NodeJS.Timeout | undefined
  let isSorting = false
  let untold: CallEntry[] = []
  let untoldMore = 0
  let isClosed = false

  function toEntry(call: CallRecord, atMs: number): CallEntry {
    const { namespace, method, name, protocol, era, principal, outcome, requestId, durationMs, client } = call
    return {
      id: idOf(atMs),
      at: new Date(atMs).toISOString(),
      namespace,
      method,
      name: clean(name),
      protocol,
      era,
      principal,
      durationMs: Math.round(durationMs * 1000) / 1000,
      outcome,
      requestBytes: call.requestBytes ?? 0,
      resultBytes: call.resultBytes ?? 0,
      requestId,
      ...(client === undefined ? undefined : { client: clean(client) }),
      ...(call.arguments === undefined ? undefined : { arguments: kept(call.arguments) }),
    }
  }

  function kept(value: unknown): unknown {
    const redacted = deps.redact(value)
    const text = JSON.stringify(redacted)
    return text.length <= config.callLogArgumentsBytesMax ? redacted : `${text.slice(0, config.callLogArgumentsBytesMax)}…`
  }

  function sort(): void {
    const calls = fresh
    const times = endedAt
    fresh = []
    endedAt = []
    isSorting = false
    for (const [index, call] of calls.entries()) {
      const atMs = times[index] as number
      counts.add(call, atMs)
      const entry = toEntry(call, atMs)
      rows.add(entry)
      if (untold.length < CALLS_TOLD_MAX) untold.push(entry)
      else untoldMore++
    }
    rowWriter.wake()
    countWriter.wake()
  }

  function onTimer(): void {
    timer = undefined
    sort()
    if (events.listeners > 0) events.publish({ type: 'call.finished', calls: untold, more: untoldMore })
    untold = []
    untoldMore = 0
  }

  return {
    record(call) {
      if (isClosed) return
      fresh.push(call)
      endedAt.push(Date.now())
      timer ??= setTimeout(onTimer, SORT_DELAY_MS)
      if (fresh.length >= SORT_MAX && !isSorting) {
        isSorting = true
        setImmediate(sort)
      }
    },
    get callsWaiting() {
      return fresh.length + rowWriter.waiting
    },
    get callsDropped() {
      return rowWriter.dropped
    },
    get countsWaiting() {
      return countWriter.waiting
    },
    get countsDropped() {
      return countWriter.dropped
    },
    get callsStored() {
      return stored
    },
    async close(graceMs) {
      isClosed = true
      clearTimeout(timer)
      sort()
      await Promise.all([rowWriter.close(graceMs), countWriter.close(graceMs)])
    },
  }
}

/** What a caller made up, as any database can hold it: bounded, no NUL and no half of a character. */
function clean(text: string): string {
  const short = text.length > NAME_CHARS_MAX ? `${text.slice(0, NAME_CHARS_MAX)}…` : text
  return short.replaceAll('\0', '').toWellFormed()
}
