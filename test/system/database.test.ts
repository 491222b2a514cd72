import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { startPostgres } from '../postgres.ts'
import { requireOrSkip } from '../skips.ts'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { probeLatency } from './latency.ts'
import { modern } from './mcp-http.ts'
import { until } from './until.ts'

const LOCKED_MS = 15_000
/** Ten times what is promised: other tests load the machine too. */
const P99_MS = 500

let gateway: Gateway | undefined
afterEach(async () => {
  await gateway?.dispose()
})

test('SQLite that is locked for 15 s slows no call, no list and no probe', { timeout: 60_000 }, async () => {
  const running = await startGateway({ namespaces: { demo: ECHO } })
  gateway = running
  await running.rest('demo', 'echo', { text: 'warm' })
  const database = new DatabaseSync(join(running.dataDir, 'db/tooldock.db'))
  database.exec('PRAGMA busy_timeout = 5000; BEGIN EXCLUSIVE')
  // Something for the store to wait on.
  const reload = running.reload('demo')
  const probes = {
    call: probeLatency(async () => expect((await running.rest('demo', 'echo', { text: 'x' })).status).toBe(200)),
    list: probeLatency(async () => expect((await modern(running, '/demo/mcp', 'tools/list')).result.tools).toHaveLength(1)),
    live: probeLatency(async () => expect((await running.http('/health/live')).status).toBe(200)),
  }
  await new Promise((done) => setTimeout(done, LOCKED_MS))
  const [call, list, live] = await Promise.all([probes.call.stop(), probes.list.stop(), probes.live.stop()])
  database.exec('COMMIT')
  database.close()
  for (const { p99Ms, count } of [call, list, live]) {
    expect(p99Ms).toBeLessThan(P99_MS)
    expect(count).toBeGreaterThan(50)
  }
  expect([200, 503]).toContain((await reload).status)
  await until('ready again', async () => (await running.http('/health/ready')).status === 200)
  expect((await running.reload('demo')).status).toBe(200)
  await running.stop()
})

test('a database that cannot be reached at start ends it within 10 s with one line, and the port never opens', { timeout: 30_000 }, async () => {
  const begin = performance.now()
  const started = startGateway({ env: { DATABASE_URL: 'postgresql://someone:planted-password@127.0.0.1:1/nothing' } })
  const error = await started.then(
    () => expect.fail('it started'),
    (reason: Error) => reason,
  )
  expect(performance.now() - begin).toBeLessThan(10_000)
  expect(error.message).toMatch(/ended \(1\)/)
  expect(error.message).toMatch(/database|PostgreSQL/i)
  expect(error.message).not.toContain('planted-password')
  expect(error.message).not.toContain('listening')
})

describe('on PostgreSQL', requireOrSkip('postgresql'), () => {
  test('ready says 503 with the reason while the database does not answer, calls go on, and 200 when it is back', { timeout: 120_000 }, async () => {
    const postgres = await startPostgres()
    try {
      const running = await startGateway({ namespaces: { demo: ECHO }, env: { DATABASE_URL: postgres.url, DATABASE_TIMEOUT_MS: '3000' } })
      gateway = running
      await running.rest('demo', 'echo', { text: 'warm' })
      await postgres.pause()
      const unready = await until('ready to say 503', async () => {
        const reply = await running.http('/health/ready')
        return reply.status === 503 && reply
      })
      expect(unready.json).toMatchObject({ status: 'not_ready', checks: { store: 'failed' }, reasons: [expect.stringMatching(/database/)] })
      expect((await running.http('/health/ready', { token: null })).json).not.toHaveProperty('reasons')
      const calls = probeLatency(async () => expect((await running.rest('demo', 'echo', { text: 'x' })).status).toBe(200))
      await new Promise((done) => setTimeout(done, 3000))
      expect((await calls.stop()).p99Ms).toBeLessThan(P99_MS)
      expect((await running.http('/health/live')).status).toBe(200)
      await postgres.resume()
      await until('ready to say 200', async () => (await running.http('/health/ready')).status === 200, 30_000)
      expect((await running.reload('demo')).status).toBe(200)
      await running.stop()
    } finally {
      await postgres.stop()
    }
  })
})
