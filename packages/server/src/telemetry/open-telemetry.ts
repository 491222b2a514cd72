import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { AuditStore } from './audit.types.ts'
import { type AuditLog, createAuditLog } from './audit-log.ts'
import { type CallLog, createCallLog } from './call-log.ts'
import { type CallMetrics, createCallMetrics } from './call-metrics.ts'
import type { CallRecorder } from './call-recorder.ts'
import type { CallCountStore, CallStore } from './calls.types.ts'
import type { EventBus } from './event-bus.ts'
import { createLogFiles } from './log-files.ts'
import { createLineTest, parseLine } from './log-line.ts'
import type { Logging } from './logging.ts'
import type { LogFiles, LogFilter, LogLine } from './logs.types.ts'
import type { Metrics } from './metrics.ts'
import { callLine } from './request-log.ts'
import { createRetention } from './retention.ts'
import type { Tracing } from './tracing/tracing.types.ts'

export interface TelemetryDeps {
  readonly config: Config
  readonly logsDir: string
  readonly store: { readonly calls: CallStore; readonly callCounts: CallCountStore; readonly audit: AuditStore }
  readonly logging: Logging
  readonly metrics: Metrics
  readonly events: EventBus
  /** Undefined: traces are off. */
  readonly tracing: Tracing | undefined
  /** Did the namespace itself turn on that records of its calls keep the arguments? Memory only. */
  readonly logsArguments: (namespace: string) => boolean
}

/** What is known of what happens: calls, their numbers, changes, and lines of the log. */
export interface Telemetry {
  /** Of every call that ended: Prometheus' counters, the log of calls, and its counts. */
  readonly recorder: CallRecorder
  readonly calls: CallStore
  readonly callMetrics: CallMetrics
  readonly audit: AuditLog
  readonly auditEntries: AuditStore
  readonly logFiles: LogFiles
  readonly followLog: (filter: LogFilter, listener: (line: LogLine) => void) => () => void
  /** What was lost since the start, by what it is in words. */
  losses(): Readonly<Record<string, number>>
  /** For /health. */
  counts(): Readonly<Record<string, number>>
  /** Writes what waits, for at most {@link CLOSE_GRACE_MS}. */
  close(): Promise<void>
}

/** Behind this a database that does not answer holds up no end. */
const CLOSE_GRACE_MS = 3000

export function openTelemetry({ config, logsDir, store, logging, metrics, events, tracing, logsArguments }: TelemetryDeps): Telemetry {
  const log = logging.logger
  const isPassing = (error: unknown): boolean => error instanceof ToolDockError && error.code === 'store_unavailable'
  const callLog = createCallLog({ config, calls: store.calls, counts: store.callCounts, events, redact: logging.hideSecrets, isPassing, log })
  const audit = createAuditLog({ entries: store.audit, events, isPassing, log })
  const retention = createRetention({ config, calls: store.calls, counts: store.callCounts, auditEntries: store.audit, log })
  const named = new Set(config.callLogArguments)
  const keepsAll = named.has('*')
  addNumbers(metrics, callLog, audit, tracing, logging)
  return {
    recorder: {
      record: (call, request) => {
        metrics.record(call)
        callLog.record(call)
        if (request?.call === null && !request.isLogged) request.call = call
        else log.info(callLine(call), 'call')
      },
      tracer: tracing?.tracer,
      keepsArguments: (namespace) => keepsAll || named.has(namespace) || logsArguments(namespace),
    },
    calls: store.calls,
    callMetrics: createCallMetrics(store.callCounts),
    audit,
    auditEntries: store.audit,
    logFiles: createLogFiles(logsDir, config.logQueryBytesMax),
    followLog: (filter, listener) => followLog(logging, filter, listener),
    counts: () => ({
      callRecordsWaiting: callLog.callsWaiting,
      callRecordsDropped: callLog.callsDropped,
      callCountsDropped: callLog.countsDropped,
      auditEntriesWaiting: audit.waiting,
      auditEntriesDropped: audit.dropped,
      ...(tracing === undefined ? {} : { spansWaiting: tracing.spansWaiting, spansExported: tracing.spansExported, spansDropped: tracing.spansDropped }),
    }),
    losses: () => ({
      'records of calls': callLog.callsDropped,
      'counts of calls': callLog.countsDropped,
      'entries of the audit log': audit.dropped,
      'lines of the log': logging.linesLost,
      spans: tracing?.spansDropped ?? 0,
    }),
    async close() {
      await retention.close()
      await Promise.all([callLog.close(CLOSE_GRACE_MS), audit.close(CLOSE_GRACE_MS), tracing?.close(CLOSE_GRACE_MS)])
    },
  }
}

function addNumbers(metrics: Metrics, callLog: CallLog, audit: AuditLog, tracing: Tracing | undefined, logging: Logging): void {
  metrics.addGauge('tooldock_call_records_waiting', 'Records of calls that wait for the database.', () => callLog.callsWaiting)
  metrics.addCounter('tooldock_call_records_stored_total', 'Records of calls that were stored.', () => callLog.callsStored)
  metrics.addCounter('tooldock_call_records_dropped_total', 'Records of calls that were dropped.', () => callLog.callsDropped)
  metrics.addCounter('tooldock_call_counts_dropped_total', 'Counts of calls that were dropped.', () => callLog.countsDropped)
  metrics.addCounter('tooldock_audit_entries_dropped_total', 'Entries of the audit log that were dropped.', () => audit.dropped)
  metrics.addCounter('tooldock_log_lines_lost_total', 'Lines of the log that could not be written.', () => logging.linesLost)
  metrics.addCounter('tooldock_spans_exported_total', 'Spans that the receiver of traces took.', () => tracing?.spansExported ?? 0)
  metrics.addCounter('tooldock_spans_dropped_total', 'Spans that were dropped.', () => tracing?.spansDropped ?? 0)
}

function followLog(logging: Logging, filter: LogFilter, listener: (line: LogLine) => void): () => void {
  const matches = createLineTest(filter)
  let told = 0
  return logging.onLine((text) => {
    if (!matches(text)) return
    const line = parseLine(text, `live.${told++}`)
    if (line !== undefined) listener(line)
  })
}
