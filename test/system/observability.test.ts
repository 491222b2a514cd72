import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { probeLatency } from './latency.ts'
import { LegacySession, modern, readEvents } from './mcp-http.ts'
import { until } from './until.ts'

const PENDING_MAX = 1000
const CALLS_AT_ONCE = 8
const DATABASE_TIMEOUT_MS = 5000
/** A call that waited for the database would take at least the five seconds of its timeout. */
const P99_MS = 1000

let gateway: Gateway | undefined
afterEach(async () => {
  await gateway?.dispose()
})

const MIXED = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const talk = defineTool({ description: 'Logs.', handler(_args, ctx) { console.log('the tool prints'); ctx.log.warning('the tool says so'); return ctx.requestId } })
export const fail = defineTool({ description: 'Fails.', handler() { throw new Error('always') } })
export const login = defineTool({ description: 'Takes a secret.', input: z.object({ user: z.string(), password: z.string() }), handler: () => 'in' })
`

const now = async (running: Gateway): Promise<Record<string, number>> => (await running.http('/health')).json.now
const callsOf = async (running: Gateway, query = '') => (await running.http(`/api/calls?${query}`)).json.calls

test('a locked database delays no call; records of calls arrive when it is free, and what had to be dropped is counted', { timeout: 120_000 }, async () => {
  const running = await startGateway({
    namespaces: { demo: ECHO },
    env: { CALL_LOG_PENDING_MAX: String(PENDING_MAX), DATABASE_TIMEOUT_MS: String(DATABASE_TIMEOUT_MS), LOG_LEVEL: 'warn' },
  })
  gateway = running
  await running.rest('demo', 'echo', { text: 'warm' })
  await until('the first record', async () => (await callsOf(running)).length === 1)

  const database = new DatabaseSync(join(running.dataDir, 'db/tooldock.db'))
  database.exec('PRAGMA busy_timeout = 20000; BEGIN EXCLUSIVE')
  const probe = probeLatency(async () =>
    expect((await modern(running, '/demo/mcp', 'tools/call', { name: 'echo', arguments: { text: 'x' } })).error).toBeUndefined(),
  )
  let made = 1
  let isLoading = true
  const load = Array.from({ length: CALLS_AT_ONCE }, async () => {
    while (isLoading) {
      expect((await running.rest('demo', 'echo', { text: 'x' })).status).toBe(200)
      made++
    }
  })
  const full = await until(
    'more records than may wait',
    async () => {
      const counts = await now(running)
      return (counts.callRecordsDropped ?? 0) > 100 && counts
    },
    60_000,
  )
  expect(full.callRecordsWaiting).toBeLessThan(2 * PENDING_MAX + 2000)
  isLoading = false
  await Promise.all(load)
  const { p99Ms, count } = await probe.stop()
  expect(p99Ms).toBeLessThan(P99_MS)
  made += count

  database.exec('COMMIT')
  database.close()
  const settled = await until(
    'the rest to be stored',
    async () => {
      const counts = await now(running)
      return counts.callRecordsWaiting === 0 && counts
    },
    60_000,
  )
  const dropped = settled.callRecordsDropped ?? 0
  expect(dropped).toBeGreaterThan(0)
  const metrics = (await running.http('/metrics')).text
  expect(metrics).toContain(`tooldock_call_records_dropped_total ${dropped}\n`)
  expect(metrics).toContain(`tooldock_call_records_stored_total ${made - dropped}\n`)
  expect(running.output()).toMatch(/"dropped":[1-9]\d*,"msg":"records of calls were dropped/)
  // Counts are added up while they wait, so that none is lost.
  await until(`${made} counted calls`, async () => (await running.http('/api/metrics?groupBy=tool')).json.rows[0].calls === made)
  const { buckets } = (await running.http('/api/calls/histogram')).json
  expect(buckets.reduce((sum: number, bucket: { ok: number }) => sum + bucket.ok, 0)).toBe(made - dropped)
  await running.stop()
})

test('every call is recorded with who, what, how long and how it ended, is counted, and leads to its lines of the log', async () => {
  const running = await startGateway({
    namespaces: { demo: { ...ECHO, 'mixed.ts': MIXED }, open: { 'mixed.ts': MIXED, 'tooldock.json': '{"logArguments": true}' } },
  })
  gateway = running
  const headers = { 'x-request-id': 'wanted-1' }
  await running.rest('demo', 'talk', {}, { headers: { ...headers, 'user-agent': 'curl/8' } })
  await modern(running, '/demo/mcp', 'tools/call', { name: 'fail', arguments: {} })
  const session = await LegacySession.open(running, '/demo/mcp')
  await session.request('tools/call', { name: 'echo', arguments: { text: 'x' } })
  await modern(running, '/demo/mcp', 'tools/call', { name: 'nothing', arguments: {} })
  await modern(running, '/demo/mcp', 'tools/list')
  const credentials = { user: 'anna', password: 'planted-secret-1' }
  for (const namespace of ['demo', 'open']) await running.rest(namespace, 'login', credentials)
  const calls = await until('six records', async () => {
    const found = await callsOf(running)
    return found.length === 6 && found
  })
  expect(calls.map(({ name, outcome }: Record<string, unknown>) => [name, outcome])).toEqual([
    ['login', 'ok'],
    ['login', 'ok'],
    ['nothing', 'tool_not_found'],
    ['echo', 'ok'],
    ['fail', 'tool_error'],
    ['talk', 'ok'],
  ])
  const talk = calls.at(-1)
  expect(talk).toMatchObject({
    namespace: 'demo',
    method: 'tools/call',
    protocol: 'rest',
    era: 'none',
    principal: 'token',
    client: 'curl/8',
    requestId: 'wanted-1',
    requestBytes: 2,
  })
  expect(talk.durationMs).toBeGreaterThan(0)
  expect(talk.resultBytes).toBeGreaterThan(10)
  expect(calls[3]).toMatchObject({ protocol: 'mcp', era: 'legacy', client: 'tooldock-test 1.0.0' })
  expect(calls[4]).toMatchObject({ protocol: 'mcp', era: 'modern', client: expect.stringContaining('test') })
  expect(calls[0].arguments).toEqual({ user: 'anna', password: '[redacted]' })
  expect(calls[1]).not.toHaveProperty('arguments')
  expect((await running.http(`/api/calls/${talk.id}`)).json).toEqual(talk)
  expect((await running.http('/api/calls/1')).status).toBe(404)
  expect((await callsOf(running, 'outcome=error&limit=1'))[0].name).toBe('nothing')
  const page = (await running.http('/api/calls?limit=4')).json
  expect((await running.http(`/api/calls?limit=4&cursor=${page.nextCursor}`)).json).toEqual({ calls: calls.slice(4), nextCursor: null })

  const { rows } = await until('its counts', async () => {
    const metrics = (await running.http('/api/metrics?groupBy=namespace')).json
    return metrics.rows.length === 2 && metrics
  })
  expect(rows).toMatchObject([
    { namespace: 'demo', calls: 5, errors: 2, errorsByCode: { tool_error: 1, tool_not_found: 1 }, p50Ms: expect.any(Number) },
    { namespace: 'open', calls: 1, errors: 0 },
  ])
  const { points } = (await running.http('/api/metrics/series?namespace=demo')).json
  expect(points.reduce((sum: number, point: { calls: number }) => sum + point.calls, 0)).toBe(5)

  const { lines } = await until('the lines of the call', async () => {
    const logs = (await running.http('/api/logs?requestId=wanted-1')).json
    return logs.lines.length === 2 && logs
  })
  expect(lines.map(({ message }: { message: string }) => message).sort()).toEqual(['request', 'the tool says so'])
  expect(lines.find(({ level }: { level: string }) => level === 'warn')).toMatchObject({
    namespace: 'demo',
    message: 'the tool says so',
    requestId: 'wanted-1',
  })
  const printed = await until('what the tool printed', async () => (await running.http('/api/logs?namespace=demo&search=tool+prints')).json.lines[0])
  expect(printed).toMatchObject({ namespace: 'demo', level: 'info', message: 'the tool prints', fields: { printed: true } })
  const [{ day }] = (await running.http('/api/logs/days')).json.days
  expect((await running.http(`/api/logs/days/${day}`)).text).toContain('"requestId":"wanted-1"')
  expect((await running.http('/api/logs/days/2020-01-01')).status).toBe(404)
  expect((await running.http('/api/logs/histogram?search=the+tool+says')).json).toMatchObject({ complete: true })
  await running.stop()
})

test('changes are told as events and kept in the audit log, without the secrets they carried', async () => {
  const running = await startGateway({ namespaces: { demo: ECHO } })
  gateway = running
  const heard = listen(running, '/api/events')
  const lines = listen(running, '/api/logs/stream?search=heard-live')
  await until('both streams', () => heard.open && lines.open)
  await running.rest('demo', 'echo', { text: 'x' }, { headers: { 'x-request-id': 'heard-live' } })
  expect((await running.http('/api/secrets/PLANTED', { method: 'PUT', body: { value: 'planted-secret-2' } })).status).toBeLessThan(300)
  const config = { namespace: 'kit', entries: [{ namespace: 'demo', tools: 'all', resources: 'all', prompts: 'all' }] }
  expect((await running.http('/api/bundles', { method: 'POST', body: config })).status).toBe(201)
  running.write('demo', { 'more.ts': ECHO['echo.ts'].replaceAll('echo', 'more') })
  await running.reload('demo')
  await until('every event', () =>
    ['call.finished', 'audit', 'namespace.changed', 'bundle.changed'].every((type) => heard.events.some((event) => event.event === type)),
  )
  await until('a line', () => lines.events.length === 1)
  expect(JSON.parse(heard.events.find(({ event }) => event === 'call.finished')?.data ?? '')).toMatchObject({
    calls: [{ name: 'echo', requestId: 'heard-live' }],
    more: 0,
  })
  const { entries } = await until('three entries', async () => {
    const audit = (await running.http('/api/audit')).json
    return audit.entries.length === 3 && audit
  })
  expect(entries).toMatchObject([
    { principal: 'token', action: expect.stringMatching(/reload/i), subject: 'demo', status: 200 },
    { principal: 'token', action: expect.stringMatching(/bundle/i), status: 201 },
    { principal: 'token', subject: 'PLANTED', details: { value: '[16 bytes]' } },
  ])
  expect(JSON.stringify([entries, heard.events])).not.toContain('planted-secret')
  heard.end()
  lines.end()
  await running.stop()
})

function listen(running: Gateway, path: string) {
  const aborter = new AbortController()
  const stream = { open: false, events: [] as { event: string; data: string }[], end: () => aborter.abort() }
  void (async () => {
    const response = await fetch(`${running.url}${path}`, { headers: { authorization: `Bearer ${running.token}` }, signal: aborter.signal })
    stream.open = response.status === 200
    if (response.body !== null) for await (const event of readEvents(response.body)) stream.events.push(event)
  })().catch((error: Error) => {
    if (error.name !== 'AbortError') throw error
  })
  return stream
}
