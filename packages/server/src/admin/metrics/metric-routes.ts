import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { canSee, hasRole } from '../../kernel/principal.ts'
import type { CallMetrics, CallSummary } from '../../telemetry/call-metrics.ts'
import { check } from '../input.ts'
import { isoOf, WINDOW, windowOf } from '../time-window.ts'

/** What the routes of metrics act on. */
export interface MetricAdminDeps {
  readonly callMetrics: Pick<CallMetrics, 'totals' | 'series'>
}

const MINUTE_S = 60
const DAY_S = 86_400
const WORD = z.string().min(1).max(1024)
const FILTER = { ...WINDOW, namespace: WORD.optional(), tool: WORD.optional(), protocol: z.enum(['mcp', 'rest']).optional(), key: WORD.optional() }
const TOTALS_QUERY = z.strictObject({ ...FILTER, groupBy: z.enum(['tool', 'namespace', 'protocol', 'key']).default('tool') })
const SERIES_QUERY = z.strictObject({
  ...FILTER,
  step: z.coerce
    .number()
    .int()
    .min(MINUTE_S)
    .max(DAY_S)
    .multipleOf(MINUTE_S)
    .optional()
    .describe('seconds, whole minutes; chosen for about 60 points when missing'),
})

const duration = z.number().nullable()
const SUMMARY = {
  calls: z.number(),
  errors: z.number(),
  errorsByCode: z.record(z.string(), z.number()),
  p50Ms: duration,
  p95Ms: duration,
  p99Ms: duration,
}
const ROW = z
  .strictObject({
    namespace: z.string().exactOptional(),
    tool: z.string().exactOptional(),
    protocol: z.string().exactOptional(),
    key: z.string().exactOptional(),
    ...SUMMARY,
  })
  .meta({ id: 'MetricRow' }) satisfies z.ZodType<CallSummary>
const TOTALS = z.strictObject({ from: z.string(), to: z.string(), rows: z.array(ROW) })
const POINT = z.strictObject({ at: z.string(), calls: z.number(), errors: z.number(), p50Ms: duration, p95Ms: duration }).meta({ id: 'MetricPoint' })
const SERIES = z.strictObject({ stepMs: z.number(), points: z.array(POINT) })

/** Calls of tools in numbers. A result that says it is an error is an error; lists, pings and handshakes are no calls. */
export function registerMetricRoutes(app: FastifyInstance, { callMetrics }: MetricAdminDeps): void {
  app.get(
    '/api/metrics',
    {
      config: {
        api: {
          summary: "Calls, errors and durations of each tool, namespace, protocol or key, most calls first; of other keys than an administrator's, their own",
          role: 'caller',
          query: TOTALS_QUERY,
          response: TOTALS,
        },
      },
    },
    async ({ query, principal }) => {
      const { groupBy, namespace, tool, protocol, key, ...window } = check(TOTALS_QUERY, query, 'query')
      const answer = await callMetrics.totals(
        { ...windowOf(window), namespace, tool, protocol, principal: hasRole(principal, 'admin') ? key : principal.id },
        groupBy,
      )
      const rows = answer.rows.filter((row) => row.namespace === undefined || canSee(principal, row.namespace, row.tool))
      return { from: isoOf(answer.fromMs), to: isoOf(answer.toMs), rows }
    },
  )

  app.get(
    '/api/metrics/series',
    {
      config: {
        api: {
          summary: "Calls, errors and durations over time; of other keys than an administrator's, their own",
          role: 'caller',
          query: SERIES_QUERY,
          response: SERIES,
        },
      },
    },
    async ({ query, principal }) => {
      const { step, namespace, tool, protocol, key, ...window } = check(SERIES_QUERY, query, 'query')
      const filter = { ...windowOf(window), namespace, tool, protocol, principal: hasRole(principal, 'admin') ? key : principal.id }
      const { stepMs, points } = await callMetrics.series(filter, step === undefined ? undefined : step * 1000)
      return { stepMs, points: points.map(({ atMs, ...point }) => ({ at: isoOf(atMs), ...point })) }
    },
  )
}
