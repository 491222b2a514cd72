import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeTimeLibrary, requireOrSkip } from '../skips.ts'
import { ECHO, SLOW } from '../system/echo-tools.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { LegacySession, modern } from '../system/mcp-http.ts'
import { until } from '../system/until.ts'
import { addServer, getServer, serverIn } from '../upstream/servers.ts'
import { inFull } from './bounds.ts'
import { note } from './figures.ts'
import { faultLines } from './judge.ts'

const PROGRAM = resolve(import.meta.dirname, '../servers/fixture/server.mjs')
const HOUR_MS = 3_600_000
const JUMPS_HOURS = inFull ? [5, -7, 30, -26, 1, -1] : [5, -7]
/** Longer than it takes to look for idle sessions once. */
const TIMEOUT_SECONDS = 4
/** What a promise of so many seconds may take on a busy machine. */
const LATE = 10

const ASK = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const ask = defineTool({ description: 'Asks.', handler: async (_args, ctx) => (await ctx.elicit({ message: 'Name?', schema: z.object({ name: z.string() }), key: 'name' })).content?.name })
`

describe('a clock that jumps by hours, forward and back', { ...requireOrSkip('faketime'), timeout: 180_000 }, () => {
  let gateway: Gateway
  /** Jumps after which all was as it should be. */
  const survived: number[] = []
  const folder = mkdtempSync(join(tmpdir(), 'tooldock-clock-'))
  const offset = join(folder, 'offset')
  /** The gateway's clock; its monotonic one and everybody else's go on. */
  const jumpTo = async (to: number): Promise<void> => {
    writeFileSync(`${offset}.next`, `${to >= 0 ? '+' : '-'}${Math.abs(to)}h\n`)
    renameSync(`${offset}.next`, offset)
    await until('the gateway to see it', async () => Math.abs((await gatewayNow()) - Date.now() - to * HOUR_MS) < 60_000)
  }
  const gatewayNow = async (): Promise<number> => Date.parse((await gateway.http('/health/live')).headers.get('date') ?? '')

  beforeAll(async () => {
    writeFileSync(offset, '+0h\n')
    gateway = await startGateway({
      namespaces: { demo: { ...ECHO, ...SLOW, 'ask.ts': ASK } },
      env: {
        ...{
          LD_PRELOAD: fakeTimeLibrary(),
          FAKETIME_TIMESTAMP_FILE: offset,
          FAKETIME_NO_CACHE: '1',
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
          DONT_FAKE_MONOTONIC: '1',
        },
        ...{
          TOOL_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
          SESSION_IDLE_MINUTES: '0.2',
          SERVER_RESTART_DELAY_MS: '500',
          SERVER_RESTART_DELAY_MAX_SECONDS: '1',
          SERVER_RESTART_FAILURES_MAX: '100',
          FASTMCP_STARTUP_TIMEOUT: '60',
        },
      },
      readyTimeoutMs: 120_000,
    })
    await gateway.rest('demo', 'echo', { text: 'warm' })
    await addServer(gateway, 'well', { kind: 'command', command: 'node', args: [PROGRAM, 'well'] })
  })
  afterAll(async () => {
    try {
      await gateway?.stop()
    } finally {
      await gateway?.dispose()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test.each(JUMPS_HOURS)('%i h from now: calls under way, sessions and streams go on; time limits, rates and restarts count in real seconds', async (to) => {
    const session = await LegacySession.open(gateway, '/demo/mcp')
    const stream = new AbortController()
    const listening = await session.listen({ signal: stream.signal })
    const { json: limited } = await gateway.http('/api/keys', { body: { name: `limited ${to}`, role: 'caller', rateLimit: { perSecond: 5, burst: 5 } } })
    const burst = async () =>
      (await Promise.all(Array.from({ length: 12 }, () => gateway.rest('demo', 'echo', { text: 'x' }, { token: limited.secret })))).filter(
        ({ status }) => status === 200,
      ).length
    const parked = await modern(gateway, '/demo/mcp', 'tools/call', { name: 'ask', arguments: {} }, { capabilities: { elicitation: {} } })
    expect(await burst()).toBeLessThan(12)

    // Under way while the clock jumps: one that ends in time, one that never would.
    const sleeping = gateway.rest('demo', 'sleep', { ms: 1000 })
    const begin = performance.now()
    const endless = gateway.rest('demo', 'sleep', { ms: 600_000 })
    process.kill((await getServer(gateway, 'well')).pid as number, 'SIGKILL')
    await jumpTo(to)

    expect((await sleeping).status).toBe(200)
    expect((await endless).json.error.code).toBe('tool_timeout')
    expect(performance.now() - begin).toBeGreaterThan(TIMEOUT_SECONDS * 900)
    expect(performance.now() - begin).toBeLessThan(TIMEOUT_SECONDS * 1000 * LATE)
    await serverIn(gateway, 'well', 'running', 5000 * LATE)
    expect((await session.request('tools/call', { name: 'echo', arguments: { text: 'still' } })).result.content[0].text).toBe('still')
    const reader = (listening.body as ReadableStream<Uint8Array>).getReader()
    await reader.read() // Its first event; a stream that had ended would be done before the abort.
    const over = reader.read().then(
      ({ done }) => done,
      () => 'aborted',
    )
    // Neither shut for hours nor open without limit.
    const answered = await until('the rate limit to let go', burst, 1000 * LATE)
    expect(answered).toBeLessThan(12)
    stream.abort()
    expect(await over).toBe('aborted')
    const answers = { requestState: parked.result.requestState, inputResponses: { name: { action: 'accept', content: { name: 'Ada' } } } }
    const late = await modern(gateway, '/demo/mcp', 'tools/call', { name: 'ask', arguments: {}, ...answers }, { capabilities: { elicitation: {} } })
    expect(late.result?.content?.[0]?.text ?? late.error?.data?.code).toMatch(/^(Ada|invalid_request_state|parked_call_gone)$/)
    await until('it to be ready', async () => (await gateway.http('/health/ready')).status === 200, 1000 * LATE)
    survived.push(to)
  })

  test('a key expires by the clock on the wall, and is good again when that went back', async () => {
    await jumpTo(0)
    const expiresAt = new Date(Date.now() + 2 * HOUR_MS).toISOString()
    const { json: key } = await gateway.http('/api/keys', { body: { name: 'two hours', role: 'caller', expiresAt } })
    const asked = async () => (await gateway.rest('demo', 'echo', { text: 'x' }, { token: key.secret })).status
    expect(await asked()).toBe(200)
    await jumpTo(3)
    await until('it to have expired', async () => (await asked()) === 401, 1000 * LATE)
    await jumpTo(1)
    await until('it to be good', async () => (await asked()) === 200, 1000 * LATE)
  })

  test('nothing that was kept is deleted by it, and what is written later is found', async () => {
    await jumpTo(40)
    const { headers } = await gateway.rest('demo', 'echo', { text: 'tomorrow' })
    const requestId = headers.get('x-request-id')
    await until('the call to be recorded', async () => (await gateway.http('/api/calls?limit=5')).text.includes(requestId as string))
    await jumpTo(0)
    const today = (await gateway.rest('demo', 'echo', { text: 'today' })).headers.get('x-request-id')
    await until('a call of the day before to be recorded', async () => (await gateway.http('/api/calls?limit=50')).text.includes(today as string))
    const days = (await gateway.http('/api/logs/days')).json.days
    expect(days.length).toBeGreaterThanOrEqual(2)
    expect((await gateway.reload('demo')).status).toBe(200)
    expect((await gateway.http('/api/audit?limit=1')).status).toBe(200)
    note('A clock that jumps', {
      'jumps survived (hours)': survived.join(', '),
      'each with': '1 call that ends in time, 1 that never would, 1 session, 1 stream, 1 killed server, 1 limited key',
    })
    expect(faultLines(gateway.output())).toEqual([])
  })
})
