import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompiledQuery, sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Postgres, startPostgres } from '../../../../test/postgres.ts'
import { requireOrSkip } from '../../../../test/skips.ts'
import { createCallMetrics } from '../telemetry/call-metrics.ts'
import type { CallCount, CallCountStore, CallEntry, CallFilter, CallStore } from '../telemetry/calls.types.ts'
import { bucketOf } from '../telemetry/duration-buckets.ts'
import { firstIdOf } from '../telemetry/time-ids.ts'
import { createAuditStore } from './audit-store.ts'
import { createCallCountStore } from './call-count-store.ts'
import { callsQuery, createCallStore, histogramQuery } from './call-store.ts'
import { type Database, openDatabase } from './database.ts'

const T0 = Date.parse('2026-11-22T10:00:00.000Z')
const HOUR_MS = 3_600_000
const PLANNED_ROWS = 20_000

const call = (atMs: number, change: Partial<CallEntry> = {}): CallEntry => ({
  id: String(firstIdOf(atMs)),
  at: new Date(atMs).toISOString(),
  namespace: 'demo',
  method: 'tools/call',
  name: 'echo',
  protocol: 'mcp',
  era: 'modern',
  principal: 'token',
  durationMs: 1.25,
  outcome: 'ok',
  requestBytes: 120,
  resultBytes: 5_000_000_000,
  requestId: `r${atMs}`,
  ...change,
})

describe.each([
  { kind: 'sqlite' as const, options: {} },
  { kind: 'postgres' as const, options: requireOrSkip('postgresql') },
])('in $kind', ({ kind, options }) => {
  describe('the log of calls', options, () => {
    let postgres: Postgres | undefined
    let dataDir: string
    let database: Database
    let calls: CallStore
    let counts: CallCountStore
    beforeAll(async () => {
      if (kind === 'postgres') postgres = await startPostgres()
    })
    afterAll(() => postgres?.stop())
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'tooldock-call-store-'))
      await mkdir(join(dataDir, 'db'))
      database = await openDatabase(
        { dataDir, databaseUrl: postgres?.url, databasePoolMax: 4, databaseTimeoutMs: 20_000, storeQueueMax: 100 },
        pino({ level: 'silent' }),
      )
      calls = createCallStore(database)
      counts = createCallCountStore(database)
      for (const table of ['calls', 'call_counts', 'audit']) await database.run((db) => sql`delete from ${sql.table(table)}`.execute(db))
    })
    afterEach(async () => {
      await database.close()
      await rm(dataDir, { recursive: true })
    })

    test('gives back what it was given, newest first, a page at a time, and keeps an id once', async () => {
      const all = [
        call(T0, { client: 'it\'s "a" client 1.0 – 中', arguments: { a: [1, { b: '\\u0000' }] } }),
        call(T0 + 1, { outcome: 'tool_error', protocol: 'rest', era: 'none' }),
        call(T0 + 2, { method: 'resources/read', name: 'file://ä/%_' }),
      ]
      expect(await calls.add(all)).toBe(3)
      expect(await calls.add(all)).toBe(0)
      const newest = [...all].reverse()
      expect(await calls.list({}, { limit: 10 })).toEqual(newest)
      const [first, second] = await calls.list({}, { limit: 2 })
      expect([first, second]).toEqual(newest.slice(0, 2))
      expect(await calls.list({}, { limit: 2, before: second?.id })).toEqual(newest.slice(2))
      expect(await calls.find(all[0]?.id ?? '')).toEqual(all[0])
      expect(await calls.find('1')).toBeUndefined()
      expect(await calls.count()).toBe(3)
    })

    test('finds by every filter', async () => {
      const odd = call(T0 + 5, {
        ...{ namespace: 'other', name: 'Sum_up', protocol: 'rest', era: 'none', principal: 'k1', outcome: 'timeout', method: 'prompts/get' },
        ...{ requestId: 'wanted', client: 'Claude Code 2.1' },
      })
      await calls.add([call(T0), call(T0 + 1, { outcome: 'input_required' }), odd, call(T0 + 9)])
      const filters: CallFilter[] = [
        { namespace: 'other' },
        { tool: 'Sum_up' },
        { protocol: 'rest' },
        { era: 'none' },
        { principal: 'k1' },
        { outcome: 'timeout' },
        { outcome: 'error' },
        { method: 'prompts/get' },
        { requestId: 'wanted' },
        { search: 'sUM_' },
        { search: 'claude' },
        { fromMs: T0 + 5, toMs: T0 + 6 },
        { namespace: 'other', tool: 'Sum_up', outcome: 'error', principal: 'k1', fromMs: T0 + 2, search: 'wanted' },
      ]
      for (const filter of filters) expect(await calls.list(filter, { limit: 10 }), JSON.stringify(filter)).toEqual([odd])
      expect(await calls.list({ search: 'S%m' }, { limit: 10 })).toEqual([])
      expect(await calls.list({ outcome: 'ok' }, { limit: 10 })).toHaveLength(2)
      const histogram = await calls.histogram({ fromMs: T0, toMs: T0 + 10 }, 5)
      expect(histogram.map(({ fromMs, toMs, ok, errors }) => [fromMs - T0, toMs - T0, ok, errors])).toEqual([
        [0, 2, 2, 0],
        [2, 4, 0, 0],
        [4, 6, 0, 1],
        [6, 8, 0, 0],
        [8, 10, 1, 0],
      ])
      expect((await calls.histogram({ fromMs: T0, toMs: T0 + 10, namespace: 'other' }, 1))[0]).toMatchObject({ ok: 0, errors: 1 })
    })

    test('the first page and the histogram of many calls read an index and sort nothing', async () => {
      const rows = Array.from({ length: PLANNED_ROWS }, (_, index) =>
        call(T0 + index, { namespace: `n${index % 50}`, name: `t${index % 200}`, principal: `p${index % 20}`, outcome: index % 10 === 0 ? 'timeout' : 'ok' }),
      )
      for (let at = 0; at < rows.length; at += 1000) await calls.add(rows.slice(at, at + 1000))
      await database.run((db) => sql`${sql.raw(kind === 'sqlite' ? 'analyze' : 'vacuum analyze calls')}`.execute(db))
      const window = { fromMs: T0, toMs: T0 + PLANNED_ROWS }
      const plan = (query: CompiledQuery): Promise<string> =>
        database.run(async (db) => {
          const explained = CompiledQuery.raw(`${kind === 'sqlite' ? 'explain query plan' : 'explain'} ${query.sql}`, [...query.parameters])
          return JSON.stringify((await db.executeQuery(explained)).rows)
        })
      const filters: CallFilter[] = [
        {},
        { namespace: 'n1' },
        { tool: 't1' },
        { principal: 'p1' },
        { outcome: 'error' },
        { outcome: 'timeout' },
        { requestId: 'r1' },
      ]
      for (const filter of filters) {
        const page = await plan(await database.run(async (db) => callsQuery(db, { ...filter, ...window }, undefined, 100).compile()))
        expect(page, JSON.stringify(filter)).toMatch(/USING (COVERING )?INDEX|Index Scan|Index Only Scan|Bitmap Index Scan/)
        expect(page, JSON.stringify(filter)).not.toMatch(/SCAN calls|Seq Scan on calls|TEMP B-TREE/)
        const histogram = await plan(await database.run(async (db) => histogramQuery({ ...filter, ...window }, 60).compile(db)))
        expect(histogram, JSON.stringify(filter)).toMatch(/USING (COVERING )?INDEX|Index Scan|Index Only Scan|Bitmap Index Scan/)
        expect(histogram, JSON.stringify(filter)).not.toMatch(/SCAN calls|Seq Scan on calls|TEMP B-TREE/)
      }
      const histogram = await calls.histogram({ ...window, namespace: 'n10' }, 60)
      expect(histogram.reduce((sum, { ok, errors }) => sum + ok + errors, 0)).toBe(PLANNED_ROWS / 50)
    })

    test('deletes the oldest in steps', async () => {
      await calls.add(Array.from({ length: 10 }, (_, index) => call(T0 + index)))
      expect(await calls.oldestMs()).toBe(T0)
      expect(await calls.removeBefore(T0 + 3, 2)).toBe(2)
      expect(await calls.removeBefore(T0 + 3, 2)).toBe(1)
      expect(await calls.removeOldest(4)).toBe(4)
      expect((await calls.list({}, { limit: 10 })).map(({ at }) => Date.parse(at) - T0)).toEqual([9, 8, 7])
    })

    test('counts add up: over minutes, over hours, and in parts of both', async () => {
      const count = (minuteMs: number, change: Partial<CallCount> = {}): CallCount => ({
        ...{
          minuteMs,
          namespace: 'demo',
          method: 'tools/call',
          name: 'echo',
          protocol: 'mcp',
          principal: 'token',
          outcome: 'ok',
          bucket: bucketOf(10),
          count: 1,
        },
        ...change,
      })
      const begin = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 3 * HOUR_MS
      const minutes = Array.from({ length: 180 }, (_, index) => count(begin + index * 60_000))
      await counts.add(minutes)
      await counts.add([
        ...minutes,
        count(begin, { outcome: 'tool_error', bucket: bucketOf(1000), count: 5 }),
        count(begin, { method: 'prompts/get', count: 9 }),
      ])
      const metrics = createCallMetrics(counts)
      const window = { fromMs: begin + 30 * 60_000, toMs: begin + 150 * 60_000 }
      expect((await metrics.totals(window, 'tool')).rows).toMatchObject([{ namespace: 'demo', tool: 'echo', calls: 240, errors: 0 }])
      const [row] = (await metrics.totals({ fromMs: begin, toMs: begin + 3 * HOUR_MS }, 'key')).rows
      expect(row).toMatchObject({ key: 'token', calls: 365, errors: 5, errorsByCode: { tool_error: 5 } })
      for (const [quantile, trueMs] of [
        [row?.p50Ms, 10],
        [row?.p99Ms, 1000],
      ] as const) {
        expect(quantile).toBeGreaterThan(trueMs * 0.9)
        expect(quantile).toBeLessThan(trueMs * 1.1)
      }
      expect((await metrics.totals({ ...window, namespace: 'nobody' }, 'protocol')).rows).toEqual([])
      const { stepMs, points } = await metrics.series({ fromMs: begin, toMs: begin + 3 * HOUR_MS }, HOUR_MS)
      expect([stepMs, points.map(({ calls: sum }) => sum)]).toEqual([HOUR_MS, [125, 120, 120]])
      const short = await metrics.series({ fromMs: begin, toMs: begin + 10 * 60_000 }, 60_000)
      expect(short.points.map(({ calls: sum }) => sum)).toEqual([7, ...Array.from({ length: 9 }, () => 2)])
      expect(await counts.removeBefore(begin + 2 * HOUR_MS, begin + HOUR_MS, 1_000_000)).toBe(125)
      expect(await counts.removeBefore(begin + 2 * HOUR_MS, begin + HOUR_MS, 1_000_000)).toBe(0)
    })

    test('entries of the audit log come back, by filter, newest first', async () => {
      const audit = createAuditStore(database)
      const entry = (atMs: number, principal: string, action: string) => ({
        ...{ id: String(firstIdOf(atMs)), at: new Date(atMs).toISOString(), principal, action, subject: 'demo/a b', status: 200, requestId: `r${atMs}` },
        details: { name: '[3 bytes]', n: null },
      })
      const entries = [entry(T0, 'token', 'putSecrets'), entry(T0 + 1, 'k1', 'deleteServersNs')]
      expect(await audit.add(entries)).toBe(2)
      expect(await audit.add(entries)).toBe(0)
      expect(await audit.list({}, { limit: 5 })).toEqual([entries[1], entries[0]])
      expect(await audit.list({}, { limit: 5, before: entries[1]?.id })).toEqual([entries[0]])
      for (const filter of [{ principal: 'k1' }, { action: 'deleteServersNs' }, { search: 'SERVERS' }, { fromMs: T0 + 1 }])
        expect(await audit.list(filter, { limit: 5 })).toEqual([entries[1]])
      expect(await audit.removeBefore(T0 + 1, 10)).toBe(1)
    })
  })
})
