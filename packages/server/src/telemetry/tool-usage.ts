import type { Logger } from 'pino'
import type { CallMetrics } from './call-metrics.ts'

interface Usage {
  readonly calls: number
  readonly errors: number
  readonly p95Ms: number | null
}

const WINDOW_MS = 24 * 3_600_000
/** Lists of tools are asked for often; this much behind is not seen. */
const FRESH_MS = 5000

/** The calls of each tool in the last 24 hours, by the key `keyOf` makes; as it was known last while the database does not answer. */
export function createToolUsage(
  callMetrics: Pick<CallMetrics, 'totals'>,
  keyOf: (namespace: string, tool: string) => string,
  log: Pick<Logger, 'warn'>,
): () => Promise<ReadonlyMap<string, Usage>> {
  let known: ReadonlyMap<string, Usage> = new Map()
  let readAtMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    try {
      const now = Date.now()
      const { rows } = await callMetrics.totals({ fromMs: now - WINDOW_MS, toMs: now }, 'tool')
      known = new Map(rows.map(({ namespace = '', tool = '', calls, errors, p95Ms }) => [keyOf(namespace, tool), { calls, errors, p95Ms }]))
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'how often tools are called cannot be read; what was known is shown')
    }
    readAtMs = performance.now()
    reading = undefined
  }

  return async () => {
    if (performance.now() - readAtMs > FRESH_MS) await (reading ??= read())
    return known
  }
}
