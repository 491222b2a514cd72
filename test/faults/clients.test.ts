import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { ECHO } from '../system/echo-tools.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { LegacySession } from '../system/mcp-http.ts'
import { memoryOf } from '../system/processes.ts'
import { until } from '../system/until.ts'
import { inFull, secondsOr } from './bounds.ts'
import { note } from './figures.ts'
import { CLOSES_IDLE, type Footprint, returnsTo, settledFootprint } from './footprint.ts'
import { faultLines } from './judge.ts'
import { startLoad, sumOf } from './load.ts'

const SESSIONS = inFull ? 10_000 : 1_000
const STREAMS = inFull ? 1_000 : 300
const VANISHING = inFull ? 1_000 : 150
/** After so long without a message a session ends, its open stream included. */
const IDLE_SECONDS = inFull ? 60 : 3
/** Requests that are made at once. */
const AT_ONCE = 25
/** Generous: what V8 has not collected yet counts too. */
const SESSION_KB_MAX = 40
const STREAM_KB_MAX = 150
const BIG_BYTES = 4 << 20
const BUFFER_BYTES_MAX = 1 << 20

const TOOLS = {
  'more.ts': `import { defineTool } from 'tooldock'
export const small = defineTool({ description: 'Answers little.', handler: () => 'x' })
export const big = defineTool({ description: 'Answers a lot.', handler: () => 'x'.repeat(${BIG_BYTES}) })
export const progress = defineTool({ description: 'Says a lot on its way.', async handler(_args, ctx) {
  for (let step = 0; step < 2000; step++) { ctx.progress(step, 2000, 'p'.repeat(4000)); if (step % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1)) }
  return 'done'
} })
`,
}

/** Runs `count` of them, a few at a time. */
async function many<T>(count: number, one: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await one(index)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return results
}

describe('many clients, and odd ones', { timeout: 600_000 }, () => {
  let gateway: Gateway
  let before: Footprint
  const closing: (() => void)[] = []
  beforeAll(async () => {
    gateway = await startGateway({
      namespaces: { demo: ECHO, odd: TOOLS },
      env: {
        ...CLOSES_IDLE,
        ...{ SESSION_IDLE_MINUTES: String(IDLE_SECONDS / 60), SESSIONS_MAX: String(SESSIONS) },
        ...{ STREAM_BUFFER_BYTES_MAX: String(BUFFER_BYTES_MAX), RESULT_BYTES_MAX: String(2 * BIG_BYTES), TOOL_TIMEOUT_SECONDS: '10' },
      },
      nodeArgs: ['--expose-gc', '--import', 'data:text/javascript,process.on("SIGUSR2",()=>gc())'],
      readyTimeoutMs: 120_000,
    })
    await gateway.rest('demo', 'echo', { text: 'warm' })
    await gateway.rest('odd', 'small')
    before = await settledFootprint(gateway)
  })
  afterAll(async () => {
    for (const close of closing) close()
    try {
      await gateway?.stop()
    } finally {
      await gateway?.dispose()
    }
  })

  const metric = async (name: string): Promise<number> => Number(new RegExp(`^${name} (\\d+)`, 'm').exec((await gateway.http('/metrics')).text)?.[1])
  const ended = () => until('the sessions to end', async () => (await metric('tooldock_sessions')) === 0, 120_000)
  const heapMb = async (): Promise<number> => {
    gateway.process.kill('SIGUSR2')
    await gateway.http('/health/live')
    return (await metric('nodejs_heap_size_used_bytes')) / (1 << 20)
  }

  test(`${SESSIONS} sessions that nobody ends are served, bounded, ended for idleness, and leave nothing`, async () => {
    const empty = await heapMb()
    let opened = 0
    const attempts = await many(SESSIONS + AT_ONCE, () =>
      LegacySession.open(gateway, '/demo/mcp').then(
        () => ++opened,
        (error: Error) => error.message,
      ),
    )
    const refused = attempts.filter((attempt) => typeof attempt === 'string')
    const [open, full] = [await metric('tooldock_sessions'), await heapMb()]
    for (const words of refused) expect(words).toMatch(/too_many_sessions/)
    expect(open).toBeLessThanOrEqual(SESSIONS)
    await ended()
    const after = await heapMb()
    const kb = ((full - empty) * 1024) / open
    note('Sessions that nobody ends', {
      opened,
      'open at once': open,
      refused: refused.length,
      'KiB of heap each': Math.round(kb * 10) / 10,
      'MiB of heap before': Math.round(empty),
      after: Math.round(after),
    })
    expect(kb).toBeLessThan(SESSION_KB_MAX)
    expect(after - empty).toBeLessThan(5 + (opened * 0.2) / 1024)
  })

  test(`${STREAMS} listening streams each hear of a change and of the end, and leave nothing`, async () => {
    const empty = memoryOf(gateway.pid).nowMb
    const streams = await many(STREAMS, (index) => listen(gateway, index))
    await until('every stream to be open', () => streams.every(({ heard }) => heard() > 0), 60_000)
    await many(STREAMS, async (index) => streams[index]?.stay())
    const open = await metric('tooldock_streams')
    const kb = ((memoryOf(gateway.pid).nowMb - empty) * 1024) / STREAMS
    const heard = streams.map((stream) => stream.heard())
    gateway.write('demo', { 'added.ts': "import { defineTool } from 'tooldock'\nexport const added = defineTool({ description: 'x', handler: () => 'x' })\n" })
    expect((await gateway.reload('demo')).status).toBe(200)
    await until('every stream to have heard of it', () => streams.every((stream, index) => stream.heard() > (heard[index] ?? 0)), 60_000)
    for (const { end } of streams) end()
    await until('the streams to be gone', async () => (await metric('tooldock_streams')) === 0, 60_000)
    note('Streams that listen', { opened: open, 'heard of a change': streams.length, 'KiB resident each': Math.round(kb) })
    expect(open).toBe(STREAMS)
    expect(kb).toBeLessThan(STREAM_KB_MAX)
  })

  test(`${VANISHING} clients that stop reading, hang up in the middle or say half a request disturb nobody and cost no more than their bounds`, async () => {
    const load = startLoad(gateway, 'demo')
    closing.push(() => void load.stop())
    await load.recovered(60_000)
    const empty = memoryOf(gateway.pid).nowMb
    let peakMb = 0
    const watch = setInterval(() => {
      peakMb = Math.max(peakMb, memoryOf(gateway.pid).nowMb)
    }, 100)
    closing.push(() => clearInterval(watch))
    const sockets = await many(VANISHING, (index) => vanish(gateway, VANISHERS[index % VANISHERS.length] as Vanisher))
    const stuckFrom = performance.now()
    await load.recovered(120_000)
    await until('the stuck clients to have been there for a while', () => performance.now() - stuckFrom > secondsOr(2) * 1000, secondsOr(2) * 2000)
    clearInterval(watch)
    for (const socket of sockets) socket.destroy()
    const { tried, survived, lost, wrong } = await load.stop()
    note('Vanishing and slow clients', {
      clients: VANISHING,
      'calls of others tried': tried,
      survived,
      lost: sumOf(lost),
      'MiB more at the highest': Math.round(peakMb - empty),
    })
    expect(wrong).toEqual([])
    // Only the concurrency of the namespace itself may refuse others; it is not reached here.
    expect(lost).toEqual({})
    await until('calls of nobody to end', async () => (await gateway.http('/health')).json.now.callsInFlight === 0, 60_000)
    await until('their streams to end', async () => (await metric('tooldock_streams')) === 0, 60_000)
  })

  test('all of them together leave as many processes and descriptors as before', requireOrSkip('linux'), async () => {
    await ended()
    // A worker whose caller never read was ended with its call.
    await until(
      'a worker of each namespace',
      async () => (await gateway.rest('odd', 'small')).status === 200 && (await gateway.rest('demo', 'echo', { text: 'x' })).status === 200,
    )
    await returnsTo(gateway, before, 60_000)
    expect(faultLines(gateway.output())).toEqual([])
  })
})

interface Listening {
  /** Events so far. */
  heard(): number
  /** Puts off its end for idleness. */
  stay(): Promise<unknown>
  end(): void
}

/** Half of them listen as a session, half by subscription. */
async function listen(gateway: Gateway, index: number): Promise<Listening> {
  const base = { authorization: `Bearer ${gateway.token}`, accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
  const abort = new AbortController()
  const session = index % 2 === 0 ? await LegacySession.open(gateway, '/demo/mcp') : undefined
  const response =
    session !== undefined
      ? await session.listen({ signal: abort.signal })
      : await fetch(`${gateway.url}/demo/mcp`, {
          method: 'POST',
          headers: { ...base, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' },
          body: JSON.stringify(subscription(index)),
          signal: abort.signal,
        })
  let events = 0
  void (async () => {
    for await (const chunk of response.body as ReadableStream<Uint8Array>) events += Buffer.from(chunk).toString('latin1').split('\n\n').length - 1
  })().catch(() => undefined) // Ended by `abort`.
  return { heard: () => events, stay: async () => session?.request('ping'), end: () => abort.abort() }
}

const subscription = (id: number) => ({
  jsonrpc: '2.0',
  id,
  method: 'subscriptions/listen',
  params: {
    notifications: { toolsListChanged: true },
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'many', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
})

/** What an odd client writes, and how it goes. `stays`: it never reads and never closes. */
interface Vanisher {
  readonly body: string
  readonly path: string
  /** Of the request, how much is sent. */
  readonly share: number
  readonly leave: 'reset' | 'half-close' | 'stay'
}

const call = (tool: string) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: tool, arguments: {}, _meta: { ...subscription(1).params._meta, progressToken: 1 } },
  })
const VANISHERS: readonly Vanisher[] = [
  { body: call('big'), path: '/odd/mcp', share: 1, leave: 'reset' },
  { body: call('big'), path: '/odd/mcp', share: 1, leave: 'stay' },
  { body: call('progress'), path: '/odd/mcp', share: 1, leave: 'reset' },
  { body: call('progress'), path: '/odd/mcp', share: 1, leave: 'stay' },
  { body: '{}', path: '/odd/openapi/tools/big', share: 1, leave: 'half-close' },
  { body: call('big'), path: '/odd/mcp', share: 0.5, leave: 'reset' },
  { body: call('big'), path: '/odd/mcp', share: 0.3, leave: 'half-close' },
  { body: JSON.stringify(subscription(1)), path: '/odd/mcp', share: 1, leave: 'stay' },
]

async function vanish(gateway: Gateway, { body, path, share, leave }: Vanisher): Promise<Socket> {
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `authorization: Bearer ${gateway.token}`,
    'content-type: application/json',
    'accept: application/json, text/event-stream',
    'mcp-protocol-version: 2026-07-28',
    `mcp-method: ${path.includes('openapi') ? '' : JSON.parse(body).method}`,
    ...(path.includes('openapi') || JSON.parse(body).params.name === undefined ? [] : [`mcp-name: ${JSON.parse(body).params.name}`]),
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  const whole = `${head.join('\r\n')}\r\n\r\n${body}`
  const socket = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {}) // The gateway may hang up first.
  socket.pause()
  await new Promise<void>((resolve) => socket.write(whole.slice(0, Math.ceil(whole.length * share)), () => resolve()))
  if (leave === 'half-close') socket.end()
  if (leave === 'reset') setTimeout(() => socket.resetAndDestroy(), 20)
  return socket
}
