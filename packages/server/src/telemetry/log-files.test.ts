import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogFiles } from './log-files.ts'
import type { LogFilter, LogLine } from './logs.types.ts'

const DAY_MS = 86_400_000
const LINES_A_DAY = 2000
const FIRST_MS = Date.parse('2026-11-20T00:00:00.000Z')
const DAYS = ['2026-11-20', '2026-11-21', '2026-11-22']

let dir: string
/** One line each 43.2 s; the hundredth is an error, and every 7th belongs to `demo`. */
const lineAt = (index: number): string => {
  const line = { level: index % 100 === 0 ? 'error' : 'info', time: timeAt(index), n: index, requestId: `r${index}`, text: 'ä'.repeat(index % 90) }
  return JSON.stringify({ ...line, ...(index % 7 === 0 ? { namespace: 'demo' } : { about: { namespace: 'demo' } }), msg: `message "${index}"` })
}
const timeAt = (index: number): string => new Date(FIRST_MS + (index * DAY_MS) / LINES_A_DAY).toISOString()

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tooldock-log-files-'))
  for (const [day, name] of DAYS.entries()) {
    const lines = Array.from({ length: LINES_A_DAY }, (_, index) => `${lineAt(day * LINES_A_DAY + index)}\n`)
    // The last was being written when the gateway was killed.
    await writeFile(join(dir, `${name}.jsonl`), `${lines.join('')}${day === 2 ? '{"level":"info","time":"2026-11-22T23:' : ''}`)
  }
  await writeFile(join(dir, 'other.jsonl'), 'not a day\n')
})
afterAll(() => rm(dir, { recursive: true }))

async function readAll(bytesMax: number, filter: LogFilter, limit: number): Promise<{ readonly lines: LogLine[]; readonly pages: number }> {
  const files = createLogFiles(dir, bytesMax)
  const lines: LogLine[] = []
  let cursor: string | undefined
  for (let pages = 1; ; pages++) {
    const page = await files.search(filter, { cursor, limit })
    lines.push(...page.lines)
    if (page.nextCursor === null) return { lines, pages }
    cursor = page.nextCursor
  }
}

test('gives every line once, newest first, over all days, however small the pages and the bytes one may read', async () => {
  const expected = Array.from({ length: 3 * LINES_A_DAY }, (_, index) => 3 * LINES_A_DAY - 1 - index)
  for (const [bytesMax, limit] of [
    [1 << 30, 10_000],
    [65_536, 500],
    [1, 37],
  ] as const) {
    const { lines } = await readAll(bytesMax, {}, limit)
    expect(lines.map(({ fields }) => fields.n)).toEqual(expected)
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length)
  }
  const [newest] = (await readAll(1 << 30, {}, 10_000)).lines
  expect(newest).toMatchObject({ at: timeAt(5999), level: 'info', message: 'message "5999"', requestId: 'r5999', namespace: 'demo', fields: { n: 5999 } })
})

test('finds by time, level, namespace, request id and words, and reads little for a short time', async () => {
  const numbers = async (filter: LogFilter) => (await readAll(1 << 20, filter, 1000)).lines.map(({ fields }) => fields.n)
  expect(await numbers({ level: 'warn', fromMs: Date.parse(timeAt(2050)), toMs: Date.parse(timeAt(2401)) })).toEqual([2400, 2300, 2200, 2100])
  expect(await numbers({ requestId: 'r1234' })).toEqual([1234])
  expect(await numbers({ search: 'MESSAGE "42"' })).toEqual([42])
  expect((await numbers({ namespace: 'demo' })).every((n) => Number(n) % 7 === 0)).toBe(true)
  expect(await numbers({ namespace: 'demo' })).toHaveLength(858)
  expect(await numbers({ fromMs: Date.parse(timeAt(3999)), toMs: Date.parse(timeAt(4002)) })).toEqual([4001, 4000, 3999])
  // Two chunks at most: it is found by halving.
  const { pages } = await readAll(131_072, { fromMs: Date.parse(timeAt(2010)), toMs: Date.parse(timeAt(2020)) }, 1000)
  expect(pages).toBeLessThanOrEqual(2)
})

test('counts over time, and says when there was more than it may read', async () => {
  const window = { fromMs: FIRST_MS, toMs: FIRST_MS + 3 * DAY_MS }
  const whole = await createLogFiles(dir, 1 << 30).histogram(window, 3)
  expect(whole.complete).toBe(true)
  expect(whole.buckets.map(({ lines, warnings, errors }) => [lines, warnings, errors])).toEqual(DAYS.map(() => [LINES_A_DAY, 0, 20]))
  const part = await createLogFiles(dir, 65_536).histogram(window, 3)
  expect(part.complete).toBe(false)
  expect(part.buckets.map(({ lines }) => lines > 0)).toEqual([false, false, true])
})

test('lists the days and gives the file of one', async () => {
  const files = createLogFiles(dir, 1 << 20)
  expect((await files.days()).map(({ day }) => day)).toEqual([...DAYS].reverse())
  const file = await files.open('2026-11-20')
  expect(file && (await text(file))).toContain('message \\"1999\\"')
  expect(await files.open('2020-01-01')).toBeUndefined()
  expect(await files.open('../other')).toBeUndefined()
})
