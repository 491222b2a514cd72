import { type RawBuilder, sql } from 'kysely'
import type { CallCount, CallCountStore, CallGroup, CountFilter, CountRow } from '../telemetry/calls.types.ts'
import type { Database } from './database.ts'
import { jsonMember, jsonRows } from './json-rows.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** In the order of {@link toValues}. */
const COLUMNS = {
  step_ms: 'integer',
  at_ms: 'bigint',
  namespace: 'text',
  name: 'text',
  method: 'text',
  protocol: 'text',
  principal: 'text',
  outcome: 'text',
  bucket: 'integer',
  count: 'bigint',
} as const

const GROUPS: Record<CallGroup, readonly string[]> = {
  tool: ['namespace', 'name'],
  namespace: ['namespace'],
  protocol: ['protocol'],
  key: ['principal'],
}

export function createCallCountStore(database: Database): CallCountStore {
  const rowsOf = (query: RawBuilder<unknown>): Promise<CountRow[]> =>
    database.run(async (db) => {
      const { rows } = await (query as RawBuilder<CountRow & { at_ms?: number | string }>).execute(db)
      return rows.map(({ at_ms: at, ...row }) => ({
        ...row,
        ...(at === undefined ? {} : { atMs: Number(at) }),
        bucket: Number(row.bucket),
        count: Number(row.count),
      }))
    })

  return {
    async add(counts) {
      const rows = jsonRows(database.kind, [...mergeHours(counts), ...counts.map((count) => toValues(MINUTE_MS, count.minuteMs, count, count.count))])
      const members = Object.values(COLUMNS).map((type, index) => jsonMember(index, type))
      const columns = sql.join(Object.keys(COLUMNS).map((name) => sql.ref(name)))
      const key = sql.join(
        Object.keys(COLUMNS)
          .filter((name) => name !== 'count')
          .map((name) => sql.ref(name)),
      )
      await database.run((db) =>
        sql`insert into call_counts (${columns}) select ${sql.join(members)} from ${rows} where true
          on conflict (${key}) do update set count = call_counts.count + excluded.count`.execute(db),
      )
    },
    totals: (filter, group) => {
      const columns = sql.join(GROUPS[group].map((name) => sql.ref(name)))
      return rowsOf(
        sql`select ${columns}, outcome, bucket, sum(count) as count from call_counts where ${conditionOf(filter, rangesOf(filter))} group by ${columns}, outcome, bucket`,
      )
    },
    series: (filter, stepMs) => {
      const step = stepMs % HOUR_MS === 0 ? HOUR_MS : MINUTE_MS
      const condition = conditionOf(filter, [{ step, fromMs: filter.fromMs, toMs: filter.toMs }])
      return rowsOf(
        sql`select at_ms - at_ms % ${sql.lit(stepMs)} as at_ms, outcome, bucket, sum(count) as count from call_counts where ${condition} group by 1, outcome, bucket`,
      )
    },
    removeBefore: (minutesBeforeMs, hoursBeforeMs, max) =>
      database.run(async (db) => {
        const old = sql`(step_ms = ${MINUTE_MS} and at_ms < ${minutesBeforeMs}) or (step_ms = ${HOUR_MS} and at_ms < ${hoursBeforeMs})`
        // Whole steps of time: the first of the oldest that, with those before it, are not more than `max`.
        const { rows } = await sql<{ step_ms: number; at_ms: number }>`
          select step_ms, at_ms from call_counts where ${old} order by step_ms, at_ms limit ${max}`.execute(db)
        let removed = 0
        for (const step of [MINUTE_MS, HOUR_MS]) {
          const last = rows.findLast((row) => Number(row.step_ms) === step)
          if (last === undefined) continue
          const { numAffectedRows = 0n } = await sql`delete from call_counts where step_ms = ${step} and at_ms <= ${Number(last.at_ms)}`.execute(db)
          removed += Number(numAffectedRows)
        }
        return removed
      }),
  }
}

interface Range {
  readonly step: number
  readonly fromMs: number
  readonly toMs: number
}

/** Whole hours by the hour, and what is left at both ends by the minute. */
function rangesOf({ fromMs, toMs }: CountFilter): Range[] {
  const firstHour = Math.ceil(fromMs / HOUR_MS) * HOUR_MS
  const lastHour = Math.floor(toMs / HOUR_MS) * HOUR_MS
  if (firstHour >= lastHour) return [{ step: MINUTE_MS, fromMs, toMs }]
  return [
    { step: MINUTE_MS, fromMs, toMs: firstHour },
    { step: HOUR_MS, fromMs: firstHour, toMs: lastHour },
    { step: MINUTE_MS, fromMs: lastHour, toMs },
  ].filter((range) => range.fromMs < range.toMs)
}

function conditionOf({ namespace, tool, protocol, principal }: CountFilter, ranges: readonly Range[]): RawBuilder<unknown> {
  const within = ranges.map(({ step, fromMs, toMs }) => sql`(step_ms = ${step} and at_ms >= ${fromMs} and at_ms < ${toMs})`)
  const conditions = [sql`(${sql.join(within, sql` or `)})`, sql`method = 'tools/call'`]
  if (namespace !== undefined) conditions.push(sql`namespace = ${namespace}`)
  if (tool !== undefined) conditions.push(sql`name = ${tool}`)
  if (protocol !== undefined) conditions.push(sql`protocol = ${protocol}`)
  if (principal !== undefined) conditions.push(sql`principal = ${principal}`)
  return sql.join(conditions, sql` and `)
}

/** One statement must not name a row twice: the minutes of one hour are added up first. */
function mergeHours(counts: readonly CallCount[]): (readonly unknown[])[] {
  const hours = new Map<string, { readonly first: CallCount; count: number }>()
  for (const count of counts) {
    const { minuteMs, count: added, ...key } = count
    const text = JSON.stringify([hourOf(minuteMs), ...Object.values(key)])
    const known = hours.get(text)
    if (known === undefined) hours.set(text, { first: count, count: added })
    else known.count += added
  }
  return Array.from(hours.values(), ({ first, count }) => toValues(HOUR_MS, hourOf(first.minuteMs), first, count))
}

const hourOf = (ms: number): number => ms - (ms % HOUR_MS)

function toValues(step: number, atMs: number, { namespace, name, method, protocol, principal, outcome, bucket }: CallCount, count: number): readonly unknown[] {
  return [step, atMs, namespace, name, method, protocol, principal, outcome, bucket, count]
}
