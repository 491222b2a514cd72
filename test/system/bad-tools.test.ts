import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { type LatencyProbe, probeLatency } from './latency.ts'
import { modern } from './mcp-http.ts'
import { workersOf } from './processes.ts'
import { until } from './until.ts'

const TIMEOUT_SECONDS = 2
/** A busy machine needs its time to fill memory. */
const MEMORY_TIMEOUT_SECONDS = 30
const FILLS_MEMORY: ReadonlySet<string> = new Set(['heap', 'buffers'])
const OUTPUT_BYTES_MAX = 65_536
/** Ten times what is promised: other tests load the machine too. */
const LIVE_P99_MS = 500

const BAD = `import { defineTool } from 'tooldock'
import { setTimeout as pause } from 'node:timers/promises'

export const fine = defineTool({ description: 'Works.', handler: () => 'fine' })
export const loop = defineTool({ description: 'Never yields.', handler: () => { for (;;); } })
export const heap = defineTool({ description: 'Fills the heap.', timeoutSeconds: ${MEMORY_TIMEOUT_SECONDS}, handler: () => { const all = []; for (;;) all.push({ some: ['objects', Math.random()] }) } })
export const buffers = defineTool({ description: 'Fills memory outside the heap.', timeoutSeconds: ${MEMORY_TIMEOUT_SECONDS}, async handler() { const all = []; for (;;) { all.push(Buffer.alloc(8 << 20, 1)); await pause(5) } } })
export const exit = defineTool({ description: 'Ends its process.', handler: () => { process.exit(0) } })
export const abort = defineTool({ description: 'Aborts its process.', handler: () => { process.abort() } })
export const timer = defineTool({ description: 'Throws from a timer.', async handler() { setTimeout(() => { throw new Error('thrown from a timer') }, 10); await pause(60_000); return 'unreachable' } })
export const rejection = defineTool({ description: 'Leaves a rejection unhandled.', async handler() { void Promise.reject(new Error('rejected and forgotten')); await pause(60_000); return 'unreachable' } })
export const flood = defineTool({ description: 'Prints without end.', handler: () => { for (;;) { console.log('o'.repeat(1000)); console.error('e'.repeat(1000)) } } })
export const chatter = defineTool({ description: 'Prints 20 MB and answers.', async handler() { for (let line = 0; line < 20_000; line++) { console.log(line + ' ' + 'c'.repeat(1000)); if (line % 100 === 0) await pause(1) } return 'printed' } })
export const huge = defineTool({ description: 'Answers too much.', handler: () => 'x'.repeat(8 << 20) })
export const circular = defineTool({ description: 'Answers something that is not JSON.', handler: () => { const self: Record<string, unknown> = {}; self.self = self; return self } })
export const odd = defineTool({ description: 'Answers content of an unknown type.', handler: () => ({ content: [{ type: 'hologram', data: 1 }] }) })
`

describe('a tool that misbehaves', () => {
  let gateway: Gateway
  let live: LatencyProbe
  let neighbour: LatencyProbe
  beforeAll(async () => {
    gateway = await startGateway({
      namespaces: { bad: { 'bad.ts': BAD }, good: ECHO },
      env: {
        TOOL_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
        WORKER_MEMORY_MB: '160',
        OUTPUT_LOG_BYTES_MAX: String(OUTPUT_BYTES_MAX),
        RESULT_BYTES_MAX: String(1 << 20),
      },
    })
    for (const tool of ['fine', 'echo'] as const)
      expect(
        (await modern(gateway, tool === 'fine' ? '/bad/mcp' : '/good/mcp', 'tools/call', { name: tool, arguments: tool === 'fine' ? {} : { text: 'x' } }))
          .result.isError,
      ).toBeUndefined()
  })
  afterAll(async () => {
    try {
      await gateway?.stop()
    } finally {
      await gateway?.dispose()
    }
  })
  beforeEach(() => {
    live = probeLatency(() => gateway.http('/health/live', { token: null }))
    neighbour = probeLatency(async () => {
      const { result } = await modern(gateway, '/good/mcp', 'tools/call', { name: 'echo', arguments: { text: 'hello' } })
      expect(result.content).toEqual([{ type: 'text', text: 'hello' }])
    })
  })
  afterEach(async () => {
    const [liveness, calls] = await Promise.all([live.stop(), neighbour.stop()])
    expect(liveness.p99Ms).toBeLessThan(LIVE_P99_MS)
    expect(calls.p99Ms).toBeLessThan(LIVE_P99_MS)
    const { result } = await modern(gateway, '/bad/mcp', 'tools/call', { name: 'fine', arguments: {} })
    expect(result.content, 'the next call of the namespace').toEqual([{ type: 'text', text: 'fine' }])
  })

  const call = async (name: string) => {
    const begin = performance.now()
    const { result, error } = await modern(gateway, '/bad/mcp', 'tools/call', { name, arguments: {} })
    expect(error).toBeUndefined()
    expect(result.isError).toBe(true)
    // Within the timeout, and ten times the time a worker takes to be ended.
    expect(performance.now() - begin).toBeLessThan(((FILLS_MEMORY.has(name) ? MEMORY_TIMEOUT_SECONDS : TIMEOUT_SECONDS) + 10) * 1000)
    return { code: result._meta?.['io.tooldock/error']?.code as string, text: result.content[0].text as string }
  }

  test.each([
    ['loops for ever', 'loop', /tool_timeout/, /did not answer/i],
    ['fills the heap', 'heap', /worker_crashed/, /memory|heap/i],
    ['fills memory outside the heap', 'buffers', /worker_crashed/, /memory/i],
    ['ends its process', 'exit', /worker_crashed/, /exit/i],
    ['aborts its process', 'abort', /worker_crashed/, /SIGABRT|signal|abort/i],
    ['throws from a timer', 'timer', /worker_crashed/, /thrown from a timer|uncaught/i],
    ['leaves a rejection unhandled', 'rejection', /worker_crashed/, /rejected and forgotten|unhandled|uncaught/i],
    ['prints without end', 'flood', /tool_timeout|worker_crashed/, /memory|did not answer/i],
    ['answers more than allowed', 'huge', /result_too_large/, /more than/i],
    ['answers something that is not JSON', 'circular', /invalid_result/, /JSON|circular|cycle/i],
    ['answers content of an unknown type', 'odd', /invalid_result/, /hologram/],
  ])('that %s is answered with a clear error, its worker is replaced, and nobody else is slowed', async (_what, name, code, words) => {
    const answer = await call(name)
    expect(answer.code).toMatch(code)
    expect(answer.text).toMatch(words)
    expect(answer.text).not.toMatch(/\n\s+at /)
  })

  test('that prints a lot and answers is answered, and what it printed is kept within bounds', async () => {
    const { result } = await modern(gateway, '/bad/mcp', 'tools/call', { name: 'chatter', arguments: {} })
    expect(result.content).toEqual([{ type: 'text', text: 'printed' }])
    await until('lines to be written', () => gateway.printed('bad').includes('c'.repeat(1000)))
    expect(gateway.printed('bad').length).toBeLessThanOrEqual(OUTPUT_BYTES_MAX * 2)
  })

  test('never has more than one worker left over', async () => {
    await until('one worker per namespace', () => workersOf(gateway.pid).length <= 2)
  })
})
