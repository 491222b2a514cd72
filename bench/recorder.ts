import { randomUUIDv7 } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { openStore } from '../packages/server/src/store/open-store.ts'
import { createCallLog } from '../packages/server/src/telemetry/call-log.ts'
import type { CallRecord } from '../packages/server/src/telemetry/call-record.ts'
import { createEventBus } from '../packages/server/src/telemetry/event-bus.ts'
import { createMetrics } from '../packages/server/src/telemetry/metrics.ts'

const CALLS = 100_000
/** As many as end in one turn of the event loop of a busy gateway. */
const CALLS_A_TURN = 32

export interface RecorderResult {
  /** What a call waits for: counting it for Prometheus, and handing it to the log. */
  readonly countNs: number
  readonly recordNs: number
  /** Processor time of the whole afterwards: sorting, and SQLite in its thread. */
  readonly storeMicroseconds: number
}

/** What recording a call costs: on its path, and behind it. */
export async function measureRecorder(): Promise<RecorderResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tooldock-bench-'))
  await mkdir(join(dataDir, 'db'))
  const log = pino({ level: 'silent' })
  const store = await openStore({ dataDir, databaseUrl: undefined, databasePoolMax: 4, databaseTimeoutMs: 60_000, storeQueueMax: 1000 }, log)
  const metrics = createMetrics({ metricSeriesMax: 5000 })
  const callLog = createCallLog({
    config: { callLogPendingMax: CALLS, callLogArgumentsBytesMax: 4096, metricSeriesMax: 5000 },
    ...{ calls: store.calls, counts: store.callCounts, events: createEventBus(() => {}), redact: (value) => value, isPassing: () => true, log },
  })
  const calls = Array.from({ length: CALLS }, (_, index) => makeCall(index))
  await timePerCall(calls, metrics.record)
  const countNs = await timePerCall(calls, metrics.record)
  const begin = process.cpuUsage()
  const recordNs = await timePerCall(calls, callLog.record)
  await callLog.close(60_000)
  const { user, system } = process.cpuUsage(begin)
  await store.close()
  await rm(dataDir, { recursive: true })
  return { countNs: Math.round(countNs), recordNs: Math.round(recordNs), storeMicroseconds: Math.round((user + system) / CALLS) }
}

/** Nanoseconds that `record` takes, in turns of the event loop. */
async function timePerCall(calls: readonly CallRecord[], record: (call: CallRecord) => void): Promise<number> {
  let spentMs = 0
  for (let done = 0; done < CALLS; done += CALLS_A_TURN) {
    const begin = performance.now()
    for (let index = 0; index < CALLS_A_TURN; index++) record(calls[done + index] as CallRecord)
    spentMs += performance.now() - begin
    await new Promise((resolve) => setImmediate(resolve))
  }
  return (spentMs * 1e6) / CALLS
}

const makeCall = (index: number): CallRecord => ({
  namespace: 'demo',
  method: 'tools/call',
  name: `tool_${index % 20}`,
  protocol: 'mcp',
  era: 'modern',
  durationMs: 1 + (index % 50),
  outcome: index % 100 === 0 ? 'tool_error' : 'ok',
  principal: 'token',
  requestId: randomUUIDv7(),
  requestBytes: 300,
  resultBytes: 200,
  client: 'bench 1.0',
})
