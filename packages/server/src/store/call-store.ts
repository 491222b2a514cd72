import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely'
import { isFailure } from '../telemetry/call-record.ts'
import type { CallBucket, CallEntry, CallFilter, CallStore } from '../telemetry/calls.types.ts'
import { firstIdOf, timeOfId } from '../telemetry/time-ids.ts'
import type { Database } from './database.ts'
import { containing, jsonMember, jsonRows } from './json-rows.ts'
import type { CallsTable, Schema } from './schema.ts'

/** In the order of {@link toValues}. */
const COLUMNS = {
  id: 'bigint',
  namespace: 'text',
  method: 'text',
  name: 'text',
  protocol: 'text',
  era: 'text',
  principal: 'text',
  duration_ms: 'double',
  outcome: 'text',
  failed: 'integer',
  request_bytes: 'bigint',
  result_bytes: 'bigint',
  request_id: 'text',
  client: 'text',
  arguments: 'text',
} as const

export function createCallStore(database: Database): CallStore {
  const removeWhere = (condition: RawBuilder<unknown>, max: number): Promise<number> =>
    database.run(async (db) => {
      const { numAffectedRows = 0n } = await sql`delete from calls where id in (select id from calls ${condition} order by id limit ${max})`.execute(db)
      return Number(numAffectedRows)
    })

  return {
    add: (calls) =>
      database.run(async (db) => {
        const rows = jsonRows(database.kind, calls.map(toValues))
        const members = Object.values(COLUMNS).map((type, index) => jsonMember(index, type))
        // SQLite takes `on` for a join without the condition.
        const { numAffectedRows = 0n } = await sql`
          insert into calls (${sql.join(Object.keys(COLUMNS).map((name) => sql.ref(name)))})
          select ${sql.join(members)} from ${rows} where true on conflict do nothing`.execute(db)
        return Number(numAffectedRows)
      }),
    list: (filter, { before, limit }) =>
      database.run(async (db) => {
        const rows = await callsQuery(db, filter, before, limit).execute()
        return rows.map(toEntry)
      }),
    find: (id) =>
      database.run(async (db) => {
        const row = await db.selectFrom('calls').selectAll().where('id', '=', Number(id)).executeTakeFirst()
        return row && toEntry(row)
      }),
    histogram: (filter, buckets) => database.run((db) => histogram(db, filter, buckets)),
    oldestMs: () =>
      database.run(async (db) => {
        const row = await db.selectFrom('calls').select('id').orderBy('id').limit(1).executeTakeFirst()
        return row && timeOfId(Number(row.id))
      }),
    count: () =>
      database.run(async (db) => {
        const { count } = await db
          .selectFrom('calls')
          .select((expression) => expression.fn.countAll().as('count'))
          .executeTakeFirstOrThrow()
        return Number(count)
      }),
    removeBefore: (beforeMs, max) => removeWhere(sql`where id < ${firstIdOf(beforeMs)}`, max),
    removeOldest: (max) => removeWhere(sql``, max),
  }
}

/** Newest first. Each filter of its own has an index that is in this order already. */
export function callsQuery(db: Kysely<Schema>, filter: CallFilter, before: string | undefined, limit: number) {
  let query = db.selectFrom('calls').selectAll().where(conditionOf(filter))
  if (filter.fromMs !== undefined) query = query.where('id', '>=', firstIdOf(filter.fromMs))
  if (filter.toMs !== undefined) query = query.where('id', '<', firstIdOf(filter.toMs))
  if (before !== undefined) query = query.where('id', '<', Number(before))
  return query.orderBy('id', 'desc').limit(limit)
}

/** Counts each bucket by itself, two ranges of an index for each: grouping would sort every row. */
export function histogramQuery(filter: CallFilter & { readonly fromMs: number; readonly toMs: number }, buckets: number) {
  const width = Math.ceil((filter.toMs - filter.fromMs) / buckets)
  const bound = (steps: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`cast(${firstIdOf(filter.fromMs)} as bigint) + (${steps}) * cast(${firstIdOf(width)} as bigint)`
  const count = (failed: 0 | 1): RawBuilder<unknown> =>
    sql`(select count(*) from calls where failed = ${sql.lit(failed)} and id >= ${bound(sql`n`)} and id < ${bound(sql`n + 1`)}
      and id < cast(${firstIdOf(filter.toMs)} as bigint) and ${conditionOf(filter)})`
  return sql<{ n: number; ok: number; errors: number }>`
    with recursive steps (n) as (select 0 union all select n + 1 from steps where n + 1 < ${sql.lit(buckets)})
    select n, ${count(0)} as ok, ${count(1)} as errors from steps`
}

async function histogram(db: Kysely<Schema>, filter: CallFilter & { readonly fromMs: number; readonly toMs: number }, buckets: number): Promise<CallBucket[]> {
  const { fromMs, toMs } = filter
  const width = Math.ceil((toMs - fromMs) / buckets)
  const { rows } = await histogramQuery(filter, buckets).execute(db)
  return rows
    .sort((a, b) => Number(a.n) - Number(b.n))
    .map(({ n, ok, errors }) => ({
      fromMs: fromMs + Number(n) * width,
      toMs: Math.min(toMs, fromMs + (Number(n) + 1) * width),
      ok: Number(ok),
      errors: Number(errors),
    }))
    .filter((bucket) => bucket.fromMs < toMs)
}

function conditionOf({ namespace, tool, method, outcome, protocol, era, principal, requestId, search }: CallFilter): RawBuilder<boolean> {
  const conditions: RawBuilder<unknown>[] = []
  if (namespace !== undefined) conditions.push(sql`namespace = ${namespace}`)
  if (tool !== undefined) conditions.push(sql`name = ${tool}`)
  if (method !== undefined) conditions.push(sql`method = ${method}`)
  if (outcome === 'error') conditions.push(sql`failed = 1`)
  else if (outcome !== undefined) conditions.push(sql`outcome = ${outcome}`, sql`failed = ${sql.lit(isFailure(outcome) ? 1 : 0)}`)
  if (protocol !== undefined) conditions.push(sql`protocol = ${protocol}`)
  if (era !== undefined) conditions.push(sql`era = ${era}`)
  if (principal !== undefined) conditions.push(sql`principal = ${principal}`)
  if (requestId !== undefined) conditions.push(sql`request_id = ${requestId}`)
  if (search !== undefined) {
    const pattern = containing(search)
    const columns = ['namespace', 'name', 'client', 'request_id'].map((name) => sql`lower(${sql.ref(name)}) like ${pattern} escape '\\'`)
    conditions.push(sql`(${sql.join(columns, sql` or `)})`)
  }
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(conditions, sql` and `)}`
}

function toValues(call: CallEntry): readonly unknown[] {
  return [
    Number(call.id),
    call.namespace,
    call.method,
    call.name,
    call.protocol,
    call.era,
    call.principal,
    call.durationMs,
    call.outcome,
    isFailure(call.outcome) ? 1 : 0,
    call.requestBytes,
    call.resultBytes,
    call.requestId,
    call.client ?? null,
    call.arguments === undefined ? null : JSON.stringify(call.arguments),
  ]
}

function toEntry(row: Selectable<CallsTable>): CallEntry {
  const id = Number(row.id)
  return {
    id: String(id),
    at: new Date(timeOfId(id)).toISOString(),
    namespace: row.namespace,
    method: row.method,
    name: row.name,
    protocol: row.protocol as CallEntry['protocol'],
    era: row.era as CallEntry['era'],
    principal: row.principal,
    durationMs: row.duration_ms,
    outcome: row.outcome,
    requestBytes: Number(row.request_bytes),
    resultBytes: Number(row.result_bytes),
    requestId: row.request_id,
    ...(row.client === null ? {} : { client: row.client }),
    ...(row.arguments === null ? {} : { arguments: JSON.parse(row.arguments) }),
  }
}
