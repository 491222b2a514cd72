import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { TOKEN_HOLDER } from '../kernel/principal.ts'
import { createProcesses, type Processes } from '../process/processes.ts'
import { createSandbox, locateRuntime, type Sandbox } from '../process/sandbox.ts'
import type { UpstreamCall, UpstreamResult } from '../upstream/upstream.ts'
import { NO_SECRETS } from './test-namespaces.ts'
import { createWorkerUpstream, type WorkerUpstreamDeps } from './worker-upstream.ts'
import type { Generation, WorkerEvent, WorkerUpstream } from './worker-upstream.types.ts'

/** A worker in as few lines as the protocol allows; the folder's `tools.mjs` exports its tools, called as (args, api). */
const WORKER = `
import { Socket } from 'node:net'
const socket = new Socket({ fd: 3 })
const send = (message) => socket.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
const notify = (method, params) => send({ method, params })
let tools = {}
const parked = new Map()
let lastParked = 0
async function onRequest({ id, method, params }) {
  if (method === 'ping') return {}
  if (method === 'tooldock/load') {
    tools = await import('file://' + params.dir + '/tools.mjs')
    return { catalogue: { tools: [], resources: [], resourceTemplates: [], prompts: [], completions: false }, problems: tools.problems ?? [] }
  }
  const resume = parked.get(params.requestState)
  if (resume) { parked.delete(params.requestState); return { resultType: 'complete', resumed: params.inputResponses } }
  const api = { id, params, notify, send, socket, park: () => { const state = 'parked:' + ++lastParked; parked.set(state, true); return { resultType: 'input_required', inputRequests: { name: { method: 'elicitation/create' } }, requestState: state } } }
  const result = await tools[params.name](params.arguments, api)
  return { resultType: 'complete', ...(typeof result === 'object' ? result : { content: [{ type: 'text', text: String(result) }] }) }
}
let rest = ''
socket.on('data', (chunk) => {
  const lines = (rest + chunk).split('\\n')
  rest = lines.pop()
  for (const line of lines) {
    const message = JSON.parse(line)
    if (message.id === undefined) { tools.onNotification?.(message, notify); continue }
    onRequest(message).then((result) => send({ id: message.id, result }), (error) => send({ id: message.id, error: { code: error.code ?? -32603, message: error.message, data: error.data } }))
  }
})
socket.on('end', () => process.exit(0))
`

const TOOLS = `
export const echo = ({ text }) => text
export const slow = ({ ms }) => new Promise((resolve) => setTimeout(() => resolve('slept'), ms))
export const never = () => new Promise(() => {})
export const loop = () => { for (;;); }
export const exit = ({ code }) => process.exit(code)
export const heap = () => { const kept = []; for (;;) kept.push(new Array(10000).fill({ a: kept.length })) }
export const buffers = async () => { const kept = []; for (;;) { kept.push(Buffer.alloc(8 * 1024 * 1024, 1)); await new Promise((resolve) => setTimeout(resolve, 5)) } }
export const lateThrow = () => { setTimeout(() => { throw new Error('from a timer') }, 10); return new Promise(() => {}) }
const floodOf = async (stream) => { const chunk = 'x'.repeat(65536); for (;;) if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve)) }
export const floodBoth = () => Promise.all([floodOf(process.stdout), floodOf(process.stderr)])
export const big = ({ chars }) => ({ content: [{ type: 'text', text: 'z'.repeat(chars) }] })
export const park = (args, api) => api.park()
export const own = () => ({ resultType: 'input_required', inputRequests: {}, requestState: 'own:mine' })
export const progress = (args, { id, notify }) => { for (let progress = 1; progress <= 3; progress++) notify('notifications/progress', { progressToken: id, progress }); notify('tooldock/closeStream', { callId: id }); return 'done' }
export const say = (args, { id, notify }) => { notify('tooldock/log', { level: 'info', message: 'hello log', callId: id }); notify('notifications/tools/list_changed', {}); notify('notifications/resources/updated', { uri: 'a://b' }); return 'said' }
export const refuse = ({ code, data }) => { throw Object.assign(new Error('refused'), { code, data }) }
export const garbage = (args, { socket }) => { socket.write('this is not JSON\\n'); return new Promise(() => {}) }
export const envelope = (args, { params }) => ({ structuredContent: params })
export const reorder = (args, { id, socket }) => { socket.write('{"jsonrpc":"2.0","id":' + id + ',"result":{"content":[],\\r"isError":true,"resultType":"complete"}}\\n'); return new Promise(() => {}) }
export const closePipe = (args, { socket }) => { setInterval(() => {}, 1000); socket.destroy(); return new Promise(() => {}) }
let cancelled = 0
export const cancellations = () => cancelled
export const onNotification = (message) => { if (message.method === 'notifications/cancelled') cancelled++ }
`

const CONFIG: WorkerUpstreamDeps['config'] = {
  toolTimeoutSeconds: 10,
  callConcurrencyMax: 100,
  callQueueMax: 1000,
  resultBytesMax: 16 * 1024 * 1024,
  workerMemoryMb: 256,
  workerIdleMinutes: 15,
  workerStartSeconds: 10,
  parkedCallsMax: 3,
  parkedCallMinutes: 10,
}

const TICK_MS = 5

let dir: string
let processes: Processes
let sandbox: Sandbox
let stalls: ReturnType<typeof watchStalls>
const upstreams: WorkerUpstream[] = []
const warnings: string[] = []
const noLog = { debug() {}, info() {}, warn: (_: unknown, text?: string) => void warnings.push(String(text)), error() {} }
const output: { stream: string; text: string }[] = []
let outputBytes = 0

beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'worker-upstream-')))
  writeFileSync(join(dir, 'worker.mjs'), WORKER)
  processes = createProcesses({ log: noLog, dataDir: dir })
  sandbox = createSandbox({ log: noLog, runtime: { ...locateRuntime(), main: join(dir, 'worker.mjs'), readable: [join(dir, 'worker.mjs')] } })
})
afterAll(async () => {
  await processes.close()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(() => {
  output.length = 0
  outputBytes = 0
  warnings.length = 0
  stalls = watchStalls()
})
afterEach(async () => {
  // Promised: under 50 ms.
  expect(stalls.end()).toBeLessThan(500)
  await Promise.all(upstreams.splice(0).map((upstream) => upstream.stop(0)))
  expect(processes.size).toBe(0)
})

/** The longest stall of this event loop in milliseconds, without the time this thread waited for a processor. */
function watchStalls(): { end(): number } {
  const waitedMs = () => Number(process.platform === 'linux' ? readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[1] : 0) / 1e6
  let last = { at: performance.now(), waited: waitedMs() }
  let longest = 0
  const timer = setInterval(() => {
    const now = { at: performance.now(), waited: waitedMs() }
    longest = Math.max(longest, now.at - last.at - TICK_MS - (now.waited - last.waited))
    last = now
  }, TICK_MS)
  return {
    end() {
      clearInterval(timer)
      return longest
    },
  }
}

function upstreamOf(
  options: {
    config?: Partial<WorkerUpstreamDeps['config']>
    manifest?: Partial<Generation['manifest']>
    tools?: string
    onEvent?: (event: WorkerEvent) => void
  } = {},
): WorkerUpstream {
  const generationDir = mkdtempSync(join(dir, 'generation-'))
  writeFileSync(join(generationDir, 'tools.mjs'), options.tools ?? TOOLS)
  const generation: Generation = {
    namespace: 'demo',
    id: '2026-01-01.abc',
    dir: generationDir,
    manifest: { env: {}, limits: {}, permissions: [], keepWarm: false, ...options.manifest },
    permissions: [],
    stateDir: join(generationDir, 'state'),
  }
  const upstream = createWorkerUpstream(generation, {
    processes,
    sandbox,
    config: { ...CONFIG, ...options.config },
    log: noLog,
    secrets: NO_SECRETS,
    output: (_, stream, chunk) => {
      outputBytes += chunk.length
      if (chunk.length < 1000) output.push({ stream, text: String(chunk) })
    },
    onEvent: options.onEvent ?? (() => {}),
  })
  upstreams.push(upstream)
  return upstream
}

function callOf(name: string, args: object = {}, rest: Partial<UpstreamCall> = {}): UpstreamCall {
  return { method: 'tools/call', params: { name, arguments: args }, requestId: 'request-1', principal: TOKEN_HOLDER, clientCapabilities: {}, ...rest }
}
const run = (upstream: WorkerUpstream, name: string, args: object = {}, rest: Partial<UpstreamCall> = {}): Promise<UpstreamResult> =>
  upstream.call(callOf(name, args, rest)).result
const textOf = (result: UpstreamResult): string => (result.kind === 'complete' ? (JSON.parse(result.json).content[0].text as string) : 'input required')
const failure = (promise: Promise<unknown>): Promise<{ code: string; message: string; details?: unknown }> =>
  promise.then(
    (value) => Promise.reject(new Error(`expected a failure, got ${JSON.stringify(value)}`)),
    (error) => error,
  )

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 15_000, interval: 10 }).toBe(true)
}

describe('calls', () => {
  it('starts a worker with the first call and answers', async () => {
    const upstream = upstreamOf()
    expect(upstream.state).toBe('stopped')
    expect(textOf(await run(upstream, 'echo', { text: 'héllo' }))).toBe('héllo')
    expect(upstream.state).toBe('running')
    expect(upstream.pid).toBeGreaterThan(0)
  })

  it('says why the program of a worker could not begin', async () => {
    const main = join(dir, 'unreadable.mjs')
    writeFileSync(main, "import '/etc/hostname'\n")
    const kept = sandbox
    sandbox = createSandbox({ log: noLog, runtime: { ...locateRuntime(), main, readable: [main] } })
    try {
      const { code, message } = await failure(run(upstreamOf(), 'echo', { text: 'never' }))
      expect([code, message]).toEqual(['worker_start_failed', expect.stringMatching(/exited with code 1: .*Error.*(restricted|access)/i)])
    } finally {
      sandbox = kept
    }
  })

  it('tells the worker who calls, what the caller can do and how long a call may be parked', async () => {
    const upstream = upstreamOf()
    const rest = {
      clientCapabilities: { elicitation: {} },
      clientInfo: { name: 'c' },
      logLevel: 'info',
      meta: { traceparent: '00-1' },
      onNotification: () => {},
    }
    const result = await run(upstream, 'envelope', { a: 1 }, rest)
    const params = JSON.parse(result.kind === 'complete' ? result.json : '').structuredContent
    expect(params).toEqual({
      name: 'envelope',
      arguments: { a: 1 },
      _meta: {
        traceparent: '00-1',
        'io.tooldock/call': { requestId: 'request-1', principal: { kind: 'token', id: 'token', name: 'token' }, parkMs: 600_000 },
        'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
        'io.modelcontextprotocol/clientInfo': { name: 'c' },
        'io.modelcontextprotocol/logLevel': 'info',
        progressToken: expect.any(Number),
      },
    })
  })

  it('answers 200 calls at once, each with its own result, in one worker', async () => {
    const upstream = upstreamOf()
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) => run(upstream, 'echo', { text: `n${i}` })))
    expect(results.map(textOf)).toEqual(Array.from({ length: 200 }, (_, i) => `n${i}`))
    expect(upstream.inFlight).toBe(0)
    expect(processes.size).toBe(1)
  })

  it('passes a large result on as the worker wrote it', async () => {
    const result = await run(upstreamOf(), 'big', { chars: 10_000_000 })
    expect(textOf(result)).toHaveLength(10_000_000)
  })

  it('writes a result anew that does not begin as promised or holds a carriage return', async () => {
    const result = await run(upstreamOf(), 'reorder')
    expect(result).toMatchObject({ kind: 'complete', isError: true })
    expect(result.kind === 'complete' && result.json).toMatch(/^\{"resultType":"complete","isError":true,/)
    expect(result.kind === 'complete' && result.json).not.toContain('\r')
  })

  it('delivers notifications of a call in order and before its result', async () => {
    const heard: unknown[] = []
    const upstream = upstreamOf()
    await run(upstream, 'progress', {}, { onNotification: (method, params) => heard.push([method, params.progress]) }).then(() => heard.push('result'))
    expect(heard).toEqual([
      ['notifications/progress', 1],
      ['notifications/progress', 2],
      ['notifications/progress', 3],
      ['tooldock/closeStream', undefined],
      'result',
    ])
  })

  it('announces what tools announce, and writes log lines to the output of the namespace', async () => {
    const events: WorkerEvent[] = []
    await run(upstreamOf({ onEvent: (event) => events.push(event) }), 'say')
    expect(events).toContainEqual({ type: 'listChanged', list: 'tools' })
    expect(events).toContainEqual({ type: 'resourceUpdated', uri: 'a://b' })
    expect(output).toContainEqual({ stream: 'log', text: 'info request-1 hello log\n' })
  })

  it.each([
    [-32602, { uri: 'x://y' }, 'resource_not_found'],
    [-32602, { code: 'tool_not_found' }, 'tool_not_found'],
    [-32602, undefined, 'invalid_params'],
    [-32021, { requiredCapabilities: { sampling: {} } }, 'missing_client_capability'],
    [-32603, undefined, 'tool_error'],
    [-32603, { code: 'too_many_parked_calls' }, 'too_many_parked_calls'],
  ])('says JSON-RPC error %i with data %o as %s', async (code, data, expected) => {
    expect(await failure(run(upstreamOf(), 'refuse', { code, data }))).toMatchObject({ code: expected, message: 'refused' })
  })

  it('runs and queues as many calls as the limits allow and refuses the next', async () => {
    const upstream = upstreamOf({ manifest: { limits: { concurrency: 2, queue: 1 } } })
    const calls = [run(upstream, 'slow', { ms: 300 }), run(upstream, 'slow', { ms: 300 }), run(upstream, 'slow', { ms: 300 })]
    expect(await failure(run(upstream, 'echo', { text: '' }))).toMatchObject({ code: 'too_many_calls' })
    expect((await Promise.all(calls)).map(textOf)).toEqual(['slept', 'slept', 'slept'])
  })

  it('refuses parameters larger than the namespace allows', async () => {
    const upstream = upstreamOf({ manifest: { limits: { payloadBytes: 1024 } } })
    expect(await failure(run(upstream, 'echo', { text: 'x'.repeat(1024) }))).toMatchObject({ code: 'payload_too_large' })
    expect(textOf(await run(upstream, 'echo', { text: 'x'.repeat(500) }))).toHaveLength(500)
  })

  it('cancels a running call and a queued one', async () => {
    const upstream = upstreamOf({ manifest: { limits: { concurrency: 1 } } })
    await run(upstream, 'echo', { text: '' })
    const first = upstream.call(callOf('never'))
    const second = upstream.call(callOf('never'))
    second.cancel('gone')
    first.cancel('gone')
    first.cancel('again')
    expect(await failure(first.result)).toMatchObject({ code: 'cancelled' })
    expect(await failure(second.result)).toMatchObject({ code: 'cancelled' })
    expect(textOf(await run(upstream, 'cancellations'))).toBe('1')
    expect(upstream.inFlight).toBe(0)
  })
})

describe('tools that misbehave', () => {
  it('answers tool_timeout and keeps a worker that still answers', async () => {
    const upstream = upstreamOf({ manifest: { limits: { timeoutSeconds: 1 } } })
    await upstream.load()
    const { pid } = upstream
    expect(await failure(run(upstream, 'never'))).toMatchObject({ code: 'tool_timeout', message: '"never" did not answer within 1 s.' })
    expect(textOf(await run(upstream, 'cancellations'))).toBe('1')
    expect(upstream.pid).toBe(pid)
  })

  it('answers tool_timeout and replaces a worker that is stuck in a loop; others in flight are told', async () => {
    const upstream = upstreamOf({ manifest: { limits: { timeoutSeconds: 0.5 } } })
    await upstream.load()
    const { pid } = upstream
    const both = [failure(run(upstream, 'loop')), failure(run(upstream, 'echo', { text: 'behind it' }))]
    expect(await both[0]).toMatchObject({ code: 'tool_timeout' })
    expect(['tool_timeout', 'worker_crashed']).toContain((await both[1])?.code)
    // Not sent to the worker that is stuck.
    expect(textOf(await run(upstream, 'echo', { text: 'back' }))).toBe('back')
    expect(upstream.pid).not.toBe(pid)
  })

  it('ends a worker whose looping call was cancelled', async () => {
    const upstream = upstreamOf({ manifest: { limits: { timeoutSeconds: 0.5 } } })
    await upstream.load()
    const looping = upstream.call(callOf('loop'))
    setTimeout(() => looping.cancel('gone'), 50)
    expect(await failure(looping.result)).toMatchObject({ code: 'cancelled' })
    await until(() => upstream.state === 'stopped')
    expect(processes.size).toBe(0)
  })

  it.each([
    ['exit', { code: 3 }, /exited with code 3/],
    ['lateThrow', {}, /exited with code/],
    ['heap', {}, /heap grows beyond its 128 MiB|more than its 128 MiB/],
    ['buffers', {}, /more than its 128 MiB/],
    ['garbage', {}, /broke the protocol/],
    ['closePipe', {}, /closed its connection/],
  ])(
    'answers worker_crashed when a tool does "%s", and the next call has a new worker',
    async (tool, args, reason) => {
      const upstream = upstreamOf({ manifest: { limits: { memoryMb: 128, timeoutSeconds: 20 } } })
      expect(textOf(await run(upstream, 'echo', { text: 'first' }))).toBe('first')
      const error = await failure(run(upstream, tool, args))
      expect(error).toMatchObject({ code: 'worker_crashed', message: expect.stringMatching(reason) })
      expect(textOf(await run(upstream, 'echo', { text: 'back' }))).toBe('back')
    },
    30_000,
  )

  it('captures what tools print', async () => {
    const upstream = upstreamOf({ tools: "console.log('to stdout'); console.error('to stderr'); export const echo = ({ text }) => text" })
    await run(upstream, 'echo', { text: '' })
    await until(() => output.length >= 2)
    expect(output).toEqual(
      expect.arrayContaining([
        { stream: 'stdout', text: 'to stdout\n' },
        { stream: 'stderr', text: 'to stderr\n' },
      ]),
    )
  })

  it('slows a flood of output down to its bound and serves other namespaces meanwhile', async () => {
    const flooding = upstreamOf()
    const other = upstreamOf()
    await Promise.all([flooding.load(), other.load()])
    const since = performance.now()
    const flood = flooding.call(callOf('floodBoth'))
    for (let i = 0; i < 20; i++) await run(other, 'slow', { ms: 50 })
    const seconds = (performance.now() - since) / 1000
    expect(outputBytes).toBeGreaterThan(100_000)
    // Two streams of 1 MiB a second, and what the pipes held at the start.
    expect(outputBytes).toBeLessThan((seconds + 1) * 2 * 1024 * 1024)
    flood.cancel('enough')
    expect(await failure(flood.result)).toMatchObject({ code: 'cancelled' })
  })
})

describe('start', () => {
  it('answers worker_start_failed when the folder does not load in time', async () => {
    const upstream = upstreamOf({ config: { workerStartSeconds: 1 }, tools: 'for (;;);' })
    const calls = await Promise.all([failure(run(upstream, 'echo')), failure(run(upstream, 'echo')), failure(upstream.load())])
    for (const error of calls) expect(error).toMatchObject({ code: 'worker_start_failed', message: expect.stringContaining('did not load within 1 s') })
    expect(upstream.state).toBe('failed')
    expect(processes.size).toBe(0)
  })

  it('does not start again and again what ends at its start', async () => {
    const states: string[] = []
    const upstream = upstreamOf({ tools: 'process.exit(7)', onEvent: (event) => event.type === 'state' && states.push(event.state) })
    expect(await failure(run(upstream, 'echo'))).toMatchObject({ code: 'worker_start_failed', message: expect.stringContaining('exited with code 7') })
    for (let i = 0; i < 50; i++)
      expect(await failure(run(upstream, 'echo'))).toMatchObject({ code: 'worker_start_failed', message: expect.stringContaining('started again in') })
    expect(states).toEqual(['starting', 'failed'])
  })

  it('pauses starts when workers end one after the other without an answer', async () => {
    const states: string[] = []
    const upstream = upstreamOf({ onEvent: (event) => event.type === 'state' && states.push(event.state) })
    const codes: string[] = []
    for (let i = 0; i < 20; i++) codes.push((await failure(run(upstream, 'exit', { code: 1 }))).code)
    expect(codes.slice(0, 3)).toEqual(['worker_crashed', 'worker_crashed', 'worker_crashed'])
    expect(codes.at(-1)).toBe('worker_start_failed')
    expect(states.filter((state) => state === 'starting').length).toBeLessThan(10)
  })

  it('resolves the problems of a folder, and says them when a call lacks what they took', async () => {
    const problem = { file: 'a.ts', code: 'threw', message: 'boom' }
    const upstream = upstreamOf({
      tools: `export const problems = [${JSON.stringify(problem)}]; export const gone = () => { throw Object.assign(new Error('Unknown tool'), { code: -32602, data: { code: 'tool_not_found' } }) }`,
    })
    expect((await upstream.load()).problems).toEqual([problem])
    expect(await failure(run(upstream, 'gone'))).toMatchObject({ code: 'namespace_unavailable', message: expect.stringContaining('boom') })
  })
})

describe('end', () => {
  it('stops an idle worker and starts one again with the next call', async () => {
    const upstream = upstreamOf({ config: { workerIdleMinutes: 0.3 / 60 } })
    await run(upstream, 'echo', { text: '' })
    await until(() => upstream.state === 'stopped')
    expect(processes.size).toBe(0)
    expect(textOf(await run(upstream, 'echo', { text: 'again' }))).toBe('again')
  })

  it('keeps an idle worker that holds a parked call, and one that is kept warm', async () => {
    const upstream = upstreamOf({ config: { workerIdleMinutes: 0.2 / 60, parkedCallMinutes: 1 / 60 } })
    const warm = upstreamOf({ config: { workerIdleMinutes: 0.2 / 60 }, manifest: { keepWarm: true } })
    await Promise.all([run(upstream, 'park'), warm.load()])
    await expect.poll(() => upstream.parked, { timeout: 10_000, interval: 20 }).toBe(0)
    await until(() => upstream.state === 'stopped')
    expect(warm.state).toBe('running')
  })

  it('drains: calls in flight end, late ones are served, then the worker is gone', async () => {
    const upstream = upstreamOf()
    const slow = run(upstream, 'slow', { ms: 300 })
    await until(() => upstream.state === 'running')
    const drained = upstream.drain()
    expect(textOf(await run(upstream, 'echo', { text: 'late' }))).toBe('late')
    expect(textOf(await slow)).toBe('slept')
    await drained
    expect(upstream.state).toBe('stopped')
    expect(textOf(await run(upstream, 'echo', { text: 'very late' }))).toBe('very late')
    await until(() => upstream.state === 'stopped')
  })

  it('drains what never started at once', async () => {
    await upstreamOf().drain()
  })

  it('keeps a parked call through a drain until it is resumed', async () => {
    const upstream = upstreamOf()
    const parked = await run(upstream, 'park')
    const drained = upstream.drain()
    const requestState = parked.kind === 'input_required' ? (parked.requestState ?? '') : ''
    expect(requestState).toMatch(/^parked\.2026-01-01\.abc\.[0-9a-f]{12}\.1$/)
    const retry = callOf('park', {}, { params: { name: 'park', arguments: {}, requestState, inputResponses: { name: 'Ada' } } })
    const result = await upstream.call(retry).result
    expect(result.kind === 'complete' && JSON.parse(result.json)).toEqual({ resultType: 'complete', resumed: { name: 'Ada' } })
    await drained
    expect(await failure(upstream.call(retry).result)).toMatchObject({ code: 'parked_call_gone' })
  })

  it('leaves an author own state as it is, bounds parked calls, and abandons them', async () => {
    const upstream = upstreamOf()
    expect(await run(upstream, 'own')).toMatchObject({ kind: 'input_required', requestState: 'own:mine' })
    const [first] = await Promise.all([run(upstream, 'park'), run(upstream, 'park'), run(upstream, 'park')])
    expect(await failure(run(upstream, 'park'))).toMatchObject({ code: 'too_many_parked_calls' })
    if (first?.kind === 'input_required') upstream.abandon(first.requestState ?? '')
    expect(upstream.parked).toBe(2)
    expect(textOf(await run(upstream, 'cancellations'))).toBe('2')
  })

  it('says that a parked call has gone with its worker', async () => {
    const upstream = upstreamOf()
    const parked = await run(upstream, 'park')
    await failure(run(upstream, 'exit', { code: 1 }))
    const params = { name: 'park', arguments: {}, requestState: parked.kind === 'input_required' ? parked.requestState : '' }
    expect(await failure(upstream.call(callOf('park', {}, { params })).result)).toMatchObject({ code: 'parked_call_gone' })
  })

  it('stops: calls in flight have the grace, then are told; later ones are refused', async () => {
    const upstream = upstreamOf()
    await upstream.load()
    const short = run(upstream, 'slow', { ms: 200 })
    const long = failure(run(upstream, 'never'))
    await upstream.stop(3000)
    expect(textOf(await short)).toBe('slept')
    expect(await long).toMatchObject({ code: 'shutting_down' })
    expect(await failure(run(upstream, 'echo'))).toMatchObject({ code: 'shutting_down' })
    expect(upstream.state).toBe('stopped')
  })

  it('stops while it starts', async () => {
    const upstream = upstreamOf()
    const call = failure(run(upstream, 'never'))
    await upstream.stop(0)
    expect(await call).toMatchObject({ code: 'shutting_down' })
    expect(processes.size).toBe(0)
  })

  it('returns every file descriptor', async () => {
    const count = () => readdirSync('/proc/self/fd').length
    const upstream = upstreamOf()
    await run(upstream, 'echo', { text: '' })
    await failure(run(upstream, 'exit', { code: 0 }))
    const before = count()
    for (let i = 0; i < 5; i++) {
      await run(upstream, 'echo', { text: '' })
      await failure(run(upstream, 'exit', { code: 0 }))
    }
    await until(() => count() <= before)
  })
})

describe('with the worker that is shipped', () => {
  const FOLDER = `
    import { defineTool } from 'tooldock'
    import { z } from 'zod'
    import { readFileSync } from 'node:fs'
    export const add = defineTool({ description: 'Adds', input: z.object({ a: z.number(), b: z.number() }), output: z.object({ sum: z.number() }), handler: ({ a, b }) => ({ sum: a + b }) })
    export const ask = defineTool({ input: z.object({}), handler: async (_, ctx) => { const answer = await ctx.elicit({ message: 'Name?', schema: z.object({ name: z.string() }) }); return 'hello ' + JSON.stringify(answer) } })
    export const read = defineTool({ input: z.object({ path: z.string() }), handler: ({ path }) => readFileSync(path, 'utf8') })
    export const signal = defineTool({ input: z.object({ pid: z.number() }), handler: ({ pid }) => { process.kill(pid, 'SIGTERM'); return 'sent' } })
    export const loop = defineTool({ input: z.object({}), handler: () => { for (;;); } })
  `
  let real: Sandbox
  beforeAll(() => {
    real = createSandbox({ log: noLog })
  })
  function realUpstream(manifest: Partial<Generation['manifest']> = {}): WorkerUpstream {
    const generationDir = mkdtempSync(join(dir, 'real-'))
    writeFileSync(join(generationDir, 'tools.ts'), FOLDER)
    const generation: Generation = {
      namespace: 'real',
      id: 'g1',
      dir: generationDir,
      manifest: { env: {}, limits: {}, permissions: [], keepWarm: false, ...manifest },
      permissions: [],
      stateDir: join(generationDir, 'state'),
    }
    const upstream = createWorkerUpstream(generation, {
      processes,
      sandbox: real,
      config: CONFIG,
      log: noLog,
      output: () => {},
      secrets: NO_SECRETS,
      onEvent: () => {},
    })
    upstreams.push(upstream)
    return upstream
  }

  it('loads a folder, calls its tools and explains wrong arguments', async () => {
    const upstream = realUpstream()
    const loaded = await upstream.load()
    expect(loaded.problems).toEqual([])
    expect(loaded.catalogue.tools.map(({ name }) => name)).toEqual(['add', 'ask', 'loop', 'read', 'signal'])
    expect(await run(upstream, 'add', { a: 1, b: 2 })).toMatchObject({
      kind: 'complete',
      isError: false,
      json: expect.stringContaining('"structuredContent":{"sum":3}'),
    })
    expect(await run(upstream, 'add', { a: 'x' })).toMatchObject({ kind: 'complete', isError: true, json: expect.stringContaining('invalid_arguments') })
    expect(await failure(run(upstream, 'missing'))).toMatchObject({ code: 'tool_not_found' })
  })

  it('lives within the least memory a folder may ask for', async () => {
    const upstream = realUpstream({ limits: { memoryMb: 96 } })
    for (let i = 0; i < 20; i++) {
      const results = await Promise.all(Array.from({ length: 100 }, () => run(upstream, 'add', { a: 1, b: 2 })))
      expect(results.every((result) => result.kind === 'complete' && !result.isError)).toBe(true)
    }
  })

  it('parks a call that asks, and resumes it', async () => {
    const upstream = realUpstream()
    const capable = { clientCapabilities: { elicitation: { form: {} } } }
    const asked = await run(upstream, 'ask', {}, capable)
    if (asked.kind !== 'input_required') throw new Error(asked.json)
    const [key = ''] = Object.keys(asked.inputRequests)
    const params = { name: 'ask', arguments: {}, requestState: asked.requestState, inputResponses: { [key]: { action: 'accept', content: { name: 'Ada' } } } }
    expect(textOf(await upstream.call(callOf('ask', {}, { params, ...capable })).result)).toContain('Ada')
    expect(upstream.parked).toBe(0)
    expect(await failure(run(upstream, 'ask'))).toMatchObject({ code: 'missing_client_capability' })
  })

  it('confines it: no file outside, no signal to the gateway, and a loop ends', async () => {
    const upstream = realUpstream({ limits: { timeoutSeconds: 2 } })
    await upstream.load()
    for (const path of [join(dir, 'worker.mjs'), '/proc/self/environ', `/proc/${process.pid}/environ`, '/etc/passwd'])
      expect(await run(upstream, 'read', { path })).toMatchObject({ isError: true })
    expect(await run(upstream, 'signal', { pid: process.pid })).toMatchObject({ isError: true })
    expect(await failure(run(upstream, 'loop'))).toMatchObject({ code: 'tool_timeout' })
    await until(() => upstream.state === 'stopped')
    expect(await run(upstream, 'add', { a: 1, b: 2 })).toMatchObject({ isError: false })
  })
})
